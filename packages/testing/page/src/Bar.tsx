import { Envelope, Lens } from "./icons.js"
import { clearAll, search, set, type State } from "./state.js"

const listening = ({ isLive, status }: State): string => {
  if (!isLive) return "Reconnecting…"
  if (status === undefined) return "…"
  return status.smtp === null ? status.keeps : `smtp ${status.smtp.host}:${status.smtp.port}`
}

export const Bar = ({ state }: { readonly state: State }) => {
  const on = state.rules.filter(({ isOn }) => isOn).length
  return (
    <header class="bar">
      <a class="brand" href="#/">
        <Envelope />
        effect-mail
      </a>
      <div class={state.isLive ? "live" : "live off"} role="status">
        <i />
        <span>{listening(state)}</span>
      </div>
      <label class="search">
        <Lens />
        <input
          id="search"
          type="search"
          placeholder="Search, or to: from: is:refused has:attachment"
          aria-label="Search"
          autoComplete="off"
          spellcheck={false}
          value={state.query}
          onInput={({ currentTarget }) => search(currentTarget.value)}
        />
        <kbd>/</kbd>
      </label>
      {state.status?.canFail === true && (
        <button
          class="btn sp"
          type="button"
          aria-expanded={state.panel === "rules"}
          onClick={() => set({ panel: state.panel === "rules" ? undefined : "rules" })}
        >
          {on > 0 && <span class="on" />}
          {on === 0 ? "Make it fail" : `${on} ${on === 1 ? "rule" : "rules"} on`}
        </button>
      )}
      <button class="btn quiet" type="button" disabled={state.total === 0} onClick={clearAll}>Clear</button>
    </header>
  )
}
