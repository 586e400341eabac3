import type { SqlError } from "@effect/sql/SqlError"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { TicketId } from "../../../../OutboxMessage.js"
import type { Recorded, Settlement, Starts, Turn } from "../../../model/service.js"
import * as Sql from "../dialect.js"
import * as Clauses from "./clauses.js"
import * as Lists from "./lists.js"

const idsOf = (rows: ReadonlyArray<Sql.Row>): ReadonlyArray<TicketId> =>
  rows.map((row) => Sql.text(row, "id") as TicketId)

const decodeIds = Schema.decodeUnknownOption(Schema.parseJson(Schema.Array(Schema.String)))

/** A list of ids, as JSON; absent where none was changed. */
const idsIn = (row: Sql.Row | undefined, column: string): ReadonlyArray<TicketId> =>
  Option.match(decodeIds(row?.[column]), { onNone: () => [], onSome: (ids) => ids.map((id) => id as TicketId) })

const byProcedure = (db: Sql.Dialect, { settlements, starts }: Turn): Effect.Effect<Recorded, SqlError> =>
  Effect.map(
    db.query(
      `SELECT started::text, settled::text
        FROM ${db.turn}($1::json, $2::text, $3::bigint, $4::json, $5::json, ${db.now})`,
      [
        starts === undefined ? null : Lists.holds(starts.holds),
        starts?.owner ?? null,
        starts === undefined ? null : Math.round(starts.lease),
        settlements.length === 0 ? null : Lists.settlements(settlements),
        settlements.length === 0 ? null : Lists.fates(settlements)
      ]
    ),
    ([row]) => ({ started: idsIn(row, "started"), settled: idsIn(row, "settled") })
  )

const start = (db: Sql.Dialect, { holds, lease, owner }: Starts): Effect.Effect<ReadonlyArray<TicketId>, SqlError> =>
  Effect.gen(function*() {
    const held = `SELECT m.id, m.fence FROM ${db.list(1, Lists.holdColumns)} AS i JOIN ${db.message} AS m ON m.id = i.id
      WHERE ${Clauses.isHeld("'claimed'", db.now)}`
    const started = yield* db.query(
      `UPDATE ${db.message} AS m SET ${Clauses.sending("l.fence", String(Math.round(lease)), db.now)}
        FROM (${held}) AS l WHERE m.id = l.id RETURNING id, fence`,
      [Lists.holds(holds)]
    )
    yield* db.query(
      `INSERT INTO ${db.attempt} (message, fence, owner, started_at)
        SELECT id, fence, ${db.parameter(2)}, ${db.now} FROM ${db.list(1, Lists.holdColumns)} AS s WHERE true`,
      [JSON.stringify(started), owner]
    )
    return idsOf(started)
  })

const settle = (
  db: Sql.Dialect,
  settlements: ReadonlyArray<Settlement>
): Effect.Effect<ReadonlyArray<TicketId>, SqlError> =>
  Effect.gen(function*() {
    const list = `${db.list(1, Lists.settlementColumns)} AS i`
    const parameters = [Lists.settlements(settlements)]
    const applied = `SELECT m.id, i.fence, i.state, i.delay, i.reason, i.error, i.counted
      FROM ${list} JOIN ${db.message} AS m ON m.id = i.id WHERE ${Clauses.applies(db.attempt)}`
    const settled = idsOf(
      yield* db.query(
        `UPDATE ${db.message} AS m SET ${Clauses.settled("l", db.now)}
          FROM (${applied}) AS l WHERE m.id = l.id RETURNING id`,
        parameters
      )
    )
    yield* db.query(
      `INSERT INTO ${db.attempt} (message, fence, owner, ended_at, outcome, detail)
        SELECT i.id, i.fence, i.owner, ${db.now}, i.outcome, i.detail FROM ${list}
          JOIN ${db.message} AS m ON m.id = i.id WHERE true
        ON CONFLICT (message, fence) DO UPDATE SET ended_at = excluded.ended_at, outcome = excluded.outcome,
          detail = excluded.detail WHERE ${db.attempt}.ended_at IS NULL`,
      parameters
    )
    const ids = new Set<string>(settled)
    yield* db.query(
      `INSERT INTO ${db.recipient} (message, address, domain, state, code, enhanced, reply)
        SELECT f.id, f.address, f.domain, f.state, f.code, f.enhanced, f.reply
        FROM ${db.list(1, Lists.fateColumns)} AS f WHERE true
        ON CONFLICT (message, address) DO UPDATE SET ${Clauses.fate(db.recipient, "excluded")}`,
      [Lists.fates(settlements.filter(({ id }) => ids.has(id)))]
    )
    return settled
  })

/** On SQLite each statement is a call, and only the commit waits. */
const inTransaction = (db: Sql.Dialect, { settlements, starts }: Turn): Effect.Effect<Recorded, SqlError> =>
  db.sql.withTransaction(Effect.all({
    started: starts === undefined || starts.holds.length === 0 ? Effect.succeed([]) : start(db, starts),
    settled: settlements.length === 0 ? Effect.succeed([]) : settle(db, settlements)
  }))

/** Records starts and settlements together: one round trip, and one commit. */
export const record = (db: Sql.Dialect, turn: Turn): Effect.Effect<Recorded, SqlError> =>
  db.isPostgres ? byProcedure(db, turn) : inTransaction(db, turn)
