import { Dummy, Memory } from "@effect-mail/backends"
import { Attachment, Mail, MailBackend, Mailers, Message } from "@effect-mail/core"
import * as MimeReader from "@effect-mail/test-kit/MimeReader"
import { TestMailbox } from "@effect-mail/testing"
import { assert } from "@effect/vitest"
import { Effect, Layer, Option } from "effect"
import { type Behaviour, closedHole, passed } from "../Behaviour.js"
import * as InspectableBackends from "../InspectableBackends.js"
import { injected, message, numbered, subjectOf } from "../SampleMail.js"

export const backendMemory: ReadonlyArray<Behaviour> = [
  closedHole(
    180,
    "three messages, by the dummy backend",
    "it counts them as Django does, but checks each: Django's lets a test pass that production would fail",
    Effect.gen(function*() {
      assert.strictEqual(yield* Mail.sendMassMail([1, 2, 3].map(numbered)), 3)
      assert.strictEqual((yield* Effect.flip(Mail.send(injected)))._tag, "BadHeaderError")
    }).pipe(Effect.provide(Dummy.layer))
  ),
  closedHole(
    181,
    "two backends in memory, one message each",
    "they share one outbox where they are provided together; there is none for the whole process, through which tests see each other's mail",
    Effect.gen(function*() {
      const share = Layer.service(MailBackend.MailBackend)
      const together = yield* Effect.gen(function*() {
        yield* Mail.using("one")(Mail.send(message))
        yield* Mail.using("two")(Mail.send(message))
        return yield* TestMailbox.outbox
      }).pipe(
        Effect.provide(Mailers.layer({ one: share, two: share }).pipe(Layer.provideMerge(TestMailbox.layer)))
      )
      assert.strictEqual(together.length, 2)
      const alone = Effect.zipRight(Mail.send(message), TestMailbox.outbox).pipe(Effect.provide(TestMailbox.layer))
      assert.strictEqual((yield* alone).length, 1)
      assert.strictEqual((yield* alone).length, 1)
    })
  ),
  passed(
    182,
    "a subject with a line end, by the backends in memory",
    Effect.gen(function*() {
      const tried = Effect.flip(Mail.send(injected))
      const byTest = yield* Effect.all([tried, TestMailbox.outbox]).pipe(Effect.provide(TestMailbox.layer))
      const byMemory = yield* Effect.all([tried, Effect.flatMap(Memory.Memory, ({ outbox }) => outbox)]).pipe(
        Effect.provide(Memory.layer)
      )
      for (const [error, outbox] of [byTest, byMemory]) {
        assert.strictEqual(error._tag, "BadHeaderError")
        assert.deepStrictEqual(outbox, [])
      }
    })
  ),
  passed(
    183,
    "what the message was made of, changed after it was sent",
    Effect.gen(function*() {
      const to = ["to@example.com"]
      const octets = new Uint8Array([1, 2, 3])
      yield* Mail.send(
        Message.make({ from: "from@example.com", to, subject: "correct", attachments: [Attachment.bytes(octets)] })
      )
      to.push("eve@example.com")
      octets.fill(0)
      const [sent] = yield* TestMailbox.outbox
      assert(sent !== undefined)
      assert.deepStrictEqual(sent.message.to, ["to@example.com"])
      assert.strictEqual(subjectOf(sent.bytes), "correct")
      const [part] = MimeReader.leaves(MimeReader.read(sent.bytes)).slice(-1)
      assert.deepStrictEqual(Array.from(part?.octets ?? []), [1, 2, 3])
      assert.deepStrictEqual(
        sent.message.attachments,
        [Attachment.bytes(new Uint8Array([1, 2, 3]))]
      )
    }).pipe(Effect.provide(TestMailbox.layer))
  ),
  passed(
    184,
    "by which mailer a message in memory was sent",
    Effect.gen(function*() {
      const share = Layer.service(MailBackend.MailBackend)
      const send = Effect.zipRight(Mail.send(message), Mail.using("one")(Mail.send(message))).pipe(
        Effect.provide(Mailers.layer({ one: share }))
      )
      const byTest = yield* Effect.zipRight(send, TestMailbox.outbox).pipe(Effect.provide(TestMailbox.layer))
      const byMemory = yield* Effect.zipRight(send, Effect.flatMap(Memory.Memory, ({ outbox }) => outbox)).pipe(
        Effect.provide(Memory.layer)
      )
      for (const outbox of [byTest, byMemory]) {
        assert.deepStrictEqual(outbox.map(({ mailer }) => mailer), [Option.none(), Option.some("one")])
      }
    })
  ),
  closedHole(
    185,
    "a message without recipients, straight to a backend in memory",
    "it is refused or counts as 0, and is not kept, as with SMTP: Django's test sees a message that production never sends",
    InspectableBackends.each(({ name, run }) =>
      Effect.gen(function*() {
        const nobody = Message.make({ from: "from@example.com", subject: "to nobody" })
        const { kept, value } = yield* run(
          Effect.flatMap(MailBackend.MailBackend, (backend) =>
            Effect.all([Effect.flip(backend.send(nobody)), Mail.sendMassMail([nobody])]))
        )
        assert.deepStrictEqual([value[0]._tag, value[1]], ["InvalidMessageError", 0], name)
        assert.isEmpty(kept, name)
      })
    )
  ),
  passed(
    186,
    "every mailer replaced for a test, and an empty outbox for each",
    Effect.gen(function*() {
      const program = Effect.zipRight(Mail.send(message), Mail.using("newsletter")(Mail.send(message)))
      const share = Layer.service(MailBackend.MailBackend)
      const forTests = Layer.provideMerge(
        Layer.provideMerge(Mailers.backend("default"), Mailers.layer({ default: share, newsletter: share })),
        TestMailbox.layer
      )
      const test = Effect.zipRight(program, TestMailbox.outbox).pipe(Effect.provide(forTests))
      for (const outbox of [yield* test, yield* test]) {
        assert.deepStrictEqual(outbox.map(({ mailer }) => Option.getOrNull(mailer)), ["default", "newsletter"])
      }
    })
  )
]
