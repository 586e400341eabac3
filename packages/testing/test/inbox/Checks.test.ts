/** Each check with a message in which it finds something, and one that is good in every way. */
import { DevInbox } from "@effect-mail/testing"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"

const good = {
  From: "Ada <ada@example.com>",
  To: "bob@example.com",
  Subject: "Hello",
  Date: "Tue, 24 Nov 2026 10:00:00 +0000",
  "Message-ID": "<a@example.com>",
  "MIME-Version": "1.0"
}

type Fields = Readonly<Record<string, string | undefined>>

const octets = (text: string): Uint8Array => Uint8Array.from(text, (char) => char.charCodeAt(0))

const header = (fields: Fields): string =>
  Object.entries({ ...good, ...fields }).filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}: ${value}\r\n`).join("")

const plain = (body: string, fields: Fields = {}): Uint8Array => octets(`${header(fields)}\r\n${body}`)

const parts = (...all: ReadonlyArray<string>): Uint8Array =>
  octets(
    `${header({ "Content-Type": "multipart/related; boundary=b" })}\r\n${
      all.map((part) => `--b\r\n${part}\r\n`).join("")
    }--b--\r\n`
  )

const text = (body: string) => `Content-Type: text/plain\r\n\r\n${body}`
const html = (body: string, text = "Hello") =>
  parts(`Content-Type: text/plain\r\n\r\n${text}`, `Content-Type: text/html\r\n\r\n${body}`)

const table: ReadonlyArray<readonly [id: string, message: Uint8Array]> = [
  ["line-too-long", plain("x".repeat(999))],
  ["header-line-long", plain("x", { Subject: "x ".repeat(60) })],
  ["bare-line-end", plain("one\ntwo")],
  ["bare-line-end", plain("one\rtwo")],
  ["eight-bit-header", plain("x", { Subject: "Gr\u00fc\u00dfe" })],
  ["nul", plain("a\0b")],
  ["no-date", plain("x", { Date: undefined })],
  ["no-from", plain("x", { From: undefined })],
  ["repeated-header", octets(`${header({})}SUBJECT: again\r\n\r\nx`)],
  ["message-id", plain("x", { "Message-ID": undefined })],
  ["message-id", plain("x", { "Message-ID": "<without a domain>" })],
  ["bcc-in-header", plain("x", { Bcc: "eve@example.com" })],
  ["unsubscribe", plain("x", { Precedence: "bulk" })],
  ["unsubscribe", plain("x", { "List-Unsubscribe": "<https://example.com/u>" })],
  ["no-text-part", octets(`${header({ "Content-Type": "text/html" })}\r\n<p>Hello`)],
  ["text-differs", html("<p>Hello, this costs 24.00 and 3.90", "Hello")],
  ["file-name", parts(text("x"), "Content-Type: x/y; name=\"=?utf-8?q?a?=\"\r\n\r\nx")],
  ["base64-ascii", octets(`${header({ "Content-Transfer-Encoding": "base64" })}\r\naGVsbG8=`)],
  ["bad-encoding", octets(`${header({ "Content-Transfer-Encoding": "base64" })}\r\n!!!`)],
  ["bad-encoding", octets(`${header({ "Content-Transfer-Encoding": "uuencode" })}\r\nx`)],
  ["charset", octets(`${header({ "Content-Type": "text/plain; charset=utf-8" })}\r\n\u00ff`)],
  ["charset", octets(`${header({ "Content-Type": "text/plain; charset=nonsense" })}\r\nx`)],
  ["broken", octets(`${header({ "Content-Type": "multipart/mixed; boundary=never" })}\r\nx`)],
  [
    "unused-inline",
    parts(text("x"), "Content-Type: image/png\r\nContent-ID: <a>\r\nContent-Disposition: inline\r\n\r\nx")
  ],
  ["clipped", html(`<p>Hello</p>${"<!-- x -->\r\n".repeat(10_000)}`)],
  ["outside-images", html("<p>Hello<img alt=\"\" src=\"https://cdn.example.com/a.png\">")],
  ["no-alt", html("<p>Hello<img src=\"data:,\">")],
  ["http-links", html("<a href=\"http://example.com/\">Hello</a>")],
  ["script", html("<p>Hello<script>1</script>")],
  ["script", html("<a href=\"javascript:x()\">Hello</a>")],
  ["link-names-another", html("<a href=\"https://evil.example/\">https://bank.example/</a>", "https://bank.example/")],
  ["missing-cid", html("<p>Hello<img alt=\"\" src=\"cid:none\">")]
]

const found = (message: Uint8Array) =>
  Effect.scoped(Effect.gen(function*() {
    const inbox = yield* DevInbox.make()
    const { id } = yield* inbox.add(message)
    return (yield* inbox.checks(id)).findings
  }))

describe("Checks", () => {
  for (const [id, message] of table) {
    it.live(`finds ${id}, and says where the rule is from`, () =>
      Effect.map(found(message), (findings) => {
        const one = findings.find((finding) => finding.id === id)
        assert.isDefined(one, findings.map((finding) => finding.id).join())
        assert.isNotEmpty(one?.source)
        assert.isNotEmpty(one?.detail)
      }))
  }

  it.live("finds nothing in what is good", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* found(plain("Hello, Bob\r\n")), [])
      assert.deepStrictEqual(yield* found(html("<p>Hello</p>")), [])
    }))

  const styled = (css: string) => html(`<p>Hello</p><style>${css}</style>`)
  const unsupported: ReadonlyArray<readonly [slug: string, client: string, message: Uint8Array]> = [
    ["css-variables", "Gmail", styled("p { color: var(--ink) }")],
    ["css-position", "Outlook", html("<p style=\"position:absolute\">Hello")],
    ["css-left-right-top-bottom", "Gmail", html("<p style='TOP: 4px'>Hello")],
    ["css-display-flex", "Outlook", styled("@media (max-width:9px) { p { display:flex } }")],
    ["css-pseudo-class-hover", "Gmail (iOS", styled("p:hover{color:red}")],
    ["html-video", "Gmail", html("<video src=a>Hello</video>")],
    ["html-svg", "Outlook", html("<svg></svg>Hello")],
    ["html-link", "Gmail", html("<link rel=stylesheet href=a.css>Hello")],
    ["image-base64", "Gmail", html("<img alt=Hello src=\"data:image/png;base64,x\">")],
    ["image-avif", "Outlook", html("<img alt=Hello src=\"https://example.com/a.avif\">")]
  ]
  for (const [slug, client, message] of unsupported) {
    it.live(`says that ${slug} is not supported by ${client}, and where that is explained`, () =>
      Effect.map(found(message), (findings) => {
        const one = findings.find(({ id }) => id === `client-${slug}`)
        assert.include(one?.detail, client, findings.map(({ id }) => id).join())
        assert.strictEqual(one?.grade, "taste")
        assert.strictEqual(one?.url, `https://www.caniemail.com/features/${slug}/`)
      }))
  }

  it.live("looks at the chosen clients alone", () =>
    Effect.scoped(Effect.gen(function*() {
      const inbox = yield* DevInbox.make({ clients: ["thunderbird"] })
      const { id } = yield* inbox.add(html("<p style=\"position:absolute;color:var(--x)\">Hello"))
      for (const { detail, id: name } of (yield* inbox.checks(id)).findings) {
        if (name.startsWith("client-")) assert.notMatch(detail, /Gmail|Outlook|Yahoo/)
      }
      const none = yield* DevInbox.make({ clients: [] })
      const { id: other } = yield* none.add(html("<p style=\"position:absolute\">Hello"))
      assert.deepStrictEqual((yield* none.checks(other)).findings, [])
    })))

  // Each would take minutes where a check looks at the same octets again and again.
  const long: ReadonlyArray<readonly [what: string, html: string]> = [
    ["spaces after =", `<img src=${" ".repeat(900_000)}`],
    ["spaces after href", `<a href${" ".repeat(900_000)}`],
    ["tags that never end", "<a ".repeat(300_000)],
    ["angle brackets", "<".repeat(900_000)],
    ["styles that never end", "<style ".repeat(120_000)],
    ["styles that end at once", "<style></style>".repeat(60_000)],
    ["braces", `<style>${"@media{".repeat(120_000)}`],
    ["colons", `<style>${":a".repeat(400_000)}{}`],
    ["cid", "\"cid:".repeat(180_000)]
  ]
  for (const [what, content] of long) {
    it.live(`reads a megabyte of ${what} in one pass`, () =>
      Effect.map(found(html(content)), (findings) => {
        assert.isArray(findings)
      }), 30_000)
  }

  it.live("finds domains that differ, and names the line", () =>
    Effect.scoped(Effect.gen(function*() {
      const inbox = yield* DevInbox.make()
      const envelope = { from: "bounce@other.example", to: ["bob@example.com"] }
      const { id } = yield* inbox.add(plain("x"), envelope)
      assert.deepStrictEqual((yield* inbox.checks(id)).findings.map((finding) => finding.id), ["domains-differ"])
      const [long] = yield* found(plain(`one\r\ntwo\r\n${"x".repeat(2_000)}`))
      assert.strictEqual(long?.line, 10)
    })))
})
