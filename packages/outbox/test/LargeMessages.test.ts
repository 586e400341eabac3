import { Attachment, MailBackend, Message, Mime } from "@effect-mail/core"
import { Outbox, OutboxRunner, OutboxStore, SqliteClient } from "@effect-mail/outbox"
import { SqlClient } from "@effect/sql"
import { assert, describe, it, layer } from "@effect/vitest"
import { Effect, Layer, Option, Stream } from "effect"
import { createHash } from "node:crypto"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import * as Stores from "./Stores.js"

setFlagsFromString("--expose-gc")
const collectGarbage: () => void = runInNewContext("gc")

/** What is alive, in octets. */
const alive = (): number => {
  // The first one leaves buffers to a thread, which the second one waits for.
  collectGarbage()
  collectGarbage()
  const { arrayBuffers, heapUsed } = process.memoryUsage()
  return arrayBuffers + heapUsed
}

const mebibyte = 1024 * 1024
const chunk = 64 * 1024

/** So many octets that differ from part to part, each chunk made when it is asked for. */
const file = (octets: number, onChunk: Effect.Effect<void> = Effect.void) =>
  Stream.unfoldEffect(0, (at) =>
    at >= octets
      ? Effect.succeedNone
      : Effect.as(onChunk, Option.some([new Uint8Array(chunk).fill(at / chunk % 251), at + chunk] as const)))

const message = (content: Stream.Stream<Uint8Array>, subject = "Your file") =>
  Message.make({
    from: "shop@example.com",
    to: "bob@example.com",
    subject,
    text: "Thank you!",
    attachments: [Attachment.stream(content, { filename: "video.bin" })]
  })

/** A server that hashes what it gets; the first attempt ends with 451. */
const hashing = (hashes: Array<string>, onPiece: Effect.Effect<void> = Effect.void) =>
  Layer.succeed(
    MailBackend.MailBackend,
    MailBackend.make({
      name: "hashing",
      open: Effect.succeed({
        deliver: (outgoing) =>
          Effect.gen(function*() {
            const hash = createHash("sha256")
            yield* Mime.runForEach(outgoing, (piece) => Effect.zipRight(Effect.sync(() => hash.update(piece)), onPiece))
            hashes.push(hash.digest("hex"))
            return hashes.length > 1 ? MailBackend.acceptAll(outgoing) : {
              recipients: outgoing.envelope.to.map((recipient) => ({
                _tag: "Deferred" as const,
                recipient,
                reply: { code: 451, text: "later" }
              }))
            }
          })
      })
    })
  )

const onDisk = Layer.unwrapScoped(Effect.map(
  Effect.acquireRelease(
    Effect.sync(() => mkdtempSync(join(tmpdir(), "effect-mail-large-"))),
    (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true }))
  ),
  (folder) => SqliteClient.layer({ filename: join(folder, "outbox.db") })
))

const outbox = Outbox.layer.pipe(Layer.provideMerge(OutboxStore.layerSql()))

const parts = Effect.gen(function*() {
  const sql = yield* SqlClient.SqlClient
  const [row] = yield* sql<{ number: number }>`SELECT count(*) AS number FROM outbox_part`
  return Number(row?.number ?? 0)
})

/** Queues and sends a large file, and looks at what is alive meanwhile. */
const flat = (octets: number) =>
  Effect.gen(function*() {
    const { enqueue, get } = yield* Outbox.Outbox
    let most = 0
    let steps = 0
    const before = alive()
    const look = Effect.sync(() => {
      if (steps++ % 150 === 0) most = Math.max(most, alive() - before)
    })
    const { id } = yield* enqueue(message(file(octets, look)))
    const hashes: Array<string> = []
    const sending = hashing(hashes, look)
    yield* OutboxRunner.drain({ retry: [0] }).pipe(Effect.provide(sending))
    const entry = Option.getOrThrow(yield* get(id))
    assert.strictEqual(entry.state, "delivered")
    assert.isAbove(entry.size, octets)
    assert.strictEqual(hashes.length, 2)
    assert.strictEqual(new Set(hashes).size, 1, "the same octets at every attempt")
    assert.isAbove(steps, 300)
    assert.isBelow(most, octets / 4, "what is alive does not grow with the message")
  })

const shared = Effect.gen(function*() {
  const { cancel, enqueue, erase } = yield* Outbox.Outbox
  const before = yield* parts
  const first = yield* enqueue(message(file(2 * mebibyte), "One"))
  const one = yield* parts
  const second = yield* enqueue(message(file(2 * mebibyte), "Another subject"))
  // The header and the end are its own.
  assert.isAtMost((yield* parts) - one, 2)
  yield* cancel(first.id)
  yield* cancel(second.id)
  yield* erase(first.id)
  assert.isAbove(yield* parts, before)
  yield* erase(second.id)
  assert.strictEqual(yield* parts, before)
})

const staged = Effect.gen(function*() {
  const sql = yield* SqlClient.SqlClient
  const { enqueue, stage } = yield* Outbox.Outbox
  const kept = yield* stage(message(file(2 * mebibyte)))
  yield* Effect.ignore(sql.withTransaction(Effect.zipRight(enqueue(kept), Effect.fail("the card was refused"))))
  const ticket = yield* sql.withTransaction(enqueue(kept, { key: "receipt" }))
  assert.deepStrictEqual(ticket, { id: kept.id, isNew: true })
  const hashes: Array<string> = []
  yield* OutboxRunner.drain({ retry: [0] }).pipe(Effect.provide(hashing(hashes)))
  assert.strictEqual(new Set(hashes).size, 1)
})

// One after the other: they measure the memory of the process.
describe.sequential("a large message in SQLite", () => {
  it.effect(
    "is queued and sent without being in memory",
    () => Effect.provide(flat(40 * mebibyte), Layer.provideMerge(outbox, onDisk)),
    120_000
  )

  it.effect(
    "shares the parts of its attachment with others",
    () => Effect.provide(shared, Layer.provideMerge(outbox, onDisk)),
    60_000
  )

  it.effect(
    "is staged before a short transaction",
    () => Effect.provide(staged, Layer.provideMerge(outbox, onDisk)),
    60_000
  )
})

layer(Layer.provideMerge(outbox, Stores.postgresClient), { timeout: 120_000, excludeTestServices: true })(
  "a large message in PostgreSQL",
  (it) => {
    it.effect(
      "is queued and sent without being in memory, shares its parts, and is staged",
      () => Effect.zipRight(Effect.zipRight(flat(20 * mebibyte), shared), staged),
      120_000
    )
  }
)
