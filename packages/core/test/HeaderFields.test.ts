import { Message, Outgoing } from "@effect-mail/core"
import * as MimeReader from "@effect-mail/test-kit/MimeReader"
import { render } from "@effect-mail/test-kit/RenderedMessage"
import { assert, describe, it } from "@effect/vitest"
import { DateTime, Effect } from "effect"

const linesOf = (message: Message.Message, name: string) =>
  Effect.map(
    render(message),
    ({ entity }) => entity.headers.filter((header) => header.name === name).flatMap(({ lines }) => lines)
  )

const valueOf = (message: Message.Message, name: string) =>
  Effect.map(render(message), ({ entity }) => MimeReader.header(entity, name))

describe("folding", () => {
  const table: ReadonlyArray<readonly [title: string, Message.Options, name: string, lines: ReadonlyArray<string>]> = [
    ["an empty subject", {}, "Subject", ["Subject:"]],
    ["a short subject", { subject: "Hello" }, "Subject", ["Subject: Hello"]],
    ["78 characters in one line", { subject: `${"a".repeat(34)} ${"b".repeat(34)}` }, "Subject", [
      `Subject: ${"a".repeat(34)} ${"b".repeat(34)}`
    ]],
    ["79 characters in two", { subject: `${"a".repeat(34)} ${"b".repeat(35)}` }, "Subject", [
      `Subject: ${"a".repeat(34)}`,
      ` ${"b".repeat(35)}`
    ]],
    ["the very blanks are kept", { subject: `${"a".repeat(60)}  ${"b".repeat(60)}` }, "Subject", [
      `Subject: ${"a".repeat(60)}`,
      `  ${"b".repeat(60)}`
    ]],
    ["addresses at their commas", { to: Array.from({ length: 4 }, (_, i) => `reader-number-${i}@example.com`) }, "To", [
      "To: reader-number-0@example.com, reader-number-1@example.com,",
      " reader-number-2@example.com, reader-number-3@example.com"
    ]],
    ["a long word for programs stays whole", { headers: { "X-Url": "u".repeat(200) } }, "X-Url", [
      "X-Url:",
      ` ${"u".repeat(200)}`
    ]],
    [
      "References at their blanks",
      { references: [`${"a".repeat(50)}@example.com`, `${"b".repeat(50)}@example.com`] },
      "References",
      [
        `References: <${"a".repeat(50)}@example.com>`,
        ` <${"b".repeat(50)}@example.com>`
      ]
    ]
  ]
  for (const [title, options, name, lines] of table) {
    it.effect(title, () =>
      Effect.gen(function*() {
        assert.deepStrictEqual(yield* linesOf(Message.make(options), name), lines)
      }))
  }

  for (
    const [title, name, value] of [
      ["a word in the subject", "Subject", "s".repeat(200)],
      ["a word for people", "Comments", "s".repeat(200)],
      ["a word for programs", "X-Url", "s".repeat(1200)]
    ] as const
  ) {
    it.effect(`${title} that no line can hold is encoded`, () =>
      Effect.gen(function*() {
        const message = name === "Subject"
          ? Message.make({ subject: value })
          : Message.make({ headers: { [name]: value } })
        const lines = yield* linesOf(message, name)
        for (const line of lines) assert.isAtMost(line.length, 78)
        assert.strictEqual(MimeReader.decodeWords(lines.join("").replace(`${name}: `, "")), value)
      }))
  }
})

describe("encoded-words", () => {
  const table: ReadonlyArray<readonly [subject: string, written: string]> = [
    ["Firstname S\u00fcrname", "=?utf-8?Q?Firstname_S=C3=BCrname?="],
    ["\u65e5\u672c\u8a9e", "=?utf-8?B?5pel5pys6Kqe?="],
    [" edge ", "=?utf-8?Q?_edge_?="],
    ["tab\tand blank", "=?utf-8?Q?tab=09and_blank?="],
    ["=?utf-8?Q?x?=", "=?utf-8?B?PT91dGYtOD9RP3g/PQ==?="],
    ["1 + 1 = 2?", "1 + 1 = 2?"]
  ]
  for (const [subject, written] of table) {
    it.effect(`${JSON.stringify(subject)} as ${written}`, () =>
      Effect.gen(function*() {
        assert.strictEqual(yield* valueOf(Message.make({ subject }), "Subject"), written)
      }))
  }
})

describe("names", () => {
  const table: ReadonlyArray<readonly [name: string, written: string]> = [
    ["Ada Lovelace", "Ada Lovelace <ada@example.com>"],
    ["Dr. No", "\"Dr. No\" <ada@example.com>"],
    ["Lovelace, Ada", "\"Lovelace, Ada\" <ada@example.com>"],
    ["the \"first\"", "\"the \\\"first\\\"\" <ada@example.com>"],
    ["ada@example.org", "\"ada@example.org\" <ada@example.com>"],
    ["J\u00f6rg", "=?utf-8?B?SsO2cmc=?= <ada@example.com>"],
    ["S\u00fcrname, Firstname", "=?utf-8?Q?S=C3=BCrname=2C_Firstname?= <ada@example.com>"],
    ["", "ada@example.com"]
  ]
  for (const [name, written] of table) {
    it.effect(`${JSON.stringify(name)} as ${written}`, () =>
      Effect.gen(function*() {
        const from = { name, address: "ada@example.com" }
        assert.strictEqual(yield* valueOf(Message.make({ from }), "From"), written)
      }))
  }
})

describe("dates", () => {
  const table: ReadonlyArray<readonly [date: DateTime.DateTime, written: string]> = [
    [DateTime.unsafeMake("2026-11-20T09:30:00.999Z"), "Fri, 20 Nov 2026 09:30:00 +0000"],
    [
      DateTime.unsafeMakeZoned("2026-11-20T09:30:00Z", { timeZone: DateTime.zoneMakeOffset(-12_600_000) }),
      "Fri, 20 Nov 2026 06:00:00 -0330"
    ],
    [
      DateTime.unsafeMakeZoned("2026-07-01T22:30:00Z", { timeZone: "Europe/Berlin" }),
      "Thu, 02 Jul 2026 00:30:00 +0200"
    ],
    [DateTime.unsafeMake("1900-01-01T00:00:00Z"), "Mon, 01 Jan 1900 00:00:00 +0000"]
  ]
  for (const [date, written] of table) {
    it.effect(written, () =>
      Effect.gen(function*() {
        assert.strictEqual(yield* valueOf(Message.make({ date }), "Date"), written)
      }))
  }

  for (const date of ["1899-12-31T23:59:59Z", "+010000-01-01T00:00:00Z", "-000001-01-01T00:00:00Z"]) {
    it.effect(`${date} is refused`, () =>
      Effect.gen(function*() {
        const error = yield* Effect.flip(Outgoing.prepare(Message.make({ date: DateTime.unsafeMake(date) })))
        assert.strictEqual(error._tag, "BadHeaderError")
      }))
  }
})

describe("lists and conversations", () => {
  it.effect("an https URL announces one-click", () =>
    Effect.gen(function*() {
      const message = Message.make({
        listId: "news.example.com",
        listUnsubscribe: ["mailto:leave@example.com?subject=leave", "https://example.com/leave?reader=1"]
      })
      assert.strictEqual(yield* valueOf(message, "List-Id"), "<news.example.com>")
      assert.strictEqual(
        yield* valueOf(message, "List-Unsubscribe"),
        "<mailto:leave@example.com?subject=leave>, <https://example.com/leave?reader=1>"
      )
      assert.strictEqual(yield* valueOf(message, "List-Unsubscribe-Post"), "List-Unsubscribe=One-Click")
    }))

  it.effect("a mailto URL alone does not", () =>
    Effect.gen(function*() {
      const message = Message.make({ listUnsubscribe: "mailto:leave@example.com" })
      assert.isUndefined(yield* valueOf(message, "List-Unsubscribe-Post"))
    }))

  it.effect("a URL that no line can hold is refused", () =>
    Effect.gen(function*() {
      const message = Message.make({ listUnsubscribe: `https://example.com/${"x".repeat(1000)}` })
      assert.strictEqual((yield* Effect.flip(Outgoing.prepare(message)))._tag, "BadHeaderError")
    }))

  it.effect("Message-IDs are written with angle brackets", () =>
    Effect.gen(function*() {
      const message = Message.make({ inReplyTo: "a@b", references: ["<z@b>", "a@b"], messageId: "c@d" })
      assert.strictEqual(yield* valueOf(message, "In-Reply-To"), "<a@b>")
      assert.strictEqual(yield* valueOf(message, "References"), "<z@b> <a@b>")
      assert.strictEqual(yield* valueOf(message, "Message-ID"), "<c@d>")
    }))
})

describe("the envelope", () => {
  it.effect("holds addresses in the form of the commands, each once", () =>
    Effect.gen(function*() {
      const outgoing = yield* Outgoing.prepare(Message.make({
        from: "Ada <ada@b\u00fccher.example>",
        to: ["\"a b\"@example.com", "bob@example.com"],
        cc: "Bob <bob@EXAMPLE.com>",
        bcc: "\"bob\"@example.com"
      }))
      assert.deepStrictEqual(outgoing.envelope, {
        from: "ada@xn--bcher-kva.example",
        to: ["\"a b\"@example.com", "bob@example.com"],
        smtpUtf8: false
      })
      assert.isFalse(outgoing.eightBit)
    }))

  it.effect("an empty envelope sender is the null reverse-path", () =>
    Effect.gen(function*() {
      const { envelope } = yield* Outgoing.prepare(Message.make({ envelopeFrom: "", to: "bob@example.com" }))
      assert.strictEqual(envelope.from, "")
    }))

  for (
    const [place, options, eightBit] of [
      ["From", { from: "j\u00f6rg@example.com" }, true],
      ["To", { to: "j\u00f6rg@example.com" }, true],
      ["Reply-To", { replyTo: "j\u00f6rg@example.com" }, true],
      ["Bcc", { bcc: "j\u00f6rg@example.com" }, false],
      ["MAIL FROM", { envelopeFrom: "j\u00f6rg@example.com" }, false]
    ] as const
  ) {
    it.effect(`a local part beyond ASCII in ${place} needs SMTPUTF8`, () =>
      Effect.gen(function*() {
        const { bytes, outgoing } = yield* render(Message.make(options))
        assert.isTrue(outgoing.envelope.smtpUtf8)
        assert.strictEqual(outgoing.eightBit, eightBit)
        assert.strictEqual(new TextDecoder("utf-8", { fatal: true }).decode(bytes).includes("j\u00f6rg@"), eightBit)
      }))
  }
})
