import { Attachment, Mail, MailBackend, MailError, Message, Mime, Outgoing, type SentMessage } from "@effect-mail/core"
import { TestMailbox } from "@effect-mail/testing"
import { assert, describe, it } from "@effect/vitest"
import { Context, Deferred, Effect, Exit, Fiber, Layer, Option, Random, Stream, TestClock } from "effect"

const message = Message.make({
  from: "ada@example.com",
  to: "bob@example.com",
  bcc: "carol@example.com",
  subject: "Hello",
  text: "Hello, Bob"
})

const numbered = (n: number) => Message.subject(message, `message ${n}`)
const subjects = (sent: ReadonlyArray<SentMessage.SentMessage>) => sent.map(({ message }) => message.subject)
const refused = new MailError.ConnectionError({ reason: "Refused", description: "nobody listens" })
const unknown = new MailError.OutcomeUnknownError({ recipients: [], description: "lost after the final dot" })

class Shop extends Context.Tag("test/Shop")<Shop, { readonly welcome: Effect.Effect<void, MailError.MailError> }>() {
  static readonly layer = Layer.effect(
    Shop,
    Effect.map(MailBackend.MailBackend, (backend) => ({ welcome: Effect.asVoid(backend.send(message)) }))
  )
}

describe("TestMailbox", () => {
  it.effect("keeps the message, its envelope, its Message-ID and its bytes", () =>
    Effect.gen(function*() {
      const report = yield* Mail.send(message)
      const expected = yield* Effect.flatMap(Outgoing.prepare(message), Mime.render)
      assert.deepStrictEqual(yield* TestMailbox.outbox, [{
        message,
        envelope: { from: "ada@example.com", to: ["bob@example.com", "carol@example.com"], smtpUtf8: false },
        messageId: report.messageId,
        bytes: expected,
        mailer: Option.none()
      }])
      assert.notInclude(new TextDecoder().decode(expected), "carol")
      assert.deepStrictEqual(report.recipients.map(({ _tag }) => _tag), ["Accepted", "Accepted"])
      assert.strictEqual(report.response, undefined)
    }).pipe(Effect.withRandom(Random.fixed([7])), Effect.provide(TestMailbox.layer)))

  it.effect("keeps the order of a batch and of a session", () =>
    Effect.gen(function*() {
      yield* Mail.sendAll([1, 2].map(numbered))
      yield* Mail.session(Effect.forEach([3, 4], (n) => Mail.send(numbered(n))))
      assert.deepStrictEqual(subjects(yield* TestMailbox.outbox), ["message 1", "message 2", "message 3", "message 4"])
    }).pipe(Effect.provide(TestMailbox.layer)))

  it.effect("loses nothing that is sent concurrently", () =>
    Effect.gen(function*() {
      const numbers = Array.from({ length: 100 }, (_, n) => n)
      yield* Effect.forEach(
        numbers,
        (n) => Effect.zipRight(Effect.yieldNow(), Mail.send(numbered(n))),
        { concurrency: "unbounded" }
      )
      const sent = yield* TestMailbox.outbox
      assert.deepStrictEqual(subjects(sent).sort(), numbers.map((n) => `message ${n}`).sort())
      assert.strictEqual(new Set(sent.map(({ messageId }) => messageId)).size, 100)
    }).pipe(Effect.provide(TestMailbox.layer)))

  it.effect("refuses what production refuses, and keeps nothing of it", () =>
    Effect.gen(function*() {
      const header = yield* Effect.flip(Mail.send(Message.subject(message, "Hello\nBcc: eve@example.com")))
      assert.strictEqual(header._tag, "BadHeaderError")
      const address = yield* Effect.flip(Mail.send(Message.to(message, "not an address")))
      assert.strictEqual(address._tag, "InvalidAddressError")
      const attachment = yield* Effect.flip(Mail.send(Message.attach(message, Attachment.stream(Stream.fail("gone")))))
      assert.strictEqual(attachment._tag, "AttachmentError")
      const nobody = yield* Effect.flip(Mail.send(Message.make({ from: "ada@example.com" })))
      assert.strictEqual(nobody._tag, "InvalidMessageError")
      assert.deepStrictEqual(yield* TestMailbox.outbox, [])
    }).pipe(Effect.provide(TestMailbox.layer)))

  it.effect("gives everything once with takeAll, and forgets with clear", () =>
    Effect.gen(function*() {
      yield* Mail.sendAll([1, 2].map(numbered))
      const before = yield* TestMailbox.outbox
      assert.deepStrictEqual(subjects(yield* TestMailbox.takeAll), ["message 1", "message 2"])
      assert.deepStrictEqual(yield* TestMailbox.takeAll, [])
      yield* Mail.send(numbered(3))
      assert.deepStrictEqual(subjects(before), ["message 1", "message 2"])
      assert.deepStrictEqual(subjects(yield* TestMailbox.outbox), ["message 3"])
      yield* TestMailbox.clear
      assert.deepStrictEqual(yield* TestMailbox.outbox, [])
    }).pipe(Effect.provide(TestMailbox.layer)))

  describe("awaitCount", () => {
    it.effect("gives what is there at once", () =>
      Effect.gen(function*() {
        assert.deepStrictEqual(yield* TestMailbox.awaitCount(0), [])
        yield* Mail.sendAll([1, 2].map(numbered))
        assert.deepStrictEqual(subjects(yield* TestMailbox.awaitCount(1)), ["message 1", "message 2"])
      }).pipe(Effect.provide(TestMailbox.layer)))

    it.effect("waits for mail that another fiber sends later", () =>
      Effect.gen(function*() {
        const waiting = yield* Effect.fork(Effect.all([TestMailbox.awaitCount(3), TestMailbox.awaitCount(2)], {
          concurrency: "unbounded"
        }))
        yield* Effect.fork(
          Effect.forEach([1, 2, 3], (n) => Effect.zipRight(Effect.sleep("1 hour"), Mail.send(numbered(n))))
        )
        yield* TestClock.adjust("2 hours")
        assert.strictEqual((yield* TestMailbox.outbox).length, 2)
        assert.strictEqual((yield* Fiber.poll(waiting))._tag, "None")
        yield* TestClock.adjust("1 hour")
        const [three, two] = yield* Fiber.join(waiting)
        assert.deepStrictEqual(subjects(three), ["message 1", "message 2", "message 3"])
        assert.deepStrictEqual(subjects(two), ["message 1", "message 2"])
        assert.strictEqual((yield* TestMailbox.outbox).length, 3)
      }).pipe(Effect.provide(TestMailbox.layer)))

    it.effect("counts what is in the outbox, not what ever was", () =>
      Effect.gen(function*() {
        yield* Mail.send(numbered(1))
        yield* TestMailbox.clear
        const waiting = yield* Effect.fork(TestMailbox.awaitCount(1))
        yield* TestClock.adjust("1 minute")
        assert.strictEqual((yield* Fiber.poll(waiting))._tag, "None")
        yield* Mail.send(numbered(2))
        assert.deepStrictEqual(subjects(yield* Fiber.join(waiting)), ["message 2"])
      }).pipe(Effect.provide(TestMailbox.layer)))

    it.effect("can be interrupted, and mail still arrives", () =>
      Effect.gen(function*() {
        const waiting = yield* Effect.fork(TestMailbox.awaitCount(1))
        yield* Effect.yieldNow()
        const exit = yield* Fiber.interrupt(waiting)
        assert.isTrue(Exit.isInterrupted(exit))
        const timed = yield* Effect.fork(Effect.timeoutOption(TestMailbox.awaitCount(1), "1 second"))
        yield* TestClock.adjust("1 second")
        assert.strictEqual((yield* Fiber.join(timed))._tag, "None")
        yield* Mail.send(message)
        assert.strictEqual((yield* TestMailbox.awaitCount(1)).length, 1)
      }).pipe(Effect.provide(TestMailbox.layer)))
  })

  describe("failNext", () => {
    it.effect("fails one delivery for each call, in order", () =>
      Effect.gen(function*() {
        yield* TestMailbox.failNext(refused)
        yield* TestMailbox.failNext(unknown)
        assert.strictEqual((yield* Effect.flip(Mail.send(numbered(1)))).message, refused.message)
        assert.strictEqual((yield* Effect.flip(Mail.send(numbered(2)))).message, unknown.message)
        yield* Mail.send(numbered(3))
        assert.deepStrictEqual(subjects(yield* TestMailbox.outbox), ["message 3"])
      }).pipe(Effect.provide(TestMailbox.layer)))

    it.effect("stays due for a message that is wrong in itself, and over clear", () =>
      Effect.gen(function*() {
        yield* TestMailbox.failNext(refused)
        yield* TestMailbox.clear
        const wrong = yield* Effect.flip(Mail.send(Message.subject(message, "Hello\nBcc: eve@example.com")))
        assert.strictEqual(wrong._tag, "BadHeaderError")
        assert.strictEqual((yield* Effect.flip(Mail.send(message)))._tag, "ConnectionError")
      }).pipe(Effect.provide(TestMailbox.layer)))

    it.effect("fails one message of a batch, and of a session", () =>
      Effect.gen(function*() {
        yield* TestMailbox.failNext(refused)
        const { entries } = yield* Mail.sendAll([1, 2].map(numbered))
        assert.deepStrictEqual(entries.map(({ _tag }) => _tag), ["Failed", "Sent"])
        yield* TestMailbox.failNext(refused)
        const outcomes = yield* Mail.session(Effect.forEach([3, 4], (n) => Effect.either(Mail.send(numbered(n)))))
        assert.deepStrictEqual(outcomes.map(({ _tag }) => _tag), ["Left", "Right"])
        assert.deepStrictEqual(subjects(yield* TestMailbox.outbox), ["message 2", "message 4"])
      }).pipe(Effect.provide(TestMailbox.layer)))

    it.effect("lets a retry succeed", () =>
      Effect.gen(function*() {
        yield* TestMailbox.failNext(refused)
        yield* Effect.retry(Mail.send(message), { while: (error) => error.isTransient, times: 1 })
        assert.strictEqual((yield* TestMailbox.outbox).length, 1)
      }).pipe(Effect.provide(TestMailbox.layer)))
  })

  describe("is a mailbox of its own", () => {
    const alone = (n: number, together: Deferred.Deferred<void>) =>
      Effect.gen(function*() {
        yield* Mail.send(numbered(n))
        yield* n === 2 ? Deferred.succeed(together, undefined) : Deferred.await(together)
        return subjects(yield* TestMailbox.outbox)
      }).pipe(Effect.provide(TestMailbox.layer))

    it.effect("for each provide, side by side", () =>
      Effect.gen(function*() {
        const together = yield* Deferred.make<void>()
        const seen = yield* Effect.all([alone(1, together), alone(2, together)], { concurrency: "unbounded" })
        assert.deepStrictEqual(seen, [["message 1"], ["message 2"]])
      }))

    it.effect("for each provide, one inside the other", () =>
      Effect.gen(function*() {
        yield* TestMailbox.failNext(refused)
        const inner = yield* Effect.zipRight(Mail.send(numbered(1)), TestMailbox.outbox).pipe(
          Effect.provide(TestMailbox.layer)
        )
        assert.deepStrictEqual(subjects(inner), ["message 1"])
        assert.deepStrictEqual(yield* TestMailbox.outbox, [])
      }).pipe(Effect.provide(TestMailbox.layer)))

    it.effect("but the same one within a provide, wherever the layer is named", () =>
      Effect.gen(function*() {
        yield* Effect.flatMap(Shop, (shop) => shop.welcome)
        assert.deepStrictEqual(subjects(yield* TestMailbox.outbox), ["Hello"])
      }).pipe(Effect.provide(Layer.merge(Layer.provide(Shop.layer, TestMailbox.layer), TestMailbox.layer))))
  })
})
