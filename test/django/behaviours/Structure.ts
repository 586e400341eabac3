import { Attachment, Message } from "@effect-mail/core"
import * as MimeReader from "@effect-mail/test-kit/MimeReader"
import { assert } from "@effect/vitest"
import { Effect, Equal } from "effect"
import { type Behaviour, type Check, each, notWanted, passed } from "../Behaviour.js"
import { readBack, refused } from "../RoundTrip.js"

const png = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)
const image = Attachment.bytes(png, { contentType: "image/png" })
const text = "Hello, Bob\n"
const html = "<p>Hello, Bob</p>"

/** Checks the tree of the parts, and that text and html are read where they were given. */
const hasStructure = (expected: string, options: Message.Options): Check =>
  Effect.map(readBack(Message.make({ to: "bob@example.com", ...options })), ({ email, entity }) => {
    assert.strictEqual(MimeReader.structure(entity), expected)
    assert.strictEqual(email.text?.trim(), options.text === undefined ? undefined : options.text.trim())
    assert.strictEqual(email.html?.trim(), options.html)
    for (const part of MimeReader.leaves(entity)) {
      if (part.type === "image/png") assert.deepStrictEqual(part.octets, png)
    }
  })

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)

/** Checks that an alternative arrives as the last part of a multipart/alternative, octet by octet. */
const carriesAlternative = (contentType: string, content: string): Check =>
  each([content, bytesOf(content)], (content) =>
    Effect.gen(function*() {
      const message = Message.make({ to: "bob@example.com", text, alternatives: [{ content, contentType }] })
      const { entity } = yield* readBack(message)
      assert.strictEqual(MimeReader.structure(entity), `alternative(text/plain, ${contentType})`)
      const octets = MimeReader.leaves(entity)[1]?.octets ?? new Uint8Array()
      // The lines of a text end in CRLF in mail, as far as it is a text: given as octets they are left alone.
      assert.strictEqual(
        new TextDecoder().decode(octets).replaceAll("\r\n", "\n"),
        typeof content === "string" ? content : new TextDecoder().decode(content)
      )
      if (typeof content !== "string") assert.deepStrictEqual(octets, content)
    }))

const invoice = {
  subject: "Your invoice",
  from: "Ada <ada@example.com>",
  to: ["bob@example.com"],
  text,
  alternatives: [{ content: html, contentType: "text/html" }],
  attachment: { content: png, options: { filename: "logo.png", contentType: "image/png" } }
}

const invoiceMessage = ({ attachment, ...options }: typeof invoice): Message.Message =>
  Message.make({ ...options, attachments: [Attachment.bytes(attachment.content, attachment.options)] })

export const structure: ReadonlyArray<Behaviour> = [
  passed(107, "text", hasStructure("text/plain", { text })),

  passed(
    108,
    "text and an image",
    hasStructure("mixed(text/plain, image/png)", { text, attachments: [image] })
  ),

  passed(109, "text and html", hasStructure("alternative(text/plain, text/html)", { text, html })),

  passed(
    110,
    "text, html and an image",
    hasStructure("mixed(alternative(text/plain, text/html), image/png)", { text, html, attachments: [image] })
  ),

  passed(
    111,
    "text, html and a message without a filename",
    Effect.gen(function*() {
      const inner = Message.make({ from: "zoe@example.com", subject: "Before", text: "Earlier\n" })
      const { entity } = yield* readBack(Message.make({ text, html, attachments: [Attachment.message(inner)] }))
      assert.strictEqual(
        MimeReader.structure(entity),
        "mixed(alternative(text/plain, text/html), message/rfc822)"
      )
      const part = entity.children[1] ?? assert.fail("no second part")
      assert.isUndefined(part.filename)
      const child = MimeReader.read(part.octets)
      assert.strictEqual(MimeReader.structure(child), "text/plain")
      assert.strictEqual(MimeReader.header(child, "Subject"), "Before")
    })
  ),

  passed(112, "an image alone: no empty text beside it", hasStructure("mixed(image/png)", { attachments: [image] })),

  passed(
    113,
    "html alone: no empty text beside it, and no multipart around it",
    hasStructure("text/html", { html })
  ),

  passed(
    114,
    "html and an image: no empty text beside them, and no multipart around the html",
    hasStructure("mixed(text/html, image/png)", { html, attachments: [image] })
  ),

  passed(
    115,
    "nothing",
    each([Message.empty, Message.make({ text: "" })], (message) =>
      Effect.map(readBack(message), ({ entity }) => {
        assert.strictEqual(MimeReader.structure(entity), "text/plain")
        assert.strictEqual(MimeReader.textOf(entity).trim(), "")
      }))
  ),

  passed(
    116,
    "html with an empty text, and a text as attachment",
    Effect.map(
      readBack(Message.make({ text: "", html, attachments: [Attachment.text("a,b", { filename: "a.csv" })] })),
      ({ email, entity }) => {
        assert.strictEqual(email.html?.trim(), html)
        assert.strictEqual(MimeReader.structure(entity), "mixed(text/html, text/csv)")
      }
    )
  ),

  passed(
    117,
    "an alternative that is added: a record with names, not positions",
    Effect.sync(() => {
      const message = Message.alternative(Message.empty, html, "text/html")
      assert.deepStrictEqual(message.alternatives, [{ content: html, contentType: "text/html" }])
    })
  ),

  passed(
    118,
    "alternatives given at once",
    Effect.sync(() => {
      const alternatives = [{ content: html, contentType: "text/html" }]
      const message = Message.make({ alternatives })
      assert.deepStrictEqual(message.alternatives, alternatives)
      assert.isTrue(Equal.equals(message, Message.alternative(Message.empty, html, "text/html")))
    })
  ),

  passed(
    119,
    "an alternative that is no text, as octets and as a string",
    carriesAlternative("application/x-ccmail-rtf", "rich\x07text")
  ),

  passed(
    120,
    "a text alternative, as octets and as a string",
    carriesAlternative("text/x-amp-html", "<html amp4email>\n")
  ),

  passed(
    121,
    "an alternative without content, or without a type",
    Effect.gen(function*() {
      const contentless = yield* refused(Message.alternative(Message.empty, null as never, "text/html"))
      assert.strictEqual(contentless._tag, "AttachmentError")
      assert.include(contentless.message, "the content")
      const typeless = yield* refused(Message.alternative(Message.empty, html, null as never))
      assert.strictEqual(typeless._tag, "BadHeaderError")
      assert.include(typeless.message, "Content-Type")
    })
  ),

  notWanted(
    122,
    "a message written down as an object and restored",
    "what is kept is the plain data that a message is made of; the message that is made of it again is equal",
    Effect.sync(() => {
      const restored = invoiceMessage(structuredClone(invoice))
      assert.isTrue(Equal.equals(restored, invoiceMessage(invoice)))
      assert.isFalse(Equal.equals(restored, invoiceMessage({ ...invoice, subject: "Your other invoice" })))
    })
  ),

  passed(
    123,
    "a part of the text, and all of it",
    Effect.sync(() => {
      const message = Message.make({ text: "The code is 1234." })
      assert.isTrue(Message.bodyContains(message, "code"))
      assert.isTrue(Message.bodyContains(message, "The code is 1234."))
      assert.isFalse(Message.bodyContains(message, "4321"))
    })
  ),

  passed(
    124,
    "what stands in the text or in the html only is not contained",
    Effect.sync(() => {
      const message = Message.make({ text: "The code is 1234.", html: "<p>The code, again, is 1234.</p>" })
      assert.isTrue(Message.bodyContains(message, "The code"))
      assert.isFalse(Message.bodyContains(message, "The code is 1234."))
      assert.isFalse(Message.bodyContains(message, "<p>The code, again, is 1234.</p>"))
    })
  ),

  passed(
    125,
    "an alternative that is no text is not looked at",
    Effect.sync(() => {
      const spoken = { content: bytesOf("something else"), contentType: "audio/mpeg" }
      const message = Message.make({ text: "The code is 1234.", html: "The code is 1234.", alternatives: [spoken] })
      assert.isTrue(Message.bodyContains(message, "code is 1234"))
    })
  )
]
