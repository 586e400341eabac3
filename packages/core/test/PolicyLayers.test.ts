import { Mail, MailBackend, MailConfig, MailError, MailPolicy, type Message } from "@effect-mail/core"
import { TestMailbox } from "@effect-mail/testing"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer, Option, Schedule, TestClock } from "effect"

const options: Message.Options = {
  from: "ada@example.com",
  to: ["bob@example.com", "carol@example.com"],
  subject: "Hello",
  text: "Hello"
}
const refused = new MailError.ConnectionError({ reason: "Refused", description: "no server listens" })
const patient = MailPolicy.retry(Schedule.spaced("1 second"))

describe("a policy on a layer", () => {
  const ways: ReadonlyArray<readonly [string, typeof TestMailbox.layer]> = [
    ["itself", TestMailbox.layer.pipe(patient)],
    ["by apply", TestMailbox.layer.pipe(MailPolicy.apply(patient))],
    ["by make", TestMailbox.layer.pipe(MailPolicy.make((backend) => patient(backend)))],
    ["as a plain function", TestMailbox.layer.pipe(MailPolicy.apply((backend) => patient(backend)))]
  ]
  for (const [name, layer] of ways) {
    it.effect(`applies ${name}, and keeps the other services`, () =>
      Effect.gen(function*() {
        yield* TestMailbox.failNext(refused)
        const sending = yield* Effect.fork(Mail.send(options))
        yield* TestClock.adjust("1 second")
        yield* Fiber.join(sending)
        assert.strictEqual((yield* TestMailbox.outbox).length, 1)
      }).pipe(Effect.provide(layer)))
  }

  it.effect("has a state of its own each time the layer is built", () =>
    Effect.gen(function*() {
      let made = 0
      const layer = TestMailbox.layer.pipe(MailPolicy.make((backend) => {
        made++
        return backend
      }))
      assert.strictEqual(made, 0)
      yield* Effect.provide(Mail.send(options), layer)
      yield* Effect.provide(Mail.send(options), layer)
      assert.strictEqual(made, 2)
    }))

  it.effect("keeps the settings that the layer has", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual((yield* MailConfig.MailConfig).defaultFrom, Option.some("shop@example.com"))
      yield* Mail.send({ to: "bob@example.com", text: "Hello" })
      assert.strictEqual((yield* TestMailbox.outbox)[0]?.envelope.from, "shop@example.com")
    }).pipe(
      Effect.provide(
        Layer.merge(TestMailbox.layer, MailConfig.layer({ defaultFrom: "shop@example.com" })).pipe(patient)
      )
    ))

  it.effect("applied later is the outer one", () =>
    Effect.gen(function*() {
      const names: Array<string> = []
      const noting = (name: string) => MailPolicy.tap({ before: () => Effect.sync(() => void names.push(name)) })
      yield* Effect.provide(Mail.send(options), TestMailbox.layer.pipe(noting("inner"), noting("outer")))
      assert.deepStrictEqual(names, ["outer", "inner"])
    }))
})

describe("addresses of policies", () => {
  const envelopes = Effect.map(TestMailbox.outbox, (sent) => sent.map(({ envelope }) => envelope.to))

  it.effect("redirectAll takes a text, parts, and several", () =>
    Effect.gen(function*() {
      const backend = yield* MailBackend.MailBackend
      yield* MailPolicy.redirectAll("Staging <staging@bücher.example>")(backend).send(yield* Mail.validate(options))
      yield* MailPolicy.redirectAll([{ address: "a@example.net" }, "b@example.net"])(backend).send(
        yield* Mail.validate(options)
      )
      assert.deepStrictEqual(yield* envelopes, [
        ["staging@xn--bcher-kva.example"],
        ["a@example.net", "b@example.net"]
      ])
    }).pipe(Effect.provide(TestMailbox.layer)))

  it.effect("redirectAll sends nothing where one is malformed, and does not show it", () =>
    Effect.gen(function*() {
      const error: MailError.MailError = yield* Effect.flip(Mail.send(options))
      assert.deepInclude(error, { _tag: "ConnectionError", reason: "Configuration", isTransient: false })
      assert.notInclude(error.message, "s3cret")
      const report = yield* Mail.sendAll([options, options])
      assert.deepStrictEqual(report.entries.map(({ _tag }) => _tag), ["Failed", "NotTried"])
      assert.deepStrictEqual(yield* envelopes, [])
    }).pipe(Effect.provide(TestMailbox.layer.pipe(MailPolicy.redirectAll(["a@example.net", "s3cret at example.net"])))))

  it.effect("suppress takes one", () =>
    Effect.gen(function*() {
      yield* Mail.send(options)
      assert.deepStrictEqual(yield* envelopes, [["carol@example.com"]])
    }).pipe(Effect.provide(TestMailbox.layer.pipe(MailPolicy.suppress("Bob <bob@EXAMPLE.com>")))))
})
