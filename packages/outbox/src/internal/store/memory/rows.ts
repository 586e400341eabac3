import type * as Outgoing from "@effect-mail/core/Outgoing"
import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import type * as OutboxMessage from "../../../OutboxMessage.js"

interface Attempt {
  readonly fence: number
  readonly owner: string
  readonly startedAt: number | undefined
  endedAt: number | undefined
  outcome: string | undefined
  detail: string | undefined
}

/** A message in memory. Times are in ms since 1970. */
export interface Row {
  readonly id: OutboxMessage.TicketId
  readonly mailer: string
  readonly priority: number
  readonly lane: number
  readonly trace: string | undefined
  readonly createdAt: number
  readonly giveUpAfter: number
  readonly history: Array<Attempt>
  key: string | undefined
  tenant: string | undefined
  state: OutboxMessage.State
  dueAt: number
  giveUpAt: number
  settledAt: number | undefined
  attempts: number
  fence: number
  startedFence: number
  leaseUntil: number
  reason: OutboxMessage.Reason | undefined
  error: string | undefined
  frozen: Outgoing.FrozenStored<Uint8Array> | undefined
  recipients: Array<OutboxMessage.Recipient>
}

export const queue = (row: Row, now: number, delay: number): void => {
  row.state = delay > 0 ? "scheduled" : "queued"
  row.dueAt = now + delay
  row.settledAt = undefined
  row.reason = undefined
}

export const reopen = (row: Row, now: number): void => {
  queue(row, now, 0)
  row.giveUpAt = now + row.giveUpAfter
}

export const conclude = (
  row: Row,
  state: OutboxMessage.State,
  now: number,
  reason: OutboxMessage.Reason | undefined
): void => {
  row.state = state
  row.settledAt = now
  row.reason = reason
}

export const change = (row: Row, from: OutboxMessage.RecipientState, to: OutboxMessage.RecipientState): void => {
  row.recipients = row.recipients.map((recipient) => recipient.state === from ? { ...recipient, state: to } : recipient)
}

/** What is not said of a recipient stays: its last reply. */
export const setRecipient = (row: Row, recipient: OutboxMessage.Recipient): void => {
  const at = row.recipients.findIndex(({ address }) => address === recipient.address)
  if (at < 0) row.recipients.push(recipient)
  else row.recipients[at] = { ...row.recipients[at], ...recipient }
}

export const begun = (fence: number, owner: string, now: number): Attempt => ({
  fence,
  owner,
  startedAt: now,
  endedAt: undefined,
  outcome: undefined,
  detail: undefined
})

export const end = (
  row: Row,
  fence: number,
  owner: string,
  now: number,
  outcome: string,
  detail: string | undefined
): void => {
  const attempt = row.history.find((one) => one.fence === fence)
  if (attempt === undefined) row.history.push({ fence, owner, startedAt: undefined, endedAt: now, outcome, detail })
  else if (attempt.endedAt === undefined) Object.assign(attempt, { endedAt: now, outcome, detail })
}

export const hasOctets = ({ frozen }: Row): boolean => frozen !== undefined && frozen.bytes.length > 0

export const forgetOctets = (row: Row): void => {
  if (row.frozen !== undefined) row.frozen = { ...row.frozen, bytes: new Uint8Array(0) }
}

export const erase = (row: Row): void => {
  row.frozen = undefined
  row.recipients = []
  row.key = undefined
  row.tenant = undefined
  row.error = undefined
  for (const attempt of row.history) attempt.detail = undefined
}

const time = (ms: number): DateTime.Utc => DateTime.unsafeMake(ms)

export const summary = (row: Row): OutboxMessage.Summary => ({
  id: row.id,
  key: Option.fromNullable(row.key),
  mailer: row.mailer,
  priority: row.priority,
  state: row.state,
  reason: Option.fromNullable(row.reason),
  messageId: row.frozen?.messageId ?? "",
  attempts: row.attempts,
  createdAt: time(row.createdAt),
  dueAt: time(row.dueAt),
  giveUpAt: time(row.giveUpAt),
  settledAt: Option.map(Option.fromNullable(row.settledAt), time),
  lastError: Option.fromNullable(row.error),
  tenant: Option.fromNullable(row.tenant)
})

export const entry = (row: Row): OutboxMessage.Entry => ({
  ...summary(row),
  envelope: Option.map(Option.fromNullable(row.frozen), ({ envelope }) => envelope),
  size: row.frozen?.bytes.length ?? 0,
  recipients: [...row.recipients].sort((a, b) => a.address < b.address ? -1 : 1),
  history: [...row.history].sort((a, b) => a.fence - b.fence).map((attempt) => ({
    fence: attempt.fence,
    owner: attempt.owner,
    startedAt: Option.map(Option.fromNullable(attempt.startedAt), time),
    endedAt: Option.map(Option.fromNullable(attempt.endedAt), time),
    outcome: Option.fromNullable(attempt.outcome),
    detail: Option.fromNullable(attempt.detail)
  }))
})

export const counts = (rows: ReadonlyArray<Row>): OutboxMessage.Counts => {
  const numbers = new Map<string, OutboxMessage.Count>()
  let oldestDue: number | undefined
  for (const { dueAt, mailer, state } of rows) {
    const key = `${state} ${mailer}`
    numbers.set(key, { mailer, state, count: (numbers.get(key)?.count ?? 0) + 1 })
    if (state === "queued") oldestDue = Math.min(oldestDue ?? dueAt, dueAt)
  }
  return { counts: [...numbers.values()], oldestDue: Option.map(Option.fromNullable(oldestDue), time) }
}
