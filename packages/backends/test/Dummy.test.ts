import * as Dummy from "@effect-mail/backends/Dummy"
import { Attachment, Mail, Message } from "@effect-mail/core"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Ref, Stream } from "effect"

const message = Message.make({
  from: "ada@example.com",
  to: "bob@example.com",
  bcc: "carol@example.com",
  subject: "Hello",
  text: "Hello, Bob"
})

describe("Dummy", () => {
  it.effect("accepts every recipient", () =>
    Effect.gen(function*() {
      const report = yield* Mail.send(message)
      assert.deepStrictEqual(report.recipients, [
        { _tag: "Accepted", recipient: "bob@example.com" },
        { _tag: "Accepted", recipient: "carol@example.com" }
      ])
      assert.strictEqual(report.response, undefined)
    }).pipe(Effect.provide(Dummy.layer)))

  it.effect("counts what it was given", () =>
    Effect.gen(function*() {
      assert.strictEqual(yield* Mail.sendMassMail([message, message]), 2)
      assert.strictEqual(yield* Mail.sendMassMail([]), 0)
    }).pipe(Effect.provide(Dummy.layer)))

  it.effect("refuses a bad header as every backend does", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(Mail.send(Message.subject(message, "Hello\r\nBcc: eve@example.com")))
      assert.strictEqual(error._tag, "BadHeaderError")
    }).pipe(Effect.provide(Dummy.layer)))

  it.effect("does not run attached streams", () =>
    Effect.gen(function*() {
      const runs = yield* Ref.make(0)
      const content = Stream.fromEffect(Effect.as(Ref.update(runs, (n) => n + 1), new Uint8Array([1])))
      yield* Mail.send(Message.attach(message, Attachment.stream(content, { filename: "data.bin" })))
      assert.strictEqual(yield* Ref.get(runs), 0)
    }).pipe(Effect.provide(Dummy.layer)))

  it.effect("can be made without a layer", () =>
    Effect.gen(function*() {
      const backend = yield* Dummy.make
      assert.strictEqual(backend.name, "dummy")
      const connection = yield* backend.connect
      const report = yield* connection.send(message)
      assert.strictEqual(report.recipients.length, 2)
    }).pipe(Effect.scoped))
})
