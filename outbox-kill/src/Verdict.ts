/** What the outbox says, held against the ledger of the server. */
import { SqlClient } from "@effect/sql"
import type { SqlError } from "@effect/sql/SqlError"
import { Effect } from "effect"
import type { Sink } from "./Sink.js"
import type { kinds } from "./Sink.js"

export interface Verdict {
  readonly states: Readonly<Record<string, number>>
  /** Recipients that are in no final state. */
  readonly open: number
  /** Recipients that were said to have it, and have not. */
  readonly lost: number
  /** Copies beyond the first, but for those that were sent again by decision. */
  readonly doubled: number
  /** Copies beyond the first of messages that were sent again by decision. */
  readonly decided: number
  /** Recipients that were said not to have it, and have. */
  readonly denied: number
  /** Unknown messages of which the server said nothing to anybody: those that it dropped are unknown by right. */
  readonly unknown: number
  /** Messages that the server dropped after the final dot, and that are unknown. */
  readonly unanswered: number
  readonly changed: number
  /** From the start of an attempt to its record, in ms. */
  readonly median: number
  readonly late: number
}

interface Row {
  readonly message: string
  readonly address: string
  readonly state: string
}

const isDropped = (address: string): boolean => address.startsWith("taken-") || address.startsWith("lost-")

/** How often each message was sent again by the policy: each attempt whose outcome was not known allows one more. */
export const resent: Effect.Effect<ReadonlyMap<string, number>, SqlError, SqlClient.SqlClient> = Effect.flatMap(
  SqlClient.SqlClient,
  (sql) =>
    Effect.map(
      sql<{ message: string; number: number }>`
        SELECT message, count(*) AS number FROM outbox_attempt WHERE started_at IS NOT NULL
          AND (ended_at IS NULL OR outcome IN ('OutcomeUnknownError', 'Interrupted', 'Defect')) GROUP BY message`,
      (rows) => new Map(rows.map(({ message, number }) => [message, Number(number)]))
    )
)

/** `resent`: how many more copies of a message a decision allows. */
export const of = (
  sink: Sink,
  resent: ReadonlyMap<string, number>
): Effect.Effect<Verdict, SqlError, SqlClient.SqlClient> =>
  Effect.gen(function*() {
    const sql = yield* SqlClient.SqlClient
    const messages = yield* sql<{ state: string; number: number }>`
      SELECT state, count(*) AS number FROM outbox_message GROUP BY state`
    const recipients = yield* sql<Row>`SELECT message, address, state FROM outbox_recipient`
    const attempts = yield* sql<{ time: number }>`
      SELECT ended_at - started_at AS time FROM outbox_attempt
      WHERE ended_at IS NOT NULL AND started_at IS NOT NULL ORDER BY ended_at - started_at`
    const quantile = (share: number) => Number(attempts[Math.floor(attempts.length * share)]?.time ?? 0)
    const copiesOf = ({ address }: Row) => sink.copies.get(address) ?? 0
    const extra = (row: Row) => Math.max(0, copiesOf(row) - 1)
    const allowed = ({ message }: Row) => resent.get(message) ?? 0
    const unknown = new Set<string>()
    const unanswered = new Set<string>()
    for (const row of recipients) {
      if (row.state === "unknown") (isDropped(row.address) ? unanswered : unknown).add(row.message)
    }
    for (const message of unanswered) unknown.delete(message)
    const has = (...states: ReadonlyArray<string>) => recipients.filter(({ state }) => states.includes(state))
    return {
      states: Object.fromEntries(messages.map(({ number, state }) => [state, Number(number)])),
      open: has("pending").length,
      lost: has("accepted").filter((row) => copiesOf(row) === 0).length,
      doubled: recipients.reduce((sum, row) => sum + Math.max(0, extra(row) - allowed(row)), 0),
      decided: recipients.reduce((sum, row) => sum + Math.min(allowed(row), extra(row)), 0),
      denied: has("rejected", "notSent", "pending").filter((row) => copiesOf(row) > 0).length,
      unknown: unknown.size,
      unanswered: unanswered.size,
      changed: sink.changed(),
      median: quantile(0.5),
      late: quantile(0.95)
    }
  })

/** Of a hundred messages three are refused, four deferred, one broken off, and one is not answered. */
export const kindOf = (index: number): (typeof kinds)[number] => {
  const place = index % 100
  if (place < 2) return "refuse"
  if (place < 5) return "later"
  if (place < 6) return "early"
  if (place === 7) return "busy"
  if (place === 8) return "spam"
  if (place === 6) return index % 1000 < 500 ? "taken" : "lost"
  return "ok"
}
