import type { SqlError } from "@effect/sql/SqlError"
import * as Effect from "effect/Effect"
import type { Reaped, Retention } from "../../model/service.js"
import * as Content from "./content.js"
import * as Sql from "./dialect.js"

/** So many rows are changed at once, so that other statements do not wait for long. */
const atOnce = 2000

const some = (db: Sql.Dialect, where: string, order: string): string =>
  `SELECT id FROM ${db.message} WHERE ${where} ORDER BY ${order} LIMIT ${atOnce}${db.skipLocked}`

/** The recipients of these messages that are in one state come into another. */
export const changeRecipients = (
  db: Sql.Dialect,
  ids: ReadonlyArray<string>,
  from: string,
  to: string
): Effect.Effect<void, SqlError> =>
  ids.length === 0 ? Effect.void : db.query(
    `UPDATE ${db.recipient} SET state = '${to}' WHERE state = '${from}' AND message IN
      (SELECT id FROM ${db.list(1, { id: "text" }, ids.length)} AS i)`,
    [JSON.stringify(ids.map((id) => ({ id })))]
  )

const conclude = (
  db: Sql.Dialect,
  where: string,
  order: string,
  change: { readonly state: string; readonly reason: string; readonly recipients: string }
): Effect.Effect<number, SqlError> =>
  db.sql.withTransaction(Effect.gen(function*() {
    const rows = yield* db.query(
      `WITH picked AS MATERIALIZED (${some(db, where, order)})
        UPDATE ${db.message} AS m SET state = '${change.state}', reason = '${change.reason}', settled_at = ${db.now},
          owner = NULL, lease_until = NULL FROM picked WHERE m.id = picked.id RETURNING ${db.own("id")}`
    )
    yield* changeRecipients(db, rows.map((row) => Sql.text(row, "id")), "pending", change.recipients)
    return rows.length
  }))

const requeue = (db: Sql.Dialect, where: string, order: string): Effect.Effect<number, SqlError> =>
  Effect.map(
    db.query(
      `WITH picked AS MATERIALIZED (${some(db, where, order)})
        UPDATE ${db.message} AS m SET state = 'queued', owner = NULL, lease_until = NULL
        FROM picked WHERE m.id = picked.id RETURNING ${db.own("id")}`
    ),
    (rows) => rows.length
  )

/** Does nothing, and locks nothing, where nothing is overdue. */
const overdue = (db: Sql.Dialect): Effect.Effect<Sql.Row, SqlError> =>
  Effect.map(
    db.query(
      `SELECT
        EXISTS (SELECT 1 FROM ${db.message} WHERE state IN ('claimed', 'sending') AND lease_until <= ${db.instant}) AS leases,
        EXISTS (SELECT 1 FROM ${db.message} WHERE state IN ('queued', 'scheduled') AND give_up_at <= ${db.instant}) AS given_up,
        EXISTS (SELECT 1 FROM ${db.message} WHERE state = 'scheduled' AND due_at <= ${db.instant}) AS due`
    ),
    (rows) => rows[0] ?? {}
  )

const isTrue = (row: Sql.Row, column: string): boolean => row[column] === true || row[column] === 1

export const reap = (db: Sql.Dialect, resendLost: boolean): Effect.Effect<Reaped, SqlError> =>
  Effect.gen(function*() {
    const what = yield* overdue(db)
    const reaped = { due: 0, returned: 0, lost: 0, gaveUp: 0 }
    if (isTrue(what, "leases")) {
      const isOver = (state: string) => `state = '${state}' AND lease_until <= ${db.instant}`
      reaped.returned = yield* requeue(db, isOver("claimed"), "lease_until")
      reaped.lost = yield* resendLost
        ? requeue(db, isOver("sending"), "lease_until")
        : conclude(db, isOver("sending"), "lease_until", { state: "unknown", reason: "lost", recipients: "unknown" })
    }
    if (isTrue(what, "given_up")) {
      reaped.gaveUp = yield* conclude(
        db,
        `state IN ('queued', 'scheduled') AND give_up_at <= ${db.instant}`,
        "give_up_at",
        { state: "failed", reason: "gaveUp", recipients: "notSent" }
      )
    }
    if (isTrue(what, "due")) {
      reaped.due = yield* requeue(db, `state = 'scheduled' AND due_at <= ${db.instant}`, "due_at")
    }
    return reaped
  })

const pick = (db: Sql.Dialect, where: string): Effect.Effect<ReadonlyArray<string>, SqlError> =>
  Effect.map(db.query(some(db, where, "settled_at, id")), (rows) => rows.map((row) => Sql.text(row, "id")))

/** Until nothing is left, some at a time, each in a transaction of its own. */
const inBatches = (
  db: Sql.Dialect,
  where: string,
  remove: (ids: ReadonlyArray<string>) => Effect.Effect<void, SqlError>
): Effect.Effect<number, SqlError> => {
  const batch = db.sql.withTransaction(
    Effect.flatMap(pick(db, where), (ids) => ids.length === 0 ? Effect.succeed(0) : Effect.as(remove(ids), ids.length))
  )
  return Effect.gen(function*() {
    let total = 0
    let last = yield* batch
    while (last > 0) {
      total += last
      last = last < atOnce ? 0 : yield* batch
    }
    return total
  })
}

const removeRows = (db: Sql.Dialect) => (ids: ReadonlyArray<string>): Effect.Effect<void, SqlError> => {
  const list = JSON.stringify(ids.map((id) => ({ id })))
  const picked = `(SELECT id FROM ${db.list(1, { id: "text" }, ids.length)} AS i)`
  return Effect.zipRight(
    Content.remove(db, ids),
    Effect.forEach(
      [[db.recipient, "message"], [db.attempt, "message"], [db.message, "id"]],
      ([table, column]) => db.query(`DELETE FROM ${table} WHERE ${column} IN ${picked}`, [list]),
      { discard: true }
    )
  )
}

export const erase = (db: Sql.Dialect, id: string): Effect.Effect<boolean, SqlError> =>
  db.sql.withTransaction(Effect.gen(function*() {
    const rows = yield* db.query(
      `SELECT id FROM ${db.message} WHERE id = ${db.parameter(1)}
        AND state IN ('delivered', 'failed', 'cancelled', 'unknown')${db.isPostgres ? " FOR UPDATE" : ""}`,
      [id]
    )
    if (rows.length === 0) return false
    yield* Content.remove(db, [id])
    yield* db.query(`DELETE FROM ${db.recipient} WHERE message = ${db.parameter(1)}`, [id])
    yield* db.query(`UPDATE ${db.attempt} SET detail = NULL WHERE message = ${db.parameter(1)}`, [id])
    yield* db.query(
      `UPDATE ${db.message} SET idem_key = NULL, envelope = NULL, last_error = NULL, annotations = NULL, tenant = NULL, message_id = '', size = 0,
        fence = fence + 1 WHERE id = ${db.parameter(1)}`,
      [id]
    )
    return true
  }))

export const purge = (db: Sql.Dialect, olderThan: number): Effect.Effect<number, SqlError> =>
  inBatches(db, `settled_at < ${db.instant} - ${Math.round(olderThan)}`, removeRows(db))

export const retain = (
  db: Sql.Dialect,
  { delivered, octets, others }: Retention
): Effect.Effect<number, SqlError> =>
  Effect.gen(function*() {
    const before = (age: number) => `settled_at < ${db.instant} - ${Math.round(age)}`
    yield* inBatches(
      db,
      `state = 'delivered' AND has_octets = 1 AND ${before(octets)}`,
      (ids) => Content.remove(db, ids)
    )
    const one = yield* inBatches(db, `state IN ('delivered', 'cancelled') AND ${before(delivered)}`, removeRows(db))
    yield* Content.sweep(db)
    return one + (yield* inBatches(db, `state IN ('failed', 'unknown') AND ${before(others)}`, removeRows(db)))
  })
