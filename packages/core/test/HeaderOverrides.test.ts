import { Attachment, MailBackend, Mailers, Message, Outgoing } from "@effect-mail/core"
import * as MimeReader from "@effect-mail/test-kit/MimeReader"
import * as RecordingDriver from "@effect-mail/test-kit/RecordingDriver"
import { render } from "@effect-mail/test-kit/RenderedMessage"
import { assert, describe, it } from "@effect/vitest"
import { Cause, Context, DateTime, Effect, Equal, Exit, Layer, Option } from "effect"

const base = Message.make({
  from: "ada@example.com",
  envelopeFrom: "bounces@example.com",
  to: ["bob@example.com", "carol@example.com"],
  cc: "dora@example.com",
  bcc: "eve@example.com",
  replyTo: "answers@example.com",
  subject: "Hello",
  text: "Hello",
  date: DateTime.unsafeMake("2026-11-20T09:30:00Z"),
  messageId: "<own@example.com>"
})

const envelope = {
  from: "bounces@example.com",
  to: ["bob@example.com", "carol@example.com", "dora@example.com", "eve@example.com"],
  smtpUtf8: false
}

const replacing: ReadonlyArray<readonly [name: string, value: string, written?: string]> = [
  ["From", "Zoe <zoe@example.org>"],
  ["FROM", "zoe@example.org"],
  ["Sender", "zoe@example.org"],
  ["sender", "\"Zoe, the other\" <zoe@example.org>"],
  ["To", "list@example.org"],
  ["tO", "\"A, B\" <ab@example.org>, c@example.org"],
  ["To", "undisclosed-recipients:;"],
  ["Cc", "list@example.org"],
  ["CC", "list@example.org"],
  ["Reply-To", "list@example.org"],
  ["reply-to", "Z\u00f6e <zoe@b\u00fccher.example>", "Z\u00f6e <zoe@xn--bcher-kva.example>"],
  ["Date", "Fri, 09 Nov 2001 01:08:47 -0000"],
  ["date", "9 Nov 2001 01:08 GMT"],
  ["Date", "Thu, 29 Feb 2024 23:59:60 +1400"],
  ["Date", "01 Jan 1900 00:00:00 -1200"],
  ["Date", "Fri, 31 Dec 9999 23:59:59 UT"],
  ["Message-ID", "<other@example.org>"],
  ["message-id", "other@example.org", "<other@example.org>"]
]

describe("an extra header replaces the generated field", () => {
  for (const [name, value, written = value] of replacing) {
    it.effect(`${name}: ${value}`, () =>
      Effect.gen(function*() {
        const { entity, outgoing } = yield* render(Message.header(base, name, value))
        assert.strictEqual(MimeReader.decodeWords(MimeReader.header(entity, name) ?? ""), written)
        assert.deepStrictEqual(outgoing.envelope, envelope)
        const before = (yield* render(base)).entity.headers.length
        assert.strictEqual(entity.headers.length, name.toLowerCase() === "sender" ? before + 1 : before)
      }))
  }

  it.effect("and its Message-ID is that of the report", () =>
    Effect.gen(function*() {
      const outgoing = yield* Outgoing.prepare(Message.header(base, "MESSAGE-ID", "other@example.org"))
      assert.strictEqual(outgoing.messageId, "<other@example.org>")
    }))

  it.effect("without recipients it gives the message none", () =>
    Effect.gen(function*() {
      const message = Message.make({ headers: { To: "list@example.org", Cc: "other@example.org" } })
      const { entity, outgoing } = yield* render(message)
      assert.strictEqual(MimeReader.header(entity, "To"), "list@example.org")
      assert.deepStrictEqual(outgoing.envelope.to, [])
    }))
})

const refused: ReadonlyArray<readonly [name: string, value: string]> = [
  ...["Bcc", "bcc", "BCC", "Resent-Bcc", "Subject", "subject", "MIME-Version", "Content-Type", "content-language"].map(
    (name) => [name, "x@example.com"] as const
  ),
  ...[
    "Received",
    "Return-Path",
    "DKIM-Signature",
    "Authentication-Results",
    "ARC-Seal",
    "Apparently-To",
    "apparently-to",
    "X-Apparently-To",
    "Delivered-To",
    "X-Delivered-To",
    "Envelope-To",
    "X-Envelope-To",
    "X-Envelope-From",
    "X-Original-To",
    "Original-Recipient",
    "X-Forwarded-To",
    "X-Rcpt-To",
    "X-Bcc",
    "Received-SPF",
    "X-Received",
    "X-Authentication-Results",
    "X-ARC-Seal",
    "DomainKey-Signature",
    "X-Google-DKIM-Signature"
  ].map(
    (name) => [name, "x@example.com"] as const
  ),
  ["From", "a@example.com, b@example.com"],
  ["From", "x y"],
  ["To", ""],
  ["To", "x y"],
  ["To", "a@example.com,"],
  ["Date", "2026-11-20T09:30:00Z"],
  ["Date", "yesterday"],
  ...[
    "20 Nov 0001 09:30:00 +0000",
    "20 Nov 1899 09:30:00 +0000",
    "31 Feb 2026 09:30:00 +0000",
    "29 Feb 2025 09:30:00 +0000",
    "29 Feb 1900 09:30:00 +0000",
    "31 Apr 2026 09:30:00 +0000",
    "0 Nov 2026 09:30:00 +0000",
    "32 Dec 2026 09:30:00 +0000",
    "Thu, 20 Nov 2026 09:30:00 +0000",
    "Foo, 20 Nov 2026 09:30:00 +0000",
    "20 Foo 2026 09:30:00 +0000",
    "20 nov 2026 09:30:00 +0000",
    "20 Nov 26 09:30:00 +0000",
    "20 Nov 10000 09:30:00 +0000",
    "20 Nov 2026 24:00:00 +0000",
    "20 Nov 2026 09:60:00 +0000",
    "20 Nov 2026 09:30:61 +0000",
    "20 Nov 2026 9:30:00 +0000",
    "20 Nov 2026 09:30:00 +1401",
    "20 Nov 2026 09:30:00 -9999",
    "20 Nov 2026 09:30:00 +0060",
    "20 Nov 2026 09:30:00 EST",
    "20 Nov 2026 09:30:00"
  ].flatMap((date) => [["Date", date] as const, ["Resent-Date", date] as const]),
  ["Message-ID", "foo"],
  ["References", "<a@b> foo"],
  ["In-Reply-To", ""],
  ["Auto-Submitted", "auto-gener\u00e4ted"],
  ["X-Priority", "1\r\nBcc: eve@example.com"],
  ["", "x"],
  ["X Y", "x"],
  ["X:Y", "x"],
  ["X-\u00c9", "x"],
  ["x".repeat(77), "x"]
]

describe("an extra header is refused", () => {
  for (const [name, value] of refused) {
    it.effect(`${name}: ${value}`, () =>
      Effect.gen(function*() {
        const error = yield* Effect.flip(Outgoing.prepare(Message.header(base, name, value)))
        assert.notStrictEqual(error._tag, "InvalidMessageError")
      }))
  }

  const twice: ReadonlyArray<readonly [Message.Options, name: string, value: string]> = [
    [{ headers: { From: "a@example.com" } }, "from", "b@example.com"],
    [{ headers: { "Message-ID": "<a@b>" } }, "Message-Id", "<c@d>"],
    [{ inReplyTo: "<a@b>" }, "In-Reply-To", "<c@d>"],
    [{ references: ["<a@b>"] }, "references", "<c@d>"],
    [{ listId: "a.b" }, "List-ID", "<c.d>"],
    [{ listUnsubscribe: "mailto:a@b" }, "List-Unsubscribe", "<mailto:c@d>"],
    [{ listUnsubscribe: "mailto:a@b" }, "List-Unsubscribe-Post", "List-Unsubscribe=One-Click"]
  ]
  for (const [options, name, value] of twice) {
    it.effect(`${name} beside ${JSON.stringify(options)}`, () =>
      Effect.gen(function*() {
        const error = yield* Effect.flip(Outgoing.prepare(Message.header(Message.make(options), name, value)))
        assert.strictEqual(error._tag, "BadHeaderError")
        assert.include(error.message, "twice")
      }))
  }
})

describe("names that every object has", () => {
  const names = Object.getOwnPropertyNames(Object.prototype)

  it.effect.each(names)("%s is an extra header like any other", (name) =>
    Effect.gen(function*() {
      const parsed = yield* Effect.sync((): Record<string, string> => JSON.parse(`{${JSON.stringify(name)}:"x"}`))
      for (const headers of [[[name, "x"]] as const, parsed]) {
        const { entity } = yield* render(
          Message.make({ headers, attachments: [Attachment.text("x", { filename: `a.${name}`, headers })] })
        )
        assert.strictEqual(MimeReader.header(entity, name), "x")
        assert.strictEqual(MimeReader.header(entity.children[0] ?? entity, name), "x")
      }
    }))

  it.scoped.each(names)("%s is a mailer like any other", (name) =>
    Effect.gen(function*() {
      const recording = RecordingDriver.make()
      const layer: Layer.Layer<MailBackend.MailBackend> = Layer.succeed(MailBackend.MailBackend, recording.backend)
      const mailers = yield* Layer.build(Mailers.layer(Object.fromEntries([[name, layer]])))
      const found = Context.getOption(mailers, Mailers.Mailer(name))
      assert.isTrue(Option.isSome(found))
      if (Option.isSome(found)) yield* (yield* found.value).send(RecordingDriver.message("a"))
      assert.deepStrictEqual(recording.events, ["open", "a", "close"])
    }))

  it.effect.each(names)("%s is no parameter, charset or type that there is", (name) =>
    Effect.gen(function*() {
      for (const contentType of [`text/x; charset=${name}`, `text/x; ${name}=y`, `${name}/${name}`]) {
        const attachment = Attachment.bytes(new Uint8Array([0x78]), { contentType })
        const exit = yield* Effect.exit(render(Message.make({ attachments: [attachment] })))
        assert.isTrue(Exit.isSuccess(exit) || Cause.isFailType(exit.cause))
      }
      assert.isFalse(
        Equal.equals(Message.make({ headers: [] }), Message.make({ deliveryNotification: JSON.parse(`{"${name}":1}`) }))
      )
    }))
})

describe("other extra headers", () => {
  it.effect("may be repeated, and keep their order and their spelling", () =>
    Effect.gen(function*() {
      const { entity } = yield* render(Message.make({ headers: [["X-B", "1"], ["x-a", "2"], ["X-B", "3"]] }))
      assert.deepStrictEqual(
        entity.headers.filter(({ name }) => /^x-/i.test(name)).map(({ name, value }) => [name, value]),
        [["X-B", "1"], ["x-a", "2"], ["X-B", "3"]]
      )
    }))

  it.effect("of resent blocks hold addresses", () =>
    Effect.gen(function*() {
      const { entity } = yield* render(Message.header(base, "Resent-From", "J\u00f6rg <j@example.com>, b@example.com"))
      assert.deepStrictEqual(MimeReader.mailboxes(MimeReader.header(entity, "Resent-From") ?? ""), [
        { name: "J\u00f6rg", address: "j@example.com" },
        { name: "", address: "b@example.com" }
      ])
    }))

  it.effect("that are for programs are never encoded", () =>
    Effect.gen(function*() {
      const { entity } = yield* render(
        Message.make({
          headers: { "Auto-Submitted": "auto-generated", "X-Priority": "1 (=?x?=)", "List-Help": "<mailto:a@b>" }
        })
      )
      assert.strictEqual(MimeReader.header(entity, "Auto-Submitted"), "auto-generated")
      assert.strictEqual(MimeReader.header(entity, "X-Priority"), "1 (=?x?=)")
      assert.strictEqual(MimeReader.header(entity, "List-Help"), "<mailto:a@b>")
    }))
})
