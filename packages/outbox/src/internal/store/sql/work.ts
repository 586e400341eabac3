import type { SqlError } from "@effect/sql/SqlError"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { TicketId } from "../../../OutboxMessage.js"
import type { Claim, Claimed, Hold } from "../../model/service.js"
import * as Content from "./content.js"
import * as Sql from "./dialect.js"
import * as Lists from "./turn/lists.js"

const idsOf = (rows: ReadonlyArray<Sql.Row>): ReadonlyArray<TicketId> =>
  rows.map((row) => Sql.text(row, "id") as TicketId)

const parsed = (row: Sql.Row, column: string): unknown => {
  const text = Sql.optionalText(row, column)
  return text === undefined ? undefined : JSON.parse(text)
}

/** What belongs to a message that was claimed: octets that are not too large to be brought along, and who is still to get it. */
const parts = (db: Sql.Dialect, rows: number): string => {
  const addresses = db.isPostgres ? "json_agg(r.address)::text" : "json_group_array(r.address)"
  return `SELECT i.id, c.octets, (SELECT ${addresses} FROM ${db.recipient} AS r
      WHERE r.message = i.id AND r.state = 'pending') AS addresses
    FROM ${db.list(1, { id: "text" }, rows)} AS i LEFT JOIN ${db.content} AS c ON c.key = i.id AND c.part = 0`
}

const decodeAddresses = Schema.decodeUnknownOption(Schema.parseJson(Schema.Array(Schema.String)))

/** The most urgent of each lane are looked at, so that what waits in other lanes costs nothing. */
const inLanes = (db: Sql.Dialect, lanes: ReadonlyArray<number>, limit: number): string => {
  const numbers = lanes.map(Math.trunc).join(", ") || "NULL"
  if (!db.isPostgres) return `lane IN (${numbers})`
  return `id IN (SELECT c.id FROM unnest(ARRAY[${numbers}]::integer[]) AS l(lane) CROSS JOIN LATERAL
    (SELECT q.id FROM ${db.message} AS q WHERE q.state = 'queued' AND q.mailer = ${db.parameter(2)} AND q.lane = l.lane
      ORDER BY q.rank, q.id LIMIT ${Math.trunc(limit)}) AS c)`
}

/** Takes the most urgent messages in one statement, and reads what belongs to them, which no other runner changes. */
export const claim = (
  db: Sql.Dialect,
  { lanes, lease, limit, mailer, owner }: Claim
): Effect.Effect<ReadonlyArray<Claimed>, SqlError> =>
  Effect.gen(function*() {
    const isFree = `NOT EXISTS (SELECT 1 FROM ${db.mailer} AS p
      WHERE p.name = ${db.parameter(2)} AND p.paused_until > ${db.now})`
    const rows = yield* db.query(
      `WITH picked AS MATERIALIZED (
        SELECT id FROM ${db.message} WHERE state = 'queued' AND mailer = ${db.parameter(2)}
          ${lanes === undefined ? "" : `AND ${inLanes(db, lanes, limit)}`} AND ${isFree}
        ORDER BY rank, id LIMIT ${Math.trunc(limit)}${db.skipLocked})
      UPDATE ${db.message} AS m SET state = 'claimed', fence = m.fence + 1, owner = ${db.parameter(1)},
        lease_until = ${db.now} + ${Math.round(lease)}
      FROM picked WHERE m.id = picked.id
      RETURNING ${db.own("id, fence, mailer, rank, attempts, created_at, due_at, give_up_at, trace, format")},
        ${db.own("message_id, envelope, annotations, give_up_after, size")}, ${db.now} AS claimed_at`,
      [owner, mailer]
    )
    if (rows.length === 0) return []
    // By a statement of its own: what the first one sees of recipients may be older than the message that it took.
    const found = yield* db.query(parts(db, rows.length), [JSON.stringify(rows.map((row) => ({ id: row["id"] })))])
    const belongings = new Map(found.map((row) => [Sql.text(row, "id"), row]))
    const octets = new Map<string, Uint8Array>()
    for (const row of found) {
      const stored = Sql.octets(row, "octets")
      if (stored === undefined) continue
      // What cannot be read now is read again when it is sent, and must not hold up the others.
      const read = db.transform === undefined
        ? Option.some(stored)
        : yield* Effect.option(Content.fromStored(db, stored))
      if (Option.isSome(read)) octets.set(Sql.text(row, "id"), read.value)
    }
    return [...rows]
      .sort((a, b) => Sql.number(a, "rank") - Sql.number(b, "rank") || (Sql.text(a, "id") < Sql.text(b, "id") ? -1 : 1))
      .map((row): Claimed => {
        const id = Sql.text(row, "id") as TicketId
        const belonging = belongings.get(id) ?? {}
        return {
          id,
          fence: Sql.number(row, "fence"),
          mailer: Sql.text(row, "mailer"),
          attempts: Sql.number(row, "attempts"),
          createdAt: Sql.number(row, "created_at"),
          dueAt: Sql.number(row, "due_at"),
          giveUpAt: Sql.number(row, "give_up_at"),
          giveUpAfter: Sql.number(row, "give_up_after"),
          claimedAt: Sql.number(row, "claimed_at"),
          trace: Sql.optionalText(row, "trace"),
          recipients: Option.getOrElse(decodeAddresses(belonging["addresses"]), () => []),
          format: Sql.number(row, "format"),
          messageId: Sql.text(row, "message_id"),
          envelope: parsed(row, "envelope"),
          annotations: parsed(row, "annotations"),
          size: Sql.number(row, "size"),
          octets: octets.get(id)
        }
      })
  })

/** What is changed is locked in the order of ids first, so that no two statements wait for each other. */
const locked = (db: Sql.Dialect, columns: string, where: string, source: string): string =>
  `SELECT ${columns} FROM ${source} JOIN ${db.message} AS m ON m.id = i.id WHERE ${where} ORDER BY m.id` +
  (db.isPostgres ? " FOR UPDATE OF m" : "")

export const renew = (
  db: Sql.Dialect,
  holds: ReadonlyArray<Hold>,
  lease: number
): Effect.Effect<ReadonlyArray<TicketId>, SqlError> => {
  const isHeld = "m.fence = i.fence AND m.state IN ('claimed', 'sending')"
  return Effect.map(
    db.query(
      `UPDATE ${db.message} AS m SET lease_until = ${db.now} + ${Math.round(lease)}
        FROM (${
        locked(db, "m.id", isHeld, `${db.list(1, Lists.holdColumns, holds.length)} AS i`)
      }) AS l WHERE m.id = l.id RETURNING ${db.own("id")}`,
      [Lists.holds(holds)]
    ),
    idsOf
  )
}
