import { Memory } from "@effect-mail/backends"
import { Address, Mail, MailBackend, MailError, Mailers, MailPolicy, Message } from "@effect-mail/core"
import { Outbox, OutboxRunner, OutboxStore } from "@effect-mail/outbox"
import { assert, describe, it } from "@effect/vitest"
import {
  Chunk,
  ConfigProvider,
  DateTime,
  Deferred,
  Effect,
  Either,
  Fiber,
  Layer,
  Option,
  Stream,
  TestClock
} from "effect"

const message = (to: string | ReadonlyArray<string> = "bob@example.com") =>
  Message.make({ from: "shop@example.com", to, subject: "Order", text: "Thank you!" })

const developers = Option.getOrThrow(Either.getRight(Address.parse("dev@example.net")))

const stores = Outbox.layer.pipe(Layer.provideMerge(OutboxStore.layerMemory))
const withMemory = Layer.merge(stores, Memory.layer)

/** A backend that does this with each message. */
const backend = (
  deliver: MailBackend.MailSession["deliver"],
  open: Effect.Effect<void, MailError.BackendError> = Effect.void
) => Layer.succeed(MailBackend.MailBackend, MailBackend.make({ name: "test", open: Effect.as(open, { deliver }) }))

const entryOf = (id: Parameters<Outbox.Service["get"]>[0]) =>
  Effect.flatMap(Outbox.Outbox, (outbox) => Effect.map(outbox.get(id), Option.getOrThrow))

const refusal = (tag: "Deferred" | "Rejected", code: number, recipients: ReadonlyArray<string>) =>
  new MailError.RejectedError({
    command: "RCPT",
    code,
    response: "no",
    recipients: recipients.map((recipient) => ({ _tag: tag, recipient, reply: { code, text: "no" } }))
  })

describe("what is sent through the outbox", () => {
  it.effect("is queued, and never accepted, until a runner has sent it", () =>
    Effect.gen(function*() {
      const memory = yield* Memory.Memory
      const report = yield* Mail.send(message()).pipe(Effect.provide(Outbox.layerBackend))
      assert.deepStrictEqual(report.recipients.map(({ _tag }) => _tag), ["Queued"])
      assert.deepStrictEqual(yield* memory.outbox, [])
      yield* OutboxRunner.drain()
      const [sent] = yield* memory.outbox
      assert.strictEqual(sent?.messageId, report.messageId)
    }).pipe(Effect.provide(withMemory)))

  it.effect("is queued once, however often it is delivered", () =>
    Effect.gen(function*() {
      const outbox = yield* Outbox.Outbox
      const frozen = yield* Outbox.prepare(message())
      const first = yield* outbox.enqueue(frozen, { key: "a" })
      const second = yield* outbox.enqueue(frozen, { key: "a" })
      assert.deepStrictEqual(second, { id: first.id, isNew: false })
      const error = yield* Effect.flip(outbox.enqueue(frozen, { key: "a", onDuplicate: "fail" }))
      assert.strictEqual(error._tag, "DuplicateKeyError")
    }).pipe(Effect.provide(stores)))

  it.effect("is checked when it is queued", () =>
    Effect.gen(function*() {
      const outbox = yield* Outbox.Outbox
      const error = yield* Effect.flip(outbox.enqueue(Message.make({ from: "shop@example.com", text: "no recipient" })))
      assert.strictEqual(error._tag, "InvalidMessageError")
    }).pipe(Effect.provide(stores)))

  it.effect("goes by the mailer that it names", () =>
    Effect.gen(function*() {
      const outbox = yield* Outbox.Outbox
      const other = yield* Memory.make
      const mailers = Mailers.layer({ newsletter: Layer.succeed(MailBackend.MailBackend, other.backend) })
      yield* outbox.enqueue(message(), { mailer: "newsletter" })
      yield* OutboxRunner.drain({ mailers: ["newsletter"] }).pipe(Effect.provide(mailers))
      assert.strictEqual((yield* other.memory.outbox).length, 1)
      assert.strictEqual((yield* Effect.flatMap(Memory.Memory, (memory) => memory.outbox)).length, 0)
    }).pipe(Effect.provide(withMemory)))
})

describe("a policy over the backend of the runner", () => {
  it.effect("leaves out who is suppressed when it is sent", () =>
    Effect.gen(function*() {
      const { enqueue } = yield* Outbox.Outbox
      const { id } = yield* enqueue(message(["bob@example.com", "eve@example.com"]))
      const policy = MailPolicy.layer(MailPolicy.suppress(["eve@example.com"]))
      yield* OutboxRunner.drain().pipe(Effect.provide(policy))
      const { recipients, state } = yield* entryOf(id)
      assert.strictEqual(state, "delivered")
      assert.deepStrictEqual(recipients.map(({ address, state }) => [address, state]), [
        ["bob@example.com", "accepted"],
        ["eve@example.com", "notSent"]
      ])
    }).pipe(Effect.provide(withMemory)))

  it.effect("sends to others, and says who got it", () =>
    Effect.gen(function*() {
      const { enqueue } = yield* Outbox.Outbox
      const { id } = yield* enqueue(message())
      yield* OutboxRunner.drain().pipe(Effect.provide(MailPolicy.layer(MailPolicy.redirectAll(developers))))
      const { recipients, state } = yield* entryOf(id)
      assert.strictEqual(state, "delivered")
      assert.deepStrictEqual(recipients.map(({ address, state }) => [address, state]), [
        ["bob@example.com", "notSent"],
        ["dev@example.net", "accepted"]
      ])
    }).pipe(Effect.provide(withMemory)))
})

describe("a runner", () => {
  it.scoped("tries the deferred again, and gives up when their time has passed", () =>
    Effect.gen(function*() {
      const { enqueue } = yield* Outbox.Outbox
      let tries = 0
      const deferring = backend(({ envelope }) =>
        Effect.suspend(() => {
          tries++
          return Effect.fail(refusal("Deferred", 451, envelope.to))
        })
      )
      const { id } = yield* enqueue(message(), { giveUpAfter: "1 hour" })
      const running = yield* Effect.fork(OutboxRunner.run({ poll: "1 minute" }).pipe(Effect.provide(deferring)))
      yield* TestClock.adjust("3 minutes")
      assert.strictEqual(tries, 2)
      yield* TestClock.adjust("58 minutes")
      const { history, reason, recipients, state } = yield* entryOf(id)
      assert.deepStrictEqual([state, reason], ["failed", Option.some("gaveUp")])
      assert.strictEqual(recipients[0]?.reply?.code, 451)
      assert.strictEqual(history.length, tries)
      yield* Fiber.interruptFork(running)
    }).pipe(Effect.provide(stores)), 60_000)

  it.scoped("pauses a mailer with a wrong password, and fails none of its messages", () =>
    Effect.gen(function*() {
      const outbox = yield* Outbox.Outbox
      let logins = 0
      let isRight = false
      const login = Effect.suspend((): Effect.Effect<void, MailError.BackendError> => {
        logins++
        return isRight ? Effect.void : Effect.fail(new MailError.AuthenticationError({ reason: "Refused", code: 535 }))
      })
      const wrong = backend((outgoing) => Effect.succeed(MailBackend.acceptAll(outgoing)), login)
      yield* outbox.enqueueAll(Array.from({ length: 50 }, () => [message()] as const))
      yield* Effect.forkScoped(OutboxRunner.run({ connections: 2 }).pipe(Effect.provide(wrong)))
      yield* TestClock.adjust("2 minutes")
      assert.isAtMost(logins, 4)
      assert.deepStrictEqual((yield* outbox.pauses).map(({ mailer }) => mailer), ["default"])
      assert.deepStrictEqual((yield* outbox.counts).counts, [{ mailer: "default", state: "queued", count: 50 }])
      isRight = true
      yield* TestClock.adjust("5 minutes")
      assert.deepStrictEqual((yield* outbox.counts).counts, [{ mailer: "default", state: "delivered", count: 50 }])
    }).pipe(Effect.provide(stores)), 60_000)

  it.effect("settles what dies on its way by a defect", () =>
    Effect.gen(function*() {
      const { enqueue } = yield* Outbox.Outbox
      const { id } = yield* enqueue(message())
      yield* OutboxRunner.drain().pipe(Effect.provide(backend(() => Effect.dieMessage("a fault of the driver"))))
      const { history, state } = yield* entryOf(id)
      // The driver had the message: it may have sent it.
      assert.strictEqual(state, "unknown")
      assert.include(Option.getOrThrow(history[0]?.detail ?? Option.none()), "a fault of the driver")
    }).pipe(Effect.provide(stores)))

  it.effect("does not try at once what a backend cannot even begin", () =>
    Effect.gen(function*() {
      const { enqueue } = yield* Outbox.Outbox
      const { id } = yield* enqueue(message())
      yield* OutboxRunner.drain().pipe(Effect.provide(backend(() => Effect.never, Effect.dieMessage("no session"))))
      const { lastError, recipients, state } = yield* entryOf(id)
      assert.deepStrictEqual([state, recipients[0]?.state], ["scheduled", "pending"])
      assert.include(Option.getOrThrow(lastError), "no session")
    }).pipe(Effect.provide(stores)))

  it.effect("sends again what may have been sent only where it is told to", () =>
    Effect.gen(function*() {
      const { enqueue } = yield* Outbox.Outbox
      let tries = 0
      const silent = backend((outgoing) =>
        Effect.suspend(() =>
          ++tries === 1
            ? Effect.fail(
              new MailError.OutcomeUnknownError({
                description: "no reply",
                recipients: outgoing.envelope.to.map((recipient) => ({ _tag: "Unknown", recipient }))
              })
            )
            : Effect.succeed(MailBackend.acceptAll(outgoing))
        )
      )
      const { id } = yield* enqueue(message())
      yield* OutboxRunner.drain().pipe(Effect.provide(silent))
      assert.strictEqual((yield* entryOf(id)).state, "unknown")
      tries = 0
      const { id: other } = yield* enqueue(message())
      yield* OutboxRunner.drain({ unknown: "resendAndRiskDuplicates" }).pipe(Effect.provide(silent))
      yield* TestClock.adjust("2 minutes")
      yield* OutboxRunner.drain({ unknown: "resendAndRiskDuplicates" }).pipe(Effect.provide(silent))
      assert.strictEqual((yield* entryOf(other)).state, "delivered")
      assert.strictEqual(tries, 2)
    }).pipe(Effect.provide(stores)))

  it.scoped("keeps to the limits of a domain", () =>
    Effect.gen(function*() {
      const outbox = yield* Outbox.Outbox
      const memory = yield* Memory.Memory
      yield* outbox.enqueueAll(Array.from({ length: 10 }, (_, i) => [message(`b${i}@slow.example`)] as const))
      yield* outbox.enqueueAll(Array.from({ length: 10 }, (_, i) => [message(`b${i}@fast.example`)] as const))
      const limits = { "@slow.example": { messages: 2, interval: "1 minute" } } as const
      yield* Effect.forkScoped(OutboxRunner.run({ limits }))
      yield* TestClock.adjust("10 seconds")
      const slow = Effect.map(memory.outbox, (sent) =>
        sent.filter(({ envelope }) => envelope.to[0]?.endsWith("@slow.example")))
      assert.strictEqual((yield* memory.outbox).length, 12)
      yield* TestClock.adjust("70 seconds")
      assert.strictEqual((yield* slow).length, 4)
    }).pipe(Effect.provide(withMemory)), 60_000)

  it.scoped("begins a message once that it claimed again after its lease ran out", () =>
    Effect.gen(function*() {
      const { enqueue } = yield* Outbox.Outbox
      const store = yield* OutboxStore.OutboxStore
      const sent: Array<string> = []
      const goOn = yield* Deferred.make<void>()
      const answer = yield* Deferred.make<void>()
      let attempts = 0
      let asked = 0
      const slow = backend(({ envelope: { to } }, options) =>
        Effect.gen(function*() {
          if (to.includes("bob@example.com")) {
            attempts++
            yield* Deferred.await(goOn)
          }
          yield* options?.beforeCommit ?? Effect.void
          sent.push(...to)
          return {
            recipients: to.map((recipient) => ({ _tag: "Accepted", recipient, reply: { code: 250, text: "" } }))
          }
        })
      )
      // The database does not renew; it starts the second message only when it is let.
      const away: OutboxStore.Service = {
        ...store,
        renew: () => Effect.never,
        start: (...holds) =>
          Effect.zipRight(++asked === 2 ? Deferred.await(answer) : Effect.void, store.start(...holds))
      }
      yield* enqueue(message("first@example.com"))
      yield* Effect.forkScoped(
        OutboxRunner.run({ connections: 3, lease: "30 seconds", poll: "1 second" }).pipe(
          Effect.provide(slow),
          Effect.provideService(OutboxStore.OutboxStore, away)
        )
      )
      yield* TestClock.adjust("2 seconds")
      assert.deepStrictEqual(sent, ["first@example.com"])
      const { id } = yield* enqueue(message("bob@example.com"))
      yield* TestClock.adjust("40 seconds")
      assert.strictEqual(attempts, 2)
      yield* enqueue(message("third@example.com"))
      yield* TestClock.adjust("2 seconds")
      assert.strictEqual(asked, 2)
      // Both fences of the message ask while that statement is under way.
      yield* Deferred.succeed(goOn, undefined)
      yield* TestClock.adjust("1 second")
      yield* Deferred.succeed(answer, undefined)
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual([...sent].sort(), ["bob@example.com", "first@example.com", "third@example.com"])
      const { history, state } = yield* entryOf(id)
      assert.strictEqual(state, "delivered")
      assert.deepStrictEqual(history.map(({ fence }) => fence), [2])
    }).pipe(Effect.provide(stores)), 60_000)

  it.effect("waits for what is on its way when it stops, and gives back the rest", () =>
    Effect.gen(function*() {
      const outbox = yield* Outbox.Outbox
      const begun = yield* Deferred.make<void>()
      const go = yield* Deferred.make<void>()
      const slow = backend((outgoing, options) =>
        (options?.beforeCommit ?? Effect.void).pipe(
          Effect.zipRight(Deferred.succeed(begun, undefined)),
          Effect.zipRight(Deferred.await(go)),
          Effect.as(MailBackend.acceptAll(outgoing))
        )
      )
      yield* outbox.enqueueAll(Array.from({ length: 5 }, () => [message()] as const))
      const running = yield* Effect.fork(OutboxRunner.run({ connections: 1 }).pipe(Effect.provide(slow)))
      yield* Deferred.await(begun)
      const stopping = yield* Effect.fork(Fiber.interrupt(running))
      yield* TestClock.adjust("1 second")
      assert.isNull(stopping.unsafePoll())
      yield* Deferred.succeed(go, undefined)
      yield* Fiber.join(stopping)
      const { counts } = yield* outbox.counts
      assert.deepStrictEqual(counts.map(({ count, state }) => `${state} ${count}`).sort(), ["delivered 1", "queued 4"])
    }).pipe(Effect.provide(stores)))

  it.scoped("sends at the time that was asked for, the urgent first", () =>
    Effect.gen(function*() {
      const outbox = yield* Outbox.Outbox
      const memory = yield* Memory.Memory
      const now = yield* DateTime.now
      yield* outbox.enqueue(message("later@example.com"), { at: DateTime.add(now, { hours: 1 }) })
      yield* outbox.enqueue(message("bulk@example.com"), { priority: -1 })
      yield* outbox.enqueue(message("code@example.com"), { priority: 5 })
      yield* Effect.forkScoped(OutboxRunner.run({ connections: 1, poll: "1 minute" }))
      yield* TestClock.adjust("59 minutes")
      const recipients = Effect.map(memory.outbox, (sent) => sent.map(({ envelope }) => envelope.to[0]))
      assert.deepStrictEqual(yield* recipients, ["code@example.com", "bulk@example.com"])
      yield* TestClock.adjust("2 minutes")
      assert.deepStrictEqual((yield* recipients)[2], "later@example.com")
    }).pipe(Effect.provide(withMemory)), 60_000)

  it.scoped("tells what is settled", () =>
    Effect.gen(function*() {
      const outbox = yield* Outbox.Outbox
      const settled = yield* Effect.fork(Stream.runCollect(Stream.take(outbox.changes, 2)))
      yield* TestClock.adjust("1 second")
      const tickets = yield* outbox.enqueueAll([[message()], [message()]])
      yield* OutboxRunner.drain()
      yield* TestClock.adjust("5 seconds")
      const ids = Chunk.toReadonlyArray(yield* Fiber.join(settled)).map(({ id }) => id)
      assert.deepStrictEqual([...ids].sort(), tickets.map(({ id }) => id).sort())
    }).pipe(Effect.provide(withMemory)))

  it.effect("reads its settings from the environment", () =>
    Effect.gen(function*() {
      const provider = ConfigProvider.fromMap(new Map([["OUTBOX_CONNECTIONS", "9"], ["OUTBOX_UNKNOWN", "park"]]))
      const settings = yield* Effect.withConfigProvider(OutboxRunner.config, provider)
      assert.strictEqual(settings.connections, 9)
      assert.strictEqual(settings.unknown, "park")
      assert.isUndefined(settings.lease)
      const wrong = ConfigProvider.fromMap(new Map([["OUTBOX_UNKNOWN", "perhaps"]]))
      assert.strictEqual((yield* Effect.flip(Effect.withConfigProvider(OutboxRunner.config, wrong)))._op, "InvalidData")
    }))
})
