import { Smtp } from "@effect-mail/backends"
import { Attachment, Message, Mime, Outgoing } from "@effect-mail/core"
import { ScriptedSmtpServer, SmtpScript } from "@effect-mail/testing"
import * as NodeContext from "@effect/platform-node/NodeContext"
import * as FileSystem from "@effect/platform/FileSystem"
import { assert, describe, it } from "@effect/vitest"
import { Chunk, Effect, FastCheck as fc, Stream } from "effect"

/** Sends a message, and gives what the server read beside what `Mime.render` and `Mime.stream` give of it. */
const compared = (message: Message.Message, script: Partial<SmtpScript.Script> = {}) =>
  Effect.scoped(Effect.gen(function*() {
    const server = yield* ScriptedSmtpServer.make(SmtpScript.make(script))
    const { driver } = yield* Smtp.make({ host: server.host, port: server.port, tls: "none" })
    const outgoing = yield* Outgoing.prepare(message)
    const session = yield* driver.open
    yield* session.deliver(outgoing)
    const { accepted } = yield* server.ledger
    return {
      sent: accepted.map(({ bytes }) => Buffer.from(bytes)),
      rendered: Buffer.from(yield* Mime.render(outgoing)),
      streamed: Buffer.concat(Chunk.toReadonlyArray(yield* Stream.runCollect(Mime.stream(outgoing))))
    }
  }))

const assertSame = (message: Message.Message, script?: Partial<SmtpScript.Script>) =>
  Effect.map(compared(message, script), ({ rendered, sent, streamed }) => {
    assert.strictEqual(sent.length, 1)
    // Not deepStrictEqual, which would print a difference of megabytes.
    assert.isTrue(sent[0]?.equals(rendered), "what was sent is what was rendered")
    assert.isTrue(streamed.equals(rendered), "what was streamed is what was rendered")
  })

const letter = { from: "ada@example.com", to: ["bob@example.com", "eva@example.com"], subject: "Hello" }

const line = fc.constantFrom(".", "..", "...", ".\t", ".x", "x.", "", " .", "From .", "x".repeat(70), "ä.", "=.")
const octets = fc.uint8Array({ maxLength: 400 })

/** Octets in which no piece looks like another. */
const noise = (length: number): Uint8Array => {
  let state = 1
  return Uint8Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state >>> 24
  })
}

const settings = { fastCheck: { numRuns: 40 }, timeout: 60_000 }

describe("The server reads what Mime.render gives", () => {
  it.live.prop(
    "of texts with dots at the beginning of lines",
    [fc.array(line, { maxLength: 60 }), fc.constantFrom("\r\n", "\n", "\r")],
    ([lines, lineEnd]) => assertSame(Message.make({ ...letter, text: lines.join(lineEnd) })),
    settings
  )

  it.live.prop(
    "of texts that go in many pieces, wherever these end",
    [fc.array(line, { minLength: 1, maxLength: 9 }), fc.nat(200)],
    ([lines, shift]) =>
      assertSame(Message.make({ ...letter, text: `${"y".repeat(shift)}\n${`${lines.join("\n")}\n.\n`.repeat(9000)}` })),
    { ...settings, fastCheck: { numRuns: 15 } }
  )

  it.live.prop(
    "of streamed attachments beside such texts, whatever the sizes of their chunks",
    [fc.array(line, { maxLength: 20 }), fc.array(octets, { maxLength: 12 })],
    ([lines, chunks]) =>
      assertSame(Message.make({
        ...letter,
        text: lines.join("\n"),
        attachments: [
          Attachment.stream(Stream.fromIterable(chunks), { filename: "a.bin" }),
          Attachment.text(lines.join("\r\n"), { filename: "a.txt" })
        ]
      })),
    settings
  )

  for (const extensions of [["PIPELINING", "8BITMIME"], ["8BITMIME"]]) {
    it.live(`of a large file, to a server that offers ${extensions.join(" and ")}`, () =>
      Effect.scoped(Effect.gen(function*() {
        const fs = yield* FileSystem.FileSystem
        const path = yield* fs.makeTempFileScoped()
        yield* fs.writeFile(path, noise(3_000_001))
        const attachment = yield* Attachment.file(path)
        assert.strictEqual(attachment._tag, "Streamed")
        yield* assertSame(Message.make({ ...letter, text: ".\n..\n", attachments: [attachment] }), { extensions })
      })).pipe(Effect.provide(NodeContext.layer)))
  }

  it.live("of a message that is taken as it is", () =>
    assertSame(Message.make({
      ...letter,
      attachments: [Attachment.message(".first\r\n..second: x\r\n\r\n.\r\n".replaceAll("first", "Subject: x\r\n.y: z"))]
    })))
})
