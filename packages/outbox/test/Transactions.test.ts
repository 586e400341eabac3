import { Mail, Message } from "@effect-mail/core"
import { Outbox, OutboxStore, SqliteClient } from "@effect-mail/outbox"
import { SqlClient } from "@effect/sql"
import { assert, describe, it, layer } from "@effect/vitest"
import { Effect, Layer } from "effect"
import * as Stores from "./Stores.js"

const message = Message.make({ from: "shop@example.com", to: "bob@example.com", subject: "Order", text: "Thank you!" })

const counted = Effect.gen(function*() {
  const sql = yield* SqlClient.SqlClient
  const outbox = yield* Outbox.Outbox
  const rows = yield* sql<{ id: number }>`SELECT id FROM orders`
  const { counts } = yield* outbox.counts
  return [rows.length, counts.reduce((sum, { count }) => sum + count, 0)]
})

const order = (id: number) => Effect.flatMap(SqlClient.SqlClient, (sql) => sql`INSERT INTO orders (id) VALUES (${id})`)

const cases: Readonly<Record<string, Effect.Effect<void, unknown, SqlClient.SqlClient | Outbox.Outbox>>> = {
  "an order and its receipt are both there, or neither": Effect.gen(function*() {
    const sql = yield* SqlClient.SqlClient
    const outbox = yield* Outbox.Outbox
    const both = (id: number) => Effect.zipRight(order(id), outbox.enqueue(message, { key: `receipt-${id}` }))
    yield* Effect.ignore(sql.withTransaction(Effect.zipRight(both(1), Effect.fail("the card was refused"))))
    assert.deepStrictEqual(yield* counted, [0, 0])
    yield* Effect.exit(sql.withTransaction(Effect.zipRight(both(1), Effect.dieMessage("a fault"))))
    assert.deepStrictEqual(yield* counted, [0, 0])
    yield* sql.withTransaction(both(1))
    assert.deepStrictEqual(yield* counted, [1, 1])
  }),
  "a receipt that is refused does not spoil the order": Effect.gen(function*() {
    const sql = yield* SqlClient.SqlClient
    const outbox = yield* Outbox.Outbox
    yield* outbox.enqueue(message, { key: "receipt-1" })
    yield* sql.withTransaction(Effect.gen(function*() {
      yield* order(1)
      const error = yield* Effect.flip(outbox.enqueue(message, { key: "receipt-1", onDuplicate: "fail" }))
      assert.strictEqual(error._tag, "DuplicateKeyError")
      yield* order(2)
    }))
    assert.deepStrictEqual(yield* counted, [2, 1])
  }),
  "what Mail.send queues is part of the transaction": Effect.gen(function*() {
    const sql = yield* SqlClient.SqlClient
    const send = Effect.provide(Mail.send(message), Outbox.layerBackend)
    yield* Effect.ignore(sql.withTransaction(Effect.zipRight(send, Effect.fail("the card was refused"))))
    assert.deepStrictEqual(yield* counted, [0, 0])
    yield* sql.withTransaction(Effect.zipRight(order(1), send))
    assert.deepStrictEqual(yield* counted, [1, 1])
  })
}

/** Tables of orders of its own for each test. */
const outboxOn = <E>(client: Layer.Layer<SqlClient.SqlClient, E>, prefix: string) =>
  Outbox.layer.pipe(Layer.provide(OutboxStore.layerSql({ prefix })), Layer.provideMerge(client))

describe("in SQLite", () => {
  for (const [name, test] of Object.entries(cases)) {
    it.effect(
      name,
      () =>
        Effect.flatMap(SqlClient.SqlClient, (sql) => Effect.zipRight(sql`CREATE TABLE orders (id INTEGER)`, test)).pipe(
          Effect.provide(outboxOn(SqliteClient.layer({ filename: ":memory:" }), "outbox_"))
        )
    )
  }

  it.effect("a disk that is full is an error, and what was there stays", () =>
    Effect.gen(function*() {
      const sql = yield* SqlClient.SqlClient
      const outbox = yield* Outbox.Outbox
      yield* sql`CREATE TABLE orders (id INTEGER)`
      const [{ page_count: pages } = { page_count: 0 }] = yield* sql<{ page_count: number }>`PRAGMA page_count`
      yield* sql.unsafe(`PRAGMA max_page_count = ${pages + 40}`)
      const place = (id: number) => sql.withTransaction(Effect.zipRight(order(id), outbox.enqueue(message)))
      let placed = 0
      let error: { readonly _tag: string; readonly isRefused?: boolean } | undefined
      while (error === undefined && placed < 1000) {
        const result = yield* Effect.either(place(placed))
        if (result._tag === "Left") error = result.left
        else placed++
      }
      assert.strictEqual(error?._tag, "OutboxError")
      assert.isTrue(error?.isRefused)
      assert.deepStrictEqual(yield* counted, [placed, placed])
      yield* sql.unsafe(`PRAGMA max_page_count = 1000000`)
      yield* place(placed)
      assert.deepStrictEqual(yield* counted, [placed + 1, placed + 1])
    }).pipe(Effect.provide(outboxOn(SqliteClient.layer({ filename: ":memory:" }), "outbox_"))))
})

layer(Stores.postgresClient, { timeout: 120_000 })("in PostgreSQL", (it) => {
  // One after the other: they have one table of orders.
  it.effect(Object.keys(cases).join("; "), () =>
    Effect.flatMap(SqlClient.SqlClient, (sql) =>
      Effect.forEach(
        Object.values(cases),
        (test, i) =>
          sql`CREATE TABLE orders (id INTEGER)`.pipe(
            Effect.zipRight(Effect.provide(test, outboxOn(Layer.succeed(SqlClient.SqlClient, sql), `t${i}_`))),
            Effect.zipRight(sql`DROP TABLE orders`)
          ),
        { discard: true }
      )), 60_000)
})
