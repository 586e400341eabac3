import { Attachment, Message, Mime, Outgoing } from "@effect-mail/core"
import * as MimeReader from "@effect-mail/test-kit/MimeReader"
import { render } from "@effect-mail/test-kit/RenderedMessage"
import { NodeContext } from "@effect/platform-node"
import * as PlatformError from "@effect/platform/Error"
import * as FileSystem from "@effect/platform/FileSystem"
import * as Path from "@effect/platform/Path"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Equal, Layer, Option, Stream } from "effect"
import { execFileSync } from "node:child_process"
import { createServer, type Server } from "node:net"

const rendered = (attachment: Attachment.Attachment) =>
  Effect.map(render(Message.make({ attachments: [attachment] })), ({ entity }) => entity.children[0] ?? entity)

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)

describe("the type of an attachment", () => {
  const table: ReadonlyArray<readonly [Attachment.Attachment, type: string, charset?: string]> = [
    [Attachment.bytes(utf8("x")), "application/octet-stream"],
    [Attachment.bytes(utf8("x"), { filename: "x.unknown-thing" }), "application/octet-stream"],
    [Attachment.bytes(utf8("x"), { filename: "x.PDF" }), "application/pdf"],
    [Attachment.bytes(utf8("x"), { filename: "x.pdf", contentType: "Image/PNG" }), "image/png"],
    [Attachment.bytes(utf8("\u00e9"), { filename: "x.txt" }), "text/plain", "utf-8"],
    [Attachment.bytes(new Uint8Array([0xe9]), { filename: "x.txt" }), "application/octet-stream"],
    [
      Attachment.bytes(new Uint8Array([0xe9]), { contentType: "text/plain; charset=iso-8859-1" }),
      "text/plain",
      "iso-8859-1"
    ],
    [Attachment.bytes(utf8("\u00e9"), { contentType: "text/plain; charset=us-ascii" }), "application/octet-stream"],
    [Attachment.bytes(utf8("x"), { contentType: "text/plain; charset=no-such" }), "application/octet-stream"],
    [
      Attachment.bytes(new Uint8Array([0, 0xd8]), { contentType: "text/plain; charset=utf-16le" }),
      "application/octet-stream"
    ],
    [Attachment.bytes(utf8("Subject: x\n\nx"), { filename: "x.eml" }), "message/rfc822"],
    [Attachment.text("Subject: x\n\nx", { filename: "x.eml" }), "message/rfc822"],
    [Attachment.text("Subject: x\n\nx", { contentType: "message/rfc822" }), "message/rfc822"],
    [
      Attachment.bytes(utf8("Reporting-MTA: dns; x\n"), { contentType: "message/delivery-status" }),
      "message/delivery-status"
    ],
    [Attachment.text("x"), "text/plain", "utf-8"],
    [Attachment.text("x", { filename: "x.csv" }), "text/csv", "utf-8"],
    [Attachment.text("{}", { filename: "x.json" }), "application/json"],
    [Attachment.text("\u00e9", { contentType: "text/plain; charset=ISO-8859-1" }), "text/plain", "iso-8859-1"],
    [Attachment.stream(Stream.empty), "application/octet-stream"],
    [Attachment.stream(Stream.empty, { filename: "x.mp4" }), "video/mp4"],
    [Attachment.stream(Stream.empty, { filename: "x.eml" }), "application/octet-stream"],
    [Attachment.message("Subject: x\n\nx", { filename: "x.eml" }), "message/rfc822"]
  ]
  for (const [attachment, type, charset] of table) {
    const given = JSON.stringify([Option.getOrNull(attachment.filename), Option.getOrNull(attachment.contentType)])
    it.effect(`${attachment._tag} ${given}: ${type}`, () =>
      Effect.gen(function*() {
        const part = yield* rendered(attachment)
        assert.strictEqual(part.type, type)
        assert.strictEqual(part.parameters.get("charset"), charset)
        assert.strictEqual(part.disposition, "attachment")
      }))
  }

  it.effect("keeps its parameters", () =>
    Effect.gen(function*() {
      const contentType = "application/x; a=\"b \\\" c\"; D=e"
      const part = yield* rendered(Attachment.bytes(utf8("x"), { contentType }))
      assert.deepStrictEqual(Object.fromEntries(part.parameters), { a: "b \" c", d: "e" })
    }))

  for (
    const contentType of [
      "",
      "text",
      "text/",
      "/plain",
      "*/*",
      "text/plain/x",
      "text/ plain",
      "text/plain;",
      "te\u00e4t/x"
    ]
  ) {
    it.effect(`is refused as ${JSON.stringify(contentType)}`, () =>
      Effect.gen(function*() {
        const attachment = Attachment.bytes(utf8("x"), { contentType })
        const error = yield* Effect.flip(Outgoing.prepare(Message.make({ attachments: [attachment] })))
        assert.strictEqual(error._tag, "BadHeaderError")
      }))
  }

  for (
    const parameter of [`a="${"x".repeat(1000)}"`, "name*=utf-8''evil.exe", "a%=b", "a=b; A=c", "a", "a=\u00e9", "=b"]
  ) {
    it.effect(`is refused with the parameter ${parameter.slice(0, 40)}`, () =>
      Effect.gen(function*() {
        const attachment = Attachment.bytes(utf8("x"), { contentType: `application/x; ${parameter}` })
        const error = yield* Effect.flip(Outgoing.prepare(Message.make({ attachments: [attachment] })))
        assert.strictEqual(error._tag, "BadHeaderError")
      }))
  }
})

describe("the name of an attachment", () => {
  const table: ReadonlyArray<readonly [filename: string, disposition: ReadonlyArray<string>, name?: string]> = [
    ["a.bin", ["Content-Disposition: attachment; filename=a.bin"]],
    ["a b.bin", ["Content-Disposition: attachment; filename=\"a b.bin\""]],
    ["\u00fcber.bin", ["Content-Disposition: attachment; filename*=utf-8''%C3%BCber.bin"], "uber.bin"],
    ["100%.bin", ["Content-Disposition: attachment; filename*=utf-8''100%25.bin"], "100_.bin"],
    ["it's.bin", ["Content-Disposition: attachment; filename*=utf-8''it%27s.bin"], "it_s.bin"],
    [`${"a".repeat(60)}.bin`, [
      "Content-Disposition: attachment;",
      ` filename*0*=utf-8''${"a".repeat(43)};`,
      ` filename*1*=${"a".repeat(17)}.bin`
    ], `${"a".repeat(46)}.bin`],
    ["\u2025", ["Content-Disposition: attachment; filename*=utf-8''%E2%80%A5"], "_"],
    ["\uff0e\uff0e\uff0fpasswd", [
      "Content-Disposition: attachment;",
      " filename*=utf-8''%EF%BC%8E%EF%BC%8E%EF%BC%8Fpasswd"
    ], "__passwd"],
    ["\u0301", ["Content-Disposition: attachment; filename*=utf-8''%CC%81"], "_"]
  ]
  for (const [filename, lines, name] of table) {
    it.effect(filename, () =>
      Effect.gen(function*() {
        const part = yield* rendered(Attachment.bytes(utf8("x"), { filename }))
        assert.deepStrictEqual(part.headers.find(({ name }) => name === "Content-Disposition")?.lines, lines)
        assert.strictEqual(part.filename, filename)
        assert.strictEqual(part.parameters.get("name"), name)
      }))
  }

  it.effect("stands once in Content-Type, as its author wrote it there", () =>
    Effect.gen(function*() {
      const part = yield* rendered(
        Attachment.bytes(utf8("x"), { filename: "\u00fc.pdf", contentType: "application/pdf; name=u.pdf" })
      )
      assert.strictEqual(part.parameters.get("name"), "u.pdf")
      assert.strictEqual(part.filename, "\u00fc.pdf")
    }))
})

describe("a filename that is a path is refused", () => {
  it.effect.each([
    "../x",
    "/x",
    "a/b",
    "\\x",
    "\\\\server\\share",
    "dir\\evil.exe",
    "..\\x",
    "a\\..",
    "a\\.. \\\"b",
    "C:evil.exe",
    "C:\\evil.exe",
    "z:",
    ".",
    "..",
    "...",
    "....",
    ". .",
    ".. ",
    " ..",
    "dir\\evil.exe:stream",
    "dir\\evil.exe::$DATA",
    "=?utf-8?Q?=2E=2E=2Fx?=",
    "=?iso-8859-1?q?dir=5Cevil.exe?=",
    "=?utf-8?B?Li4vLi4vZXRjL3Bhc3N3ZA==?="
  ])("%j", (filename) =>
    Effect.gen(function*() {
      const attachment = Attachment.bytes(utf8("x"), { filename })
      const error = yield* Effect.flip(Outgoing.prepare(Message.make({ attachments: [attachment] })))
      assert.strictEqual(error._tag === "BadHeaderError" && error.reason, "the filename is a path")
    }))

  it.effect.each([
    "a",
    ".a",
    "a.",
    "..a",
    "a..b",
    ".. a",
    "ab:c",
    "1:2",
    "a\\r\\nBcc: x",
    "a\"b\\c",
    "=?utf-8?Q?a=2Eexe?="
  ])(
    "%j is none",
    (filename) =>
      Effect.gen(function*() {
        assert.strictEqual((yield* rendered(Attachment.bytes(utf8("x"), { filename }))).filename, filename)
      })
  )
})

describe("the header of an attachment", () => {
  it.effect("holds disposition, Content-ID and further fields", () =>
    Effect.gen(function*() {
      const part = yield* rendered(Attachment.bytes(utf8("x"), {
        disposition: "inline",
        contentId: "logo@example.com",
        headers: { "Content-Description": "Gr\u00fc\u00dfe", "X-Test": "1" }
      }))
      assert.strictEqual(part.disposition, "inline")
      assert.strictEqual(MimeReader.header(part, "Content-ID"), "<logo@example.com>")
      assert.strictEqual(
        MimeReader.decodeWords(MimeReader.header(part, "Content-Description") ?? ""),
        "Gr\u00fc\u00dfe"
      )
      assert.strictEqual(MimeReader.header(part, "X-Test"), "1")
    }))

  for (
    const name of [
      "Content-Type",
      "content-disposition",
      "Content-ID",
      "Content-Transfer-Encoding",
      "To",
      "Bcc",
      "MIME-Version"
    ]
  ) {
    it.effect(`${name} is refused as a further field`, () =>
      Effect.gen(function*() {
        const attachment = Attachment.bytes(utf8("x"), { headers: { [name]: "x" } })
        const error = yield* Effect.flip(Outgoing.prepare(Message.make({ attachments: [attachment] })))
        assert.strictEqual(error._tag, "BadHeaderError")
      }))
  }

  it("inline gives any attachment a Content-ID", () => {
    const bytes = Attachment.bytes(utf8("x"), { filename: "x.png" })
    const expected = Attachment.inline(utf8("x"), { filename: "x.png", contentId: "logo" })
    assert.isTrue(Equal.equals(Attachment.inline(bytes, "logo"), expected))
    assert.isTrue(Equal.equals(bytes.pipe(Attachment.inline("logo")), expected))
    assert.strictEqual(bytes.disposition, "attachment")
  })
})

describe("content", () => {
  it.effect("of bytes and texts arrives as it is, line ends included", () =>
    Effect.gen(function*() {
      for (const text of ["", "a", "a\n", "a\r\n", "a\rb\n\nc\r\n", " \t\n.\n-- \n", "\u20ac\0"]) {
        for (const contentType of ["text/plain", "application/x"]) {
          assert.deepStrictEqual((yield* rendered(Attachment.bytes(utf8(text), { contentType }))).octets, utf8(text))
          assert.deepStrictEqual((yield* rendered(Attachment.text(text, { contentType }))).octets, utf8(text))
        }
      }
    }))

  it.effect("of an embedded message of ours is a message", () =>
    Effect.gen(function*() {
      const inner = Message.make({
        from: "zoe@example.org",
        to: "bob@example.com",
        subject: "Gr\u00fc\u00dfe",
        text: "\u00e4"
      })
      const { entity, outgoing } = yield* render(
        Message.make({ from: "ada@example.com", attachments: [Attachment.message(inner), Attachment.message(inner)] })
      )
      const messages = MimeReader.leaves(entity).map(({ octets }) => MimeReader.read(octets))
      const ids = [outgoing.messageId, ...messages.map((message) => MimeReader.header(message, "Message-ID"))]
      assert.strictEqual(new Set(ids).size, 3)
      for (const message of messages) {
        assert.strictEqual(MimeReader.decodeWords(MimeReader.header(message, "Subject") ?? ""), "Gr\u00fc\u00dfe")
        assert.strictEqual(MimeReader.textOf(message), "\u00e4")
        assert.match(MimeReader.header(message, "Message-ID") ?? "", /@example\.org>$/)
      }
    }))

  it.effect("is never read from a path: a text that looks like one is a text", () =>
    Effect.gen(function*() {
      for (const path of ["/etc/passwd", "file:///etc/passwd", "http://169.254.169.254/latest/meta-data/"]) {
        assert.deepStrictEqual((yield* rendered(Attachment.text(path))).octets, utf8(path))
      }
    }))
})

describe("file", () => {
  const missing = (path: string) =>
    PlatformError.SystemError.make({ reason: "NotFound", module: "FileSystem", method: "stat", pathOrDescriptor: path })

  const files = (contents: Readonly<Record<string, Uint8Array>>) =>
    Layer.merge(
      Path.layer,
      FileSystem.layerNoop({
        stat: (path) => {
          const content = contents[path]
          return content === undefined
            ? Effect.fail(missing(path))
            : Effect.succeed({ size: FileSystem.Size(content.length) } as FileSystem.File.Info)
        },
        readFile: (path) => {
          const content = contents[path]
          return content === undefined || content.length > 1024 * 1024
            ? Effect.fail(missing(path))
            : Effect.succeed(content)
        },
        stream: (path) => {
          const content = contents[path] ?? new Uint8Array(0)
          return Stream.map(
            Stream.range(0, Math.ceil(content.length / 65_536) - 1),
            (i) => content.subarray(i * 65_536, (i + 1) * 65_536)
          )
        }
      })
    )

  const big = Uint8Array.from({ length: 1024 * 1024 + 1 }, (_, i) => i)

  const layer = files({ "in/a.csv": utf8("a,b\n"), "in/big.bin": big, "in/saved.eml": utf8("Subject: x\n\nx") })

  it.effect("has its name and its type from the path", () =>
    Effect.gen(function*() {
      const attachment = yield* Attachment.file("in/a.csv")
      const part = yield* rendered(attachment)
      assert.strictEqual(attachment._tag, "Bytes")
      assert.strictEqual(part.filename, "a.csv")
      assert.strictEqual(part.type, "text/csv")
      assert.deepStrictEqual(part.octets, utf8("a,b\n"))
    }).pipe(Effect.provide(layer)))

  it.effect("has them from the options where they say so", () =>
    Effect.gen(function*() {
      const part = yield* rendered(yield* Attachment.file("in/a.csv", { filename: "b.txt", contentType: "text/x" }))
      assert.strictEqual(part.filename, "b.txt")
      assert.strictEqual(part.type, "text/x")
    }).pipe(Effect.provide(layer)))

  it.effect("is streamed when it is large, anew each time", () =>
    Effect.gen(function*() {
      const attachment = yield* Attachment.file("in/big.bin")
      assert.strictEqual(attachment._tag, "Streamed")
      const outgoing = yield* Outgoing.prepare(Message.make({ attachments: [attachment] }))
      const bytes = yield* Mime.render(outgoing)
      assert.deepStrictEqual(yield* Mime.render(outgoing), bytes)
      assert.deepStrictEqual(MimeReader.leaves(MimeReader.read(bytes))[0]?.octets, big)
    }).pipe(Effect.provide(layer)))

  it.effect("that is a saved message is one", () =>
    Effect.gen(function*() {
      const part = yield* rendered(yield* Attachment.file("in/saved.eml"))
      assert.strictEqual(part.type, "message/rfc822")
    }).pipe(Effect.provide(layer)))

  const odd = Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const directory = yield* fs.makeTempDirectoryScoped()
    const [fifo, socket, link] = ["fifo", "socket", "link"].map((name) => `${directory}/${name}`)
    assert(fifo !== undefined && socket !== undefined && link !== undefined)
    execFileSync("mkfifo", [fifo])
    yield* fs.symlink(fifo, link)
    yield* Effect.acquireRelease(
      Effect.async<Server>((resume) => {
        const server = createServer().listen(socket, () => resume(Effect.succeed(server)))
      }),
      (server) => Effect.sync(() => server.close())
    )
    return [directory, fifo, socket, link, "/dev/null", "/dev/zero"]
  })

  it.scopedLive("that is a directory, a pipe, a socket or a device is a PlatformError, and is not opened", () =>
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const opened: Array<string> = []
      const watching = FileSystem.FileSystem.of({
        ...fs,
        open: (path, options) => Effect.zipRight(Effect.sync(() => opened.push(path)), fs.open(path, options)),
        readFile: (path) => Effect.zipRight(Effect.sync(() => opened.push(path)), fs.readFile(path))
      })
      for (const path of yield* odd) {
        for (const filename of ["x.bin", "x.eml"]) {
          const error = yield* Effect.flip(Attachment.file(path, { filename })).pipe(
            Effect.provideService(FileSystem.FileSystem, watching)
          )
          assert(error._tag === "SystemError")
          assert.strictEqual(error.reason, "BadResource")
          assert.strictEqual(error.pathOrDescriptor, path)
        }
      }
      assert.deepStrictEqual(opened, [])
    }).pipe(Effect.provide(NodeContext.layer)))

  it.scopedLive("that was replaced by a pipe before the message is sent does not hang", () =>
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const path = `${yield* fs.makeTempDirectoryScoped()}/x.bin`
      yield* fs.writeFile(path, big)
      const outgoing = yield* Outgoing.prepare(Message.make({ attachments: [yield* Attachment.file(path)] }))
      yield* fs.remove(path)
      execFileSync("mkfifo", [path])
      for (const read of [Mime.render(outgoing), Mime.runForEach(outgoing, () => Effect.void)]) {
        const error = yield* Effect.flip(read)
        assert(error._tag === "AttachmentError" && PlatformError.isPlatformError(error.cause))
        assert.isTrue(error.isTransient)
      }
    }).pipe(Effect.provide(NodeContext.layer)))

  it.effect("that is not there is a PlatformError", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* Effect.flip(Attachment.file("in/none")), missing("in/none"))
    }).pipe(Effect.provide(layer)))
})
