import * as Api from "./api.js"
import { listen, type News } from "./live.js"

export const tabs = ["message", "text", "parts", "headers", "source", "dialogue", "checks"] as const
export type Tab = (typeof tabs)[number]
export type Width = "phone" | "pane" | "full"

export interface State {
  readonly status: Api.Status | undefined
  readonly isLive: boolean
  readonly hasLoaded: boolean
  readonly query: string
  readonly messages: ReadonlyArray<Api.Summary>
  readonly matched: number
  readonly total: number
  readonly unread: number
  /** What arrived while the list was scrolled. */
  readonly fresh: number
  readonly current: number | undefined
  readonly tab: Tab
  readonly line: number | undefined
  readonly detail: Api.Detail | undefined
  readonly checks: Api.Checks | undefined
  readonly isGone: boolean
  readonly rules: ReadonlyArray<Api.Rule>
  readonly previews: ReadonlyArray<Api.Preview>
  readonly panel: "rules" | "keys" | "release" | undefined
  readonly width: Width
  readonly isDark: boolean
  readonly loadsOutside: boolean
  readonly showsLarge: boolean
  /** What is removed when its time is over. */
  readonly leaving: ReadonlyArray<number>
  readonly announcement: string
}

const firstPage = 200
const furtherPage = 1_000
const undoTime = 8_000
const announceEvery = 2_000

let state: State = {
  status: undefined,
  isLive: false,
  hasLoaded: false,
  query: "",
  messages: [],
  matched: 0,
  total: 0,
  unread: 0,
  fresh: 0,
  current: undefined,
  tab: "message",
  line: undefined,
  detail: undefined,
  checks: undefined,
  isGone: false,
  rules: [],
  previews: [],
  panel: undefined,
  width: "pane",
  isDark: false,
  loadsOutside: false,
  showsLarge: false,
  leaving: [],
  announcement: ""
}
let lastEvent = 0
let leaveTimer: ReturnType<typeof setTimeout> | undefined
let searchTimer: ReturnType<typeof setTimeout> | undefined
let lastAnnounced = 0
const listeners = new Set<() => void>()

export const getState = (): State => state

export const subscribe = (listener: () => void): () => void => {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

export const set = (patch: Partial<State>): void => {
  state = { ...state, ...patch }
  listeners.forEach((listener) => listener())
}

/** A request that failed shows as a lost connection; the stream says when it is found again. */
const attempt = (work: Promise<void>): void => {
  work.catch(() => set({ isLive: false }))
}

const loadFirst = (): Promise<void> =>
  Api.list(state.query, 0, firstPage).then((page) => {
    lastEvent = page.event
    set({
      messages: page.messages,
      matched: page.matched,
      total: page.total,
      unread: page.unread,
      hasLoaded: true,
      fresh: 0
    })
  })

export const reload = (): void => attempt(loadFirst())

let isLoadingMore = false
export const loadMore = (): void => {
  if (isLoadingMore || state.messages.length >= state.matched) return
  isLoadingMore = true
  attempt(
    Api.list(state.query, state.messages.length, furtherPage).then((page) => {
      const known = new Set(state.messages.map(({ id }) => id))
      set({
        messages: [...state.messages, ...page.messages.filter(({ id }) => !known.has(id))],
        matched: page.matched
      })
    }).finally(() => {
      isLoadingMore = false
    })
  )
}

export const search = (query: string): void => {
  set({ query })
  clearTimeout(searchTimer)
  searchTimer = setTimeout(reload, 150)
}

const address = (id: number | undefined, tab: Tab, line?: number): string =>
  id === undefined ? "#/" : tab === "message" ? `#/${id}` : `#/${id}/${tab}${line === undefined ? "" : `/${line}`}`

export const go = (id: number | undefined, tab: Tab = "message", line?: number): void => {
  location.hash = address(id, tab, line)
}

const load = (id: number): void =>
  attempt(
    Api.get(id).then(async (detail) => {
      if (state.current !== id) return
      set({ detail, isGone: false })
      if (!detail.isRead) void Api.mark([id], true)
      const checks = await Api.checks(id)
      if (state.current === id) set({ checks })
    }).catch((error: unknown) => {
      if (!(error instanceof Api.Gone)) throw error
      if (state.current === id) set({ isGone: true, detail: undefined })
    })
  )

const onHash = (): void => {
  const [, id, tab, line] = /^#\/(\d+)(?:\/([a-z]+))?(?:\/(\d+))?/.exec(location.hash) ?? []
  const current = id === undefined ? undefined : Number(id)
  const isOther = current !== state.current
  set({
    ...isOther && state.panel === "release" && { panel: undefined },
    current,
    tab: tabs.find((one) => one === tab) ?? "message",
    line: line === undefined ? undefined : Number(line),
    ...isOther && { detail: undefined, checks: undefined, isGone: false, loadsOutside: false, showsLarge: false }
  })
  if (isOther && current !== undefined) load(current)
}

const announce = (message: Api.Summary): void => {
  const now = Date.now()
  if (now - lastAnnounced < announceEvery) return
  lastAnnounced = now
  const failed = message.counts.refused + message.counts.deferred + message.counts.unknown
  const words = failed === 0 ? "" : `, ${failed} of ${message.recipients} not accepted`
  set({ announcement: `${message.subject === "" ? "A message" : message.subject}${words}` })
}

const onReceived = (message: Api.Summary): void => {
  if (state.query !== "") return search(state.query)
  if (state.messages.some(({ id }) => id === message.id)) return
  const list = document.querySelector(".list")
  const isScrolled = list !== null && list.scrollTop > 40
  set({
    messages: [message, ...state.messages],
    matched: state.matched + 1,
    total: state.total + 1,
    unread: state.unread + 1,
    fresh: isScrolled ? state.fresh + 1 : 0
  })
  announce(message)
}

const onChanged = (message: Api.Summary): void => {
  const before = state.messages.find(({ id }) => id === message.id)
  set({
    messages: state.messages.map((one) => one.id === message.id ? message : one),
    unread: state.unread + (before !== undefined && before.isRead !== message.isRead ? message.isRead ? -1 : 1 : 0)
  })
  if (state.current === message.id && before?.counts.waiting !== message.counts.waiting) load(message.id)
}

const onRemoved = (ids: ReadonlyArray<number>): void => {
  const gone = new Set(ids)
  const left = state.messages.filter(({ id }) => !gone.has(id))
  set({
    messages: left,
    matched: state.matched - (state.messages.length - left.length),
    total: Math.max(0, state.total - ids.length),
    unread: left.filter(({ isRead }) => !isRead).length,
    leaving: state.leaving.filter((id) => !gone.has(id)),
    ...state.current !== undefined && gone.has(state.current) && { isGone: true }
  })
}

/** A preview that was made again is another message: the page shows that one. */
const onPreviews = (previews: ReadonlyArray<Api.Preview>): void => {
  const shown = state.previews.find(({ message }) => message !== null && message === state.current)
  set({ previews })
  const next = previews.find(({ id }) => id === shown?.id)?.message
  if (next !== undefined && next !== null && next !== state.current) go(next, state.tab)
}

const onNews = (news: News): void => {
  switch (news.kind) {
    case "connected":
      return set({ isLive: true })
    case "lost":
      return set({ isLive: false })
    case "restart":
      return reload()
    case "event": {
      // The same event comes once by the stream, or once by another tab.
      if (news.number <= lastEvent) return
      lastEvent = news.number
      const { event } = news
      switch (event._tag) {
        case "Received":
          return onReceived(event.message)
        case "Changed":
          return onChanged(event.message)
        case "Removed":
          return onRemoved(event.ids)
        case "Previews":
          return onPreviews(event.previews)
        case "Rules":
          return set({ rules: event.rules })
      }
    }
  }
}

const removeNow = (): void => {
  clearTimeout(leaveTimer)
  if (state.leaving.length > 0) void Api.remove(state.leaving)
}

/** Removes a message from the list now, and from the inbox when it can no longer be taken back. */
export const leave = (id: number): void => {
  const visible = state.messages.filter((one) => !state.leaving.includes(one.id))
  const index = visible.findIndex((one) => one.id === id)
  const next = visible[index + 1] ?? visible[index - 1]
  removeNow()
  set({ leaving: [id] })
  leaveTimer = setTimeout(removeNow, undoTime)
  if (state.current === id) go(next?.id, state.tab)
}

export const undo = (): void => {
  const [id] = state.leaving
  if (id === undefined) return
  clearTimeout(leaveTimer)
  set({ leaving: [] })
  go(id, state.tab)
}

export const setRules = (work: Promise<ReadonlyArray<Api.Rule>>): void => attempt(work.then((rules) => set({ rules })))

export const render = (id: string, params: unknown, locale: string | null): void =>
  attempt(
    Api.render(id, params, locale).then((preview) =>
      onPreviews(state.previews.map((one) => one.id === id ? preview : one))
    )
  )

export const copyToInbox = (id: number): void => attempt(Api.copy(id).then(({ id: copied }) => go(copied)))

export const sendTest = (): void => attempt(Api.sendTest().then(({ id }) => go(id)))

export const clearAll = (): void => {
  if (
    !confirm(`Remove ${state.total === 1 ? "the message" : `all ${state.total} messages`}? This cannot be taken back.`)
  ) return
  attempt(Api.clear().then(() => go(undefined)))
}

export const start = (): void => {
  addEventListener("hashchange", onHash)
  addEventListener("pagehide", removeNow)
  attempt(Api.status().then((status) => set({ status })))
  attempt(Api.rules().then((rules) => set({ rules })))
  attempt(
    Promise.all([Api.previews(), loadFirst()]).then(([previews]) => {
      set({ previews })
      listen(() => lastEvent, onNews)
      onHash()
      const isWide = matchMedia("(min-width: 821px)").matches
      const first = previews.find(({ message }) => message !== null)?.message ?? state.messages[0]?.id
      if (state.current === undefined && isWide && first !== undefined) go(first)
    })
  )
}
