/**
 * What property tests put into messages.
 */
import { FastCheck as fc } from "effect"

const control = /[\x00-\x1f\x7f-\x9f]/

/** Any text of whole code points, some of it long. */
export const text: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.string({ unit: "grapheme" }),
  fc.string({ unit: "grapheme-ascii", maxLength: 200 }),
  fc.array(fc.constantFrom("a", " ", "\u00e9", "\t", "\r", "\n", "\r\n", ".", "=", "-", "\u{1f600}"), {
    maxLength: 200
  })
    .map((pieces) => pieces.join(""))
)

const inOneLine = (unit: fc.StringConstraints["unit"]): fc.Arbitrary<string> =>
  fc.string({ unit: unit ?? "grapheme", maxLength: 120 }).filter((text) => !control.test(text))

/** Any text that a header field can hold. */
export const line: fc.Arbitrary<string> = fc.oneof(
  inOneLine("binary"),
  inOneLine("grapheme"),
  inOneLine("grapheme-ascii"),
  fc.array(
    fc.constantFrom(
      "word",
      "\u00fcber",
      "\u00a0",
      " ",
      "  ",
      "=?utf-8?Q?x?=",
      "\"",
      "\\",
      "<",
      ">",
      ",",
      "(",
      ")",
      ";",
      "@"
    ),
    {
      maxLength: 40
    }
  ).map((pieces) => pieces.join(""))
)

/** Any name that a file can have. */
export const filename: fc.Arbitrary<string> = line.map((text) => `${text.replaceAll(/[/\\]/g, "")}.bin`)
  .filter((name) => !/^[A-Za-z]:/.test(name))

const label = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,10}[a-z0-9])?$/).filter((text) => !/^[0-9x]/.test(text))

export const domain: fc.Arbitrary<string> = fc.oneof(
  fc.tuple(label, label).map((labels) => labels.join(".")),
  fc.constantFrom("example.com", "b\u00fccher.example", "xn--bcher-kva.example", "[192.0.2.1]", "[IPv6:2001:db8::1]")
)

const dotAtom = fc.stringMatching(/^[a-zA-Z0-9!#$%&'*+/=?^_`{|}~-]{1,20}(\.[a-z0-9]{1,10})?$/)
  .filter((text) => !text.includes("=?"))

/** Any local part, without quotes: most of them need some. */
export const local: fc.Arbitrary<string> = fc.oneof(
  dotAtom,
  fc.string({ unit: "grapheme-ascii", minLength: 1, maxLength: 25 }),
  fc.constantFrom("\u7528\u6237", "j\u00f6rg", "e\u0301", "j\u00f6rg x")
).filter((text) => !/[<>]|=\?/.test(text))

/** An address at a named domain that needs no quotes. */
export const plainAddress: fc.Arbitrary<string> = fc.tuple(dotAtom, domain.filter((name) => !name.startsWith("[")))
  .map((parts) => parts.join("@"))

/** An address as it is written, its local part in quotes. */
export const quotedAddress: fc.Arbitrary<string> = fc.tuple(local, domain).map(([local, domain]) =>
  `"${local.replaceAll(/["\\]/g, "\\$&")}"@${domain}`
)

/** Text that attacks a header, an address, a MIME part or an SMTP command. */
export const hostile: fc.Arbitrary<string> = fc.array(
  fc.oneof(
    fc.constantFrom(
      "\r\n",
      "\r",
      "\n",
      "\0",
      "\u2028",
      "\u0085",
      "\ud800",
      "\udc00",
      "\u560d\u560a",
      "Bcc: eve@example.org",
      "<eve@example.org>",
      "eve@example.org",
      "\"",
      "\\",
      ",",
      ";",
      ":",
      "<",
      ">",
      "(",
      ")",
      "[",
      "]",
      "@",
      "=?utf-8?B?DQo=?=",
      "=?utf-8?Q?=0D=0A?=",
      "; filename=evil.exe",
      "; boundary=x",
      "--",
      "\r\n.\r\n",
      "RCPT TO:<eve@example.org>",
      " ",
      "\t",
      "x"
    ),
    fc.string({ unit: "binary", maxLength: 5 })
  ),
  { minLength: 1, maxLength: 8 }
).map((pieces) => pieces.join(""))
