import { BatchReport, Mail, MailBackend, Message } from "@effect-mail/core"
import * as SmtpServer from "@effect-mail/test-kit/IndependentSmtpServer"
import * as ScriptedServer from "@effect-mail/test-kit/LineScriptServer"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Either, Fiber, Stream } from "effect"

const { close, delivery, hang, hello, say } = ScriptedServer

const numbered = (count: number) =>
  Array.from(
    { length: count },
    (_, n) =>
      Message.make({ from: "ada@example.com", to: "bob@example.com", subject: `message ${n}`, text: "Hello, Bob" })
  )

const subjects = (messages: ReadonlyArray<Message.Message>) => messages.map(({ subject }) => subject).sort()

const received = (server: SmtpServer.TestServer) =>
  server.received.map(({ bytes }) => /^Subject: (.*)\r$/m.exec(Buffer.from(bytes).toString("latin1"))?.[1] ?? "").sort()

const tags = (entries: Iterable<BatchReport.Entry>) =>
  Array.from(entries, (entry) => entry._tag === "Failed" ? entry.error._tag : entry._tag)

/** A server that takes three connections, and answers any other with 421. */
const ofThree = SmtpServer.make({ maxClients: 3 })

describe("Where a server takes fewer connections than there are places,", () => {
  for (const concurrency of [4, 5, 20]) {
    it.scopedLive(`a batch over ${concurrency} is sent over those that there are, each message once`, () =>
      Effect.gen(function*() {
        const server = yield* ofThree
        const report = yield* Mail.sendAll(numbered(40), { concurrency }).pipe(Effect.provide(server.layer()))
        assert.isTrue(BatchReport.isComplete(report))
        assert.deepStrictEqual(received(server), subjects(numbered(40)))
      }))

    for (const unordered of [true, false]) {
      it.scopedLive(`a stream over ${concurrency}, ${unordered ? "as they come" : "in order"}, likewise`, () =>
        Effect.gen(function*() {
          const server = yield* ofThree
          const entries = yield* Mail.sendStream(Stream.rechunk(Stream.fromIterable(numbered(40)), 3), {
            concurrency,
            unordered
          }).pipe(Stream.runCollect, Effect.provide(server.layer()))
          assert.deepStrictEqual(tags(entries), Array.from({ length: 40 }, () => "Sent"))
          const sent = Array.from(entries, ({ message }) => message.subject)
          if (!unordered) assert.deepStrictEqual(sent, numbered(40).map(({ subject }) => subject))
          assert.deepStrictEqual(received(server), subjects(numbered(40)))
        }))
    }
  }

  it.scopedLive("senders wait for a connection that works, and the server is not asked each time", () =>
    Effect.gen(function*() {
      const server = yield* ofThree
      yield* Effect.forEach(numbered(40), Mail.send, { concurrency: "unbounded" }).pipe(Effect.provide(server.layer()))
      assert.deepStrictEqual(received(server), subjects(numbered(40)))
      assert.isAtMost(server.connections, 10)
    }))

  it.scopedLive("connections that end after maxMessages are replaced", () =>
    Effect.gen(function*() {
      const server = yield* ofThree
      yield* Effect.forEach(numbered(40), Mail.send, { concurrency: "unbounded" }).pipe(
        Effect.provide(server.layer({ pool: { maxMessages: 2 } }))
      )
      assert.deepStrictEqual(received(server), subjects(numbered(40)))
    }))

  it.scopedLive("a fiber that waits for a place can be interrupted, and the others go on", () =>
    Effect.gen(function*() {
      const server = yield* ofThree
      yield* Effect.gen(function*() {
        const fibers = yield* Effect.forEach(numbered(20), (message) => Effect.fork(Mail.send(message)))
        yield* server.until(() => server.connections >= 5)
        yield* Fiber.interruptAll(fibers.slice(3, 7))
        yield* Effect.forEach([...fibers.slice(0, 3), ...fibers.slice(7)], Fiber.join)
        yield* Effect.forEach(numbered(20), Mail.send, { concurrency: 5 })
      }).pipe(Effect.provide(server.layer()))
    }))

  it.scopedLive("a sender beside a session that keeps the last of them does not wait for ever", () =>
    Effect.gen(function*() {
      const server = yield* SmtpServer.make({ maxClients: 1 })
      const [message = Message.empty] = numbered(1)
      const layer = server.layer({ timeouts: { send: "300 millis" } })
      const outcome = yield* Effect.gen(function*() {
        const backend = yield* MailBackend.MailBackend
        return yield* Mail.session(Effect.zipRight(Mail.send(message), Effect.either(backend.send(message))))
      }).pipe(Effect.provide(layer), Effect.timeout("10 seconds"))
      assert.strictEqual(Either.isLeft(outcome) ? outcome.left._tag : "sent", "ConnectionError")
      assert.strictEqual(server.received.length, 1)
    }))

  it.scopedLive("a place that is stuck while it connects is not waited for", () =>
    Effect.gen(function*() {
      const server = yield* ScriptedServer.make(
        [hang],
        [...hello(), ...Array.from({ length: 12 }, () => delivery).flat()]
      )
      const send = Mail.sendStream(Stream.fromIterable(numbered(12)), { concurrency: 2 }).pipe(
        Stream.runCollect,
        Effect.provide(server.layer())
      )
      assert.deepStrictEqual(tags(yield* send), Array.from({ length: 12 }, () => "Sent"))
    }))
})

describe("Where a server takes no connections,", () => {
  const refusing = ScriptedServer.make([say("421 4.3.2 busy"), close])

  it.scopedLive("a batch over several fails with the reason, and the rest is not tried", () =>
    Effect.gen(function*() {
      const server = yield* refusing
      const report = yield* Mail.sendAll(numbered(20), { concurrency: 5 }).pipe(Effect.provide(server.layer()))
      assert.deepStrictEqual(tags(report.entries).sort(), [
        "ConnectionError",
        ...Array.from({ length: 19 }, () => "NotTried")
      ])
      assert.isAtMost(server.connections, 5)
    }))

  it.scopedLive("all who send fail", () =>
    Effect.gen(function*() {
      const server = yield* refusing
      const errors = yield* Effect.forEach(numbered(20), (message) => Effect.flip(Mail.send(message)), {
        concurrency: "unbounded"
      }).pipe(Effect.provide(server.layer()))
      assert.deepStrictEqual(new Set(errors.map(({ _tag }) => _tag)), new Set(["ConnectionError"]))
    }))
})
