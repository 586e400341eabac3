import type { MessageState, Summary } from "./api.js"
import { clock, count, fromNow, nameOf, plural, visible } from "./format.js"
import { Pill } from "./pill.js"
import { address, filterAddress, maxShown, showMore, type State, states } from "./state.js"

const isWaiting = ({ state }: Summary): boolean => state === "queued" || state === "scheduled"

const Row = ({ isCurrent, message }: { readonly message: Summary; readonly isCurrent: boolean }) => (
  <li class="row">
    <a href={address(message.id)} {...isCurrent ? { "aria-current": "true" as const } : {}}>
      <span class="who">{visible(message.mailer)}</span>
      <time dateTime={message.createdAt}>{clock(message.createdAt)}</time>
      <span class="subj">{nameOf(message)}</span>
      <span class="meta">
        <Pill state={message.state} />
        {message.attempts > 0 && <span>{plural(message.attempts, "try", "tries")}</span>}
        {isWaiting(message) && <span>due {fromNow(message.dueAt)}</span>}
        {message.lastError !== null && message.state !== "delivered" && (
          <span class="cut">{visible(message.lastError)}</span>
        )}
      </span>
    </a>
  </li>
)

const total = ({ mailer, overview }: State, state: MessageState | undefined): number =>
  overview?.counts.filter((one) =>
    (state === undefined || one.state === state) && (mailer === undefined || one.mailer === mailer)
  ).reduce((sum, one) => sum + one.count, 0) ?? 0

const Chip = (
  { name, state, to }: { readonly name: string; readonly state: State; readonly to: MessageState | undefined }
) => (
  <li>
    <a
      href={filterAddress({ state: to, mailer: state.mailer })}
      {...state.state === to ? { "aria-current": "true" as const } : {}}
    >
      {name}
      <b>{count(total(state, to))}</b>
    </a>
  </li>
)

const mailersOf = ({ mailer, overview }: State): ReadonlyArray<string> =>
  Array.from(new Set([...overview?.counts.map((one) => one.mailer) ?? [], ...mailer === undefined ? [] : [mailer]]))
    .sort()

const Filters = ({ state }: { readonly state: State }) => {
  const mailers = mailersOf(state)
  const pauses = state.overview?.pauses ?? []
  return (
    <div class="filters">
      <ul class="chips" aria-label="States">
        <Chip name="all" state={state} to={undefined} />
        {states.filter((one) => one === state.state || total(state, one) > 0).map((one) => (
          <Chip key={one} name={one} state={state} to={one} />
        ))}
      </ul>
      {mailers.length > 1 && (
        <select
          aria-label="Mailer"
          value={state.mailer ?? ""}
          onChange={({ currentTarget: { value } }) =>
            location.assign(filterAddress({ state: state.state, mailer: value === "" ? undefined : value }))}
        >
          <option value="">All mailers</option>
          {mailers.map((mailer) => <option key={mailer} value={mailer}>{visible(mailer)}</option>)}
        </select>
      )}
      <div class="line">
        <a href={address("overview")}>Overview</a>
        {pauses.length > 0 && <span class="v wait">{plural(pauses.length, "mailer")} paused</span>}
      </div>
    </div>
  )
}

export const List = ({ state }: { readonly state: State }) => (
  <nav class="side" aria-label="Messages">
    <Filters state={state} />
    <ol class="list" aria-label="Messages" tabIndex={-1}>
      {state.messages.length === 0 && state.hasLoaded && (
        <li class="hint">
          {state.query !== ""
            ? "Nothing is found. An address or a key is compared as a whole; an id has 26 characters."
            : state.state === undefined
            ? "Nothing was queued yet."
            : `No message is ${state.state}.`}
        </li>
      )}
      {state.messages.map((message) => (
        <Row key={message.id} message={message} isCurrent={message.id === state.current} />
      ))}
      {state.hasMore && (
        <li class="hint">
          {state.limit < maxShown
            ? <button class="link" type="button" onClick={showMore}>Show more</button>
            : `The latest ${maxShown} are shown: narrow the list by state, mailer or recipient.`}
        </li>
      )}
    </ol>
  </nav>
)
