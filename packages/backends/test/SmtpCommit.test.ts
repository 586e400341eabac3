import { Attachment, MailBackend, MailError, Message, Outgoing } from "@effect-mail/core"
import * as ScriptedServer from "@effect-mail/test-kit/LineScriptServer"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Stream } from "effect"

const { body, delivery, envelope, hear, hello, reset, say } = ScriptedServer

const message = Message.make({ from: "ada@example.com", to: "bob@example.com", subject: "Hello", text: "Hello, Bob" })

const pages = Stream.range(1, 40).pipe(Stream.rechunk(1), Stream.map(() => new Uint8Array(10_000)))

const messages = {
  "a short one": message,
  "a long one": Message.attach(message, Attachment.bytes(new Uint8Array(400_000), { filename: "a.bin" })),
  "a streamed one": Message.attach(message, Attachment.stream(pages, { filename: "a.bin" }))
}

const deliver = (message: Message.Message, options: MailBackend.DeliverOptions) =>
  Effect.gen(function*() {
    const { driver } = yield* MailBackend.MailBackend
    const session = yield* driver.open
    return yield* session.deliver(yield* Outgoing.prepare(message), options)
  }).pipe(Effect.scoped)

const noRecord = new MailError.ConnectionError({ reason: "Io", description: "the record was not written" })

describe("what is to be done before Smtp makes the server responsible", () => {
  for (const [what, message] of Object.entries(messages)) {
    it.scopedLive(`for ${what}, is done once, while the server has no message`, () =>
      Effect.gen(function*() {
        const server = yield* ScriptedServer.make([...hello(), ...delivery])
        const seen: Array<number> = []
        const beforeCommit = Effect.sync(() => void seen.push(server.messages.length))
        yield* deliver(message, { beforeCommit }).pipe(Effect.provide(server.layer()))
        assert.deepStrictEqual(seen, [0])
        assert.strictEqual(server.messages.length, 1)
      }))

    it.scopedLive(`for ${what}, and fails, leaves the server without a message`, () =>
      Effect.gen(function*() {
        const server = yield* ScriptedServer.make([...hello(), ...envelope, ...body])
        const error = yield* Effect.flip(
          deliver(message, { beforeCommit: Effect.fail(noRecord) }).pipe(Effect.provide(server.layer()))
        )
        assert.strictEqual(error._tag, "ConnectionError")
        yield* server.allClosed
        assert.deepStrictEqual(server.messages, [])
      }))
  }

  it.scopedLive("is not done where the connection is lost in the middle of the upload", () =>
    Effect.gen(function*() {
      const server = yield* ScriptedServer.make([...hello(), ...envelope, hear("DATA"), say("354 go on"), reset])
      let isDone = false
      const beforeCommit = Effect.sync(() => {
        isDone = true
      })
      const endless = Stream.concat(pages, Stream.never)
      const streamed = Message.attach(message, Attachment.stream(endless, { filename: "a.bin" }))
      const error = yield* Effect.flip(deliver(streamed, { beforeCommit }).pipe(Effect.provide(server.layer())))
      assert.strictEqual(error._tag, "ConnectionError")
      assert.isFalse(isDone)
    }))
})
