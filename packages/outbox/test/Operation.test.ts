import { Memory } from "@effect-mail/backends"
import { Annotations, MailBackend, Message, Mime } from "@effect-mail/core"
import { Outbox, OutboxMetrics, OutboxRunner, OutboxStore, SqliteClient } from "@effect-mail/outbox"
import { SqlClient } from "@effect/sql"
import { assert, describe, it } from "@effect/vitest"
import type { MetricState } from "effect"
import { Effect, Fiber, Layer, Metric, Option, Stream, TestClock, Tracer } from "effect"

const message = (to = "bob@example.com") =>
  Message.make({ from: "shop@example.com", to, subject: "Order", text: "Thank you!" })

const stores = Outbox.layer.pipe(Layer.provideMerge(OutboxStore.layerMemory))

const onSqlite = Outbox.layer.pipe(
  Layer.provideMerge(OutboxStore.layerSql()),
  Layer.provideMerge(SqliteClient.layer({ filename: ":memory:" }))
)

const backend = (deliver: MailBackend.MailSession["deliver"]) =>
  Layer.succeed(MailBackend.MailBackend, MailBackend.make({ name: "test", open: Effect.succeed({ deliver }) }))

const deferred = (
  { envelope }: { readonly envelope: { readonly to: ReadonlyArray<string> } }
): MailBackend.Delivery => ({
  recipients: envelope.to.map((recipient) => ({ _tag: "Deferred", recipient, reply: { code: 451, text: "later" } }))
})

interface Ended {
  readonly name: string
  readonly traceId: string
  readonly parent: string | undefined
  readonly attributes: ReadonlyMap<string, unknown>
}

/** A tracer that keeps the spans, with ids as W3C has them. */
const tracer = (spans: Array<Ended>): Tracer.Tracer => {
  let number = 0
  return Tracer.make({
    span: (name, parent, context, links, startTime, kind) => {
      const traceId = Option.getOrElse(Option.map(parent, (one) => one.traceId), () => "ab".repeat(16))
      const attributes = new Map<string, unknown>()
      spans.push({ name, traceId, parent: Option.getOrUndefined(parent)?.spanId, attributes })
      return {
        _tag: "Span",
        name,
        spanId: (++number).toString(16).padStart(16, "0"),
        traceId,
        parent,
        context,
        status: { _tag: "Started", startTime },
        attributes,
        links,
        sampled: true,
        kind,
        end: () => undefined,
        attribute: (key, value) => void attributes.set(key, value),
        event: () => undefined,
        addLinks: () => undefined
      }
    },
    context: (f) => f()
  })
}

describe("the trace of who queued a message", () => {
  it.effect("goes on with each attempt, on whatever machine, and holds no address", () =>
    Effect.gen(function*() {
      const spans: Array<Ended> = []
      const { enqueue } = yield* Outbox.Outbox
      let tries = 0
      const flaky = backend((outgoing) =>
        Effect.sync(() => ++tries < 3 ? deferred(outgoing) : MailBackend.acceptAll(outgoing))
      )
      yield* enqueue(message()).pipe(Effect.withSpan("checkout"), Effect.withTracer(tracer(spans)))
      for (const owner of ["one", "two", "three"]) {
        // Another machine: it knows nothing of the first but the table.
        const others: Array<Ended> = []
        yield* OutboxRunner.drain({ owner, retry: [0] }).pipe(Effect.provide(flaky), Effect.withTracer(tracer(others)))
        spans.push(...others.filter(({ name }) => name === "outbox.attempt"))
      }
      const attempts = spans.filter(({ name }) => name === "outbox.attempt")
      assert.strictEqual(attempts.length, 3)
      for (const { attributes, parent, traceId } of attempts) {
        assert.strictEqual(traceId, "ab".repeat(16))
        assert.strictEqual(parent, "1".padStart(16, "0"))
        assert.notInclude(JSON.stringify([...attributes]), "@")
      }
      assert.deepStrictEqual(attempts.map(({ attributes }) => attributes.get("outbox.tries")), [0, 1, 2])
    }).pipe(Effect.provide(stores)))
})

const gauge = (metric: Metric.Metric.Gauge<number>, tags: Readonly<Record<string, string>>) =>
  Effect.map(
    Metric.value(Object.entries(tags).reduce((tagged, [key, value]) => Metric.tagged(tagged, key, value), metric)),
    ({ value }: MetricState.MetricState.Gauge<number>) => value
  )

const countOf = (metric: Metric.Metric.Counter<number>, tags: Readonly<Record<string, string>>) =>
  Effect.map(
    Metric.value(Object.entries(tags).reduce((tagged, [key, value]) => Metric.tagged(tagged, key, value), metric)),
    ({ count }: MetricState.MetricState.Counter<number>) => count
  )

describe("the metrics", () => {
  it.scoped("say how many there are by state, 0 where there are none, and how long the oldest waits", () =>
    Effect.gen(function*() {
      const outbox = yield* Outbox.Outbox
      const mailer = "metrics"
      yield* outbox.pause(mailer, "10 minutes", "a test")
      yield* outbox.enqueueAll([[message(), { mailer }], [message(), { mailer }]])
      const memory = yield* Memory.make
      yield* Effect.forkScoped(
        OutboxRunner.run({ countEvery: "10 seconds" }).pipe(
          Effect.provide(Layer.succeed(MailBackend.MailBackend, memory.backend))
        )
      )
      yield* TestClock.adjust("1 minute")
      const states = (state: string) =>
        gauge(OutboxMetrics.messages, { "outbox.mailer": mailer, "outbox.state": state })
      assert.strictEqual(yield* states("queued"), 2)
      assert.isAtLeast(yield* gauge(OutboxMetrics.oldestDue, {}), 50)
      const store = yield* OutboxStore.OutboxStore
      yield* outbox.resume(mailer)
      const claimed = yield* store.claim({ owner: "gone", mailer, limit: 10, lease: 1000 })
      yield* store.start(claimed, "gone", 1000)
      yield* TestClock.adjust("20 seconds")
      assert.strictEqual(yield* states("queued"), 0)
      assert.strictEqual(yield* states("unknown"), 2)
    }).pipe(Effect.provide(stores)))

  it.scoped("count the leases that a runner lost while it had a message", () =>
    Effect.gen(function*() {
      const outbox = yield* Outbox.Outbox
      const store = yield* OutboxStore.OutboxStore
      const tags = { "outbox.mailer": "default" }
      const before = yield* countOf(OutboxMetrics.leaseLosses, tags)
      const { id } = yield* outbox.enqueue(message())
      const running = yield* Effect.fork(
        OutboxRunner.run({ lease: "30 seconds", stopWithin: 0 }).pipe(Effect.provide(backend(() => Effect.never)))
      )
      yield* TestClock.adjust("2 seconds")
      // A person settles it meanwhile, after the database lost the lease.
      const entry = Option.getOrThrow(yield* outbox.get(id))
      assert.strictEqual(entry.state, "sending")
      yield* store.settle([{
        id,
        fence: 1,
        owner: "one",
        state: "delivered",
        delay: 0,
        reason: undefined,
        outcome: "Delivery",
        error: undefined,
        detail: undefined,
        isCounted: true,
        isProof: true,
        recipients: []
      }])
      yield* TestClock.adjust("15 seconds")
      assert.strictEqual((yield* countOf(OutboxMetrics.leaseLosses, tags)) - before, 1)
      yield* Fiber.interruptFork(running)
    }).pipe(Effect.provide(stores)))
})

describe("a runner", () => {
  it.scoped("gives up after its own time, where a message has more", () =>
    Effect.gen(function*() {
      const outbox = yield* Outbox.Outbox
      const deferring = backend((outgoing) => Effect.sync(() => deferred(outgoing)))
      const { id } = yield* outbox.enqueue(message())
      yield* Effect.forkScoped(OutboxRunner.run({ giveUpAfter: "10 minutes" }).pipe(Effect.provide(deferring)))
      yield* TestClock.adjust("20 minutes")
      const { reason, state } = Option.getOrThrow(yield* outbox.get(id))
      assert.deepStrictEqual([state, reason], ["failed", Option.some("gaveUp")])
    }).pipe(Effect.provide(stores)), 60_000)

  it.scoped("removes octets, and then rows, of what is settled", () =>
    Effect.gen(function*() {
      const outbox = yield* Outbox.Outbox
      const store = yield* OutboxStore.OutboxStore
      const { backend } = yield* Memory.make
      const { id } = yield* outbox.enqueue(message(), { key: "k" })
      const octets = Effect.map(Stream.runCount(store.octets(id)), (count) => count > 0)
      yield* Effect.forkScoped(
        OutboxRunner.run({ poll: "10 minutes", retention: { octets: "1 hour", delivered: "2 hours" } }).pipe(
          Effect.provide(Layer.succeed(MailBackend.MailBackend, backend))
        )
      )
      yield* TestClock.adjust("30 minutes")
      assert.strictEqual(Option.getOrThrow(yield* outbox.get(id)).state, "delivered")
      assert.isTrue(yield* octets)
      yield* TestClock.adjust("32 minutes")
      assert.isFalse(yield* octets)
      assert.isTrue(Option.isSome(yield* outbox.get(id)))
      yield* TestClock.adjust("1 hour")
      assert.isTrue(Option.isNone(yield* outbox.get(id)))
    }).pipe(Effect.provide(stores)), 60_000)

  it.effect("hands the annotations of a message to the backend", () =>
    Effect.gen(function*() {
      const { enqueue } = yield* Outbox.Outbox
      const seen: Array<unknown> = []
      const keeping = backend((outgoing) =>
        Effect.sync(() => {
          seen.push(outgoing.annotations)
          return MailBackend.acceptAll(outgoing)
        })
      )
      yield* enqueue(Message.annotate(message(), Annotations.tags, ["receipt"]))
      yield* OutboxRunner.drain().pipe(Effect.provide(keeping))
      assert.deepStrictEqual(seen, [{ tags: ["receipt"] }])
    }).pipe(Effect.provide(onSqlite)))
})

const flip = (octets: Uint8Array) => octets.map((octet) => octet ^ 0x5a)

let isAway = false

const transformed = Outbox.layer.pipe(
  Layer.provideMerge(OutboxStore.layerSql({
    transform: {
      store: (octets) => Effect.succeed(flip(octets)),
      read: (octets) => isAway ? Effect.fail(new Error("the key is away")) : Effect.succeed(flip(octets))
    }
  })),
  Layer.provideMerge(SqliteClient.layer({ filename: ":memory:" }))
)

describe("octets that are transformed", () => {
  it.scoped(
    "are not plain in the database, and are sent as they were; without the key they wait",
    () =>
      Effect.gen(function*() {
        const sql = yield* SqlClient.SqlClient
        const outbox = yield* Outbox.Outbox
        const frozen = yield* Outbox.prepare(message())
        const large = "Thank you! ".repeat(40_000)
        const tickets = yield* outbox.enqueueAll([[frozen], [Message.make({ from: "shop@example.com", to: "eve@example.com", text: large })]])
        const rows = yield* sql<{ octets: Uint8Array }>`
        SELECT octets FROM outbox_content WHERE octets IS NOT NULL UNION ALL SELECT octets FROM outbox_part`
        assert.isAbove(rows.length, 2)
        for (const { octets } of rows) assert.notInclude(Buffer.from(octets).toString("latin1"), "Thank you!")
        const sent: Array<Uint8Array> = []
        const keeping = backend((outgoing) =>
          Effect.map(Mime.render(outgoing), (octets) => {
            sent.push(octets)
            return MailBackend.acceptAll(outgoing)
          })
        )
        isAway = true
        yield* OutboxRunner.drain().pipe(Effect.provide(keeping))
        assert.strictEqual(sent.length, 0)
        const { lastError, state } = Option.getOrThrow(yield* outbox.get(tickets[0]?.id ?? assert.fail("no ticket")))
        assert.strictEqual(state, "scheduled")
        assert.isTrue(Option.isSome(lastError))
        isAway = false
        yield* sql`UPDATE outbox_message SET due_at = 0`
        yield* OutboxRunner.drain().pipe(Effect.provide(keeping))
        assert.strictEqual(sent.length, 2)
        assert.isTrue(sent.some((octets) => Buffer.from(frozen.bytes).equals(octets)))
      }).pipe(Effect.provide(transformed)),
    60_000
  )
})
