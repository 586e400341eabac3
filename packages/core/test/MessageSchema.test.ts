import { Address, Attachment, Message, MessageSchema, Mime, Outgoing } from "@effect-mail/core"
import { assert, describe, it } from "@effect/vitest"
import { DateTime, Effect, Either, Random, Schema, Stream } from "effect"

const json = Schema.parseJson(MessageSchema.Message)

const bytes = (message: Message.Message) =>
  Effect.flatMap(Outgoing.prepare(message), Mime.render).pipe(Effect.withRandom(Random.make(1)))

const rich = Message.make({
  from: Either.getOrThrow(Address.parse("Ada <ada@b\u00fccher.example>")),
  envelopeFrom: "",
  to: ["Bob <bob@example.org>", { name: "Eve", address: "eve@example.org" }],
  bcc: "max@example.org",
  replyTo: "reply@example.com",
  subject: "Gr\u00fc\u00dfe",
  text: "x",
  html: "<p>x</p>",
  alternatives: [{ contentType: "text/calendar", content: "BEGIN" }, {
    contentType: "image/x",
    content: new Uint8Array([1])
  }, { contentType: "", content: "Content-Type: text/x-ready\r\n\r\nx\r\n", isReady: true }],
  attachments: [
    Attachment.bytes(new Uint8Array([0, 255]), { filename: "a.bin", headers: { "X-A": "b" } }),
    Attachment.inline(new Uint8Array([1, 2]), { contentId: "logo", contentType: "image/png" }),
    Attachment.text("\u00e4\r\n", { filename: "a.txt" }),
    Attachment.message(Message.make({ from: "a@example.com", subject: "inner", attachments: [Attachment.text("y")] })),
    Attachment.message("Subject: raw\r\n\r\nx\r\n")
  ],
  headers: [["X-A", "1"], ["X-A", "2"]],
  date: DateTime.unsafeMakeZoned("2026-11-24T10:00:00Z", { timeZone: "Europe/Berlin" }),
  messageId: "<1@example.com>",
  inReplyTo: "<0@example.com>",
  references: ["<0@example.com>"],
  listId: "news.example.com",
  listUnsubscribe: "https://example.com/u",
  charset: "utf-8",
  deliveryNotification: { notify: ["failure"], envelopeId: "x" },
  requireTls: true
})

describe("MessageSchema.Message", () => {
  it.effect("gives a message back with the same bytes", () =>
    Effect.gen(function*() {
      const decoded = yield* Schema.decode(json)(yield* Schema.encode(json)(rich))
      assert.isTrue(Message.isMessage(decoded))
      assert.deepStrictEqual(yield* bytes(decoded), yield* bytes(rich))
      const { date, deliveryNotification, envelopeFrom, requireTls } = rich
      assert.deepInclude(decoded, { date, deliveryNotification, envelopeFrom, requireTls })
    }))

  it.effect("refuses a stream, another format, and what is no message", () =>
    Effect.gen(function*() {
      const streamed = Message.attach(rich, Attachment.stream(Stream.make(new Uint8Array(1)), { filename: "a" }))
      assert.match((yield* Effect.flip(Schema.encode(json)(streamed))).message, /stream, which cannot be stored/)
      const text = yield* Schema.encode(json)(Message.empty)
      yield* Effect.flip(Schema.decode(json)(text.replace("\"format\":1", "\"format\":2")))
      yield* Effect.flip(Schema.decode(json)(text.replace("\"to\":[]", "\"to\":[1]")))
      yield* Effect.flip(Schema.decode(json)("{}"))
    }))

  it.effect("leaves what is wrong with a message to its check", () =>
    Effect.gen(function*() {
      const bad = Message.make({ from: "ada@example.com", subject: "a\r\nb" })
      const decoded = yield* Schema.decode(json)(yield* Schema.encode(json)(bad))
      assert.deepStrictEqual(
        yield* Effect.flip(Outgoing.prepare(decoded)),
        yield* Effect.flip(Outgoing.prepare(bad))
      )
    }))
})
