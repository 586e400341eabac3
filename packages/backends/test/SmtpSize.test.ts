import { Attachment, Mail, Message, Mime, Outgoing } from "@effect-mail/core"
import * as ScriptedServer from "@effect-mail/test-kit/LineScriptServer"
import { FileSystem } from "@effect/platform"
import { NodeContext } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Option, Stream } from "effect"

const { body, hear, hearMessage, hello, say } = ScriptedServer

const message = Message.make({ from: "ada@example.com", to: "bob@example.com", subject: "Hello", text: "Hello, Bob" })

/** A file of so many octets. */
const fileOf = (octets: number) =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const path = yield* fs.makeTempFileScoped({ suffix: ".bin" })
    yield* fs.writeFile(path, new Uint8Array(octets))
    return path
  })

const twoMebibytes = 2 * 1024 * 1024

describe("Smtp knows the size of a message with a large file", () => {
  it.scopedLive("and refuses what the server takes not, before it says anything of it", () =>
    Effect.gen(function*() {
      const server = yield* ScriptedServer.make(hello(`SIZE ${twoMebibytes}`))
      const file = yield* Attachment.file(yield* fileOf(twoMebibytes))
      const error = yield* Effect.flip(Mail.send(Message.attach(message, file))).pipe(Effect.provide(server.layer()))
      assert.strictEqual(error._tag === "CapabilityError" && error.capability, "SIZE")
      yield* server.allClosed
      assert.deepStrictEqual(server.lines.filter((line) => line !== "QUIT"), ["EHLO [127.0.0.1]"])
    }).pipe(Effect.provide(NodeContext.layer)))

  it.scopedLive("and declares it to the octet", () =>
    Effect.gen(function*() {
      const script = [
        ...hello("SIZE"),
        hear("MAIL"),
        say("250 ok"),
        hear("RCPT"),
        say("250 ok"),
        ...body,
        say("250 ok")
      ]
      const server = yield* ScriptedServer.make(script)
      const file = Attachment.inline(yield* Attachment.file(yield* fileOf(twoMebibytes)), "data")
      yield* Mail.send(Message.attach(message, file)).pipe(Effect.provide(server.layer()))
      const [sent = ""] = server.messages
      assert.include(server.lines, `MAIL FROM:<ada@example.com> SIZE=${sent.length - ".\r\n".length}`)
    }).pipe(Effect.provide(NodeContext.layer)))

  it.scopedLive("which is an estimate: a file that has grown goes out as it is", () =>
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const script = [...hello("SIZE 9000000"), hear("MAIL"), say("250 ok"), hear("RCPT"), say("250 ok"), hear("DATA")]
      const server = yield* ScriptedServer.make([...script, say("354 go"), hearMessage, say("250 ok")])
      const path = yield* fileOf(twoMebibytes)
      const file = yield* Attachment.file(path)
      yield* fs.writeFile(path, new Uint8Array(2 * twoMebibytes))
      yield* Mail.send(Message.attach(message, file)).pipe(Effect.provide(server.layer()))
      const declared = Number(server.lines.find((line) => line.startsWith("MAIL"))?.split("SIZE=")[1])
      assert.isAbove(server.messages[0]?.length ?? 0, declared + twoMebibytes)
    }).pipe(Effect.provide(NodeContext.layer)))

  it.scopedLive("but not that of a stream, which may be any", () =>
    Effect.gen(function*() {
      const script = [...hello("SIZE 1000"), hear("MAIL"), say("250 ok"), hear("RCPT"), say("250 ok"), ...body]
      const server = yield* ScriptedServer.make([...script, say("250 ok")])
      const streamed = Attachment.stream(Stream.make(new Uint8Array(2000)))
      yield* Mail.send(Message.attach(message, streamed)).pipe(Effect.provide(server.layer()))
      assert.include(server.lines, "MAIL FROM:<ada@example.com>")
      const outgoing = yield* Outgoing.prepare(Message.attach(message, streamed))
      assert.isTrue(Option.isNone(Mime.size(outgoing)))
      assert.strictEqual((yield* Mime.render(outgoing)).length > 2000, true)
    }))
})
