import type { SqlError } from "@effect/sql/SqlError"
import * as Effect from "effect/Effect"
import type { DuplicateKeyError } from "../../../OutboxError.js"
import type { Ticket, TicketId } from "../../../OutboxMessage.js"
import * as Aging from "../../model/aging.js"
import * as Lane from "../../model/lane.js"
import type { NewMessage } from "../../model/service.js"
import * as Duplicates from "../duplicates.js"
import { contentKey } from "./contentKey.js"
import * as Sql from "./dialect.js"
import * as Parts from "./parts.js"

/** So many messages in one statement: SQLite takes 32,766 parameters, and a row of octets has three. */
const atOnce = 1000

const messageColumns = {
  id: "text",
  idem_key: "text",
  mailer: "text",
  lane: "integer",
  priority: "integer",
  due: "bigint",
  give_up_after: "bigint",
  trace: "text",
  format: "integer",
  message_id: "text",
  envelope: "text",
  content: "text",
  size: "bigint"
} as const

const recipientColumns = { message: "text", address: "text", domain: "text" } as const

interface Keyed {
  readonly message: NewMessage
  readonly content: string
}

const messageRow = ({ content, message }: Keyed) => {
  const { at, frozen, giveUpAfter, id, key, mailer, priority, trace } = message
  const { bytes, envelope, format, messageId } = frozen
  return {
    id,
    idem_key: key ?? null,
    mailer,
    lane: Lane.of(mailer, envelope.to),
    priority,
    due: at === undefined ? null : Math.round(at),
    give_up_after: Math.round(giveUpAfter),
    trace: trace ?? null,
    format,
    message_id: messageId,
    envelope: JSON.stringify(envelope),
    content,
    size: bytes.length
  }
}

const recipientRows = ({ message: { frozen, id } }: Keyed) =>
  frozen.envelope.to.map((address) => ({ message: id, address, domain: Lane.domain([address]) }))

const insertMessages = (db: Sql.Dialect): string => {
  const due = `CASE WHEN i.due IS NULL OR i.due < t.now THEN t.now ELSE i.due END`
  return `INSERT INTO ${db.message} (id, idem_key, mailer, lane, priority, rank, state, created_at, due_at, give_up_after,
      give_up_at, attempts, fence, started_fence, trace, format, message_id, envelope, content, size)
    SELECT i.id, i.idem_key, i.mailer, i.lane, i.priority, ${Aging.rankSql(due, "i.priority")},
      CASE WHEN i.due > t.now THEN 'scheduled' ELSE 'queued' END, t.now, ${due}, i.give_up_after,
      ${due} + i.give_up_after, 0, 0, 0, i.trace, i.format, i.message_id, i.envelope, i.content, i.size
    FROM ${db.list(1, messageColumns)} AS i CROSS JOIN (SELECT ${db.now} AS now) AS t WHERE true
    ON CONFLICT (idem_key) WHERE idem_key IS NOT NULL DO NOTHING RETURNING id`
}

const insertContents = (
  db: Sql.Dialect,
  entries: ReadonlyArray<Keyed>
): Effect.Effect<void, SqlError> => {
  const rows = new Map<string, { key: string; part: number; octets: Uint8Array }>()
  for (const { content, message } of entries) {
    Parts.split(message.frozen.bytes).forEach((octets, part) => {
      rows.set(`${content} ${part}`, { key: content, part, octets })
    })
  }
  // Large contents go part by part, so that no statement holds more than one of them.
  const isLarge = ({ octets, part }: { part: number; octets: Uint8Array }) =>
    part > 0 || octets.length >= Parts.largeFrom
  const all = [...rows.values()]
  const groups = [all.filter((row) => !isLarge(row)), ...all.filter(isLarge).map((row) => [row])]
  return Effect.forEach(
    groups.filter((group) => group.length > 0),
    (group) => {
      const values = group.map((_, i) =>
        `(${db.parameter(3 * i + 1)}, ${db.parameter(3 * i + 2)}, ${db.parameter(3 * i + 3)})`
      )
      return db.query(
        `INSERT INTO ${db.content} (key, part, octets) VALUES ${values.join(", ")} ON CONFLICT (key, part) DO NOTHING`,
        group.flatMap(({ key, octets, part }) => [key, part, octets])
      )
    },
    { discard: true }
  )
}

/** Messages whose keys were there before, by their keys. */
const existing = (
  db: Sql.Dialect,
  keys: ReadonlyArray<string>
): Effect.Effect<ReadonlyMap<string, string>, SqlError> =>
  keys.length === 0
    ? Effect.succeed(new Map())
    : Effect.map(
      db.query(
        `SELECT m.idem_key, m.id FROM ${db.message} AS m JOIN ${db.list(1, { idem_key: "text" })} AS i
          ON m.idem_key = i.idem_key`,
        [JSON.stringify(keys.map((key) => ({ idem_key: key })))]
      ),
      (rows) => new Map(rows.map((row) => [Sql.text(row, "idem_key"), Sql.text(row, "id")]))
    )

const insertSome = (
  db: Sql.Dialect,
  entries: ReadonlyArray<Keyed>
): Effect.Effect<ReadonlyArray<Ticket>, SqlError> =>
  Effect.gen(function*() {
    const inserted = yield* db.query(insertMessages(db), [JSON.stringify(entries.map(messageRow))])
    const ids = new Set(inserted.map((row) => Sql.text(row, "id")))
    const added = entries.filter(({ message }) => ids.has(message.id))
    if (added.length > 0) {
      yield* db.query(
        `INSERT INTO ${db.recipient} (message, address, domain, state)
          SELECT DISTINCT message, address, domain, 'pending' FROM ${db.list(1, recipientColumns)} AS i`,
        [JSON.stringify(added.flatMap(recipientRows))]
      )
      yield* insertContents(db, added)
    }
    const keys = entries.flatMap(({ message: { id, key } }) => ids.has(id) || key === undefined ? [] : [key])
    const others = yield* existing(db, keys)
    return entries.map(({ message: { id, key } }): Ticket => {
      const other = ids.has(id) || key === undefined ? undefined : others.get(key)
      return other === undefined ? { id, isNew: true } : { id: other as TicketId, isNew: false }
    })
  })

/**
 * Inserts messages in the caller's transaction, or in one of its own.
 */
export const enqueue = (
  db: Sql.Dialect,
  messages: ReadonlyArray<NewMessage>
): Effect.Effect<ReadonlyArray<Ticket>, SqlError | DuplicateKeyError> =>
  messages.length === 0 ? Effect.succeed([]) : Effect.flatMap(
    Effect.forEach(
      messages,
      (message) => Effect.map(contentKey(message.id, message.frozen.bytes), (content): Keyed => ({ message, content }))
    ),
    (entries) => {
      const groups: Array<ReadonlyArray<Keyed>> = []
      for (let i = 0; i < entries.length; i += atOnce) groups.push(entries.slice(i, i + atOnce))
      const inserted = Effect.flatMap(Effect.forEach(groups, (group) => insertSome(db, group)), (some) => {
        const tickets = some.flat()
        return Effect.as(Duplicates.find(messages, tickets) ?? Effect.void, tickets)
      })
      // A notification is sent when the transaction commits, and not at all when it does not.
      const notified = db.isPostgres
        ? Effect.zipLeft(inserted, db.query(`SELECT pg_notify('${db.channel}', 'due')`))
        : inserted
      return db.sql.withTransaction(notified)
    }
  )
