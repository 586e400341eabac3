import * as Api from "./api.js"

export const states = [
  "unknown",
  "failed",
  "queued",
  "scheduled",
  "claimed",
  "sending",
  "delivered",
  "cancelled"
] as const

export interface State {
  readonly isLive: boolean
  readonly hasLoaded: boolean
  readonly overview: Api.Overview | undefined
  readonly state: Api.MessageState | undefined
  readonly mailer: string | undefined
  readonly query: string
  readonly messages: ReadonlyArray<Api.Summary>
  readonly hasMore: boolean
  readonly limit: number
  /** The id of the message that is shown, `overview`, or nothing. */
  readonly current: string | undefined
  readonly entry: Api.Entry | undefined
  readonly isGone: boolean
  /** What became of the last thing that was asked for. */
  readonly said: { readonly text: string; readonly isBad: boolean } | undefined
}

const pollEvery = 3_000
const overviewEvery = 4
const pageSize = 100
export const maxShown = 500

let state: State = {
  isLive: false,
  hasLoaded: false,
  overview: undefined,
  state: undefined,
  mailer: undefined,
  query: "",
  messages: [],
  hasMore: false,
  limit: pageSize,
  current: undefined,
  entry: undefined,
  isGone: false,
  said: undefined
}
let searchTimer: ReturnType<typeof setTimeout> | undefined
/** Answers to what is not asked any more are thrown away. */
let asked = 0
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

const isId = (text: string): boolean => /^[0-9a-hjkmnp-tv-z]{26}$/.test(text)

const filterOf = ({ limit, mailer, query, state }: State): Readonly<Record<string, string>> => {
  const text = query.trim()
  return {
    limit: String(limit),
    ...state === undefined ? {} : { state },
    ...mailer === undefined ? {} : { mailer },
    ...text === "" || isId(text) ? {} : text.includes("@") ? { recipient: text } : { key: text }
  }
}

const loadList = async (): Promise<void> => {
  const mine = ++asked
  const page = await Api.list(filterOf(state))
  if (mine === asked) set({ messages: page.messages, hasMore: page.hasMore, hasLoaded: true })
}

const loadOverview = async (): Promise<void> => set({ overview: await Api.overview() })

const isMessage = (current: string | undefined): current is string => current !== undefined && isId(current)

const loadEntry = async (): Promise<void> => {
  const { current } = state
  if (!isMessage(current)) return
  try {
    const entry = await Api.get(current)
    if (state.current === current) set({ entry, isGone: false })
  } catch (error) {
    if (!(error instanceof Api.Gone)) throw error
    if (state.current === current) set({ entry: undefined, isGone: true })
  }
}

/** A request that failed shows as a lost connection, until one succeeds. */
const attempt = async (work: () => Promise<unknown>): Promise<void> => {
  try {
    await work()
    if (!state.isLive) set({ isLive: true })
  } catch {
    set({ isLive: false })
  }
}

const refreshAll = (): Promise<void> => attempt(() => Promise.all([loadList(), loadOverview(), loadEntry()]))

const addressOf = (current: string | undefined, filter: Pick<State, "mailer" | "state">): string => {
  const parameters = new URLSearchParams({
    ...filter.state === undefined ? {} : { state: filter.state },
    ...filter.mailer === undefined ? {} : { mailer: filter.mailer }
  }).toString()
  return `#/${current ?? ""}${parameters === "" ? "" : `?${parameters}`}`
}

/** The address of a message, with the list as it is filtered. */
export const address = (current: string | undefined): string => addressOf(current, state)

export const filterAddress = (filter: Pick<State, "mailer" | "state">): string => addressOf(undefined, filter)

const onHash = (): void => {
  const [path = "", parameters = ""] = location.hash.replace(/^#\/?/, "").split("?")
  const given = new URLSearchParams(parameters)
  const current = path === "overview" || isId(path) ? path : undefined
  const filter = {
    state: states.find((one) => one === given.get("state")),
    mailer: given.get("mailer") ?? undefined
  }
  const isOther = filter.state !== state.state || filter.mailer !== state.mailer
  set({
    ...filter,
    ...isOther && { messages: [], hasLoaded: false, limit: pageSize },
    ...current !== state.current && { current, entry: undefined, isGone: false, said: undefined }
  })
  void attempt(() => Promise.all([isOther ? loadList() : undefined, loadEntry()]))
}

export const search = (query: string): void => {
  set({ query })
  clearTimeout(searchTimer)
  const id = query.trim().toLowerCase()
  searchTimer = setTimeout(() => isId(id) ? location.assign(address(id)) : void attempt(loadList), 200)
}

export const showMore = (): void => {
  set({ limit: Math.min(maxShown, state.limit + pageSize) })
  void attempt(loadList)
}

const otherState = "Nothing was changed: by now the message is in another state."

const act = async (work: () => Promise<string | undefined>, done: string): Promise<void> => {
  try {
    const objection = await work()
    set({ said: { text: objection ?? done, isBad: objection !== undefined } })
  } catch {
    set({ said: { text: "The server did not do it. Is it still there, and its database?", isBad: true } })
  }
  await refreshAll()
}

const changed = ({ done }: { readonly done: boolean }): string | undefined => done ? undefined : otherState

const resolutions: Readonly<Record<Api.Resolution, string>> = {
  delivered: "Marked as accepted.",
  failed: "Marked as not sent.",
  resend: "It is queued again."
}

export const resolve = (id: string, as: Api.Resolution): void =>
  void act(async () => changed(await Api.resolve(id, as)), resolutions[as])

export const retry = (id: string): void =>
  void act(
    async () => (await Api.retry(id)).done ? undefined : "It is not failed any more, or its octets are gone.",
    "It is queued again."
  )

export const cancel = (id: string): void =>
  void act(async () => {
    const { result } = await Api.cancel(id)
    return result === "Cancelled" ? undefined : result === "TooLate" ? "Too late: it may be on its way." : otherState
  }, "Cancelled.")

export const pause = (mailer: string, seconds: number, reason: string): void =>
  void act(async () => changed(await Api.pause(mailer, seconds, reason)), `${mailer} is paused.`)

export const resume = (mailer: string): void =>
  void act(async () => changed(await Api.resume(mailer)), `${mailer} sends again.`)

/** A page in the background asks for nothing. */
const poll = async (round: number): Promise<void> => {
  if (!document.hidden) {
    await attempt(() =>
      Promise.all([loadList(), loadEntry(), round % overviewEvery === 0 || !state.isLive ? loadOverview() : undefined])
    )
  }
  setTimeout(() => void poll(round + 1), pollEvery)
}

export const start = (): void => {
  addEventListener("hashchange", onHash)
  document.addEventListener("visibilitychange", () => void (document.hidden ? undefined : refreshAll()))
  onHash()
  void refreshAll().then(() => setTimeout(() => void poll(1), pollEvery))
}
