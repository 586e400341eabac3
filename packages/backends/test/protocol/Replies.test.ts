import { runs } from "@effect-mail/test-kit/Runs"
import { assert, describe, it } from "@effect/vitest"
import { FastCheck as fc } from "effect"
import {
  cut,
  isFinal,
  isNegative,
  isPositive,
  isSyntaxError,
  parse,
  printable
} from "../../src/internal/smtp/protocol/reply/reply.js"
import { ReplyReader } from "../../src/internal/smtp/protocol/reply/replyReader.js"

const settings = runs(300).fastCheck
const readAll = (reader: ReplyReader): Array<string> => {
  const replies: Array<string> = []
  for (let reply = reader.next(); reply !== undefined; reply = reader.next()) replies.push(reply)
  return replies
}

/** What is read of octets that come so, and what is left. */
const read = (pieces: ReadonlyArray<Uint8Array>) => {
  const reader = new ReplyReader()
  const replies = pieces.flatMap((piece) => {
    reader.receive(Buffer.from(piece))
    return readAll(reader)
  })
  return { replies, rest: reader.rest, isEmpty: reader.isEmpty, isEndless: reader.isEndless }
}

const piecesOf = (octets: Uint8Array, cuts: ReadonlyArray<number>): ReadonlyArray<Uint8Array> => {
  const places = [0, ...cuts.map((cut) => cut % (octets.length + 1)).sort((a, b) => a - b), octets.length]
  return places.slice(1).map((end, i) => octets.subarray(places[i], end))
}

const bytewise = (octets: Uint8Array): ReadonlyArray<Uint8Array> => Array.from(octets, (octet) => Uint8Array.of(octet))

const line = fc.constantFrom(
  "250 ok",
  "250-ok",
  "250",
  "250-",
  "550\tno",
  "421 bye",
  "25",
  "2500 ok",
  "what?",
  "",
  " ",
  "250 gr\xc3\xbc\xc3\x9fe",
  "250 \xff\xfe",
  "250 a\rb",
  "250-\x00\x85",
  "334 "
)
const lineEnd = fc.constantFrom("\r\n", "\r\n", "\n", "\r\r\n", "\r", "\r\r\r\n")
const likely = fc.array(fc.tuple(line, lineEnd), { maxLength: 8 }).map((lines) =>
  Buffer.from(lines.map(([text, end]) => text + end).join(""), "latin1")
)
const octets: fc.Arbitrary<Uint8Array> = fc.oneof(likely, fc.uint8Array({ maxLength: 60 }))
const cuts = fc.array(fc.nat(1000), { maxLength: 6 })

describe("A reader of replies", () => {
  it("reads the same however the octets come in pieces", () => {
    fc.assert(
      fc.property(octets, cuts, (octets, cuts) => {
        const whole = read([octets])
        assert.deepStrictEqual(read(piecesOf(octets, cuts)), whole)
        assert.deepStrictEqual(read(bytewise(octets)), whole)
        for (let at = 0; at <= octets.length; at++) {
          assert.deepStrictEqual(read([octets.subarray(0, at), octets.subarray(at)]), whole)
        }
      }),
      settings
    )
  })

  it("reads the same when the replies are read later", () => {
    fc.assert(
      fc.property(octets, cuts, (octets, cuts) => {
        const reader = new ReplyReader()
        for (const piece of piecesOf(octets, cuts)) reader.receive(Buffer.from(piece))
        assert.deepStrictEqual(readAll(reader), read([octets]).replies)
      }),
      settings
    )
  })

  it("loses no octet: what it read, and what is left, is all there was", () => {
    const bare = (text: string) => text.replaceAll(/[\r\n]|^\s+$/gm, "")
    fc.assert(
      fc.property(fc.array(fc.tuple(line, lineEnd), { maxLength: 8 }), (lines) => {
        const text = lines.map(([text, end]) => text + end).join("").replaceAll("\xc3", "x").replaceAll(
          /^[ \r]+\n/gm,
          "\n"
        )
        const { replies, rest } = read([Buffer.from(text, "latin1")])
        assert.strictEqual(bare([...replies, rest].join("\n")), bare(text))
      }),
      settings
    )
  })

  it("is empty just where nothing is left", () => {
    fc.assert(fc.property(octets, (octets) => {
      const { isEmpty, rest } = read([octets])
      if (rest !== "") assert.isFalse(isEmpty)
      if (octets.length > 0 && !octets.includes(10)) assert.isFalse(isEmpty)
    }))
    for (const text of ["", "\r\n", "\n\n \r\n", "250 ok\r\n", "250-a\r\n250 b\n"]) {
      assert.isTrue(read([Buffer.from(text)]).isEmpty, JSON.stringify(text))
    }
    for (const text of ["\r", "2", "250 ok", "250 ok\r", "250-a\r\n", "250 a\r\n2"]) {
      assert.isFalse(read([Buffer.from(text)]).isEmpty, JSON.stringify(text))
    }
  })

  const replies: ReadonlyArray<readonly [text: string, replies: ReadonlyArray<string>, rest: string]> = [
    ["250 ok\r\n", ["250 ok"], ""],
    ["250 ok\n", ["250 ok"], ""],
    ["250 ok\r\r\n", ["250 ok"], ""],
    ["250 a\rb\r\n", ["250 a\rb"], ""],
    ["250-a\r\n250-b\n250 c\r\n", ["250-a\n250-b\n250 c"], ""],
    ["250-a\r\n550 b\r\n", ["250-a\n550 b"], ""],
    ["250-a\r\n\r\n250 b\r\n", ["250-a\n", "250 b"], ""],
    ["\r\n\r\n220 hi\r\n \r\n", ["220 hi"], ""],
    ["250 a\r\n354 b\r\n25", ["250 a", "354 b"], "25"],
    ["421-a\r\n421 b", [], "421-a\n421 b"],
    ["250 gr\xc3\xbc\xc3\x9fe\r\n", ["250 gr\u00fc\u00dfe"], ""],
    ["250 gr\xfc\xdfe\r\n", ["250 gr\u00fc\u00dfe"], ""],
    ["250 \xc3\xbc\xfc\r\n", ["250 \u00c3\u00bc\u00fc"], ""],
    ["250 \xe2\x80\xa8\x85\r\n", ["250 \u00e2\u0080\u00a8\u0085"], ""],
    ["250 \xf0\x9f\x98\x80\r\n", ["250 \u{1f600}"], ""]
  ]
  for (const [text, expected, rest] of replies) {
    it(`reads ${JSON.stringify(text)}`, () => {
      const seen = read(bytewise(Buffer.from(text, "latin1")))
      assert.deepStrictEqual([seen.replies, seen.rest], [expected, rest])
    })
  }

  it("reads every text of UTF-8 as it was written", () => {
    const text = fc.string({ unit: "binary", maxLength: 20 }).filter((text) => !/[\r\n\ufffd]/.test(text))
    fc.assert(
      fc.property(text, (text) => {
        assert.deepStrictEqual(read([Buffer.from(`250 ${text}\r\n`)]).replies, [`250 ${text}`])
      }),
      { ...settings, examples: [["\ufeff"], ["\u2028"]] }
    )
  })

  it("reads the replacement character as it was written", () => {
    assert.deepStrictEqual(read([Buffer.from("250 a\ufffdb\r\n")]).replies, ["250 a\ufffdb"])
  })

  it("reads octets that are no UTF-8 one character for each", () => {
    const beyond = fc.uint8Array({ min: 0x80, max: 0xbf, minLength: 1, maxLength: 20 })
    fc.assert(fc.property(beyond, (octets) => {
      const text = Buffer.from(octets).toString("latin1")
      assert.deepStrictEqual(read([Buffer.from(`250 ${text}\r\n`, "latin1")]).replies, [`250 ${text}`])
    }))
  })

  it("forgets what was not read", () => {
    for (const text of ["250-a\r\n25", "250 a\r\n250 b\r\n", "25", "\r"]) {
      const reader = new ReplyReader()
      reader.receive(Buffer.from(text))
      if (text.startsWith("250-")) reader.next()
      reader.clear()
      assert.deepStrictEqual([reader.isEmpty, reader.rest], [true, ""])
      reader.receive(Buffer.from("220 hi\r\n"))
      assert.deepStrictEqual(readAll(reader), ["220 hi"])
    }
  })
})

describe("A reply without end", () => {
  const limit = 512 * 1024
  const shapes: Readonly<Record<string, Buffer>> = {
    "a line": Buffer.alloc(2 * limit, "2"),
    "lines that go on": Buffer.alloc(2 * limit, "220-x\r\n"),
    "long lines that go on": Buffer.alloc(2 * limit, `220-${"x".repeat(9994)}\r\n`)
  }
  for (const [what, octets] of Object.entries(shapes)) {
    it(`is known as one, ${what}, before much of it is held`, () => {
      const reader = new ReplyReader()
      let at = 0
      while (!reader.isEndless && at < octets.length) {
        reader.receive(octets.subarray(at, at += 1000))
        readAll(reader)
      }
      assert.isAtLeast(at, limit)
      assert.isAtMost(at, 1.3 * limit)
    })
  }

  it("is none where it ends in time, nor are many of them", () => {
    for (const octets of [Buffer.from(`250 ${"x".repeat(500_000)}\r\n`), Buffer.alloc(4 * limit, "250 ok\r\n")]) {
      assert.isFalse(read([octets]).isEndless)
      assert.isFalse(read([octets.subarray(0, 400_000), octets.subarray(400_000)]).isEndless)
    }
  })
})

describe("Reading takes a time in proportion to what is read", () => {
  const shapes: Readonly<Record<string, string>> = {
    "one line": "x",
    "carriage returns": "\r",
    "empty lines": "\r\n",
    "blank lines": " \r\n",
    "lines that go on": "220-x\r\n",
    "replies": "250 ok\r\n",
    "continuations without text": "250-\n",
    "octets that are no UTF-8": "\xff"
  }
  /** Far more than it takes, and far less than a square would. */
  const bound = 3000
  for (const [what, shape] of Object.entries(shapes)) {
    it(`${what}, octet by octet, and at once`, () => {
      const octets = Buffer.from(shape.repeat(Math.ceil((512 * 1024) / shape.length)), "latin1")
      const start = performance.now()
      const reader = new ReplyReader()
      let isLeft = false
      for (let at = 0; at < octets.length; at++) {
        reader.receive(octets.subarray(at, at + 1))
        while (reader.next() !== undefined) isLeft = reader.isEmpty
        isLeft = reader.isEndless && reader.isEmpty
      }
      const whole = read([octets])
      for (const reply of whole.replies.slice(0, 1000)) printable(cut(parse(reply)?.text ?? reply))
      parse(whole.rest)
      parse(octets.toString("latin1"))
      assert.isFalse(isLeft)
      assert.isBelow(performance.now() - start, bound)
    })
  }
})

describe("A reply", () => {
  const known: ReadonlyArray<readonly [raw: string, code: number, text: string, enhancedCode?: string]> = [
    ["250 ok", 250, "ok"],
    ["250", 250, ""],
    ["250 ", 250, ""],
    ["250\tok", 250, "ok"],
    ["250-a\n250 b", 250, "a b"],
    ["250-\n250", 250, " "],
    ["550 5.1.1 no such user", 550, "5.1.1 no such user", "5.1.1"],
    ["550-5.1.1 no\n550 5.1.1 user", 550, "5.1.1 no 5.1.1 user", "5.1.1"],
    ["250 2.0.0", 250, "2.0.0", "2.0.0"],
    ["550 5.1.1234 no", 550, "5.1.1234 no"],
    ["550 9.1.1 no", 550, "9.1.1 no"],
    ["000 odd", 0, "odd"],
    ["999 odd", 999, "odd"]
  ]
  for (const [raw, code, text, enhancedCode] of known) {
    it(`is ${JSON.stringify(raw)}`, () => {
      assert.deepStrictEqual(parse(raw), { code, text, ...enhancedCode === undefined ? {} : { enhancedCode } })
    })
  }

  const noReplies = [
    "",
    "25",
    "25 ok",
    "2500 ok",
    "250_ok",
    "ok",
    "-250 ok",
    " 250 ok",
    "\u0662\u0665\u0660 ok",
    "2\n50 ok"
  ]
  const halfReplies = ["250-a", "250-a\n550 b", "250 a\n250 b", "250-a\n", "250-a\n25 b"]
  for (const raw of [...noReplies, ...halfReplies]) {
    it(`is not ${JSON.stringify(raw)}`, () => {
      assert.isUndefined(parse(raw))
    })
  }

  it("is of one class", () => {
    for (let code = 0; code < 1000; code++) {
      const reply = { code, text: "" }
      assert.strictEqual(isPositive(reply), code >= 200 && code < 300)
      assert.strictEqual(isNegative(reply), code >= 400 && code < 600)
      assert.strictEqual(isFinal(reply), isPositive(reply) || isNegative(reply))
      assert.strictEqual(isSyntaxError(reply), [500, 501, 502, 503, 504].includes(code))
    }
  })

  it("is shown in one line that no terminal takes for more", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 40 }), (text) => {
        assert.notMatch(printable(text), /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u)
      }),
      settings
    )
    assert.strictEqual(cut("x".repeat(5000)).length, 2048)
  })
})
