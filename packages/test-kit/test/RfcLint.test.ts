import * as MimeReader from "@effect-mail/test-kit/MimeReader"
import * as RfcLint from "@effect-mail/test-kit/RfcLint"
import { assert, describe, it } from "@effect/vitest"

const lint = (...lines: ReadonlyArray<string>): ReadonlyArray<string> =>
  RfcLint.lint(MimeReader.octetsOf(lines.join("\r\n")), { smtpUtf8: false })

const required = ["Date: Fri, 20 Nov 2026 09:30:00 +0000", "From: ada@example.com", "MIME-Version: 1.0"]

const body = ["", "Hello", ""]

describe("the lint", () => {
  it("finds nothing in a good message", () => {
    assert.deepStrictEqual(lint(...required, "Subject: Hello", ...body), [])
  })

  it("accepts a line that cannot be folded", () => {
    assert.deepStrictEqual(
      lint(...required, "List-Unsubscribe:", ` <https://example.com/${"u".repeat(300)}>`, ...body),
      []
    )
  })

  const table: ReadonlyArray<readonly [title: string, lines: ReadonlyArray<string>]> = [
    ["a line that could be folded", [...required, `X-A: ${"a ".repeat(40)}`, ...body]],
    ["a first line that holds the name and a long token", [...required, `X-A: ${"a".repeat(80)}`, ...body]],
    ["a line of more than 998 octets", [...required, "", "a".repeat(999)]],
    ["a NUL", [...required, "", "\0"]],
    ["a CR", [...required, "", "a\rb"]],
    ["a LF", [...required, "", "a\nb"]],
    ["an octet above 127 in the header", [...required, "Subject: \u00e9", ...body]],
    ["a long encoded-word", [...required, "Subject:", ` =?utf-8?Q?${"a".repeat(64)}?=`, ...body]],
    ["an encoded-word of half a character", [...required, "Subject: =?utf-8?Q?=C3?=", ...body]],
    ["a field that stands twice", [...required, "Subject: a", "Subject: b", ...body]],
    ["no date", [...required.slice(1), ...body]],
    ["a Bcc", [...required, "Bcc: eve@example.com", ...body]]
  ]
  for (const [title, lines] of table) {
    it(`finds ${title}`, () => assert.strictEqual(lint(...lines).length, 1))
  }
})
