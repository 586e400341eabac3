/**
 * Kills, freezes and ends runners while they send, restarts the database under them, and holds what the outbox says against
 * what the server got. Nothing may be lost, sent twice, or denied. See docs/outbox.md.
 */
import { Message } from "@effect-mail/core"
import { Outbox, OutboxMigrations, OutboxStore } from "@effect-mail/outbox"
import { NodeRuntime } from "@effect/platform-node"
import { SqlClient } from "@effect/sql"
import { Chunk, Console, Duration, Effect, Fiber, Layer, Stream } from "effect"
import { parseArgs } from "node:util"
import * as Database from "./Database.js"
import * as Runners from "./Runners.js"
import * as Sink from "./Sink.js"
import * as Verdict from "./Verdict.js"

const { values } = parseArgs({
  options: {
    database: { type: "string", multiple: true, default: ["sqlite", "postgres"] },
    messages: { type: "string", default: "300" },
    kills: { type: "string", default: "5" },
    runners: { type: "string", default: "3" },
    connections: { type: "string", default: "8" },
    rate: { type: "string", default: "0" },
    lease: { type: "string", default: "5000" },
    delay: { type: "string", default: "20" },
    every: { type: "string", default: "3000" },
    unknown: { type: "string", default: "park" },
    cluster: { type: "boolean", default: false },
    minutes: { type: "string", default: "30" }
  }
})

const count = Number(values.messages)
const kills = Number(values.kills)
const lease = Number(values.lease)
const rate = Number(values.rate)
const isParking = values.unknown !== "resend"

const messageOf = (index: number): Message.Message => {
  const kind = Verdict.kindOf(index)
  return Message.make({
    from: "shop@example.com",
    to: [`${kind}-${index}-a@shop-${index % 50}.example`, `${kind}-${index}-b@example.org`],
    subject: `Order ${index}`,
    text: `Thank you for order ${index}!\n${"It is on its way. ".repeat(40)}`
  })
}

/** What fails is tried again until the database is back. */
const patiently = <A, E, R>(self: Effect.Effect<A, E, R>) =>
  self.pipe(
    Effect.sandbox,
    Effect.tapError(() => Effect.sleep("200 millis")),
    Effect.retry({ times: 100 }),
    Effect.orDie
  )

/** All at once, or so many in a second: then few are on the wire at any moment. */
const enqueueAll = Effect.gen(function*() {
  const outbox = yield* Outbox.Outbox
  const sql = yield* SqlClient.SqlClient
  yield* sql`CREATE TABLE IF NOT EXISTS orders (id INTEGER PRIMARY KEY)`
  const size = rate === 0 ? 1000 : Math.max(1, Math.round(rate / 2))
  for (let at = 0; at < count; at += size) {
    const indices = Array.from({ length: Math.min(size, count - at) }, (_, i) => at + i)
    const frozen = yield* Effect.forEach(indices, (index) => Outbox.prepare(messageOf(index)))
    // The transaction and its message are both there or neither, whatever happens to the database.
    const order = sql.withTransaction(
      Effect.zipRight(
        sql`INSERT INTO orders ${sql.insert(indices.map((id) => ({ id })))} ON CONFLICT DO NOTHING`,
        outbox.enqueueAll(frozen.map((one, i) => [one, { key: `order-${indices[i]}` }] as const))
      )
    )
    yield* patiently(order)
    if (rate > 0) yield* Effect.sleep((1000 * size) / rate)
  }
})

const isDone = Effect.gen(function*() {
  const sql = yield* SqlClient.SqlClient
  const [row] = yield* sql<{ number: number }>`
    SELECT count(*) AS number FROM outbox_message WHERE state IN ('scheduled', 'queued', 'claimed', 'sending')`
  return Number(row?.number ?? 1) === 0
})

/** A person sends all that is unknown once more. */
const sendAgain = Effect.gen(function*() {
  const outbox = yield* Outbox.Outbox
  const unknown = Chunk.toReadonlyArray(yield* patiently(Stream.runCollect(outbox.find({ states: ["unknown"] }))))
  yield* Effect.forEach(unknown, ({ id }) => patiently(outbox.resolve(id, "resend")), { discard: true })
  return new Map<string, number>(unknown.map(({ id }) => [id, 1]))
})

const trial = (name: string) =>
  Effect.gen(function*() {
    const database = yield* name === "postgres" ? Database.postgres : Database.sqlite
    const sink = yield* Sink.make(Number(values.delay))
    const client = Database.client(database.url, 4)
    const tables = OutboxMigrations.run().pipe(Effect.provide(client))
    yield* tables
    const outbox = Outbox.layer.pipe(
      Layer.provideMerge(OutboxStore.layerSql({ migrate: false })),
      Layer.provideMerge(client)
    )
    const began = Date.now()
    const tally = { kill: 0, freeze: 0, end: 0, restart: 0, full: 0 }
    yield* Effect.gen(function*() {
      const enqueuing = yield* Effect.fork(enqueueAll)
      if (rate === 0) yield* Fiber.join(enqueuing)
      const runners = yield* Runners.make(
        name === "sqlite" ? Math.min(2, Number(values.runners)) : Number(values.runners),
        [
          database.url,
          String(sink.port),
          values.connections,
          values.lease,
          values.cluster && name === "postgres" ? "cluster" : "runner",
          values.unknown
        ]
      )
      const fates = ["kill", "kill", "freeze", "kill", "end"] as const
      let turn = 0
      while (!(yield* patiently(isDone)) || turn < kills) {
        yield* Effect.sleep(Number(values.every) * (0.5 + Math.random()))
        if (tally.kill >= kills) {
          if (enqueuing.unsafePoll() !== null && (yield* patiently(isDone))) break
          continue
        }
        if (turn % 7 === 6 && database.restart !== undefined) {
          yield* database.restart
          tally.restart++
        }
        if (turn % 4 === 1 && database.restart === undefined) {
          yield* runners.disk("full")
          yield* Effect.sleep("1 second")
          yield* runners.disk("free")
          tally.full++
        }
        const fate = fates[turn % fates.length] ?? "kill"
        if (yield* runners.befall(fate, lease + 2000)) tally[fate]++
        turn++
        if (turn % 10 === 0) yield* Console.log(`${name}: ${JSON.stringify(tally)}`)
      }
      yield* Fiber.join(enqueuing)
      while (!(yield* patiently(isDone))) yield* Effect.sleep("500 millis")
      const before = yield* patiently(Verdict.of(sink, isParking ? new Map() : yield* patiently(Verdict.resent)))
      const seconds = Math.round((Date.now() - began) / 1000)
      yield* Console.log(
        `${name}${values.cluster ? " (cluster)" : ""}: ${count} messages, ${JSON.stringify(tally)}, ${seconds} s\n` +
          `  messages: ${JSON.stringify(before.states)}\n` +
          `  lost ${before.lost}, doubled ${before.doubled}, denied ${before.denied}, open ${before.open}, ` +
          `octets changed ${before.changed}, sent twice by the policy ${before.decided}\n` +
          `  unknown ${before.unknown} (${(before.unknown / Math.max(1, tally.kill)).toFixed(2)} for each kill), ` +
          `and ${before.unanswered} that the server did not answer\n` +
          `  from the start of an attempt to its record: median ${before.median} ms, 95 % ${before.late} ms`
      )
      const resent = isParking ? yield* sendAgain : yield* patiently(Verdict.resent)
      while (!(yield* patiently(isDone))) yield* Effect.sleep("500 millis")
      yield* runners.endAll
      const verdict = yield* patiently(Verdict.of(sink, resent))
      if (isParking) {
        yield* Console.log(
          `  ${resent.size} unknown ones sent again by decision: ${verdict.decided} copies twice, ` +
            `lost ${verdict.lost}, doubled ${verdict.doubled}, denied ${verdict.denied}, open ${verdict.open}`
        )
      }
      const total = Object.values(verdict.states).reduce((sum, number) => sum + number, 0)
      const faults = verdict.lost + verdict.doubled + verdict.denied + verdict.open + verdict.changed + (count - total)
      if (faults !== 0) yield* Effect.dieMessage(`${name}: a guarantee was broken`)
    }).pipe(Effect.provide(outbox))
  })

Effect.forEach(values.database, (name) => Effect.scoped(trial(name)), { discard: true }).pipe(
  Effect.timeoutFail({
    duration: Duration.minutes(Number(values.minutes)),
    onTimeout: () => new Error(`not done after ${values.minutes} minutes`)
  }),
  NodeRuntime.runMain
)
