import { getState, go, leave, set, type State, tabs, undo, type Width } from "./state.js"

const widths: ReadonlyArray<Width> = ["phone", "pane", "full"]

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && (/^(?:INPUT|TEXTAREA|SELECT)$/.test(target.tagName) || target.isContentEditable)

const step = (state: State, by: number): void => {
  const shown = state.messages.filter(({ id }) => !state.leaving.includes(id))
  const index = shown.findIndex(({ id }) => id === state.current)
  const next = index < 0 ? shown[0] : shown[index + by]
  if (next === undefined) return
  go(next.id, state.tab)
  document.querySelector(`.row a[href="#/${next.id}"]`)?.scrollIntoView({ block: "nearest" })
}

const back = (state: State): void => {
  if (state.panel !== undefined) set({ panel: undefined })
  else go(undefined)
}

const press = (key: string, state: State): boolean => {
  const { current } = state
  switch (key) {
    case "j":
    case "ArrowDown":
      step(state, 1)
      return true
    case "k":
    case "ArrowUp":
      step(state, -1)
      return true
    case "/":
      document.getElementById("search")?.focus()
      return true
    case "w":
      set({ width: widths[(widths.indexOf(state.width) + 1) % widths.length] ?? "pane" })
      return true
    case "c":
      set({ isDark: !state.isDark })
      return true
    case "i":
      set({ loadsOutside: true })
      return true
    case "d":
      if (current !== undefined && !state.previews.some(({ message }) => message === current)) leave(current)
      return true
    case "z":
      undo()
      return true
    case "r":
      if (state.status?.canFail === true) set({ panel: state.panel === "rules" ? undefined : "rules" })
      return true
    case "g":
      if (state.messages[0] !== undefined) go(state.messages[0].id)
      return true
    case "?":
      set({ panel: state.panel === "keys" ? undefined : "keys" })
      return true
    case "Escape":
      back(state)
      return true
    default: {
      const tab = /^[1-7]$/.test(key) ? tabs[Number(key) - 1] : undefined
      if (tab === undefined || current === undefined) return false
      go(current, tab)
      return true
    }
  }
}

/** Keys without a modifier, and none while something is typed. */
export const listenToKeys = (): void =>
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return
    if (isTyping(event.target)) {
      if (event.key === "Escape" && event.target instanceof HTMLElement) event.target.blur()
      return
    }
    if (press(event.key, getState())) event.preventDefault()
  })
