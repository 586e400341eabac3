import { Attachment, Message, Mime, Outgoing } from "@effect-mail/core"
import { runs } from "@effect-mail/test-kit/Runs"
import { hostileMail, hostileOctets } from "@effect-mail/test-kit/Vectors"
import { MailReader } from "@effect-mail/testing"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FastCheck } from "effect"

const octets = (text: string): Uint8Array => Uint8Array.from(text, (char) => char.charCodeAt(0))

const read = (...lines: ReadonlyArray<string>): MailReader.Mail => MailReader.read(octets(lines.join("\r\n")))

const paths = ({ parts }: MailReader.Mail): ReadonlyArray<string> => parts.map(({ path, type }) => `${path} ${type}`)

describe("MailReader", () => {
  it("reads a message without any header, and one without anything", () => {
    assert.strictEqual(MailReader.text(MailReader.read(new Uint8Array(0))), "")
    assert.strictEqual(MailReader.text(read("", "hello")), "hello")
  })

  it("reads the first of fields that are there twice, unfolded and decoded", () => {
    const mail = read("Subject: =?utf-8?Q?Gr=C3=BC=C3=9Fe?=", " and more", "subject: other", "", "x")
    assert.strictEqual(MailReader.header(mail, "SUBJECT"), "Grüße and more")
    assert.isUndefined(MailReader.header(mail, "From"))
  })

  it("resolves groups and decodes names", () => {
    const mail = read(
      "To: Friends: \"Q, x\" <a@example.com>, b@example.com;, =?utf-8?Q?J=C3=BCrgen?= <c@example.com>",
      "",
      ""
    )
    assert.deepStrictEqual(MailReader.addresses(mail, "to"), [
      { name: "Q, x", address: "a@example.com" },
      { name: "", address: "b@example.com" },
      { name: "Jürgen", address: "c@example.com" }
    ])
  })

  it("numbers parts as IMAP does, and counts an attached message as one file", () => {
    const mail = read(
      "Content-Type: multipart/mixed; boundary=a",
      "",
      "preamble",
      "--a",
      "Content-Type: multipart/alternative; boundary=b",
      "",
      "--b",
      "Content-Type: text/plain",
      "",
      "text",
      "--b",
      "Content-Type: text/html",
      "",
      "<p>html",
      "--b--",
      "--a",
      "Content-Type: message/rfc822",
      "",
      "Subject: inner",
      "",
      "inside",
      "--a--",
      "epilogue"
    )
    assert.deepStrictEqual(paths(mail), [
      " multipart/mixed",
      "1 multipart/alternative",
      "1.1 text/plain",
      "1.2 text/html",
      "2 message/rfc822",
      "2.1 text/plain"
    ])
    assert.strictEqual(MailReader.text(mail), "text")
    assert.strictEqual(MailReader.html(mail), "<p>html")
    assert.deepStrictEqual(mail.files.map(({ path }) => path), ["2"])
  })

  it("takes a boundary only at the start of a line, and only the whole of it", () => {
    const mail = read(
      "Content-Type: multipart/mixed; boundary=\"b\"",
      "",
      "--b",
      "",
      "not --b",
      "--bc",
      "--b--"
    )
    assert.strictEqual(MailReader.text(mail), "not --b\r\n--bc")
  })

  it.each([
    ["base64", "aGVsbG8=\r\n", "hello"],
    ["BASE64", "aGVs\r\n bG8=", "hello"],
    ["quoted-printable", "a=3Db=\r\nc =C3=A9=ZZ", "a=bc é=ZZ"],
    ["8bit", "plain", "plain"],
    ["unheard-of", "plain", "plain"]
  ])("decodes %s", (encoding, body, text) => {
    const mail = read("Content-Type: text/plain; charset=utf-8", `Content-Transfer-Encoding: ${encoding}`, "", body)
    assert.strictEqual(MailReader.text(mail), text)
  })

  it("joins paragraphs of format=flowed, quotes apart", () => {
    const mail = read("Content-Type: text/plain; format=flowed", "", "one ", "two", "> quoted ", "> more", "-- ", "me")
    assert.strictEqual(MailReader.text(mail), "one two\n> quoted more\n-- \nme")
  })

  it("joins the pieces of a name (RFC 2231)", () => {
    const mail = read(
      "Content-Type: application/pdf",
      "Content-Disposition: attachment; filename*0*=UTF-8''%e2%82; filename*1*=%ac%20; filename*2=rates.pdf",
      "",
      ""
    )
    assert.strictEqual(MailReader.fileName(mail.root), "€ rates.pdf")
  })

  it.each([
    ["../../etc/passwd", "passwd"],
    ["C:\\Users\\Bob Smith\\run.exe", "run.exe"],
    ["a\u202efdp.exe", "afdp.exe"],
    ["..", "attachment-1.bin"],
    ["", "attachment-1.bin"],
    ["CON", "attachment-1.bin"],
    ["<x>:y|z?.txt", "_x__y_z_.txt"],
    ["1/2 price.txt", "2 price.txt"]
  ])("makes a name that can be saved of %j", (given, name) => {
    const encoded = Array.from(new TextEncoder().encode(given), (octet) => `%${octet.toString(16).padStart(2, "0")}`)
    const mail = read(
      "Content-Type: x/y",
      `Content-Disposition: attachment; filename*=UTF-8''${encoded.join("")}`,
      "",
      ""
    )
    assert.strictEqual(MailReader.fileName(mail.root), name)
  })

  it("keeps the end of a long name", () => {
    const mail = read("Content-Type: x/y", `Content-Disposition: attachment; filename="${"x".repeat(500)}.exe"`, "", "")
    const name = MailReader.fileName(mail.root)
    assert.isAtMost(Array.from(name).length, 120)
    assert.isTrue(name.endsWith(".exe"))
  })

  it("stops at 50 levels and at 1,000 parts, and says so", () => {
    const deep = Array.from({ length: 200 }, (_, i) => [`Content-Type: multipart/mixed; boundary=b${i}`, "", `--b${i}`])
      .flat()
    assert.deepStrictEqual(read(...deep).cuts, ["cut at 50 levels"])
    const messages = Array.from({ length: 200 }, () => ["Content-Type: message/rfc822", ""]).flat()
    assert.deepStrictEqual(read(...messages).cuts, ["cut at 50 levels"])
    const wide = [
      "Content-Type: multipart/mixed; boundary=b",
      "",
      ...Array.from({ length: 3_000 }, () => ["--b", "", "x"]).flat()
    ]
    assert.deepStrictEqual(read(...wide).cuts, ["cut at 1000 parts"])
    assert.deepStrictEqual(read(`X: ${"y".repeat(300_000)}`, "", "body").cuts, ["a header block over 256 KiB was cut"])
  })

  for (const vector of hostileMail) {
    it(`reads what wants to do harm: ${vector.id}`, () => {
      const mail = MailReader.read(hostileOctets(vector))
      for (const part of mail.parts) {
        assert.notMatch(MailReader.fileName(part), /[\p{Cc}\p{Cf}/\\]/u)
        assert.isDefined(MailReader.partOctets(mail, part))
      }
    })
  }

  it("reads any octets", () => {
    FastCheck.assert(FastCheck.property(FastCheck.uint8Array({ maxLength: 400 }), (bytes) => {
      const mail = MailReader.read(bytes)
      for (const part of mail.parts) {
        assert.isAtMost(part.end, bytes.length)
        assert.isAtLeast(part.bodyStart, part.start)
        MailReader.partOctets(mail, part)
      }
      MailReader.text(mail)
      MailReader.addresses(mail, "to")
    }))
  })

  it.effect.prop(
    "reads back what the library writes",
    [FastCheck.string({ unit: "grapheme", maxLength: 200 }), FastCheck.uint8Array({ maxLength: 300 })],
    ([text, content]) =>
      Effect.gen(function*() {
        const line = text.toWellFormed().replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, "")
        const message = Message.make({
          from: "ada@example.com",
          to: "bob@example.com",
          text: line,
          html: `<p>${line}`,
          attachments: [Attachment.bytes(content, { filename: "a b.bin" })]
        })
        const mail = MailReader.read(yield* Effect.flatMap(Outgoing.prepare(message), Mime.render))
        assert.strictEqual((MailReader.text(mail) ?? "").trimEnd(), line.trimEnd())
        assert.strictEqual(MailReader.html(mail)?.trimEnd(), `<p>${line}`.trimEnd())
        const [file] = mail.files
        const read = file === undefined ? undefined : new Uint8Array(MailReader.partOctets(mail, file))
        assert.deepStrictEqual(read, content)
        assert.strictEqual(file === undefined ? "" : MailReader.fileName(file), "a b.bin")
      }),
    runs(50)
  )
})
