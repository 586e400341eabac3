import type { ComponentChildren } from "preact"
import type { Detail } from "../api.js"
import { plural, size } from "../format.js"
import { set, type State, type Width } from "../state.js"
import { CheckList } from "./ChecksTab.js"
import { Talk } from "./DialogueTab.js"
import { Files, Tree } from "./PartsTab.js"

/** Html larger than this is shown when it is asked for: a browser may take seconds. */
const large = 1_048_576

/** Below a message are the findings that matter most. */
const maxFindings = 4

const widths: ReadonlyArray<readonly [width: Width, words: string]> = [
  ["phone", "Phone"],
  ["pane", "Reading pane"],
  ["full", "Full"]
]

const Choice = (
  { children, isOn, onClick }: {
    readonly isOn: boolean
    readonly onClick: () => void
    readonly children: ComponentChildren
  }
) => <button type="button" aria-pressed={isOn} onClick={onClick}>{children}</button>

const Shield = ({ detail, state }: { readonly detail: Detail; readonly state: State }) => {
  const total = detail.outside.reduce((sum, { count }) => sum + count, 0)
  if (total === 0) return null
  const hosts = detail.outside.map(({ host }) => host).join(", ")
  return state.loadsOutside ?
    <span class="shield">Outside images loaded this once</span> :
    (
      <span class="shield" title={`From ${hosts}`}>
        {`${plural(total, "outside image")} not loaded`}{" "}
        <button class="link" type="button" onClick={() => set({ loadsOutside: true })}>Load once</button>
      </span>
    )
}

const Frame = ({ detail, state }: { readonly detail: Detail; readonly state: State }) => {
  if (detail.size === 0) return <p class="nothing">No message came: see the dialogue.</p>
  if ((detail.htmlSize ?? 0) > large && !state.showsLarge) {
    return (
      <p class="nothing">
        This message has {size(detail.htmlSize ?? 0)} of html.{" "}
        <button class="btn" type="button" onClick={() => set({ showsLarge: true })}>Show it</button>
      </p>
    )
  }
  const query = new URLSearchParams({
    ...state.isDark ? { colours: "dark" } : {},
    ...state.loadsOutside ? { images: "1" } : {}
  })
  return (
    <iframe
      // A frame of its own for each: what one has loaded is gone with it.
      key={`${detail.id} ${query}`}
      class={state.isDark ? `${state.width} dark` : state.width}
      title="Message"
      sandbox="allow-popups allow-popups-to-escape-sandbox"
      referrerpolicy="no-referrer"
      src={`api/messages/${detail.id}/frame?${query}`}
    />
  )
}

export const MessageTab = ({ detail, state }: { readonly detail: Detail; readonly state: State }) => (
  <>
    <div class="tools">
      <span class="seg" role="group" aria-label="Width">
        {widths.map(([width, words]) => (
          <Choice key={width} isOn={state.width === width} onClick={() => set({ width })}>{words}</Choice>
        ))}
      </span>
      <span class="seg" role="group" aria-label="Colours">
        <Choice isOn={!state.isDark} onClick={() => set({ isDark: false })}>Light</Choice>
        <Choice isOn={state.isDark} onClick={() => set({ isDark: true })}>Dark</Choice>
      </span>
      <Shield detail={detail} state={state} />
    </div>
    <div class="stage">
      <Frame detail={detail} state={state} />
    </div>
    <Files detail={detail} />
    <div class="two">
      <section>
        <h2>Dialogue</h2>
        <Talk lines={detail.dialogue} isShort={true} />
        {detail.dialogue.length === 0 && <p class="note">None: this message did not come over SMTP.</p>}
      </section>
      <section>
        <h2>Checks</h2>
        <CheckList detail={detail} checks={state.checks} max={maxFindings} />
        <h2 class="next">Parts</h2>
        <Tree detail={detail} />
      </section>
    </div>
  </>
)
