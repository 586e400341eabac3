import type { AttachmentError } from "@effect-mail/core/MailError"
import type { SqlError } from "@effect/sql/SqlError"
import * as Effect from "effect/Effect"
import * as Encoding from "effect/Encoding"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { OutboxError } from "../../../OutboxError.js"
import * as Cutter from "../../content/cutter.js"
import type { Content } from "../../model/service.js"
import * as Sql from "./dialect.js"

const transformed = (
  operation: string,
  self: Effect.Effect<Uint8Array, Error>
): Effect.Effect<Uint8Array, OutboxError> =>
  Effect.mapError(self, (cause) => new OutboxError({ operation, isRefused: true, cause }))

const toStored = (db: Sql.Dialect, octets: Uint8Array): Effect.Effect<Uint8Array, OutboxError> =>
  db.transform === undefined ? Effect.succeed(octets) : transformed("transform octets", db.transform.store(octets))

export const fromStored = (db: Sql.Dialect, octets: Uint8Array): Effect.Effect<Uint8Array, OutboxError> =>
  db.transform === undefined ? Effect.succeed(octets) : transformed("read octets back", db.transform.read(octets))

/** Octets of several messages that are kept with them, in one statement. */
export const insertSmall = (
  db: Sql.Dialect,
  rows: ReadonlyArray<readonly [id: string, octets: Uint8Array]>
): Effect.Effect<void, SqlError | OutboxError> =>
  rows.length === 0 ? Effect.void : Effect.flatMap(
    Effect.forEach(rows, ([id, octets]) => Effect.map(toStored(db, octets), (stored) => [id, stored] as const)),
    (stored) => {
      const values = stored.map((_, i) => `(${db.parameter(2 * i + 1)}, 0, ${db.parameter(2 * i + 2)})`)
      return db.query(
        `INSERT INTO ${db.content} (key, part, octets) VALUES ${values.join(", ")} ON CONFLICT (key, part) DO NOTHING`,
        stored.flat()
      )
    }
  )

const hashOf = (octets: Uint8Array): Effect.Effect<string> =>
  Effect.map(
    Effect.promise(() => crypto.subtle.digest("SHA-256", new Uint8Array(octets))),
    (hash) => Encoding.encodeHex(new Uint8Array(hash))
  )

/** A part that is there is locked until the transaction ends, so that it is not removed meanwhile. */
const insertPart = (
  db: Sql.Dialect,
  id: string,
  number: number,
  octets: Uint8Array
): Effect.Effect<void, SqlError | OutboxError> =>
  Effect.gen(function*() {
    const stored = yield* toStored(db, octets)
    const hash = yield* hashOf(stored)
    const known = yield* db.query(
      `SELECT hash FROM ${db.part} WHERE hash = ${db.parameter(1)}${db.isPostgres ? " FOR KEY SHARE" : ""}`,
      [hash]
    )
    if (known.length === 0) {
      const locked = db.isPostgres ? "DO UPDATE SET hash = excluded.hash" : "DO NOTHING"
      yield* db.query(
        `INSERT INTO ${db.part} (hash, octets) VALUES (${db.parameter(1)}, ${
          db.parameter(2)
        }) ON CONFLICT (hash) ${locked}`,
        [hash, stored]
      )
    }
    yield* db.query(
      `INSERT INTO ${db.content} (key, part, hash) VALUES (${db.parameter(1)}, ${Math.trunc(number)}, ${
        db.parameter(2)
      })`,
      [id, hash]
    )
  })

/** Octets in parts, as they come; how many there were. */
export const insertParts = (
  db: Sql.Dialect,
  id: string,
  octets: Stream.Stream<Uint8Array, AttachmentError>
): Effect.Effect<number, SqlError | OutboxError | AttachmentError> =>
  Effect.suspend(() => {
    const cutter = Cutter.make()
    let number = 0
    // One part at a time is made and kept.
    const insert = (parts: Iterable<Uint8Array>) =>
      Effect.gen(function*() {
        for (const part of parts) yield* insertPart(db, id, number++, part)
      })
    return Stream.runForEach(octets, (piece) => insert(cutter.push(piece))).pipe(
      Effect.zipRight(Effect.suspend(() => insert(cutter.rest()))),
      Effect.map(cutter.size)
    )
  })

/** Whether octets are kept in parts. */
export const isLarge = (content: Content): content is Uint8Array | Stream.Stream<Uint8Array, AttachmentError> =>
  content instanceof Uint8Array ? content.length > Cutter.partSize : Stream.StreamTypeId in content

/** The octets of a message, part by part, each read when it is asked for. */
export const read = (db: Sql.Dialect, id: string): Stream.Stream<Uint8Array, SqlError | OutboxError> =>
  Stream.unfoldEffect(0, (number) =>
    Effect.flatMap(
      db.query(
        `SELECT c.octets AS small, p.octets AS part FROM ${db.content} AS c LEFT JOIN ${db.part} AS p ON p.hash = c.hash
          WHERE c.key = ${db.parameter(1)} AND c.part = ${number}`,
        [id]
      ),
      ([row = {}]) => {
        const octets = Sql.octets(row, "small") ?? Sql.octets(row, "part")
        return octets === undefined
          ? Effect.succeedNone
          : Effect.map(fromStored(db, octets), (octets) => Option.some([octets, number + 1] as const))
      }
    ))

const hashColumns = { hash: "text" } as const

const hashList = (hashes: ReadonlyArray<string>): string => JSON.stringify(hashes.map((hash) => ({ hash })))

/**
 * Removes parts that no message has. They are locked first, so that the next statement sees who took them meanwhile; what
 * another transaction is about to use is left, and swept later.
 */
const removeParts = (db: Sql.Dialect, hashes: ReadonlyArray<string>): Effect.Effect<void, SqlError> =>
  hashes.length === 0 ? Effect.void : Effect.gen(function*() {
    const list = db.list(1, hashColumns)
    const free = db.isPostgres
      ? (yield* db.query(
        `SELECT hash FROM ${db.part} WHERE hash IN (SELECT hash FROM ${list} AS i) ORDER BY hash FOR UPDATE SKIP LOCKED`,
        [hashList(hashes)]
      )).map((row) => Sql.text(row, "hash"))
      : hashes
    yield* db.query(
      `DELETE FROM ${db.part} WHERE hash IN (SELECT hash FROM ${list} AS i)
        AND NOT EXISTS (SELECT 1 FROM ${db.content} AS c WHERE c.hash = ${db.part}.hash)`,
      [hashList(free)]
    )
  })

const hashesOf = (rows: ReadonlyArray<Sql.Row>): ReadonlyArray<string> => rows.map((row) => Sql.text(row, "hash"))

/** Removes the octets of these messages, in the caller's transaction. */
export const remove = (db: Sql.Dialect, ids: ReadonlyArray<string>): Effect.Effect<void, SqlError> =>
  Effect.gen(function*() {
    const list = JSON.stringify(ids.map((id) => ({ id })))
    const picked = `(SELECT id FROM ${db.list(1, { id: "text" })} AS i)`
    const hashes = yield* db.query(
      `SELECT DISTINCT hash FROM ${db.content} WHERE key IN ${picked} AND hash IS NOT NULL`,
      [list]
    )
    yield* db.query(`DELETE FROM ${db.content} WHERE key IN ${picked}`, [list])
    yield* removeParts(db, hashesOf(hashes))
    yield* db.query(`UPDATE ${db.message} SET has_octets = 0 WHERE id IN ${picked}`, [list])
  })

/** How long what was staged waits for its message, in ms. */
const stagedFor = 86_400_000

/** Removes what was staged and never queued, and parts that were left. */
export const sweep = (db: Sql.Dialect): Effect.Effect<void, SqlError> =>
  db.sql.withTransaction(Effect.gen(function*() {
    const old = yield* db.query(
      `DELETE FROM ${db.staged} WHERE created_at < ${db.now} - ${stagedFor} RETURNING id`
    )
    if (old.length > 0) yield* remove(db, old.map((row) => Sql.text(row, "id")))
    const orphans = yield* db.query(
      `SELECT hash FROM ${db.part} AS p WHERE NOT EXISTS (SELECT 1 FROM ${db.content} AS c WHERE c.hash = p.hash)
        LIMIT 1000`
    )
    yield* removeParts(db, hashesOf(orphans))
  }))

/** Keeps octets for a message that is queued later. */
export const stage = (
  db: Sql.Dialect,
  id: string,
  octets: Stream.Stream<Uint8Array, AttachmentError>
): Effect.Effect<number, SqlError | OutboxError | AttachmentError> =>
  db.sql.withTransaction(
    Effect.zipLeft(
      insertParts(db, id, octets),
      db.query(`INSERT INTO ${db.staged} (id, created_at) VALUES (${db.parameter(1)}, ${db.now})`, [id])
    )
  )

/** Which of these were staged; they are no longer. */
export const unstage = (
  db: Sql.Dialect,
  ids: ReadonlyArray<string>
): Effect.Effect<ReadonlySet<string>, SqlError> =>
  ids.length === 0 ? Effect.succeed(new Set()) : Effect.map(
    db.query(
      `DELETE FROM ${db.staged} WHERE id IN (SELECT id FROM ${db.list(1, { id: "text" })} AS i) RETURNING id`,
      [JSON.stringify(ids.map((id) => ({ id })))]
    ),
    (rows) => new Set(rows.map((row) => Sql.text(row, "id")))
  )
