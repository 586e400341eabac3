import { Attachment, MailConfig, Message, Outgoing } from "@effect-mail/core"
import * as MimeReader from "@effect-mail/test-kit/MimeReader"
import { render } from "@effect-mail/test-kit/RenderedMessage"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Option, Stream } from "effect"

const image = Attachment.inline(new Uint8Array([1]), { contentId: "logo", filename: "logo.png" })
const file = Attachment.bytes(new Uint8Array([2]), { filename: "a.pdf" })
const calendar = { content: "BEGIN:VCALENDAR\r\n", contentType: "text/calendar; method=REQUEST" }

describe("structure", () => {
  const table: ReadonlyArray<readonly [Message.Options, structure: string]> = [
    [{}, "text/plain"],
    [{ text: "" }, "text/plain"],
    [{ text: "x" }, "text/plain"],
    [{ html: "x" }, "text/html"],
    [{ text: "", html: "x" }, "text/html"],
    [{ text: "x", html: "x" }, "alternative(text/plain, text/html)"],
    [{ text: "x", alternatives: [calendar] }, "alternative(text/plain, text/calendar)"],
    [{ alternatives: [calendar] }, "text/calendar"],
    [
      {
        text: "x",
        html: "x",
        alternatives: [calendar, { content: new Uint8Array([1]), contentType: "application/x" }]
      },
      "alternative(text/plain, text/html, text/calendar, application/x)"
    ],
    [{ html: "x", attachments: [image] }, "related(text/html, image/png)"],
    [{ text: "x", html: "x", attachments: [image] }, "related(alternative(text/plain, text/html), image/png)"],
    [{ text: "x", attachments: [image] }, "mixed(text/plain, image/png)"],
    [{ attachments: [file] }, "mixed(application/pdf)"],
    [{ text: "x", attachments: [file, file] }, "mixed(text/plain, application/pdf, application/pdf)"],
    [
      { text: "x", html: "x", attachments: [file, image, file] },
      "mixed(related(alternative(text/plain, text/html), image/png), application/pdf, application/pdf)"
    ],
    [{ html: "x", attachments: [file, image] }, "mixed(related(text/html, image/png), application/pdf)"],
    [{ text: "x", attachments: [Attachment.message("Subject: x\n\nx")] }, "mixed(text/plain, message/rfc822)"],
    [
      { text: "x", alternatives: [{ content: "Subject: x\n\nx", contentType: "message/rfc822" }] },
      "alternative(text/plain, message/rfc822)"
    ],
    [
      { html: "x", attachments: [Attachment.bytes(new Uint8Array(1), { disposition: "inline" })] },
      "mixed(text/html, application/octet-stream)"
    ]
  ]
  for (const [options, structure] of table) {
    it.effect(`${structure} of ${JSON.stringify(options).slice(0, 60)}`, () =>
      Effect.gen(function*() {
        const { entity } = yield* render(Message.make(options))
        assert.strictEqual(MimeReader.structure(entity), structure)
        assert.strictEqual(MimeReader.header(entity, "MIME-Version"), "1.0")
        for (const { headers } of entity.children) {
          assert.isTrue(headers.every(({ name }) => name.startsWith("Content-")))
        }
      }))
  }
})

describe("transfer encoding", () => {
  const table: ReadonlyArray<readonly [title: string, text: string, encoding: string]> = [
    ["short ASCII lines", "Hello,\nworld\n", "7bit"],
    ["a line of 78", "a".repeat(78), "7bit"],
    ["a line of 79", "a".repeat(79), "quoted-printable"],
    ["a tab", "a\tb", "7bit"],
    ["blanks at the end of a line", "-- \nme", "7bit"],
    ["a few letters beyond ASCII", "Body with latin characters: \u00e0\u00e1\u00e4.", "quoted-printable"],
    [
      "mostly letters beyond ASCII",
      "\u0412 \u044e\u0436\u043d\u044b\u0445 \u043c\u043e\u0440\u044f\u0445 ".repeat(60),
      "base64"
    ],
    ["a control character", "a\x07 text of a few words", "quoted-printable"],
    ["a NUL", "a\0 text of a few words", "quoted-printable"],
    ["long lines of equals signs", "=".repeat(200), "base64"]
  ]
  for (const [title, text, encoding] of table) {
    it.effect(`${title}: ${encoding}`, () =>
      Effect.gen(function*() {
        for (const options of [{ text }, { html: text }]) {
          const { entity, outgoing } = yield* render(Message.make(options))
          assert.strictEqual(entity.encoding, encoding)
          assert.strictEqual(
            MimeReader.textOf(entity).replace(/\r\n$/, ""),
            text.replaceAll("\n", "\r\n").replace(/\r\n$/, "")
          )
          assert.isFalse(outgoing.eightBit)
        }
      }))
  }

  it.effect("blanks at the end of a line are encoded where anything is", () =>
    Effect.gen(function*() {
      const { entity } = yield* render(Message.make({ text: `a \n\u00e9\t\n${"b ".repeat(80)}` }))
      assert.strictEqual(entity.encoding, "quoted-printable")
      assert.strictEqual(MimeReader.textOf(entity), `a \r\n\u00e9\t\r\n${"b ".repeat(80)}\r\n`)
    }))

  it.effect("a text has the line end that its author gave it, or one that belongs to no text", () =>
    Effect.gen(function*() {
      for (const [text, expected] of [["a", "a\r\n"], ["a\n", "a\r\n"], ["a\n\n", "a\r\n\r\n"], ["", ""]] as const) {
        assert.strictEqual(MimeReader.textOf((yield* render(Message.make({ text }))).entity), expected)
      }
      const { entity } = yield* render(Message.make({ text: "a", html: "b\n" }))
      assert.deepStrictEqual(entity.children.map(MimeReader.textOf), ["a", "b\r\n"])
    }))

  it.effect("multiparts and messages are never encoded, whatever they hold", () =>
    Effect.gen(function*() {
      const { entity } = yield* render(Message.make({
        text: "\u00e9",
        html: "x".repeat(2000),
        attachments: [
          Attachment.message(Message.make({ text: "\u00e9".repeat(2000) })),
          Attachment.message("Subject: \u00e9\n\n\u00e9")
        ]
      }))
      const encodings = MimeReader.all(entity).map(({ encoding, type }) => [type, encoding])
      assert.deepStrictEqual(encodings, [
        ["multipart/mixed", "7bit"],
        ["multipart/alternative", "7bit"],
        ["text/plain", "base64"],
        ["text/html", "quoted-printable"],
        ["message/rfc822", "7bit"],
        ["message/rfc822", "8bit"]
      ])
    }))
})

describe("charset", () => {
  const written = (options: Message.Options) =>
    Effect.map(
      render(Message.make(options)),
      ({ entity }) => MimeReader.leaves(entity).map((leaf) => [leaf.parameters.get("charset"), MimeReader.textOf(leaf)])
    )

  it.effect("is utf-8 unless said otherwise", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* written({ text: "\u20ac\n" }), [["utf-8", "\u20ac\r\n"]])
    }))

  it.effect("is that of text, html and text alternatives, and of nothing else", () =>
    Effect.gen(function*() {
      const parts = yield* written({
        charset: "iso-8859-1",
        text: "\u00e4",
        html: "\u00f6",
        alternatives: [{ content: "\u00fc", contentType: "text/x; charset=utf-8" }, {
          content: "{}",
          contentType: "application/json"
        }],
        attachments: [Attachment.text("\u20ac")]
      })
      assert.deepStrictEqual(parts, [
        ["iso-8859-1", "\u00e4"],
        ["iso-8859-1", "\u00f6"],
        ["iso-8859-1", "\u00fc"],
        [undefined, "{}"],
        ["utf-8", "\u20ac"]
      ])
    }))

  it.effect("comes from MailConfig where the message names none", () =>
    Effect.gen(function*() {
      const latin = { ...MailConfig.defaults, charset: "iso-8859-1" } as const
      const parts = yield* Effect.provideService(written({ text: "\u00e4\n" }), MailConfig.MailConfig, latin)
      assert.deepStrictEqual(parts, [["iso-8859-1", "\u00e4\r\n"]])
    }))

  const refused: ReadonlyArray<Message.Options> = [
    { charset: "us-ascii", text: "\u00e4" },
    { charset: "us-ascii", html: "\u00e4" },
    { charset: "us-ascii", alternatives: [{ content: "\u00e4", contentType: "text/x" }] },
    { charset: "iso-8859-1", text: "\u20ac" },
    { charset: "iso-8859-1", text: "\u0085" },
    { alternatives: [{ content: "\ud800", contentType: "application/json" }] },
    { attachments: [Attachment.text("\u20ac", { contentType: "text/plain; charset=iso-8859-1" })] },
    { attachments: [Attachment.text("x", { contentType: "text/plain; charset=koi8-r" })] },
    { attachments: [Attachment.text("\ud800")] }
  ]
  for (const options of refused) {
    it.effect(`that cannot hold its text is refused: ${JSON.stringify(options).slice(0, 70)}`, () =>
      Effect.gen(function*() {
        const error = yield* Effect.flip(Outgoing.prepare(Message.make(options)))
        assert.strictEqual(error._tag, "InvalidMessageError")
      }))
  }

  for (const charset of ["utf-8", "iso-8859-1", "us-ascii"] as const) {
    it.effect(`${charset} is not that of the header`, () =>
      Effect.gen(function*() {
        const { entity } = yield* render(Message.make({ charset, subject: "\u20ac" }))
        assert.strictEqual(MimeReader.decodeWords(MimeReader.header(entity, "Subject") ?? ""), "\u20ac")
      }))
  }
})

describe("what cannot be sent", () => {
  const refused: ReadonlyArray<readonly [title: string, Message.Options, tag: string]> = [
    [
      "a multipart as an alternative",
      { alternatives: [{ content: "x", contentType: "multipart/mixed" }] },
      "BadHeaderError"
    ],
    ["a fragment", { attachments: [Attachment.text("x", { contentType: "message/partial" })] }, "BadHeaderError"],
    [
      "a reference",
      { attachments: [Attachment.text("x", { contentType: "message/external-body" })] },
      "BadHeaderError"
    ],
    [
      "UTF-7",
      { attachments: [Attachment.bytes(new Uint8Array(1), { contentType: "text/html; charset=UTF-7" })] },
      "BadHeaderError"
    ],
    [
      "an embedded message of another type",
      { attachments: [Attachment.message("x", { contentType: "text/plain" })] },
      "BadHeaderError"
    ],
    ["an embedded NUL", { attachments: [Attachment.message("a\0b")] }, "InvalidMessageError"],
    ["an embedded line of 999 octets", { attachments: [Attachment.message("a".repeat(999))] }, "InvalidMessageError"],
    [
      "a streamed message",
      { attachments: [Attachment.stream(Stream.empty, { contentType: "message/rfc822" })] },
      "InvalidMessageError"
    ],
    [
      "what is wrong with an embedded message",
      { attachments: [Attachment.message(Message.make({ subject: "a\nb" }))] },
      "BadHeaderError"
    ],
    ["too many recipients", { to: Array.from({ length: 1001 }, (_, i) => `${i}@example.com`) }, "InvalidMessageError"]
  ]
  for (const [title, options, tag] of refused) {
    it.effect(title, () =>
      Effect.gen(function*() {
        assert.strictEqual((yield* Effect.flip(Outgoing.prepare(Message.make(options))))._tag, tag)
      }))
  }

  it.effect("as many recipients as MailConfig allows can, duplicates counting once", () =>
    Effect.gen(function*() {
      const two = { ...MailConfig.defaults, maxRecipients: 2 }
      const to = (...to: ReadonlyArray<string>) =>
        Effect.provideService(Outgoing.prepare(Message.make({ to })), MailConfig.MailConfig, two)
      const outgoing = yield* to("a@example.com", "b@example.com", "a@EXAMPLE.com")
      assert.deepStrictEqual(outgoing.envelope.to, ["a@example.com", "b@example.com"])
      assert.strictEqual(
        (yield* Effect.flip(to("a@example.com", "b@example.com", "c@example.com")))._tag,
        "InvalidMessageError"
      )
    }))

  it.effect("a message without a sender, where there is no default", () =>
    Effect.gen(function*() {
      const none = { ...MailConfig.defaults, defaultFrom: Option.none() }
      const error = yield* Effect.flip(
        Effect.provideService(Outgoing.prepare(Message.empty), MailConfig.MailConfig, none)
      )
      assert.strictEqual(error._tag, "InvalidMessageError")
    }))
})
