import { useEffect, useState } from "preact/hooks"
import { Bar } from "./Bar.js"
import { Empty } from "./Empty.js"
import { subjectOf } from "./format.js"
import { List } from "./List.js"
import { MessageView } from "./MessageView.js"
import { Release } from "./Release.js"
import { Keys, Rules } from "./Rules.js"
import { getState, type State, subscribe, undo } from "./state.js"

const Gone = ({ state }: { readonly state: State }) => (
  <section class="empty">
    <div class="back">
      <a class="btn quiet" href="#/">← Inbox</a>
    </div>
    <h1>This message was removed</h1>
    <p>
      {state.status === undefined
        ? "It is not here any more."
        : `It was deleted, or gave way to newer ones: the newest ${state.status.maxMessages} are kept.`}
    </p>
  </section>
)

const Main = ({ state }: { readonly state: State }) => {
  if (state.isGone) return <Gone state={state} />
  if (state.detail !== undefined && state.detail.id === state.current) {
    return <MessageView detail={state.detail} state={state} />
  }
  if (state.current !== undefined || !state.hasLoaded) return <div class="waiting" aria-busy="true" />
  return state.total === 0 && state.previews.length === 0 ? <Empty state={state} /> : (
    <section class="empty">
      <h1>Choose a message</h1>
      <p>
        <kbd>j</kbd> and <kbd>k</kbd> go through the list, <kbd>?</kbd> shows all keys.
      </p>
    </section>
  )
}

export const App = () => {
  const [state, setState] = useState(getState())
  useEffect(() => subscribe(() => setState(getState())), [])
  useEffect(() => {
    const { detail, unread } = state
    const title = detail === undefined ? "effect-mail" : `${subjectOf(detail)} · effect-mail`
    document.title = unread > 0 ? `(${unread}) ${title}` : title
  }, [state.detail, state.unread])
  const isListing = state.current === undefined && (state.total > 0 || state.previews.length > 0)
  return (
    <div class={isListing ? "app listing" : state.current === undefined ? "app start" : "app"}>
      <Bar state={state} />
      <List state={state} />
      <main>
        <Main state={state} />
      </main>
      {state.panel === "rules" && <Rules state={state} />}
      {state.panel === "keys" && <Keys />}
      {state.panel === "release" && state.status !== undefined && state.status.relay !== null &&
        state.current !== undefined && (
        <Release
          key={state.current}
          id={state.current}
          allow={state.status.relay.allow}
          label="Send to a real server"
        />
      )}
      {state.leaving.length > 0 && (
        <div class="toast" role="status">
          Deleted. <button class="link" type="button" onClick={undo}>Undo</button> <kbd>z</kbd>
        </div>
      )}
      <div class="sr" role="status" aria-live="polite">{state.announcement}</div>
    </div>
  )
}
