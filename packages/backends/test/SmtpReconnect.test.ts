import { Mail, Message } from "@effect-mail/core"
import * as ScriptedServer from "@effect-mail/test-kit/LineScriptServer"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Stream } from "effect"

const { body, close, delivery, envelope, hear, hello, reset, say } = ScriptedServer

const numbered = (count: number) =>
  Array.from(
    { length: count },
    (_, n) =>
      Message.make({ from: "ada@example.com", to: "bob@example.com", subject: `message ${n}`, text: "Hello, Bob" })
  )

const busy = [say("421 4.3.2 restarting"), close]
const taking = (count: number) => [...hello(), ...Array.from({ length: count }, () => delivery).flat()]

/** Takes two messages, is away for three connections, and is there again. */
const restarting = ScriptedServer.make([...taking(2), hear("MAIL"), reset], busy, busy, busy, taking(4))

const subjects = ({ messages }: ScriptedServer.ScriptedServer) =>
  messages.map((octets) => /^Subject: (.*)\r$/m.exec(octets)?.[1])

const tags = (entries: Iterable<{ readonly _tag: string }>) => Array.from(entries, ({ _tag }) => _tag)

describe("A server that restarts in the middle of a batch", () => {
  it.scopedLive("costs nothing that was not under way, where the caller allows it time", () =>
    Effect.gen(function*() {
      const server = yield* restarting
      const { entries } = yield* Mail.sendAll(numbered(6), { reconnectWithin: "20 seconds" }).pipe(
        Effect.provide(server.layer())
      )
      assert.deepStrictEqual(tags(entries), ["Sent", "Sent", "Sent", "Sent", "Sent", "Sent"])
      assert.deepStrictEqual(subjects(server), numbered(6).map(({ subject }) => subject), "in their order, each once")
    }))

  it.scopedLive("likewise for a stream", () =>
    Effect.gen(function*() {
      const server = yield* restarting
      const entries = yield* Mail.sendStream(Stream.fromIterable(numbered(6)), { reconnectWithin: "20 seconds" }).pipe(
        Stream.runCollect,
        Effect.provide(server.layer())
      )
      assert.deepStrictEqual(tags(entries), ["Sent", "Sent", "Sent", "Sent", "Sent", "Sent"])
      assert.deepStrictEqual(subjects(server), numbered(6).map(({ subject }) => subject))
    }))

  it.scopedLive("ends the batch where the caller does not", () =>
    Effect.gen(function*() {
      const server = yield* restarting
      const { entries } = yield* Mail.sendAll(numbered(6)).pipe(Effect.provide(server.layer()))
      assert.deepStrictEqual(tags(entries).slice(0, 2), ["Sent", "Sent"])
      assert.include(tags(entries), "NotTried")
    }))

  it.scopedLive("leaves the message that was under way unknown, and does not send it again", () =>
    Effect.gen(function*() {
      const later = [...taking(1), hear("RSET"), say("250 ok"), ...delivery]
      const server = yield* ScriptedServer.make([...hello(), ...envelope, ...body, reset], later)
      const { entries } = yield* Mail.sendAll(numbered(3), { reconnectWithin: "20 seconds" }).pipe(
        Effect.provide(server.layer())
      )
      assert.deepStrictEqual(
        entries.map((entry) => entry._tag === "Failed" ? entry.error._tag : entry._tag),
        ["OutcomeUnknownError", "Sent", "Sent"]
      )
      assert.deepStrictEqual(subjects(server), ["message 0", "message 1", "message 2"])
    }))

  it.scopedLive("that ends every connection over one message is not tried for ever", () =>
    Effect.gen(function*() {
      const server = yield* ScriptedServer.make([...hello(), ...envelope, hear("DATA"), reset])
      const { entries } = yield* Mail.sendAll(numbered(1), { reconnectWithin: "20 seconds" }).pipe(
        Effect.provide(server.layer())
      )
      assert.deepStrictEqual(tags(entries), ["Failed"])
      assert.isAtMost(server.connections, 4)
    }))
})
