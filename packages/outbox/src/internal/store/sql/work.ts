import type { SqlError } from "@effect/sql/SqlError"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { TicketId } from "../../../OutboxMessage.js"
import * as Aging from "../../model/aging.js"
import * as Lane from "../../model/lane.js"
import type { Claim, Claimed, Hold, Settlement } from "../../model/service.js"
import * as Sql from "./dialect.js"
import * as Parts from "./parts.js"

const holdColumns = { id: "text", fence: "bigint" } as const

const idsOf = (rows: ReadonlyArray<Sql.Row>): ReadonlyArray<TicketId> =>
  rows.map((row) => Sql.text(row, "id") as TicketId)

const holdList = (holds: ReadonlyArray<Hold>): string => JSON.stringify(holds.map(({ fence, id }) => ({ id, fence })))

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

/** Takes the most urgent messages in one statement, and reads what belongs to them, which no one else changes. */
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
        ${db.own("message_id, envelope, size")}, ${db.now} AS claimed_at`,
      [owner, mailer]
    )
    if (rows.length === 0) return []
    // By a statement of its own: what the first one sees of recipients may be older than the message that it took.
    const found = yield* db.query(parts(db, rows.length), [JSON.stringify(rows.map((row) => ({ id: row["id"] })))])
    const belongings = new Map(found.map((row) => [Sql.text(row, "id"), row]))
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
          claimedAt: Sql.number(row, "claimed_at"),
          trace: Sql.optionalText(row, "trace"),
          recipients: Option.getOrElse(decodeAddresses(belonging["addresses"]), () => []),
          format: Sql.number(row, "format"),
          messageId: Sql.text(row, "message_id"),
          envelope: parsed(row, "envelope"),
          size: Sql.number(row, "size"),
          octets: Sql.octets(belonging, "octets")
        }
      })
  })

/** The octets of a message, part by part. */
export const octets = (db: Sql.Dialect, id: TicketId): Effect.Effect<Option.Option<Uint8Array>, SqlError> =>
  Effect.map(
    db.query(
      `SELECT c.octets FROM ${db.message} AS m JOIN ${db.content} AS c ON c.key = m.content
        WHERE m.id = ${db.parameter(1)} ORDER BY c.part`,
      [id]
    ),
    (rows) =>
      rows.length === 0
        ? Option.none()
        : Option.some(Parts.join(rows.flatMap((row) => Sql.octets(row, "octets") ?? [])))
  )

/** What is changed is locked in the order of ids first, so that no two statements wait for each other. */
const locked = (db: Sql.Dialect, columns: string, where: string, source: string): string =>
  `SELECT ${columns} FROM ${source} JOIN ${db.message} AS m ON m.id = i.id WHERE ${where} ORDER BY m.id` +
  (db.isPostgres ? " FOR UPDATE OF m" : "")

export const start = (
  db: Sql.Dialect,
  holds: ReadonlyArray<Hold>,
  owner: string,
  lease: number
): Effect.Effect<ReadonlyArray<TicketId>, SqlError> => {
  const isHeld = `m.fence = i.fence AND m.state = 'claimed' AND m.lease_until > ${db.now}`
  const list = db.list(1, holdColumns, holds.length)
  const update = (source: string) =>
    `UPDATE ${db.message} AS m SET state = 'sending', started_fence = l.fence, lease_until = ${db.now} + ${
      Math.round(lease)
    } FROM ${source} AS l WHERE m.id = l.id RETURNING ${db.own("id, fence")}`
  const insert = (source: string) =>
    `INSERT INTO ${db.attempt} (message, fence, owner, started_at)
      SELECT id, fence, ${db.parameter(2)}, ${db.now} FROM ${source} AS s WHERE true`
  if (db.isPostgres) {
    return Effect.map(
      db.query(
        `WITH l AS MATERIALIZED (${locked(db, "m.id, m.fence", isHeld, `${list} AS i`)}),
          started AS (${update("l")}), begun AS (${insert("started")}) SELECT id FROM started`,
        [holdList(holds), owner]
      ),
      idsOf
    )
  }
  return db.sql.withTransaction(Effect.gen(function*() {
    const started = yield* db.query(update(`(${locked(db, "m.id, m.fence", isHeld, `${list} AS i`)})`), [
      holdList(holds)
    ])
    yield* db.query(insert(list), [
      JSON.stringify(started.map((row) => ({ id: Sql.text(row, "id"), fence: Sql.number(row, "fence") }))),
      owner
    ])
    return idsOf(started)
  }))
}

export const renew = (
  db: Sql.Dialect,
  holds: ReadonlyArray<Hold>,
  lease: number
): Effect.Effect<ReadonlyArray<TicketId>, SqlError> => {
  const isHeld = "m.fence = i.fence AND m.state IN ('claimed', 'sending')"
  return Effect.map(
    db.query(
      `UPDATE ${db.message} AS m SET lease_until = ${db.now} + ${Math.round(lease)}
        FROM (${locked(db, "m.id", isHeld, `${db.list(1, holdColumns, holds.length)} AS i`)}) AS l WHERE m.id = l.id RETURNING ${
        db.own("id")
      }`,
      [holdList(holds)]
    ),
    idsOf
  )
}

const settleColumns = {
  id: "text",
  fence: "bigint",
  owner: "text",
  state: "text",
  delay: "bigint",
  reason: "text",
  error: "text",
  outcome: "text",
  detail: "text",
  counted: "integer",
  proof: "integer"
} as const

const fateColumns = {
  id: "text",
  address: "text",
  domain: "text",
  state: "text",
  code: "integer",
  enhanced: "text",
  reply: "text"
} as const

/** PostgreSQL takes no NUL in a text. */
const clean = (text: string | undefined): string | null => text === undefined ? null : text.replaceAll("\0", "")

const settleList = (settlements: ReadonlyArray<Settlement>): string =>
  JSON.stringify(settlements.map((settlement) => ({
    id: settlement.id,
    fence: settlement.fence,
    owner: settlement.owner,
    state: settlement.state === "queued" && settlement.delay > 0 ? "scheduled" : settlement.state,
    delay: Math.round(settlement.delay),
    reason: settlement.reason ?? null,
    error: clean(settlement.error),
    outcome: settlement.outcome,
    detail: clean(settlement.detail),
    counted: settlement.isCounted ? 1 : 0,
    proof: settlement.isProof ? 1 : 0
  })))

const fateList = (settlements: ReadonlyArray<Settlement>): string =>
  JSON.stringify(settlements.flatMap(({ id, recipients }) =>
    recipients.map(({ address, reply, state }) => ({
      id,
      address,
      domain: Lane.domain([address]),
      state,
      code: reply?.code ?? null,
      enhanced: reply?.enhancedCode ?? null,
      reply: clean(reply?.text)
    }))
  ))

export const settle = (
  db: Sql.Dialect,
  settlements: ReadonlyArray<Settlement>
): Effect.Effect<ReadonlyArray<TicketId>, SqlError> => {
  const list = `${db.list(1, settleColumns, settlements.length)} AS i`
  // An attempt is settled by its own fence, and late only where no later attempt started.
  const applies = `((m.fence = i.fence AND m.state IN ('claimed', 'sending', 'unknown'))
    OR (i.proof = 1 AND m.started_fence = i.fence AND m.state IN ('queued', 'scheduled', 'claimed', 'sending')
      AND EXISTS (SELECT 1 FROM ${db.attempt} AS a
        WHERE a.message = m.id AND a.fence = i.fence AND a.ended_at IS NULL)))`
  const columns = "m.id, i.fence, i.state, i.delay, i.reason, i.error, i.counted"
  const update = (source: string) =>
    `UPDATE ${db.message} AS m SET state = l.state, reason = l.reason, owner = NULL, lease_until = NULL,
      settled_at = CASE WHEN l.state IN ('queued', 'scheduled') THEN NULL ELSE ${db.now} END,
      due_at = CASE WHEN l.state IN ('queued', 'scheduled') THEN ${db.now} + l.delay ELSE m.due_at END,
      rank = CASE WHEN l.state IN ('queued', 'scheduled')
        THEN ${Aging.rankSql(`${db.now} + l.delay`, "m.priority")} ELSE m.rank END,
      last_error = COALESCE(l.error, m.last_error), attempts = m.attempts + l.counted,
      fence = CASE WHEN m.fence > l.fence THEN m.fence + 1 ELSE m.fence END
    FROM ${source} AS l WHERE m.id = l.id RETURNING ${db.own("id")}`
  const end = `INSERT INTO ${db.attempt} (message, fence, owner, ended_at, outcome, detail)
    SELECT i.id, i.fence, i.owner, ${db.now}, i.outcome, i.detail FROM ${list}
      JOIN ${db.message} AS m ON m.id = i.id WHERE true
    ON CONFLICT (message, fence) DO UPDATE SET ended_at = excluded.ended_at, outcome = excluded.outcome,
      detail = excluded.detail WHERE ${db.attempt}.ended_at IS NULL`
  const fates = settlements.reduce((count, { recipients }) => count + recipients.length, 0)
  const write = (parameter: number, source: string) =>
    `INSERT INTO ${db.recipient} (message, address, domain, state, code, enhanced, reply)
      SELECT f.id, f.address, f.domain, f.state, f.code, f.enhanced, f.reply
      FROM ${db.list(parameter, fateColumns, fates)} AS f JOIN ${source} AS s ON s.id = f.id WHERE true
      ON CONFLICT (message, address) DO UPDATE SET state = excluded.state,
        code = COALESCE(excluded.code, ${db.recipient}.code),
        enhanced = CASE WHEN excluded.code IS NULL THEN ${db.recipient}.enhanced ELSE excluded.enhanced END,
        reply = COALESCE(excluded.reply, ${db.recipient}.reply)`
  const parameters = [settleList(settlements), fateList(settlements)]
  if (db.isPostgres) {
    return Effect.map(
      db.query(
        `WITH l AS MATERIALIZED (${locked(db, columns, applies, list)}), settled AS (${update("l")}),
          ended AS (${end}), written AS (${write(2, "settled")}) SELECT id FROM settled`,
        parameters
      ),
      idsOf
    )
  }
  return db.sql.withTransaction(Effect.gen(function*() {
    const settled = idsOf(yield* db.query(update(`(${locked(db, columns, applies, list)})`), parameters.slice(0, 1)))
    yield* db.query(end, parameters.slice(0, 1))
    const applied = new Set<string>(settled)
    yield* db.query(write(1, `(SELECT id FROM ${db.message})`), [
      fateList(settlements.filter(({ id }) => applied.has(id)))
    ])
    return settled
  }))
}
