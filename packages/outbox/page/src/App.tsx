import { useEffect, useState } from "preact/hooks"
import { EntryView } from "./EntryView.js"
import { nameOf } from "./format.js"
import { List } from "./List.js"
import { Overview } from "./Overview.js"
import { address, getState, search, type State, subscribe } from "./state.js"

const Bar = ({ state }: { readonly state: State }) => (
  <header class="bar">
    <a class="brand" href={address("overview")}>
      <svg
        viewBox="0 0 20 20"
        fill="none"
        stroke="currentColor"
        stroke-width="1.7"
        stroke-linejoin="round"
        aria-hidden="true"
      >
        <path d="M2.5 11v5h15v-5M10 12.5V3.2m0 0L6.6 6.6M10 3.2l3.4 3.4" />
      </svg>
      effect-mail outbox
    </a>
    <div class={state.isLive ? "live" : "live off"} role="status">
      <i />
      <span>{state.isLive ? "live" : state.hasLoaded ? "Reconnecting…" : "…"}</span>
    </div>
    <label class="search">
      <svg viewBox="0 0 14 14" fill="none" stroke="currentColor" stroke-width="1.5" aria-hidden="true">
        <circle cx="6" cy="6" r="4.2" />
        <path d="m9.3 9.3 3.4 3.4" />
      </svg>
      <input
        type="search"
        placeholder="A recipient’s address, a key or an id"
        aria-label="Search by a recipient’s address, a key or an id"
        autoComplete="off"
        spellcheck={false}
        value={state.query}
        onInput={({ currentTarget }) => search(currentTarget.value)}
      />
    </label>
  </header>
)

const Main = ({ state }: { readonly state: State }) => {
  if (state.isGone) {
    return (
      <section class="page">
        <div class="back">
          <a class="btn quiet" href={address(undefined)}>← Outbox</a>
        </div>
        <h1>This message is not here</h1>
        <p>It was purged, or there never was one with this id.</p>
      </section>
    )
  }
  if (state.entry !== undefined && state.entry.id === state.current) {
    return <EntryView key={state.entry.id} entry={state.entry} state={state} />
  }
  if (state.current !== undefined && state.current !== "overview") return <div class="waiting" aria-busy="true" />
  return <Overview state={state} />
}

export const App = () => {
  const [state, setState] = useState(getState())
  useEffect(() => subscribe(() => setState(getState())), [])
  useEffect(() => {
    const unknown = state.overview?.counts.filter((one) => one.state === "unknown")
      .reduce((sum, one) => sum + one.count, 0) ?? 0
    const title = state.entry === undefined ? "Outbox" : nameOf(state.entry)
    document.title = `${unknown > 0 ? `(${unknown}) ` : ""}${title} · effect-mail`
  }, [state.overview, state.entry])
  return (
    <div class={state.current === undefined ? "app listing" : "app"}>
      <Bar state={state} />
      <List state={state} />
      <main>
        <Main state={state} />
      </main>
    </div>
  )
}
