import { Dummy } from "@effect-mail/backends"
import { Mail, MailBackend, Mailers, Message } from "@effect-mail/core"
import * as SmtpServer from "@effect-mail/test-kit/IndependentSmtpServer"
import * as MimeReader from "@effect-mail/test-kit/MimeReader"
import * as RecordingDriver from "@effect-mail/test-kit/RecordingDriver"
import { assert } from "@effect/vitest"
import { Effect, Layer, Option } from "effect"
import { type Behaviour, notWanted, passed } from "../Behaviour.js"
import * as InspectableBackends from "../InspectableBackends.js"
import { environment, live } from "../LiveConnections.js"
import { lost, message, numbered, subjectOf, textOf } from "../SampleMail.js"

export const backendContract: ReadonlyArray<Behaviour> = [
  passed(
    171,
    "one message, by each backend",
    InspectableBackends.each(({ name, run }) =>
      Effect.gen(function*() {
        const { kept: [bytes, ...more], value } = yield* run(Mail.sendMassMail([message]))
        assert.strictEqual(value, 1, name)
        assert.isEmpty(more, name)
        assert(bytes !== undefined, name)
        const entity = MimeReader.read(bytes)
        assert.deepStrictEqual(
          ["Subject", "From", "To"].map((field) => MimeReader.header(entity, field)),
          ["Subject", "from@example.com", "to@example.com"],
          name
        )
        assert.strictEqual(textOf(bytes), "Content\n", name)
      })
    )
  ),
  passed(
    172,
    "a subject and a text that are not ASCII, by each backend",
    InspectableBackends.each(({ name, run }) =>
      Effect.gen(function*() {
        const { kept } = yield* run(
          Mail.send(message.pipe(Message.subject("Chère maman"), Message.text("Je t'aime très fort\n")))
        )
        assert.deepStrictEqual(kept.map(subjectOf), ["Chère maman"], name)
        assert.deepStrictEqual(kept.map(textOf), ["Je t'aime très fort\n"], name)
      })
    )
  ),
  passed(
    173,
    "two messages, as a list and as an iterator, by each backend",
    InspectableBackends.each(({ name, run }) =>
      Effect.gen(function*() {
        const list = [numbered(1), numbered(2)]
        for (const messages of [() => list, () => list[Symbol.iterator]()]) {
          const { kept, value } = yield* run(Effect.suspend(() => Mail.sendMassMail(messages())))
          assert.strictEqual(value, 2, name)
          assert.deepStrictEqual(kept.map(subjectOf), ["message 1", "message 2"], name)
        }
      })
    )
  ),
  passed(
    174,
    "a backend that is released before anything was sent",
    Effect.gen(function*() {
      yield* InspectableBackends.each(({ name, run }) =>
        Effect.map(run(MailBackend.MailBackend), ({ kept }) => assert.isEmpty(kept, name))
      )
      const server = yield* SmtpServer.make()
      yield* Layer.build(server.layer()).pipe(Effect.scoped)
      assert.strictEqual(server.connections, 0)
    }).pipe(Effect.scoped)
  ),
  passed(
    175,
    "a session: opened once, closed once at its end, and not at all where opening fails",
    Effect.gen(function*() {
      const { backend, events } = RecordingDriver.make()
      yield* Effect.scoped(Effect.gen(function*() {
        const connection = yield* backend.connect
        assert.deepStrictEqual(events, ["open"])
        yield* connection.send(numbered(1))
        yield* connection.send(numbered(2))
      }))
      assert.deepStrictEqual(events, ["open", "message 1", "message 2", "close"])
      let released = 0
      const failing = MailBackend.make({
        name: "failing",
        open: Effect.zipRight(
          Effect.addFinalizer(() => Effect.sync(() => void released++)),
          Effect.fail(lost)
        )
      })
      const error = yield* Effect.flip(Mail.session(Effect.die("started"))).pipe(
        Effect.provideService(MailBackend.MailBackend, failing)
      )
      assert.strictEqual(error, lost)
      assert.strictEqual(released, 1)
    })
  ),
  passed(
    176,
    "a backend that has a name among the mailers",
    Effect.gen(function*() {
      const report = yield* Mail.using("newsletter")(Mail.send(message)).pipe(
        Effect.provide(Mailers.layer({ newsletter: Dummy.layer }))
      )
      assert.deepStrictEqual(report.mailer, Option.some("newsletter"))
    })
  ),
  passed(
    177,
    "options that a backend does not know (in code the compiler refuses them)",
    live(Effect.gen(function*() {
      const error = yield* Effect.flip(
        Layer.build(environment({ EMAIL_URL: "smtp://localhost?oops_typo=1&unknown=2" }))
      )
      assert.strictEqual(error._op, "InvalidData")
      assert.include(String(error), "EMAIL_URL")
      assert.include(String(error), "an option that is not tls, clientName")
    }))
  ),
  notWanted(
    178,
    "the option to fail silently",
    "what a failure is worth is for the caller to say: `Mail.failSilently` does it, with any backend and in one place",
    InspectableBackends.each(({ name, run }) =>
      Effect.gen(function*() {
        const silently = Effect.all([
          Mail.failSilently(Effect.fail(lost)),
          Mail.failSilently(Mail.sendMassMail([message]))
        ])
        const { kept, value } = yield* run(silently)
        assert.deepStrictEqual(value, [0, 1], name)
        assert.strictEqual(kept.length, 1, name)
      })
    )
  ),
  passed(
    179,
    "a backend of one's own",
    Effect.gen(function*() {
      const delivered: Array<string> = []
      const custom = MailBackend.make({
        name: "custom",
        open: Effect.succeed({
          deliver: (outgoing) =>
            Effect.sync(() => {
              delivered.push(outgoing.message.subject)
              return MailBackend.acceptAll(outgoing)
            })
        })
      })
      const count = yield* Mail.sendMassMail([numbered(1), numbered(2)]).pipe(
        Effect.provideService(MailBackend.MailBackend, custom)
      )
      assert.strictEqual(count, 2)
      assert.deepStrictEqual(delivered, ["message 1", "message 2"])
    })
  )
]
