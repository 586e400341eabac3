import type { AttachmentError } from "@effect-mail/core/MailError"
import type { SqlError } from "@effect/sql/SqlError"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { type DuplicateKeyError, OutboxError } from "../../../OutboxError.js"
import type { Ticket, TicketId } from "../../../OutboxMessage.js"
import * as Aging from "../../model/aging.js"
import * as Lane from "../../model/lane.js"
import type { Content as ContentOf, NewMessage } from "../../model/service.js"
import * as Duplicates from "../duplicates.js"
import * as Content from "./content.js"
import * as Sql from "./dialect.js"

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
  tenant: "text",
  format: "integer",
  message_id: "text",
  envelope: "text",
  annotations: "text",
  size: "bigint"
} as const

const recipientColumns = { message: "text", address: "text", domain: "text" } as const

/** Of a stream it is known at its end. */
const sizeOf = (content: ContentOf): number =>
  content instanceof Uint8Array ? content.length : "_tag" in content ? content.size : 0

const messageRow = (message: NewMessage) => {
  const { at, frozen, giveUpAfter, id, key, mailer, priority, tenant, trace } = message
  const { annotations, bytes, envelope, format, messageId } = frozen
  return {
    id,
    idem_key: key ?? null,
    mailer,
    lane: Lane.of(mailer, envelope.to),
    priority,
    due: at === undefined ? null : Math.round(at),
    give_up_after: Math.round(giveUpAfter),
    trace: trace ?? null,
    tenant: tenant ?? null,
    format,
    message_id: messageId,
    envelope: JSON.stringify(envelope),
    annotations: annotations === undefined || Object.keys(annotations).length === 0
      ? null
      : JSON.stringify(annotations),
    size: sizeOf(bytes)
  }
}

const recipientRows = ({ frozen, id }: NewMessage) =>
  frozen.envelope.to.map((address) => ({ message: id, address, domain: Lane.domain([address]) }))

const insertMessages = (db: Sql.Dialect): string => {
  const due = `CASE WHEN i.due IS NULL OR i.due < t.now THEN t.now ELSE i.due END`
  return `INSERT INTO ${db.message} (id, idem_key, mailer, lane, priority, rank, state, created_at, due_at, give_up_after,
      give_up_at, attempts, fence, started_fence, trace, tenant, format, message_id, envelope,
      annotations, has_octets, size)
    SELECT i.id, i.idem_key, i.mailer, i.lane, i.priority, ${Aging.rankSql(due, "i.priority")},
      CASE WHEN i.due > t.now THEN 'scheduled' ELSE 'queued' END, t.now, ${due}, i.give_up_after,
      ${due} + i.give_up_after, 0, 0, 0, i.trace, i.tenant, i.format, i.message_id, i.envelope,
      i.annotations, 1, i.size
    FROM ${db.list(1, messageColumns)} AS i CROSS JOIN (SELECT ${db.now} AS now) AS t WHERE true
    ON CONFLICT DO NOTHING RETURNING id`
}

const missing = (id: string): OutboxError =>
  new OutboxError({ operation: "enqueue", isRefused: true, cause: `what was staged as ${id} is gone: stage it again` })

const insertContents = (
  db: Sql.Dialect,
  messages: ReadonlyArray<NewMessage>
): Effect.Effect<void, SqlError | OutboxError | AttachmentError> =>
  Effect.gen(function*() {
    const small: Array<readonly [string, Uint8Array]> = []
    const staged: Array<string> = []
    for (const { frozen: { bytes }, id } of messages) {
      if ("_tag" in bytes && bytes._tag === "Staged") staged.push(id)
      else if (bytes instanceof Uint8Array && !Content.isLarge(bytes)) small.push([id, bytes])
    }
    yield* Content.insertSmall(db, small)
    const known = yield* Content.unstage(db, staged)
    for (const id of staged) if (!known.has(id)) return yield* missing(id)
    // Large contents go part by part, so that no statement and no memory holds more than one of them.
    for (const { frozen: { bytes }, id } of messages) {
      if (!Content.isLarge(bytes)) continue
      const size = yield* Content.insertParts(db, id, bytes instanceof Uint8Array ? Stream.make(bytes) : bytes)
      yield* db.query(`UPDATE ${db.message} SET size = ${size} WHERE id = ${db.parameter(1)}`, [id])
    }
  })

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
  messages: ReadonlyArray<NewMessage>
): Effect.Effect<ReadonlyArray<Ticket>, SqlError | OutboxError | AttachmentError> =>
  Effect.gen(function*() {
    const inserted = yield* db.query(insertMessages(db), [JSON.stringify(messages.map(messageRow))])
    const ids = new Set(inserted.map((row) => Sql.text(row, "id")))
    const added = messages.filter(({ id }) => ids.has(id))
    if (added.length > 0) {
      yield* db.query(
        `INSERT INTO ${db.recipient} (message, address, domain, state)
          SELECT DISTINCT message, address, domain, 'pending' FROM ${db.list(1, recipientColumns)} AS i`,
        [JSON.stringify(added.flatMap(recipientRows))]
      )
      yield* insertContents(db, added)
    }
    const keys = messages.flatMap(({ id, key }) => ids.has(id) || key === undefined ? [] : [key])
    const others = yield* existing(db, keys)
    return messages.map(({ id, key }): Ticket => {
      if (ids.has(id)) return { id, isNew: true }
      const other = key === undefined ? undefined : others.get(key)
      // What was staged once is queued once.
      return { id: other === undefined ? id : other as TicketId, isNew: false }
    })
  })

/**
 * Inserts messages in the caller's transaction, or in one of its own.
 */
export const enqueue = (
  db: Sql.Dialect,
  messages: ReadonlyArray<NewMessage>
): Effect.Effect<ReadonlyArray<Ticket>, SqlError | DuplicateKeyError | OutboxError | AttachmentError> =>
  messages.length === 0 ? Effect.succeed([]) : Effect.suspend(() => {
    const groups: Array<ReadonlyArray<NewMessage>> = []
    for (let i = 0; i < messages.length; i += atOnce) groups.push(messages.slice(i, i + atOnce))
    const inserted = Effect.flatMap(Effect.forEach(groups, (group) => insertSome(db, group)), (some) => {
      const tickets = some.flat()
      return Effect.as(Duplicates.find(messages, tickets) ?? Effect.void, tickets)
    })
    // A notification is sent when the transaction commits, and not at all when it does not.
    const notified = db.isPostgres
      ? Effect.zipLeft(inserted, db.query(`SELECT pg_notify('${db.channel}', 'due')`))
      : inserted
    return db.sql.withTransaction(notified)
  })
