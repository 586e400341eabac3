import { Mail, MailBackend, Message } from "@effect-mail/core"
import * as RecordingDriver from "@effect-mail/test-kit/RecordingDriver"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Stream } from "effect"

const messages = ["a", "b", "c"].map(RecordingDriver.message)

/** What goes by a function that was put round `send`. */
const through = <A, E>(effect: Effect.Effect<A, E, MailBackend.MailBackend>) =>
  Effect.gen(function*() {
    const seen: Array<string> = []
    const { backend } = RecordingDriver.make()
    const wrapped: MailBackend.Service = {
      ...backend,
      send: (message) => {
        seen.push(message.subject)
        return backend.send(message)
      }
    }
    yield* Effect.provide(effect, Layer.succeed(MailBackend.MailBackend, wrapped))
    return seen
  })

const all = messages.map(({ subject }) => subject)

describe("A service whose send was wrapped is not bypassed", () => {
  const ways: ReadonlyArray<readonly [name: string, effect: Effect.Effect<unknown, unknown, MailBackend.MailBackend>]> =
    [
      ["send", Effect.forEach(messages, Mail.send)],
      ["sendAll", Mail.sendAll(messages)],
      ["sendMassMail", Mail.sendMassMail(messages)],
      ["sendStream", Stream.runDrain(Mail.sendStream(Stream.fromIterable(messages)))],
      [
        "sendStream over two connections",
        Stream.runDrain(Mail.sendStream(Stream.fromIterable(messages), { concurrency: 2 }))
      ],
      ["sink", Stream.run(Stream.fromIterable(messages), Mail.sink)],
      ["session", Mail.session(Effect.forEach(messages, Mail.send))]
    ]
  for (const [name, effect] of ways) {
    it.effect(`by ${name}`, () => Effect.map(through(effect), (seen) => assert.deepStrictEqual(seen, all)))
  }

  it.effect("and reports of a batch tell of each message in its place", () =>
    Effect.gen(function*() {
      const { backend } = RecordingDriver.make()
      const wrapped: MailBackend.Service = { ...backend, send: (message) => backend.send(message) }
      const wrong = Message.make({ from: "ada@example.com", to: "not an address" })
      const { entries } = yield* Mail.sendAll([...messages, wrong], { concurrency: 2 }).pipe(
        Effect.provideService(MailBackend.MailBackend, wrapped)
      )
      assert.deepStrictEqual(entries.map(({ _tag }) => _tag), ["Sent", "Sent", "Sent", "Failed"])
    }))
})
