import { Component } from "preact"
import { useMemo, useRef } from "preact/hooks"
import type { Summary } from "./api.js"
import { count, day, nameOf, plural, recipientsOf, size, subjectOf, timeOfDay } from "./format.js"
import { PreviewRows } from "./Previews.js"
import { loadMore, set, type State } from "./state.js"
import { Pills } from "./verdict.js"

interface RowProps {
  readonly message: Summary
  readonly isCurrent: boolean
}

/** A row is drawn again only when it changes: there may be thousands. */
class Row extends Component<RowProps> {
  override shouldComponentUpdate(next: RowProps): boolean {
    return next.message !== this.props.message || next.isCurrent !== this.props.isCurrent
  }

  override render({ isCurrent, message }: RowProps) {
    const { files, note, size: octets } = message
    return (
      <li class={message.isRead ? "row" : "row new"}>
        <a href={`#/${message.id}`} {...isCurrent ? { "aria-current": "true" as const } : {}}>
          <span class="who">{`${nameOf(message.from)} → ${recipientsOf(message)}`}</span>
          <time dateTime={new Date(message.time).toISOString()}>{timeOfDay(message.time)}</time>
          <span class="subj">{subjectOf(message)}</span>
          <span class="meta">
            <Pills message={message} />
            {note !== "" && <span class="cut">{note}</span>}
            {files > 0 && <span>{plural(files, "file")}</span>}
            {octets > 0 && note === "" && <span>{size(octets)}</span>}
          </span>
        </a>
      </li>
    )
  }
}

const Nothing = ({ state }: { readonly state: State }) => {
  if (!state.hasLoaded) return null
  return state.query === ""
    ? (
      <li class="hint">
        {state.status?.smtp === null || state.status === undefined
          ? "Nothing yet. What arrives appears here at once."
          : `Nothing yet. Mail sent to port ${state.status.smtp.port} appears here at once.`}
      </li>
    )
    : (
      <li class="hint">
        <p>
          Nothing is found by <b>{state.query}</b>.
        </p>
        <p>
          Words are looked for in subjects, addresses and texts. Also:{" "}
          <code>
            from: to: cc: bcc: subject: is:refused
          </code>{" "}
          <code>is:deferred is:unknown is:unread has:attachment larger:100k after:2026-11-24</code>; <code>-</code>{" "}
          excludes.
        </p>
        <button class="link" type="button" onClick={() => set({ query: "" })}>Show all</button>
      </li>
    )
}

export const List = ({ state }: { readonly state: State }) => {
  const list = useRef<HTMLOListElement>(null)
  const { current, fresh, leaving, matched, messages, total } = state
  const rows = useMemo(() => {
    const shown = messages.filter(({ id }) => !leaving.includes(id))
    return shown.flatMap((message, i) => {
      const title = day(message.time)
      const before = shown[i - 1]
      const row = <Row key={message.id} message={message} isCurrent={message.id === current} />
      return before !== undefined && day(before.time) === title ? [row] : [
        <li key={`day ${title}`} class="day">
          <span>{title}</span>
          {i === 0 && (
            <span>{matched === total ? plural(total, "message") : `${count(matched)} of ${count(total)}`}</span>
          )}
        </li>,
        row
      ]
    })
  }, [messages, leaving, current, matched, total])
  const toTop = (): void => {
    list.current?.scrollTo({ top: 0 })
    set({ fresh: 0 })
  }
  const onScroll = (): void => {
    const element = list.current
    if (element === null) return
    if (element.scrollTop + element.clientHeight > element.scrollHeight - 1_200) loadMore()
    if (fresh > 0 && element.scrollTop < 10) set({ fresh: 0 })
  }
  return (
    <nav class="side" aria-label="Inbox">
      {fresh > 0 && <button class="fresh" type="button" onClick={toTop}>{`${count(fresh)} new ↑`}</button>}
      <ol class="list" aria-label="Messages" tabIndex={-1} ref={list} onScroll={onScroll}>
        {PreviewRows(state.previews, current)}
        {rows.length > 0 ? rows : state.previews.length === 0 || state.query !== "" ? <Nothing state={state} /> : null}
      </ol>
    </nav>
  )
}
