import type { Message } from "@effect-mail/core"
import { Attachment } from "@effect-mail/core"
import * as MimeReader from "@effect-mail/test-kit/MimeReader"
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { type Behaviour, type Check, closedHole, each, notWanted, passed } from "../Behaviour.js"
import { letter, mailboxes, readBack, refused } from "../RoundTrip.js"

const ascii = /^[\x00-\x7f]*$/

/** Checks the transfer encoding of a text, and that it arrives. */
const goesAs = (encoding: string, text: string): Check =>
  Effect.map(readBack(letter({ text })), ({ email, entity, octets }) => {
    assert.strictEqual(MimeReader.header(entity, "Content-Transfer-Encoding"), encoding)
    assert.strictEqual(email.text, text)
    assert.match(octets, ascii)
    for (const line of octets.split("\r\n")) assert.isAtMost(line.length, 998)
  })

const latin1 = (options: Message.Options): Message.Message => letter({ charset: "iso-8859-1", ...options })

const longUrl = `https://example.com/unsubscribe/${"token".repeat(60)}`

export const encoding: ReadonlyArray<Behaviour> = [
  passed(
    78,
    "a subject and a comment beyond ASCII: ASCII on the wire",
    Effect.gen(function*() {
      const subject = "Za\u017c\u00f3\u0142\u0107 g\u0119\u015bl\u0105"
      const comment = "written by J\u00f6rg"
      const { email, entity, octets } = yield* readBack(letter({ subject, headers: { Comments: comment } }))
      assert.match(octets, ascii)
      assert.strictEqual(email.subject, subject)
      assert.strictEqual(MimeReader.decodeWords(MimeReader.header(entity, "Comments") ?? ""), comment)
    })
  ),

  passed(
    79,
    "a subject and a name beyond ASCII in a message of ISO-8859-1",
    Effect.gen(function*() {
      const to = "\"M\u00fcller, J\u00f6rg\" <bob@example.com>"
      const { email, octets } = yield* readBack(latin1({ subject: "Gr\u00fc\u00dfe von J\u00f6rg", to }))
      assert.match(octets, ascii)
      assert.strictEqual(email.subject, "Gr\u00fc\u00dfe von J\u00f6rg")
      assert.deepStrictEqual(mailboxes(email.to), [["M\u00fcller, J\u00f6rg", "bob@example.com"]])
    })
  ),

  passed(
    80,
    "a text in ISO-8859-1: in its octets, in an encoding that any server takes",
    Effect.gen(function*() {
      const { email, entity, octets } = yield* readBack(latin1({ text: "J\u00f6rg says hello.\n" }))
      assert.strictEqual(entity.parameters.get("charset"), "iso-8859-1")
      assert.include(octets, "\r\n\r\nJ=F6rg says hello.\r\n")
      assert.strictEqual(email.text, "J\u00f6rg says hello.\n")
    })
  ),

  passed(
    81,
    "text and html in ISO-8859-1",
    Effect.gen(function*() {
      const html = "<p>J\u00f6rg says <b>hello</b>.</p>"
      const { email, entity } = yield* readBack(latin1({ text: "J\u00f6rg says hello.", html }))
      assert.deepStrictEqual(entity.children.map(({ parameters }) => parameters.get("charset")), [
        "iso-8859-1",
        "iso-8859-1"
      ])
      assert.strictEqual(email.text?.trim(), "J\u00f6rg says hello.")
      assert.strictEqual(email.html?.trim(), html)
    })
  ),

  passed(
    82,
    "a text that its charset cannot hold",
    Effect.map(refused(latin1({ text: "\u65e5\u672c" })), (error) => {
      assert.strictEqual(error._tag, "InvalidMessageError")
      assert.include(error.message, "iso-8859-1")
    })
  ),

  passed(83, "an ASCII text of short lines", goesAs("7bit", "Hello, Bob\nHow are you?\n")),

  passed(
    84,
    "a text with some Latin letters: readable, never base64",
    each(
      ["Hello J\u00f6rg, how are \u00e0\u00e1\u00e4?\n", "Sch\u00f6ne Gr\u00fc\u00dfe, J\u00f6rg\n"],
      (text) => goesAs("quoted-printable", text)
    )
  ),

  passed(
    85,
    "a long line and some Cyrillic: the shorter encoding",
    goesAs("quoted-printable", `\u041f\u0440\u0438\u0432\u0435\u0442, Bob\n${"all of this is ASCII ".repeat(8)}\n`)
  ),

  passed(
    86,
    "one line of 1,600 octets of Cyrillic",
    goesAs("base64", "\u0414\u043e\u0431\u0440\u044b\u0439 \u0434\u0435\u043d\u044c ".repeat(80))
  ),

  passed(
    87,
    "one line of less than 998 characters and more than 998 octets",
    Effect.suspend(() => {
      const line = `${"vi bor ved s\u00f8en ".repeat(60)}\n`
      assert.isBelow(line.length, 998)
      assert.isAbove(new TextEncoder().encode(line).length, 998)
      return goesAs("quoted-printable", line)
    })
  ),

  passed(
    88,
    "the longest line that needs no encoding: 78 octets",
    Effect.gen(function*() {
      yield* goesAs("7bit", `${"a".repeat(78)}\n`)
      yield* goesAs("quoted-printable", `${"a".repeat(79)}\n`)
    })
  ),

  passed(
    89,
    "multiparts and messages in messages: never in quoted-printable or base64",
    Effect.gen(function*() {
      const inner = letter({ text: "J\u00f6rg ".repeat(300), html: "<p>\u65e5\u672c</p>" })
      const { entity } = yield* readBack(
        letter({ html: "<p>\u65e5\u672c</p>", attachments: [Attachment.message(inner)] })
      )
      const containers = MimeReader.all(entity).filter(({ type }) => /^(?:multipart|message)\//.test(type))
      assert.deepStrictEqual(containers.map(({ type }) => type), [
        "multipart/mixed",
        "multipart/alternative",
        "message/rfc822"
      ])
      for (const container of containers) assert.match(container.encoding, /^[78]bit$/)
    })
  ),

  passed(
    90,
    "a subject and a local part beyond ASCII for a server that takes them: the address as it is, the subject encoded",
    Effect.gen(function*() {
      const subject = "Br\u00f6d och sm\u00f6r"
      const { email, outgoing } = yield* readBack(letter({ subject, to: "n\u00f8n-\u00e5sc\u00eei@example.com" }))
      assert.isTrue(outgoing.envelope.smtpUtf8)
      assert.strictEqual(email.subject, subject)
      assert.deepStrictEqual(mailboxes(email.to), [["", "n\u00f8n-\u00e5sc\u00eei@example.com"]])
    })
  ),

  passed(
    91,
    "a text and an Arabic attachment for servers of seven bits: every message is fit for them",
    Effect.gen(function*() {
      const arabic = "\u0645\u0631\u062d\u0628\u0627 \u0628\u0627\u0644\u0639\u0627\u0644\u0645"
      const { email, entity, octets } = yield* readBack(
        letter({
          text: "Br\u00f6d och sm\u00f6r till frukost",
          attachments: [Attachment.text(arabic, { filename: "arabic.txt" })]
        })
      )
      assert.match(octets, ascii)
      assert.deepStrictEqual(entity.children.map((part) => part.encoding), ["quoted-printable", "base64"])
      assert.strictEqual(email.text?.trim(), "Br\u00f6d och sm\u00f6r till frukost")
      assert.strictEqual(MimeReader.textOf(entity.children[1] ?? entity), arabic)
    })
  ),

  notWanted(
    92,
    "the serialisation of an older policy of Python",
    "there is one rendering; row 78 says how it writes a subject"
  ),

  closedHole(
    93,
    "texts without a line end at their end",
    "no part gets one, so that attachments arrive as they were; only a message of one part ends its last line",
    Effect.gen(function*() {
      const { entity } = yield* readBack(
        letter({ text: "Hello", html: "<p>Hello</p>", attachments: [Attachment.text("a,b", { filename: "a.csv" })] })
      )
      assert.deepStrictEqual(MimeReader.leaves(entity).map(MimeReader.textOf), ["Hello", "<p>Hello</p>", "a,b"])
      const single = yield* readBack(letter({ text: "Hello" }))
      assert.strictEqual(MimeReader.textOf(single.entity), "Hello\r\n")
    })
  ),

  passed(
    94,
    "a CR alone in a text: a line end",
    Effect.map(readBack(letter({ text: "one\rtwo\nthree\r\nfour" })), ({ email, octets }) => {
      assert.strictEqual(email.text?.trim(), "one\ntwo\nthree\nfour")
      assert.notMatch(octets, /\r(?!\n)|(?<!\r)\n/)
    })
  ),

  closedHole(
    95,
    "a URL of 300 characters in an extra field",
    "written whole; a field for programs is never encoded, and refused where it is not ASCII",
    Effect.gen(function*() {
      assert.isAbove(longUrl.length, 300)
      yield* each(
        ["List-Help", "List-Unsubscribe", "X-Url"],
        (name) =>
          Effect.map(readBack(letter({ headers: { [name]: `<${longUrl}>` } })), ({ entity }) => {
            assert.strictEqual(MimeReader.header(entity, name)?.trim(), `<${longUrl}>`)
          })
      )
      const error = yield* refused(letter({ headers: { "List-Help": "<https://example.com/hilf\u00fc>" } }))
      assert.strictEqual(error._tag, "BadHeaderError")
    })
  ),

  closedHole(
    96,
    "the length of encoded-words",
    "at most 75 octets (RFC 2047 section 2), and no character is split",
    each(["\u00e9", "\u65e5", "\ud83d\ude00", "a\u00e9", "\u00e9 "], (piece) =>
      Effect.gen(function*() {
        const text = piece.repeat(120).trim()
        const message = letter({
          subject: text,
          to: { name: text, address: "bob@example.com" },
          headers: { "X-Any": text }
        })
        const { email, entity } = yield* readBack(message)
        const words = entity.headers.flatMap(({ value }) => MimeReader.words(value))
        assert.isAbove(words.length, 6)
        for (const word of words) {
          assert.isAtMost(word.length, 75)
          // Fails for a word that ends within a character.
          assert.notInclude(MimeReader.decodeWords(word), "\ufffd")
        }
        assert.strictEqual(email.subject, text)
        assert.deepStrictEqual(mailboxes(email.to), [[text, "bob@example.com"]])
      }))
  ),

  notWanted(97, "settings of the whole process", "there are none: rendering a message is a function of the message")
]
