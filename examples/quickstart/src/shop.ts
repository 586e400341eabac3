/** A shop that may be killed at any moment: it takes orders, each with its receipt in one transaction, and sends the receipts. */
import { Smtp } from "@effect-mail/backends"
import { Message } from "@effect-mail/core"
import { Outbox, OutboxRunner, OutboxStore, SqliteClient } from "@effect-mail/outbox"
import { NodeRuntime } from "@effect/platform-node"
import { SqlClient } from "@effect/sql"
import { Effect, Layer } from "effect"

const [filename = "", port = ""] = process.argv.slice(2)

const orders = Array.from({ length: 12 }, (_, i) => ({ id: i + 1, isPaid: i !== 4 }))

const receipt = (id: number): Message.Message =>
  Message.make({
    from: "shop@example.com",
    to: id === 8 ? "nobody@example.org" : `customer-${id}@example.org`,
    subject: `Your order ${id}`,
    text: "Thank you!"
  })

/** The order and its receipt are both there, or neither. A shop that starts again asks for the same, to no effect. */
const place = ({ id, isPaid }: { readonly id: number; readonly isPaid: boolean }) =>
  Effect.gen(function*() {
    const sql = yield* SqlClient.SqlClient
    const outbox = yield* Outbox.Outbox
    const rendered = yield* Outbox.prepare(receipt(id))
    yield* sql.withTransaction(Effect.gen(function*() {
      yield* sql`INSERT INTO orders (id) VALUES (${id}) ON CONFLICT DO NOTHING`
      yield* outbox.enqueue(rendered, { key: `receipt-${id}` })
      if (!isPaid) yield* Effect.fail("the card was refused")
    })).pipe(Effect.ignore)
    yield* Effect.sleep("40 millis")
  })

const isOpen: ReadonlySet<string> = new Set(["scheduled", "queued", "claimed", "sending"])

const program = Effect.gen(function*() {
  const sql = yield* SqlClient.SqlClient
  yield* sql`CREATE TABLE IF NOT EXISTS orders (id INTEGER PRIMARY KEY)`
  yield* Effect.forEach(orders, place, { discard: true })
  const outbox = yield* Outbox.Outbox
  const isDone = Effect.map(outbox.counts, ({ counts }) => !counts.some(({ state }) => isOpen.has(state)))
  yield* Effect.repeat(Effect.delay(isDone, "100 millis"), { until: (done) => done })
})

const Live = OutboxRunner.layer({ connections: 1, lease: "1 second", poll: "100 millis" }).pipe(
  Layer.provide(Smtp.layer({ host: "127.0.0.1", port: Number(port), tls: "none" })),
  Layer.provideMerge(Outbox.layer),
  Layer.provideMerge(OutboxStore.layerSql()),
  Layer.provideMerge(SqliteClient.layer({ filename }))
)

NodeRuntime.runMain(Effect.provide(program, Live))
