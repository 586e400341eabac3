/** What an outbox holds, as lines of a terminal. Everything that came from outside is made visible. */
import type * as OutboxMessage from "@effect-mail/outbox/OutboxMessage"
import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import type { Colours } from "../terminal/colours.js"
import { cut, visible, visibleLines } from "../terminal/visible.js"

const time = (at: DateTime.Utc): string => DateTime.formatIso(at).replace(/\.\d+Z$/, "Z")

const toneOf = (state: OutboxMessage.State, { bad, dim, good, lost }: Colours): (text: string) => string => {
  switch (state) {
    case "delivered":
      return good
    case "failed":
      return bad
    case "unknown":
      return lost
    case "sending":
      return (text) => text
    default:
      return dim
  }
}

const nameOf = ({ key, messageId }: OutboxMessage.Summary): string => visible(Option.getOrElse(key, () => messageId))

/** Seven columns, for a program that reads lines. */
export const tabbed = (summary: OutboxMessage.Summary): string =>
  [
    summary.id,
    summary.state,
    summary.mailer,
    time(summary.createdAt),
    String(summary.attempts),
    Option.getOrElse(summary.key, () => summary.messageId),
    Option.getOrElse(summary.lastError, () => "")
  ].map(visible).join("\t")

/** Two lines, and a third where something went wrong. */
export const listed = (summary: OutboxMessage.Summary, colours: Colours, width: number): string => {
  const { attempts, createdAt, dueAt, id, lastError, mailer, state } = summary
  const tone = toneOf(state, colours)
  const isWaiting = state === "queued" || state === "scheduled"
  const facts = [
    visible(mailer),
    `${attempts} ${attempts === 1 ? "try" : "tries"}`,
    isWaiting ? `due ${time(dueAt)}` : time(createdAt)
  ].join("  ")
  return [
    `${id}  ${tone(state)}`,
    `  ${cut(nameOf(summary), width - 2)}`,
    `  ${colours.dim(cut(facts, width - 2))}`,
    ...state === "delivered" || Option.isNone(lastError)
      ? []
      : [`  ${colours.late(cut(visible(lastError.value), width - 2))}`]
  ].join("\n")
}

/** The text of a reply often begins with its enhanced code. */
const replyOf = ({ reply }: OutboxMessage.Recipient): string => {
  if (reply === undefined) return ""
  const { code, enhancedCode = "", text } = reply
  return [String(code), text.startsWith(enhancedCode) ? "" : enhancedCode, text].filter((part) => part !== "").join(" ")
}

const attemptLines = ({ detail, endedAt, outcome, owner, startedAt }: OutboxMessage.Attempt, { dim }: Colours) => [
  `  ${Option.match(startedAt, { onNone: () => "not begun", onSome: time })}  ${
    visible(Option.getOrElse(outcome, () => Option.isNone(endedAt) ? "never heard of again" : "no outcome"))
  }  ${dim(`by ${visible(owner)}`)}`,
  ...Option.match(Option.filter(detail, (text) => text.trim() !== ""), {
    onNone: () => [],
    onSome: (text) => visibleLines(text).split("\n").map((line) => `    ${line}`)
  })
]

/** What can be done about a message in its state. */
const advice = ({ id, state }: OutboxMessage.Entry): ReadonlyArray<string> => {
  switch (state) {
    case "unknown":
      return [
        "It may have been sent, and it may not. When you know, or have decided:",
        `  effect-mail outbox resolve ${id} --as delivered`,
        `  effect-mail outbox resolve ${id} --as resend     (its recipients may get it twice)`
      ]
    case "failed":
      return ["When the cause is mended:", `  effect-mail outbox retry ${id}`]
    default:
      return []
  }
}

const row = (name: string, value: Option.Option<string>): ReadonlyArray<string> =>
  Option.match(value, { onNone: () => [], onSome: (text) => [`  ${name.padEnd(11)} ${visible(text)}`] })

/** All that is known of a message. */
export const shown = (entry: OutboxMessage.Entry, colours: Colours): string => {
  const { bold, dim } = colours
  const { envelope, history, recipients } = entry
  return [
    `${bold(entry.id)}  ${toneOf(entry.state, colours)(entry.state)}${
      Option.match(entry.reason, { onNone: () => "", onSome: (reason) => dim(` (${reason})`) })
    }`,
    ...row("key", entry.key),
    ...row("mailer", Option.some(entry.mailer)),
    ...row("Message-ID", Option.some(entry.messageId)),
    ...row("from", Option.map(envelope, ({ from }) => from === "" ? "<>" : from)),
    ...row("size", Option.some(`${entry.size} octets`)),
    ...row("queued", Option.some(time(entry.createdAt))),
    ...row("due", Option.some(time(entry.dueAt))),
    ...row("gives up", Option.some(time(entry.giveUpAt))),
    ...row("settled", Option.map(entry.settledAt, time)),
    ...row("last error", entry.lastError),
    "",
    bold(`${recipients.length} ${recipients.length === 1 ? "recipient" : "recipients"}`),
    ...recipients.map((one) =>
      `  ${one.state.padEnd(9)} ${visible(one.address)}  ${dim(visible(replyOf(one)))}`.trimEnd()
    ),
    "",
    bold(`${history.length} ${history.length === 1 ? "try" : "tries"}`),
    ...history.flatMap((attempt) => attemptLines(attempt, colours)),
    ...advice(entry).length === 0 ? [] : ["", ...advice(entry)],
    ""
  ].join("\n")
}

/** A table by mailer and state, what waits longest, and what is paused. */
export const counted = (
  { counts, oldestDue }: OutboxMessage.Counts,
  pauses: ReadonlyArray<OutboxMessage.Pause>,
  now: DateTime.Utc,
  colours: Colours
): string => {
  const mailers = Array.from(new Set(counts.map(({ mailer }) => mailer))).sort()
  const width = Math.max(0, ...counts.map(({ state }) => state.length))
  const room = Math.max(0, ...counts.map(({ count }) => String(count).length))
  const lines = mailers.flatMap((mailer) => [
    colours.bold(visible(mailer)),
    ...counts.filter((one) => one.mailer === mailer).map(({ count, state }) =>
      `  ${toneOf(state, colours)(state.padEnd(width))}  ${String(count).padStart(room)}`
    )
  ])
  const oldest = Option.match(oldestDue, {
    onNone: () => "nothing is due",
    onSome: (due) => `oldest due: ${time(due)}, ${Math.max(0, Math.round(DateTime.distance(due, now) / 1000))} s ago`
  })
  return [
    ...lines.length === 0 ? ["nothing was queued yet"] : lines,
    oldest,
    ...pauses.map(({ mailer, reason, until }) =>
      colours.late(`paused: ${visible(mailer)} until ${time(until)}: ${visible(reason)}`)
    ),
    ""
  ].join("\n")
}
