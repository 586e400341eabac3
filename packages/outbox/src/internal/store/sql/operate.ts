import * as Envelope from "@effect-mail/core/Envelope"
import type { SqlError } from "@effect/sql/SqlError"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type * as OutboxMessage from "../../../OutboxMessage.js"
import { Reason, RecipientState, State } from "../../../OutboxMessage.js"
import * as Aging from "../../model/aging.js"
import type { Settled } from "../../model/service.js"
import * as Sql from "./dialect.js"
import { changeRecipients } from "./time.js"

const decodeState = Schema.decodeUnknownSync(State)
const decodeReason = Schema.decodeUnknownOption(Reason)
const decodeRecipientState = Schema.decodeUnknownSync(RecipientState)
const decodeEnvelope = Schema.decodeUnknownOption(Schema.parseJson(Envelope.Envelope))

const time = (row: Sql.Row, column: string): DateTime.Utc => DateTime.unsafeMake(Sql.number(row, column))

const optionalTime = (row: Sql.Row, column: string): Option.Option<DateTime.Utc> =>
  Option.map(Option.fromNullable(Sql.optionalNumber(row, column)), DateTime.unsafeMake)

const optional = (row: Sql.Row, column: string): Option.Option<string> =>
  Option.fromNullable(Sql.optionalText(row, column))

const summaryColumns = "id, idem_key, mailer, priority, state, reason, message_id, attempts, created_at, due_at, " +
  "give_up_at, settled_at, last_error, tenant"

const summary = (row: Sql.Row): OutboxMessage.Summary => ({
  id: Sql.text(row, "id") as OutboxMessage.TicketId,
  key: optional(row, "idem_key"),
  mailer: Sql.text(row, "mailer"),
  priority: Sql.number(row, "priority"),
  state: decodeState(row["state"]),
  reason: decodeReason(row["reason"]),
  messageId: Sql.text(row, "message_id"),
  attempts: Sql.number(row, "attempts"),
  createdAt: time(row, "created_at"),
  dueAt: time(row, "due_at"),
  giveUpAt: time(row, "give_up_at"),
  settledAt: optionalTime(row, "settled_at"),
  lastError: optional(row, "last_error"),
  tenant: optional(row, "tenant")
})

const recipient = (row: Sql.Row): OutboxMessage.Recipient => {
  const code = Sql.optionalNumber(row, "code")
  const enhancedCode = Sql.optionalText(row, "enhanced")
  const reply = { ...enhancedCode === undefined ? {} : { enhancedCode }, text: Sql.text(row, "reply") }
  const known = { address: Sql.text(row, "address"), state: decodeRecipientState(row["state"]) }
  return code === undefined ? known : { ...known, reply: { code, ...reply } }
}

const attempt = (row: Sql.Row): OutboxMessage.Attempt => ({
  fence: Sql.number(row, "fence"),
  owner: Sql.text(row, "owner"),
  startedAt: optionalTime(row, "started_at"),
  endedAt: optionalTime(row, "ended_at"),
  outcome: optional(row, "outcome"),
  detail: optional(row, "detail")
})

export const get = (
  db: Sql.Dialect,
  id: OutboxMessage.TicketId
): Effect.Effect<Option.Option<OutboxMessage.Entry>, SqlError> =>
  Effect.gen(function*() {
    const one = db.parameter(1)
    const rows = yield* db.query(`SELECT ${summaryColumns}, envelope, size FROM ${db.message} WHERE id = ${one}`, [id])
    const row = rows[0]
    if (row === undefined) return Option.none()
    const recipients = yield* db.query(`SELECT * FROM ${db.recipient} WHERE message = ${one} ORDER BY address`, [id])
    const attempts = yield* db.query(`SELECT * FROM ${db.attempt} WHERE message = ${one} ORDER BY fence`, [id])
    return Option.some({
      ...summary(row),
      envelope: decodeEnvelope(row["envelope"]),
      size: Sql.number(row, "size"),
      recipients: recipients.map(recipient).sort((a, b) => a.address < b.address ? -1 : 1),
      history: attempts.map(attempt)
    })
  })

export const find = (
  db: Sql.Dialect,
  { incomplete, key, mailer, recipient, states, tenant }: OutboxMessage.Filter,
  { before, limit }: { readonly before: OutboxMessage.TicketId | undefined; readonly limit: number }
): Effect.Effect<ReadonlyArray<OutboxMessage.Summary>, SqlError> => {
  const parameters: Array<string> = []
  const equals = (column: string, value: string | undefined, operator = "="): ReadonlyArray<string> => {
    if (value === undefined) return []
    parameters.push(value)
    return [`${column} ${operator} ${db.parameter(parameters.length)}`]
  }
  const conditions = [
    ...equals("id", before, "<"),
    ...equals("mailer", mailer),
    ...equals("idem_key", key),
    ...equals("tenant", tenant),
    ...equals(`EXISTS (SELECT 1 FROM ${db.recipient} AS r WHERE r.message = id AND r.address`, recipient)
      .map((condition) => `${condition})`),
    // States are literals that the type allows, so that the partial indices serve them.
    ...states === undefined
      ? []
      : [`state IN (${states.map((state) => `'${decodeState(state)}'`).join(", ") || "NULL"})`],
    ...incomplete === true
      ? [`state = 'delivered' AND EXISTS
          (SELECT 1 FROM ${db.recipient} AS r WHERE r.message = id AND r.state <> 'accepted')`]
      : []
  ]
  const where = conditions.length === 0 ? "" : `WHERE ${conditions.join(" AND ")}`
  return Effect.map(
    db.query(
      `SELECT ${summaryColumns} FROM ${db.message} ${where} ORDER BY id DESC LIMIT ${Math.trunc(limit)}`,
      parameters
    ),
    (rows) => rows.map(summary)
  )
}

export const counts = (db: Sql.Dialect): Effect.Effect<OutboxMessage.Counts, SqlError> =>
  Effect.gen(function*() {
    const rows = yield* db.query(`SELECT mailer, state, count(*) AS number FROM ${db.message} GROUP BY mailer, state`)
    const oldest = yield* db.query(`SELECT min(due_at) AS due_at FROM ${db.message} WHERE state = 'queued'`)
    return {
      counts: rows.map((row) => ({
        mailer: Sql.text(row, "mailer"),
        state: decodeState(row["state"]),
        count: Sql.number(row, "number")
      })),
      oldestDue: optionalTime(oldest[0] ?? {}, "due_at")
    }
  })

export const settledSince = (
  db: Sql.Dialect,
  since: number,
  after: string
): Effect.Effect<ReadonlyArray<Settled>, SqlError> =>
  Effect.map(
    db.query(
      `SELECT id, state, settled_at FROM ${db.message} WHERE settled_at IS NOT NULL
        AND (settled_at, id) > (${db.parameter(1)}, ${db.parameter(2)}) ORDER BY settled_at, id LIMIT 1000`,
      [Math.trunc(since), after]
    ),
    (rows) =>
      rows.map((row) => ({
        id: Sql.text(row, "id") as OutboxMessage.TicketId,
        state: decodeState(row["state"]),
        settledAt: Sql.number(row, "settled_at")
      }))
  )

const isOpen = (state: OutboxMessage.State): boolean =>
  state === "queued" || state === "scheduled" || state === "claimed"

export const cancel = (
  db: Sql.Dialect,
  id: OutboxMessage.TicketId
): Effect.Effect<OutboxMessage.CancelResult, SqlError> =>
  db.sql.withTransaction(Effect.gen(function*() {
    const rows = yield* db.query(
      `UPDATE ${db.message} SET state = CASE WHEN EXISTS
          (SELECT 1 FROM ${db.recipient} AS r WHERE r.message = ${db.parameter(1)} AND r.state = 'accepted')
          THEN 'delivered' ELSE 'cancelled' END, settled_at = ${db.now}, fence = fence + 1, owner = NULL,
        lease_until = NULL, reason = NULL
      WHERE id = ${db.parameter(1)} AND state IN ('queued', 'scheduled', 'claimed') RETURNING id`,
      [id]
    )
    if (rows.length > 0) {
      yield* changeRecipients(db, [id], "pending", "notSent")
      return "Cancelled"
    }
    const found = yield* db.query(`SELECT state FROM ${db.message} WHERE id = ${db.parameter(1)}`, [id])
    if (found[0] === undefined) return "NotFound"
    const state = decodeState(found[0]["state"])
    return state === "sending" || isOpen(state) ? "TooLate" : "AlreadySettled"
  }))

const reopen = (db: Sql.Dialect, more: string): string =>
  `UPDATE ${db.message} SET state = 'queued', settled_at = NULL, reason = NULL, fence = fence + 1, due_at = ${db.now},
    rank = ${Aging.rankSql(db.now, "priority")}, give_up_at = ${db.now} + give_up_after ${more}
  WHERE id = ${db.parameter(1)}`

/** Takes the row for itself until the transaction ends. */
const lock = (db: Sql.Dialect, id: string, where: string): Effect.Effect<boolean, SqlError> =>
  Effect.map(
    db.query(
      `SELECT id FROM ${db.message} WHERE id = ${db.parameter(1)} AND ${where}${db.isPostgres ? " FOR UPDATE" : ""}`,
      [id]
    ),
    (rows) => rows.length > 0
  )

export const resolve = (
  db: Sql.Dialect,
  id: OutboxMessage.TicketId,
  resolution: OutboxMessage.Resolution
): Effect.Effect<boolean, SqlError> =>
  db.sql.withTransaction(Effect.gen(function*() {
    if (!(yield* lock(db, id, "state = 'unknown'"))) return false
    const to = { delivered: "accepted", failed: "notSent", resend: "pending" }[resolution]
    yield* changeRecipients(db, [id], "unknown", to)
    const rows = yield* db.query(
      `SELECT state, count(*) AS number FROM ${db.recipient} WHERE message = ${db.parameter(1)} GROUP BY state`,
      [id]
    )
    const states = new Set(rows.map((row) => Sql.text(row, "state")))
    const state = states.has("accepted") ? "delivered" : "failed"
    yield* states.has("pending")
      ? db.query(reopen(db, ""), [id])
      : db.query(
        `UPDATE ${db.message} SET state = '${state}', reason = 'resolved', settled_at = ${db.now}, fence = fence + 1
          WHERE id = ${db.parameter(1)}`,
        [id]
      )
    return true
  }))

export const retry = (db: Sql.Dialect, id: OutboxMessage.TicketId): Effect.Effect<boolean, SqlError> =>
  db.sql.withTransaction(Effect.gen(function*() {
    if (!(yield* lock(db, id, "state = 'failed' AND has_octets = 1"))) return false
    yield* changeRecipients(db, [id], "rejected", "pending")
    yield* changeRecipients(db, [id], "notSent", "pending")
    yield* db.query(reopen(db, ", attempts = 0"), [id])
    return true
  }))

export const pause = (
  db: Sql.Dialect,
  mailer: string,
  duration: number,
  reason: string
): Effect.Effect<void, SqlError> =>
  db.query(
    `INSERT INTO ${db.mailer} (name, paused_until, reason)
      VALUES (${db.parameter(1)}, ${db.now} + ${Math.round(duration)}, ${db.parameter(2)})
      ON CONFLICT (name) DO UPDATE SET paused_until = excluded.paused_until, reason = excluded.reason`,
    [mailer, reason.replaceAll("\0", "")]
  )

export const resume = (db: Sql.Dialect, mailer: string): Effect.Effect<void, SqlError> =>
  db.query(`DELETE FROM ${db.mailer} WHERE name = ${db.parameter(1)}`, [mailer])

export const pauses = (db: Sql.Dialect): Effect.Effect<ReadonlyArray<OutboxMessage.Pause>, SqlError> =>
  Effect.map(
    db.query(`SELECT name, paused_until, reason FROM ${db.mailer} WHERE paused_until > ${db.now} ORDER BY name`),
    (rows) =>
      rows.map((row) => ({
        mailer: Sql.text(row, "name"),
        until: time(row, "paused_until"),
        reason: Sql.text(row, "reason")
      }))
  )
