import { Address, Attachment, MailConfig, Message, Mime, Outgoing } from "@effect-mail/core"
import * as MimeReader from "@effect-mail/test-kit/MimeReader"
import { assert, describe, it } from "@effect/vitest"
import { DateTime, Effect, Option, Stream } from "effect"

const prepared = (options: Message.Options) =>
  Effect.flatMap(Outgoing.prepare(Message.make({ from: "ada@example.com", ...options })), Outgoing.letter)

const written = (list: ReadonlyArray<Address.Address>) => list.map(Address.format)

describe("letter", () => {
  it.effect("shows what the message holds, unencoded", () =>
    Effect.gen(function*() {
      const letter = yield* prepared({
        from: { name: "L\u00f6velace, Ada", address: "ada@b\u00fccher.example" },
        to: "Bob <bob@example.com>",
        cc: "carol@example.com",
        bcc: { name: "Dan", address: "dan@example.com" },
        replyTo: ["help@example.com", "Help <desk@example.com>"],
        subject: "Gr\u00fc\u00dfe =?x?=",
        text: "Hello\n",
        html: "<p>Hello",
        alternatives: [
          { contentType: "text/x-amp-html", content: "<amp>" },
          { contentType: "application/json", content: Uint8Array.of(123, 125) }
        ],
        headers: { "X-Comment": "\u00fcber", Sender: "Post <post@example.com>", "Auto-Submitted": "auto-generated" },
        listId: "news.example.com",
        date: DateTime.unsafeMake("2026-11-20T09:30:00Z"),
        messageId: "a@example.com"
      })
      assert.strictEqual(Address.format(letter.from), "\"L\u00f6velace, Ada\" <ada@xn--bcher-kva.example>")
      assert.deepStrictEqual(written(letter.to), ["Bob <bob@example.com>"])
      assert.deepStrictEqual(written(letter.cc), ["carol@example.com"])
      assert.deepStrictEqual(written(letter.bcc), ["Dan <dan@example.com>"])
      assert.deepStrictEqual(written(letter.replyTo), ["help@example.com", "Help <desk@example.com>"])
      assert.isTrue(letter.isWhole)
      assert.deepStrictEqual(letter.envelope.to, ["bob@example.com", "carol@example.com", "dan@example.com"])
      assert.strictEqual(letter.subject, "Gr\u00fc\u00dfe =?x?=")
      assert.deepStrictEqual([letter.text, letter.html], [Option.some("Hello\n"), Option.some("<p>Hello")])
      assert.deepStrictEqual(letter.alternatives, [
        { contentType: "text/x-amp-html; charset=utf-8", content: "<amp>" },
        { contentType: "application/json", content: Uint8Array.of(123, 125) }
      ])
      assert.sameDeepMembers([...letter.headers], [
        ["X-Comment", "\u00fcber"],
        ["Sender", "Post <post@example.com>"],
        ["Auto-Submitted", "auto-generated"],
        ["List-Id", "<news.example.com>"]
      ])
      assert.strictEqual(letter.date, "Fri, 20 Nov 2026 09:30:00 +0000")
      assert.strictEqual(letter.messageId, "<a@example.com>")
    }))

  it.effect("has the default sender, and what replaces generated fields", () =>
    Effect.gen(function*() {
      const outgoing = yield* Outgoing.prepare(Message.make({
        to: "bob@example.com",
        headers: { To: "undisclosed-recipients:;" }
      }))
      const letter = yield* Outgoing.letter(outgoing)
      assert.strictEqual(Address.format(letter.from), "Shop <shop@example.com>")
      assert.deepStrictEqual(written(letter.to), [])
      assert.deepStrictEqual(written(letter.bcc), ["bob@example.com"])
      const other = yield* Effect.flatMap(
        Outgoing.prepare(
          Message.make({ to: "bob@example.com", headers: { From: "x@example.com", To: "y@example.com" } })
        ),
        Outgoing.letter
      )
      assert.strictEqual(Address.format(other.from), "x@example.com")
      assert.deepStrictEqual([written(other.to), written(other.bcc)], [["y@example.com"], ["bob@example.com"]])
      assert.isFalse(other.isWhole)
    }).pipe(Effect.provide(MailConfig.layer({ defaultFrom: Option.some("Shop <shop@example.com>") }))))

  it.effect("tells the envelope of policies from the header", () =>
    Effect.gen(function*() {
      const outgoing = yield* Outgoing.prepare(
        Message.make({
          from: "ada@example.com",
          to: ["bob@example.com", "Bob <bob@EXAMPLE.com>"],
          bcc: "dan@example.com"
        })
      )
      assert.isTrue((yield* Outgoing.letter(outgoing)).isWhole)
      const narrowed = yield* Outgoing.letter(Outgoing.narrow(outgoing, (to) => to.startsWith("dan")))
      assert.isFalse(narrowed.isWhole)
      assert.deepStrictEqual(written(narrowed.bcc), ["dan@example.com"])
      const redirected = yield* Outgoing.letter(
        Outgoing.redirect(outgoing, yield* Address.parse("x@example.net").pipe(Effect.map((x) => [x])))
      )
      assert.isFalse(redirected.isWhole)
      assert.deepStrictEqual(written(redirected.bcc), ["x@example.net"])
    }))

  const texts = [
    [{}, Option.some(""), Option.none()],
    [{ text: "x" }, Option.some("x"), Option.none()],
    [{ html: "<p>" }, Option.none(), Option.some("<p>")],
    [{ text: "", html: "<p>" }, Option.none(), Option.some("<p>")],
    [{ text: "x", html: "<p>" }, Option.some("x"), Option.some("<p>")],
    [{ attachments: [Attachment.text("note")] }, Option.none(), Option.none()],
    [{ alternatives: [{ contentType: "text/plain", content: "other" }] }, Option.none(), Option.none()]
  ] as const
  for (const [options, text, html] of texts) {
    it.effect(`has the forms of ${Object.keys(options).join(", ") || "an empty message"}`, () =>
      Effect.gen(function*() {
        const letter = yield* prepared(options)
        assert.deepStrictEqual([letter.text, letter.html], [text, html])
      }))
  }

  it.effect("gives the octets of every attachment, as the message carries them", () =>
    Effect.gen(function*() {
      const inner = Message.make({
        from: "ada@example.com",
        subject: "Inner",
        text: "inside",
        attachments: [Attachment.message(Message.make({ from: "ada@example.com", subject: "Innermost" }))]
      })
      const message = Message.make({
        from: "ada@example.com",
        to: "bob@example.com",
        html: "<img src=\"cid:logo\">",
        attachments: [
          Attachment.inline(Uint8Array.of(1, 2), { contentId: "logo", filename: "logo.png" }),
          Attachment.text("caf\u00e9", { contentType: "text/csv; charset=iso-8859-1", filename: "\u00fc.csv" }),
          Attachment.stream(Stream.make(Uint8Array.of(3), Uint8Array.of(4)), {
            headers: { "Content-Description": "\u00fc" }
          }),
          Attachment.message(Uint8Array.from(Buffer.from("Subject: old\n\nx"))),
          Attachment.message(inner),
          Attachment.message(inner),
          Attachment.bytes(Uint8Array.of(5), { contentType: "application/pdf; name=\"report.pdf\"" })
        ]
      })
      const outgoing = yield* Outgoing.prepare(message)
      const { attachments } = yield* Outgoing.letter(outgoing)
      assert.deepStrictEqual(
        attachments.map(({ contentId, contentType, disposition, filename, headers }) => [
          contentType,
          disposition,
          Option.getOrNull(filename),
          Option.getOrNull(contentId),
          headers.length
        ]),
        [
          ["image/png", "inline", "logo.png", "logo", 0],
          ["text/csv; charset=iso-8859-1", "attachment", "\u00fc.csv", null, 0],
          ["application/octet-stream", "attachment", null, null, 1],
          ["message/rfc822", "attachment", null, null, 0],
          ["message/rfc822", "attachment", null, null, 0],
          ["message/rfc822", "attachment", null, null, 0],
          ["application/pdf", "attachment", "report.pdf", null, 0]
        ]
      )
      const contents = yield* Effect.forEach(attachments, ({ content }) => Effect.map(content, Buffer.from))
      const streamed = yield* Effect.forEach(
        attachments,
        ({ stream }) => Effect.map(Stream.runCollect(stream), (chunks) => Buffer.concat(Array.from(chunks)))
      )
      assert.deepStrictEqual(streamed, contents)
      const [logo, csv, stream, old, first, second, pdf] = contents
      assert.deepStrictEqual([logo, stream, pdf].map((octets) => Array.from(octets ?? [])), [[1, 2], [3, 4], [5]])
      assert.strictEqual(csv?.toString("latin1"), "caf\u00e9")
      assert.strictEqual(old?.toString(), "Subject: old\r\n\r\nx\r\n")
      const rendered = Buffer.from(yield* Mime.render(outgoing)).toString()
      for (const embedded of [first, second]) assert.include(rendered, embedded?.toString())
      assert.notDeepEqual(first, second)
      assert.strictEqual(MimeReader.header(MimeReader.read(first ?? Buffer.of()), "Subject"), "Inner")
    }))

  it.effect("fails for an attachment as the bytes do", () =>
    Effect.gen(function*() {
      const { attachments: [broken] } = yield* prepared({
        attachments: [Attachment.stream(Stream.fail("gone"), { filename: "a.bin" })]
      })
      const error = yield* Effect.flip(broken?.content ?? Effect.die("no attachment"))
      assert.strictEqual(error._tag, "AttachmentError")
      assert.deepStrictEqual(error.filename, Option.some("a.bin"))
    }))

  it.effect("holds what was put in front", () =>
    Effect.gen(function*() {
      const outgoing = yield* Effect.flatMap(
        Outgoing.prepare(Message.make({ from: "ada@example.com", headers: { "X-A": "1" } })),
        Outgoing.prepend({ "Feedback-ID": "a:b" })
      )
      assert.deepStrictEqual((yield* Outgoing.letter(outgoing)).headers, [["Feedback-ID", "a:b"], ["X-A", "1"]])
    }))
})
