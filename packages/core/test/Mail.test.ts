import { Attachment, BatchReport, Mail, MailBackend, MailConfig, MailError, Message } from "@effect-mail/core"
import * as RecordingDriver from "@effect-mail/test-kit/RecordingDriver"
import { assert, describe, it } from "@effect/vitest"
import { Data, Deferred, Effect, Either, Exit, Fiber, Option, Stream, TestClock } from "effect"

const { message } = RecordingDriver

const lost = new MailError.ConnectionError({ reason: "Lost", description: "the connection ended" })

const invalid = Message.make({ subject: "a\r\nb", to: "bob@example.com" })

/** What callers without types may give. */
const untyped = (value: unknown): never => value as never

const using = (recording: RecordingDriver.Recording) =>
  Effect.provideService(MailBackend.MailBackend, recording.backend)

const failing = RecordingDriver.make({ deliver: (subject) => subject === "bad" ? Effect.fail(lost) : Effect.void })

const options = { from: "ada@example.com", to: "bob@example.com", subject: "x", text: "x" }

describe("sendMail", () => {
  it.effect("gives 1", () =>
    Effect.gen(function*() {
      const recording = RecordingDriver.make()
      assert.strictEqual(yield* using(recording)(Mail.sendMail(options)), 1)
      assert.deepStrictEqual(recording.events, ["open", "x", "close"])
    }))

  it.effect("gives 0 where there is nobody to send to", () =>
    Effect.gen(function*() {
      const recording = RecordingDriver.make()
      assert.strictEqual(yield* using(recording)(Mail.sendMail({ ...options, to: [] })), 0)
      assert.deepStrictEqual(recording.events, [])
    }))

  it.effect("fails as sending does", () =>
    Effect.gen(function*() {
      assert.strictEqual(
        (yield* Effect.flip(using(failing)(Mail.sendMail({ ...options, subject: "bad" }))))._tag,
        lost._tag
      )
    }))
})

describe("what sending asks for", () => {
  const nobody = Message.make({ from: "ada@example.com", subject: "nobody" })
  const anonymous = Message.make({ to: "bob@example.com", subject: "anonymous" })
  const tagOf = <A, E extends MailError.MailError, R>(send: Effect.Effect<A, E, R>) =>
    Effect.match(send, { onFailure: (error) => error._tag, onSuccess: () => "Sent" })

  for (const [what, message] of [["a recipient", nobody], ["a sender that somebody chose", anonymous]] as const) {
    it.effect(`${what}: without it every way to send fails, and says what to do`, () =>
      Effect.gen(function*() {
        const recording = RecordingDriver.make()
        yield* Effect.gen(function*() {
          const error = yield* Effect.flip(Mail.send(message))
          assert.strictEqual(error._tag, "InvalidMessageError")
          assert.match(error.message, /: give /)
          const { entries } = yield* Mail.sendAll([message], { concurrency: 2 })
          assert.deepStrictEqual(entries.map((entry) => entry._tag === "Failed" && entry.error), [error])
          const streamed = yield* Stream.runCollect(Mail.sendStream(Stream.make(message)))
          assert.deepStrictEqual(Array.from(streamed, (entry) => entry._tag === "Failed" && entry.error), [error])
          const { failed, sent } = yield* Stream.run(Stream.make(message), Mail.sink)
          assert.deepStrictEqual([sent, failed.length], [0, 1])
          assert.deepStrictEqual<unknown>(Message.validate(message), Either.left(error))
          assert.deepStrictEqual(yield* Effect.flip(Mail.validate(message)), error)
        }).pipe(using(recording))
        assert.deepStrictEqual(recording.events, [])
        const { connect } = recording.backend
        const overConnection = Effect.scoped(Effect.flatMap(connect, (connection) => tagOf(connection.send(message))))
        assert.strictEqual(yield* overConnection, "InvalidMessageError")
        const inSession = using(recording)(Mail.session(tagOf(Mail.send(message))))
        assert.strictEqual(yield* inSession, "InvalidMessageError")
        assert.deepStrictEqual(recording.events, ["open", "close", "open", "close"])
      }))
  }

  it.effect("a sender: that of MailConfig will do, however it was set, and be it the one that is built in", () =>
    Effect.gen(function*() {
      const send = using(RecordingDriver.make())(Mail.send(anonymous))
      const built = Option.some("webmaster@localhost")
      const { envelope } = yield* Effect.provide(send, MailConfig.layer({ defaultFrom: built }))
      assert.strictEqual(envelope.from, "webmaster@localhost")
      const whole = { ...MailConfig.defaults, defaultFrom: built }
      assert.strictEqual(yield* tagOf(Effect.provideService(send, MailConfig.MailConfig, whole)), "Sent")
      assert.strictEqual(yield* tagOf(Effect.provide(send, MailConfig.layer({ admins: [] }))), "InvalidMessageError")
    }))

  it.effect("Django's functions do not ask: the sender is the default one, and nobody is 0", () =>
    Effect.gen(function*() {
      const senders: Array<string> = []
      const recording = RecordingDriver.make({
        deliver: (_, { envelope }) => Effect.sync(() => void senders.push(envelope.from))
      })
      const count = yield* using(recording)(
        Effect.all([
          Mail.sendMail({ to: "bob@example.com", subject: "x", text: "x" }),
          Mail.sendMail({ to: [], subject: "x", text: "x" }),
          Mail.sendMassMail([anonymous, nobody]),
          Mail.session(Mail.sendMassMail([anonymous, nobody, Message.empty]))
        ])
      )
      assert.deepStrictEqual(count, [1, 0, 1, 1])
      assert.deepStrictEqual(senders, ["webmaster@localhost", "webmaster@localhost", "webmaster@localhost"])
      const wrong = yield* Effect.flip(using(recording)(Mail.sendMail({ to: [], subject: "a\nb", text: "x" })))
      assert.strictEqual(wrong._tag, "BadHeaderError")
    }))

  const settings = [
    {},
    { defaultFrom: Option.some("shop@example.com") },
    { defaultFrom: Option.none() },
    { maxRecipients: 1 },
    { charset: "us-ascii" as const },
    { charset: untyped("koi8-r") }
  ]
  const messages = [
    nobody,
    anonymous,
    invalid,
    Message.empty,
    message("x"),
    Message.to(message("x"), "carol@example.com"),
    Message.text(message("x"), "Gr\u00fc\u00dfe"),
    Message.charset(Message.text(message("x"), "Gr\u00fc\u00dfe"), "utf-8"),
    Message.attach(message("x"), Attachment.message(Message.text(anonymous, "Gr\u00fc\u00dfe"))),
    Message.attach(message("x"), Attachment.bytes(untyped("x")))
  ]
  it.effect("is what `validate` says under the same settings", () =>
    Effect.forEach(settings, (some) =>
      Effect.forEach(messages, (message) =>
        Effect.gen(function*() {
          const whole = { ...MailConfig.defaults, ...some }
          const sent = yield* tagOf(using(RecordingDriver.make())(Mail.send(message)))
          const validated = yield* tagOf(Mail.validate(message))
          const pure = yield* tagOf(Message.validate(message, whole))
          assert.deepStrictEqual([validated, pure], [sent, sent])
        }).pipe(Effect.provide(MailConfig.layer(some))))))
})

describe("sendMassMail", () => {
  it.effect("counts what was sent over one session", () =>
    Effect.gen(function*() {
      const recording = RecordingDriver.make()
      const batch = [message("a"), Message.empty, message("b")]
      assert.strictEqual(yield* using(recording)(Mail.sendMassMail(batch)), 2)
      assert.deepStrictEqual(recording.events, ["open", "a", "b", "close"])
    }))

  it.effect("fails with the report on all when one was not sent", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(
        using(failing)(Mail.sendMassMail([message("a"), message("bad"), invalid]))
      )
      assert.instanceOf(error, BatchReport.MassMailError)
      assert.strictEqual(error.message, "1 of 3 messages were sent")
      assert.deepStrictEqual(error.report.entries.map(({ _tag }) => _tag), ["Sent", "Failed", "Failed"])
    }))
})

describe("mail to the staff", () => {
  const settings: MailConfig.Settings = {
    ...MailConfig.defaults,
    serverEmail: "server@example.com",
    admins: ["Ada <ada@example.com>", "bob@example.com"],
    managers: ["carol@example.com"],
    subjectPrefix: "[Shop] "
  }

  for (
    const [title, send, recipients] of [
      ["mailAdmins", Mail.mailAdmins, ["ada@example.com", "bob@example.com"]],
      ["mailManagers", Mail.mailManagers, ["carol@example.com"]]
    ] as const
  ) {
    it.effect(`${title} sends one message from the server, with the prefix`, () =>
      Effect.gen(function*() {
        const envelopes: Array<unknown> = []
        const recording = RecordingDriver.make({
          deliver: (_, { envelope }) => Effect.sync(() => void envelopes.push(envelope))
        })
        const count = yield* send({ subject: "Down", text: "x", html: "<p>x" }).pipe(
          using(recording),
          Effect.provideService(MailConfig.MailConfig, settings)
        )
        assert.strictEqual(count, 1)
        assert.deepStrictEqual(envelopes, [{ from: "server@example.com", to: recipients, smtpUtf8: false }])
        assert.deepStrictEqual(recording.events, ["open", "[Shop] Down", "close"])
      }))

    it.effect(`${title} opens nothing where there are none`, () =>
      Effect.gen(function*() {
        const recording = RecordingDriver.make()
        assert.strictEqual(yield* using(recording)(send({ subject: "Down", text: "x" })), 0)
        assert.deepStrictEqual(recording.events, [])
      }))
  }
})

describe("failSilently", () => {
  class Other extends Data.TaggedError("Other") {}

  it.effect("gives 0 for what could not be delivered", () =>
    Effect.gen(function*() {
      assert.strictEqual(yield* Mail.failSilently(using(failing)(Mail.sendMail({ ...options, subject: "bad" }))), 0)
    }))

  it.effect("gives the number that went out of a mass mailing", () =>
    Effect.gen(function*() {
      const batch = [message("a"), message("bad"), message("b")]
      assert.strictEqual(yield* Mail.failSilently(using(failing)(Mail.sendMassMail(batch))), 2)
    }))

  it.effect("gives what the effect gives", () =>
    Effect.gen(function*() {
      assert.strictEqual(yield* Mail.failSilently(Effect.succeed("x")), "x")
    }))

  it.effect("hides no mistake in a message, and no error of another kind", () =>
    Effect.gen(function*() {
      const one = yield* Effect.flip(Mail.failSilently(using(failing)(Mail.send(invalid))))
      assert.strictEqual(one._tag, "BadHeaderError")
      const mass = yield* Effect.flip(Mail.failSilently(using(failing)(Mail.sendMassMail([message("bad"), invalid]))))
      assert.strictEqual(mass._tag, "MassMailError")
      assert.instanceOf(yield* Effect.flip(Mail.failSilently(Effect.fail(new Other()))), Other)
    }))
})

describe("session", () => {
  const sendTwo = Effect.zipRight(
    Mail.send(message("a")),
    Mail.sendAll([message("b"), message("c")], { concurrency: 2 })
  )

  it.effect("shares one connection among all that is sent in it", () =>
    Effect.gen(function*() {
      const recording = RecordingDriver.make({ deliver: () => Effect.yieldNow() })
      yield* using(recording)(Mail.session(Effect.zipRight(sendTwo, Mail.session(Mail.send(message("d"))))))
      assert.deepStrictEqual(recording.events, ["open", "a", "b", "c", "d", "close"])
      assert.strictEqual(recording.max.delivering, 1)
    }))

  it.effect("opens before the effect starts, even if it sends nothing", () =>
    Effect.gen(function*() {
      const recording = RecordingDriver.make()
      yield* using(recording)(Mail.session(Effect.sync(() => recording.events.push("start"))))
      assert.deepStrictEqual(recording.events, ["open", "start", "close"])
    }))

  it.effect("fails when no connection can be had, and does not start the effect", () =>
    Effect.gen(function*() {
      const recording = RecordingDriver.make({ open: () => Effect.fail(lost) })
      const error = yield* Effect.flip(using(recording)(Mail.session(Effect.die("started"))))
      assert.strictEqual(error, lost)
    }))

  it.effect("closes once when the effect fails", () =>
    Effect.gen(function*() {
      const recording = RecordingDriver.make()
      const exit = yield* Effect.exit(using(recording)(Mail.session(Effect.zipRight(sendTwo, Effect.fail("no")))))
      assert.deepStrictEqual(exit, Exit.fail("no"))
      assert.deepStrictEqual(recording.events, ["open", "a", "b", "c", "close"])
    }))

  it.effect("closes once when the effect is interrupted", () =>
    Effect.gen(function*() {
      const started = yield* Deferred.make<void>()
      const recording = RecordingDriver.make({
        deliver: () => Effect.zipRight(Deferred.succeed(started, undefined), Effect.never)
      })
      const fiber = yield* Effect.fork(using(recording)(Mail.session(Mail.send(message("a")))))
      yield* Deferred.await(started)
      yield* Fiber.interrupt(fiber)
      assert.deepStrictEqual(recording.events, ["open", "close"])
    }))

  it.effect("connects again after the connection was lost", () =>
    Effect.gen(function*() {
      const recording = RecordingDriver.make({
        deliver: (subject) => subject === "bad" ? Effect.fail(lost) : Effect.void
      })
      yield* using(recording)(
        Mail.session(Effect.zipRight(Effect.ignore(Mail.send(message("bad"))), Mail.send(message("a"))))
      )
      assert.deepStrictEqual(recording.events, ["open", "close", "open", "a", "close"])
    }))
})

describe("sendStream", () => {
  /** Takes as many seconds as the subject says. */
  const slow = () => RecordingDriver.make({ deliver: (subject) => Effect.sleep(`${Number(subject)} seconds`) })

  const sentBy = (recording: RecordingDriver.Recording, options: Mail.SendStreamOptions) =>
    Effect.gen(function*() {
      const source = Stream.map(Stream.make("3", "1", "2"), message)
      const fiber = yield* Effect.fork(using(recording)(Stream.runCollect(Mail.sendStream(source, options))))
      yield* TestClock.adjust("10 seconds")
      return Array.from(yield* Fiber.join(fiber)).map((entry) => entry.message.subject)
    })

  it.effect("sends over one session, in order", () =>
    Effect.gen(function*() {
      const recording = slow()
      assert.deepStrictEqual(yield* sentBy(recording, {}), ["3", "1", "2"])
      assert.deepStrictEqual(recording.events, ["open", "3", "1", "2", "close"])
    }))

  it.effect("over several gives the results in the order of the messages", () =>
    Effect.gen(function*() {
      const recording = slow()
      assert.deepStrictEqual(yield* sentBy(recording, { concurrency: 3 }), ["3", "1", "2"])
      assert.deepStrictEqual(recording.events.filter((event) => /^\d$/.test(event)), ["1", "2", "3"])
      assert.deepStrictEqual(recording.max, { open: 3, delivering: 3 })
    }))

  it.effect("unordered gives them as they are there", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* sentBy(slow(), { concurrency: 3, unordered: true }), ["1", "2", "3"])
    }))

  it.effect("reports failures and goes on", () =>
    Effect.gen(function*() {
      const recording = RecordingDriver.make({
        deliver: (subject) => subject === "bad" ? Effect.fail(lost) : Effect.void
      })
      const source = Stream.make(message("a"), message("bad"), invalid, message("b"))
      const entries = Array.from(yield* using(recording)(Stream.runCollect(Mail.sendStream(source))))
      assert.deepStrictEqual(
        entries.map((entry) => entry._tag === "Failed" ? entry.error._tag : entry._tag),
        ["Sent", "ConnectionError", "BadHeaderError", "Sent"]
      )
      assert.deepStrictEqual(recording.events, ["open", "a", "close", "open", "b", "close"])
    }))

  it.effect("fails as its source does, and closes", () =>
    Effect.gen(function*() {
      const recording = RecordingDriver.make()
      const source = Stream.concat(Stream.make(message("a")), Stream.fail("no"))
      assert.strictEqual(yield* Effect.flip(using(recording)(Stream.runDrain(Mail.sendStream(source)))), "no")
      assert.deepStrictEqual(recording.events, ["open", "a", "close"])
    }))

  it.effect("opens nothing for an empty source", () =>
    Effect.gen(function*() {
      const recording = RecordingDriver.make()
      yield* using(recording)(Stream.runDrain(Mail.sendStream(Stream.empty, { concurrency: 3 })))
      assert.deepStrictEqual(recording.events, [])
    }))

  it.effect("ends the sending when its result is not wanted any more", () =>
    Effect.gen(function*() {
      const recording = RecordingDriver.make()
      const source = Stream.map(Stream.iterate(0, (n) => n + 1), (n) => message(String(n)))
      yield* using(recording)(Stream.runDrain(Stream.take(Mail.sendStream(source), 2)))
      assert.deepStrictEqual(recording.events.slice(0, 3), ["open", "0", "1"])
      assert.strictEqual(recording.events.at(-1), "close")
    }))

  for (const concurrency of [1, 4]) {
    it.effect(`does not read its source ahead without bound, over ${concurrency}`, () =>
      Effect.gen(function*() {
        const recording = RecordingDriver.make({ deliver: () => Effect.never })
        let taken = 0
        const source = Stream.repeatEffect(Effect.sync(() => message(String(taken++))))
        const fiber = yield* Effect.fork(using(recording)(Stream.runDrain(Mail.sendStream(source, { concurrency }))))
        yield* TestClock.adjust("1 minute")
        assert.isAtMost(taken, concurrency + 20)
        assert.strictEqual(recording.max.delivering, concurrency)
        yield* Fiber.interrupt(fiber)
        assert.strictEqual(recording.events.filter((event) => event === "close").length, concurrency)
      }))
  }
})

describe("sink", () => {
  it.effect("sends over one session, and sums up", () =>
    Effect.gen(function*() {
      const recording = RecordingDriver.make({
        deliver: (subject) =>
          subject === "bad"
            ? Effect.fail(new MailError.AttachmentError({ filename: Option.none(), cause: "gone" }))
            : Effect.void
      })
      const source = Stream.make(message("a"), message("b"), message("bad"), invalid)
      const { failed, sent } = yield* using(recording)(Stream.run(source, Mail.sink))
      assert.strictEqual(sent, 2)
      assert.deepStrictEqual(failed.map(({ error, message }) => [message.subject, error._tag]), [
        ["bad", "AttachmentError"],
        ["a\r\nb", "BadHeaderError"]
      ])
      assert.deepStrictEqual(recording.events, ["open", "a", "b", "close"])
    }))

  it.effect("can be run again, and starts from nothing", () =>
    Effect.gen(function*() {
      const run = using(RecordingDriver.make())(Stream.run(Stream.make(message("a")), Mail.sink))
      assert.strictEqual((yield* run).sent, 1)
      assert.strictEqual((yield* run).sent, 1)
    }))
})
