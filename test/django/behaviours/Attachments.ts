import { Attachment, Message } from "@effect-mail/core"
import * as MimeReader from "@effect-mail/test-kit/MimeReader"
import * as PostalMime from "@effect-mail/test-kit/PostalMimeReader"
import { FileSystem, Path } from "@effect/platform"
import { assert } from "@effect/vitest"
import { Effect, Layer, Option } from "effect"
import { type Behaviour, type Check, closedHole, each, notWanted, passed } from "../Behaviour.js"
import { attached, letter, readBack, refused } from "../RoundTrip.js"

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)

const png = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)
const noUtf8 = Uint8Array.of(0x86, 0x64, 0x61, 0x74, 0x61, 0x0a)

interface Expected {
  readonly filename: string | null
  readonly type: string
  readonly octets: Uint8Array
}

/** Checks how an attachment is read: its name, its type and its octets. */
const arrives = (attachment: Attachment.Attachment, expected: Expected): Check =>
  Effect.map(attached(attachment), ({ entity, part }) => {
    // The octets are those of the strict reader: postal-mime changes the line ends of texts.
    assert.deepStrictEqual({ filename: part.filename, type: part.mimeType, octets: entity.octets }, expected)
    assert.strictEqual(part.disposition, "attachment")
  })

/** A file as an attachment, read out of a file system that holds nothing else. */
const file = (filename: string, content: Uint8Array, contentType: string | undefined) =>
  Effect.provide(
    Attachment.file(`/some/folder/${filename}`, { contentType }),
    Layer.merge(
      Path.layer,
      FileSystem.layerNoop({
        stat: () => Effect.succeed({ size: FileSystem.Size(content.length) } as FileSystem.File.Info),
        readFile: () => Effect.succeed(content)
      })
    )
  )

type FileCase = readonly [filename: string, content: Uint8Array, contentType: string | undefined, type: string]

const filesArrive = (cases: ReadonlyArray<FileCase>): Check =>
  each(cases, ([filename, content, contentType, type]) =>
    Effect.flatMap(
      file(filename, content, contentType),
      (attachment) => arrives(attachment, { filename, type, octets: content })
    ))

const octetStream = "application/octet-stream"
const text = utf8("only text\r\n")
const saved = utf8("Subject: Saved\r\n\r\nonly text\r\n")

const files: ReadonlyArray<FileCase> = [
  ["file.txt", text, undefined, "text/plain"],
  ["file.txt", text, "text/plain", "text/plain"],
  ["file.txt", text, "image/png", "image/png"],
  ["file_txt", text, undefined, octetStream],
  ["file_txt", text, "text/plain", "text/plain"],
  ["file_txt", text, "image/png", "image/png"],
  ["file_txt.png", text, undefined, "image/png"],
  ["file_txt.png", text, "text/plain", "text/plain"],
  ["file_txt.png", text, "image/png", "image/png"],
  ["file.png", png, undefined, "image/png"],
  ["file.png", png, "text/plain", octetStream],
  ["file.png", png, "image/png", "image/png"],
  ["file_png", png, undefined, octetStream],
  ["file_png", png, "text/plain", octetStream],
  ["file_png", png, "image/png", "image/png"],
  ["file_png.txt", png, undefined, octetStream],
  ["file_png.txt", png, "text/plain", octetStream],
  ["file_png.txt", png, "image/png", "image/png"],
  ["file.eml", saved, undefined, "message/rfc822"],
  ["file.eml", saved, "text/plain", "text/plain"],
  ["file.eml", saved, "image/png", "image/png"]
]

const child = Message.make({ from: "zoe@example.com", subject: "Inner subject", text: "Inner text" })

const embedded = (attachment: Attachment.Attachment) =>
  Effect.map(readBack(letter({ attachments: [attachment] })), ({ entity, outgoing }) => {
    const part = entity.children[1] ?? assert.fail("no second part")
    assert.strictEqual(part.type, "message/rfc822")
    assert.match(part.encoding, /^[78]bit$/)
    return { outgoing, part, child: MimeReader.read(part.octets) }
  })

export const attachments: ReadonlyArray<Behaviour> = [
  passed(
    126,
    "a text with a name and a type",
    Effect.gen(function*() {
      const attachment = Attachment.text("only text\n", { filename: "example.txt", contentType: "text/plain" })
      const message = Message.attach(letter(), attachment)
      assert.strictEqual(message.attachments[0], attachment)
      assert.deepStrictEqual(attachment.filename, Option.some("example.txt"))
      assert.strictEqual(attachment.content, "only text\n")
      assert.deepStrictEqual(attachment.contentType, Option.some("text/plain"))
      yield* arrives(attachment, { filename: "example.txt", type: "text/plain", octets: utf8("only text\n") })
    })
  ),

  passed(
    127,
    "attachments given at once",
    Effect.gen(function*() {
      const attachment = Attachment.text("only text\n", { filename: "example.txt", contentType: "text/plain" })
      const { email } = yield* readBack(letter({ attachments: [attachment] }))
      assert.strictEqual(email.attachments[0]?.filename, "example.txt")
      assert.strictEqual(email.attachments[0]?.mimeType, "text/plain")
    })
  ),

  passed(
    128,
    "octets under a name that tells no type",
    arrives(Attachment.bytes(utf8("content"), { filename: "example" }), {
      filename: "example",
      type: octetStream,
      octets: utf8("content")
    })
  ),

  passed(
    129,
    "a filename beyond ASCII",
    arrives(Attachment.bytes(utf8("%PDF-1.4"), { filename: "pi\u00e8ce jointe n\u00b0 1.pdf" }), {
      filename: "pi\u00e8ce jointe n\u00b0 1.pdf",
      type: "application/pdf",
      octets: utf8("%PDF-1.4")
    })
  ),

  passed(
    130,
    "a text given as octets of UTF-8",
    Effect.gen(function*() {
      const attachment = Attachment.bytes(Uint8Array.of(0xc3, 0xa4, 0x0a), {
        filename: "file.txt",
        contentType: "text/plain"
      })
      const { entity } = yield* attached(attachment)
      assert.strictEqual(entity.type, "text/plain")
      assert.strictEqual(MimeReader.textOf(entity), "\u00e4\n")
    })
  ),

  passed(
    131,
    "the same with the type of its name",
    Effect.map(attached(Attachment.bytes(utf8("\u0192\u00fcr dich\n"), { filename: "utf8.txt" })), ({ entity }) => {
      assert.strictEqual(entity.type, "text/plain")
      assert.strictEqual(MimeReader.textOf(entity), "\u0192\u00fcr dich\n")
    })
  ),

  passed(
    132,
    "octets that are not UTF-8 under the name of a text",
    arrives(Attachment.bytes(noUtf8, { filename: "other.txt" }), {
      filename: "other.txt",
      type: octetStream,
      octets: noUtf8
    })
  ),

  passed(
    133,
    "one octet that is not UTF-8",
    arrives(Attachment.bytes(Uint8Array.of(0xff), { filename: "file.txt" }), {
      filename: "file.txt",
      type: octetStream,
      octets: Uint8Array.of(0xff)
    })
  ),

  passed(
    134,
    "the two rows above with the type of a text",
    each(
      [noUtf8, Uint8Array.of(0xff)],
      (octets) =>
        arrives(Attachment.bytes(octets, { filename: "file.txt", contentType: "text/plain" }), {
          filename: "file.txt",
          type: octetStream,
          octets
        })
    )
  ),

  passed(135, "seven files, each with a type of text, of image and without one", filesArrive(files)),

  passed(
    136,
    "a file of an image as text",
    filesArrive(files.filter(([, content, contentType]) => content === png && contentType === "text/plain"))
  ),

  passed(
    137,
    "a file of text as an image",
    filesArrive(files.filter(([filename, , contentType]) => filename === "file.txt" && contentType === "image/png"))
  ),

  passed(
    138,
    "an image to be shown in place, by its Content-ID",
    Effect.map(
      attached(Attachment.inline(utf8("GIF89a"), { contentType: "image/gif", contentId: "logo@example.org" })),
      ({ octets, part }) => {
        assert.strictEqual(part.mimeType, "image/gif")
        assert.strictEqual(part.disposition, "inline")
        assert.strictEqual(part.contentId, "<logo@example.org>")
        assert.isNull(part.filename)
        assert.deepStrictEqual(new Uint8Array(octets), utf8("GIF89a"))
      }
    )
  ),

  passed(
    139,
    "an image with a name",
    arrives(Attachment.bytes(png, { filename: "test.png", contentType: "image/png" }), {
      filename: "test.png",
      type: "image/png",
      octets: png
    })
  ),

  notWanted(
    140,
    "a ready part beside content and type",
    "there are no ready parts that pass unchecked; an attachment says all that a part can say"
  ),

  passed(
    141,
    "an attachment without content",
    each(
      [
        [Attachment.text(undefined as never, { filename: "file.txt" }), "InvalidMessageError"],
        [Attachment.bytes(undefined as never, { filename: "file.txt" }), "AttachmentError"]
      ] as const,
      ([attachment, tag]) =>
        Effect.map(refused(letter({ attachments: [attachment] })), (error) => {
          assert.strictEqual(error._tag, tag)
          assert.include(error.message, "the content")
        })
    )
  ),

  passed(
    142,
    "a message in a message: a value, raw text, raw octets",
    Effect.gen(function*() {
      const { bytes } = yield* readBack(child)
      const raw = new TextDecoder().decode(bytes)
      yield* each([
        Attachment.message(child),
        Attachment.message(raw),
        Attachment.message(bytes),
        Attachment.bytes(bytes, { contentType: "message/rfc822" })
      ], (attachment) =>
        Effect.map(embedded(attachment), ({ child }) => {
          assert.strictEqual(MimeReader.header(child, "Subject"), "Inner subject")
          assert.strictEqual(MimeReader.textOf(child).trim(), "Inner text")
          assert.strictEqual(child.type, "text/plain")
          assert.strictEqual(child.encoding, "7bit")
        }))
    })
  ),

  passed(
    143,
    "a raw message of eight bits in a message",
    Effect.gen(function*() {
      const raw = "From: zoe@example.com\r\nSubject: Old\r\nMIME-Version: 1.0\r\n" +
        "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n\u00a1Hola, ma\u00f1ana!\r\n"
      yield* each(
        [raw, utf8(raw)],
        (content) =>
          Effect.map(embedded(Attachment.message(content)), ({ child, outgoing, part }) => {
            assert.isTrue(outgoing.eightBit)
            assert.strictEqual(part.encoding, "8bit")
            assert.strictEqual(child.encoding, "8bit")
            assert.strictEqual(MimeReader.textOf(child).trim(), "\u00a1Hola, ma\u00f1ana!")
          })
      )
    })
  ),

  passed(
    144,
    "an attachment without a name",
    Effect.gen(function*() {
      const attachment = Attachment.bytes(png, { contentType: "image/png" })
      yield* arrives(attachment, { filename: null, type: "image/png", octets: png })
      const { entity } = yield* attached(attachment)
      assert.strictEqual(MimeReader.header(entity, "Content-Disposition"), "attachment")
    })
  ),

  passed(
    145,
    "a quote and a backslash in a filename",
    arrives(Attachment.bytes(png, { filename: "a\"b\\c.bin" }), {
      filename: "a\"b\\c.bin",
      type: octetStream,
      octets: png
    })
  ),

  passed(
    146,
    "a long filename beyond ASCII: folded",
    Effect.gen(function*() {
      const filename = `${"\u00dcbersicht \u65e5\u672c ".repeat(20)}.pdf`
      const attachment = Attachment.bytes(utf8("%PDF-1.4"), { filename })
      yield* arrives(attachment, { filename, type: "application/pdf", octets: utf8("%PDF-1.4") })
      const { entity } = yield* attached(attachment)
      assert.strictEqual(entity.filename, filename)
      for (const line of entity.headers.flatMap(({ lines }) => lines)) assert.isAtMost(line.length, 78)
    })
  ),

  closedHole(
    147,
    "a path as a filename",
    "refused; a file on disk gives its last name only",
    Effect.gen(function*() {
      yield* each(
        ["../../etc/passwd", "/etc/passwd", "..\\..\\boot.ini", "C:\\boot.ini", "a/b.txt"],
        (filename) =>
          Effect.map(refused(letter({ attachments: [Attachment.bytes(png, { filename })] })), (error) => {
            assert.strictEqual(error._tag, "BadHeaderError")
            assert.include(error.message, "path")
          })
      )
      const { filename } = yield* file("kept.txt", text, undefined)
      assert.deepStrictEqual(filename, Option.some("kept.txt"))
    })
  ),

  passed(
    148,
    "a type without a slash: an error that says so",
    each(
      ["nonsense", "", "text/", "/plain", "text/plain/x"],
      (contentType) =>
        Effect.map(refused(letter({ attachments: [Attachment.bytes(png, { contentType })] })), (error) => {
          assert.strictEqual(error._tag, "BadHeaderError")
          assert.include(error.message, "Content-Type")
        })
    )
  ),

  closedHole(
    149,
    "a compressed archive, by its name",
    "the type of what the octets are, gzip, which Django drops",
    arrives(Attachment.bytes(Uint8Array.of(0x1f, 0x8b), { filename: "a.tar.gz" }), {
      filename: "a.tar.gz",
      type: "application/gzip",
      octets: Uint8Array.of(0x1f, 0x8b)
    })
  ),

  passed(
    150,
    "every text names its charset and is read by it; whatever else is base64",
    each(["utf-8", "iso-8859-1"] as const, (charset) =>
      Effect.gen(function*() {
        const { email, entity } = yield* readBack(
          letter({
            charset,
            text: "Jörg",
            attachments: [
              Attachment.text("für Jörg", { filename: "a.txt" }),
              Attachment.text("für,Jörg", { contentType: "text/csv; charset=iso-8859-1" }),
              Attachment.bytes(png, { filename: "a.png" }),
              Attachment.bytes(utf8("only text"), { contentType: "application/x" })
            ]
          })
        )
        const [body, plain, csv, ...others] = entity.children
        assert.strictEqual(body?.parameters.get("charset"), charset)
        for (const part of [body, plain, csv]) {
          assert.include(part === undefined ? "" : MimeReader.textOf(part), "J\u00f6rg")
        }
        assert.deepStrictEqual(others.map(({ encoding }) => encoding), ["base64", "base64"])
        assert.deepStrictEqual(
          email.attachments.slice(2).map((part) => new Uint8Array(PostalMime.octets(part))),
          [png, utf8("only text")]
        )
      }))
  )
]
