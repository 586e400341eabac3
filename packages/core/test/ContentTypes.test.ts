/**
 * What a content type says to a reader beside the type: no parameter does what a field of its own may not do.
 */
import { Attachment, Message, Outgoing } from "@effect-mail/core"
import * as Arbitraries from "@effect-mail/test-kit/Arbitraries"
import * as PostalMime from "@effect-mail/test-kit/PostalMimeReader"
import { render } from "@effect-mail/test-kit/RenderedMessage"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Stream } from "effect"

const octets = new Uint8Array([0x78])

/** Everything that a content type can be given to. */
const places: Readonly<Record<string, (contentType: string) => Message.Message>> = {
  octets: (contentType) => Message.make({ attachments: [Attachment.bytes(octets, { contentType })] }),
  text: (contentType) => Message.make({ attachments: [Attachment.text("x", { contentType })] }),
  stream: (contentType) =>
    Message.make({ attachments: [Attachment.stream(Stream.make(octets), { contentType, filename: "x.bin" })] }),
  "an image of the html": (contentType) =>
    Message.make({ html: "x", attachments: [Attachment.inline(octets, { contentId: "a", contentType })] }),
  "an alternative": (contentType) => Message.make({ text: "x", alternatives: [{ content: octets, contentType }] }),
  "an alternative that is text": (contentType) =>
    Message.make({ text: "x", alternatives: [{ content: "x", contentType }] }),
  "an embedded message": (contentType) =>
    Message.make({
      attachments: [Attachment.message(Message.make({ text: "x", alternatives: [{ content: octets, contentType }] }))]
    })
}

const refused = (message: Message.Message) =>
  Effect.map(Effect.flip(Outgoing.prepare(message)), (error) => {
    assert.strictEqual(error._tag === "BadHeaderError" && error.field, "Content-Type")
  })

const quote = (value: string) => `"${value.replaceAll(/["\\]/g, "\\$&")}"`

const paths = [
  "../../etc/passwd",
  "/etc/passwd",
  "a/b",
  "..",
  ".",
  "...",
  ".. ",
  ". .",
  "..\\x",
  "dir\\evil.exe",
  "\\\\server\\share",
  "C:\\evil.exe",
  "C:evil.exe",
  "c:",
  "=?utf-8?Q?..=2F..=2Fetc=2Fpasswd?=",
  "=?UTF-8?b?Li4vLi4vZXRjL3Bhc3N3ZA==?=",
  "=?utf-8?Q?C=3Aevil.exe?=",
  "=?utf-8?Q?=2E=2E?=",
  "..=?utf-8?Q?=5Cx?=",
  ""
]

const forbidden = [
  ...paths.flatMap((path) => [`name=${quote(path)}`, `NAME=${quote(path)}`, `filename=${quote(path)}`]),
  "name*=utf-8''..%2Fx",
  "name*0=..; name*1=/x",
  "name*0*=utf-8''..%2Fx",
  "filename*=utf-8''..%2Fx",
  "name=a; Name=\"../x\"",
  "boundary=x",
  "BOUNDARY=\"x\"",
  ...[
    "utf-7",
    "UTF-7",
    "utf7",
    "utf_7",
    "csUTF7",
    "unicode-1-1-utf-7",
    "csUnicode11UTF7",
    "unicode-2-0-utf-7",
    "x-unicode-2-0-utf-7",
    "x-utf-7",
    "UTF-7-IMAP",
    "cp65000",
    "utf-32",
    "UTF-32BE",
    "ISO-10646-UCS-4",
    "CESU-8",
    "SCSU",
    "BOCU-1",
    "hz-gb-2312",
    "iso-2022-kr",
    "csISO2022KR",
    "ISO-2022-CN",
    "ISO-2022-CN-EXT",
    "ebcdic-us",
    "IBM037",
    "",
    " utf-8",
    "utf-8\\ ",
    "=?utf-8?q?utf-7?=",
    "a;b"
  ].flatMap((charset) => [`charset="${charset}"`, `CharSet="${charset}"`])
]

describe("a content type with this parameter is refused", () => {
  it.effect.each(forbidden)("%s", (parameter) =>
    Effect.forEach(
      Object.values(places),
      (place) =>
        Effect.zipRight(
          refused(place(`text/plain; ${parameter}`)),
          refused(place(`application/pdf;a=b; ${parameter}`))
        ),
      { discard: true }
    ))

  it.effect("or with thousands", () =>
    refused(places.octets?.(`text/x${Array.from({ length: 20_000 }, (_, i) => `;a${i}=b`).join("")}`) ?? Message.empty))
})

describe("the name in a content type", () => {
  const contentTypeOf = (contentType: string) =>
    Effect.map(
      render(Message.make({ attachments: [Attachment.bytes(octets, { contentType })] })),
      ({ bytes, entity }) => ({ bytes, part: entity.children[0] ?? entity })
    )

  it.effect.each(
    [
      ["u.pdf", "name=u.pdf"],
      ["a b.pdf", "name=\"a b.pdf\""],
      ["it's.pdf", "name*=utf-8''it%27s.pdf"],
      ["a\"b.pdf", "name*=utf-8''a%22b.pdf"],
      ["=?utf-8?Q?evil=2Eexe?=", "name*=utf-8''%3D%3Futf-8%3FQ%3Fevil%3D2Eexe%3F%3D"]
    ] as const
  )("is written as a filename is: %s", ([name, written]) =>
    Effect.gen(function*() {
      const { part } = yield* contentTypeOf(`application/pdf; name=${quote(name)}`)
      const [field] = part.headers.filter((header) => header.name === "Content-Type")
      assert.include(field?.lines.join(""), written)
      assert.strictEqual(part.parameters.get("name"), name)
    }))

  it.effect.prop("is never a path to a reader", [Arbitraries.hostile], ([name]) =>
    Effect.gen(function*() {
      const type = `application/pdf; name=${quote(name)}`
      const prepared = yield* Effect.either(
        render(Message.make({ attachments: [Attachment.bytes(octets, { contentType: type })] }))
      )
      if (prepared._tag === "Left") return
      const email = yield* PostalMime.read(prepared.right.bytes)
      assert.notMatch(email.attachments[0]?.filename ?? "", /^\.+$|\//)
    }))
})

describe("the names of a charset", () => {
  const names: Readonly<Record<string, ReadonlyArray<string>>> = {
    "utf-8": ["utf-8", "UTF-8", "utf8", "csUTF8"],
    "iso-8859-1": [
      "ISO_8859-1:1987",
      "iso-ir-100",
      "ISO_8859-1",
      "ISO-8859-1",
      "latin1",
      "latin-1",
      "l1",
      "IBM819",
      "CP819",
      "csISOLatin1",
      "iso8859-1"
    ],
    "us-ascii": [
      "US-ASCII",
      "iso-ir-6",
      "ANSI_X3.4-1968",
      "ANSI_X3.4-1986",
      "ISO_646.irv:1991",
      "ISO646-US",
      "us",
      "IBM367",
      "cp367",
      "csASCII",
      "ascii"
    ]
  }
  for (const [charset, aliases] of Object.entries(names)) {
    it.effect.each(aliases)(`${charset}: %s`, (alias) =>
      Effect.gen(function*() {
        const options = { contentType: `text/plain; charset="${alias}"` }
        for (const attachment of [Attachment.text("x", options), Attachment.bytes(octets, options)]) {
          const { entity } = yield* render(Message.make({ attachments: [attachment] }))
          const part = entity.children[0] ?? entity
          assert.strictEqual(part.parameters.get("charset"), charset)
          assert.strictEqual(part.type, "text/plain")
        }
      }))
  }

  it.effect.each(["iso-2022-jp", "koi8-r", "windows-1252", "shift_jis", "big5", "gb18030"])(
    "others stay as they are: %s",
    (charset) =>
      Effect.gen(function*() {
        const attachment = Attachment.bytes(octets, { contentType: `text/plain; charset=${charset}` })
        const { entity } = yield* render(Message.make({ attachments: [attachment] }))
        assert.strictEqual((entity.children[0] ?? entity).parameters.get("charset"), charset)
      })
  )
})
