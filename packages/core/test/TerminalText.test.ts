import { TerminalText } from "@effect-mail/core"
import { assert, describe, it } from "@effect/vitest"
import { FastCheck } from "effect"

/** What a terminal obeys, and what steers the direction of text or cannot be seen. */
const obeyed =
  /[\u0000-\u0008\u000b-\u000c\u000e-\u001f\u007f-\u009f\u00ad\u061c\u200b\u200c\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff]/

const any = FastCheck.oneof(
  FastCheck.string({ unit: "binary", maxLength: 200 }),
  FastCheck.array(FastCheck.integer({ min: 0, max: 0x2fff })).map((units) => String.fromCharCode(...units))
)

describe("TerminalText", () => {
  it("shows any text as one line of which a terminal obeys nothing", () => {
    FastCheck.assert(FastCheck.property(any, (text) => {
      const line = TerminalText.line(text)
      assert.notMatch(line, obeyed)
      assert.notMatch(line, /[\t\r\n]/)
      assert.isTrue(line.isWellFormed())
    }))
  })

  it("shows any text as lines, and every carriage return that ends none", () => {
    FastCheck.assert(FastCheck.property(any, (text) => {
      const lines = TerminalText.lines(text)
      assert.notMatch(lines, obeyed)
      assert.notMatch(lines, /\r(?!\n)/)
      assert.isTrue(lines.isWellFormed())
    }))
    assert.strictEqual(TerminalText.lines("a\rb\r\nc\nd\te\r"), "a␍b\r\nc\nd\te␍")
  })

  it("leaves what a person reads as it is", () => {
    const text = "Grüße 日本 ❤\ufe0f 👩\u200d🚀 שלום"
    assert.strictEqual(TerminalText.line(text), text)
    assert.strictEqual(TerminalText.lines(text), text)
    assert.strictEqual(
      TerminalText.line("a\u001b[31m\u007f\u009b\u202eb\r\nc\td\ud800"),
      "a␛[31m␡⟨U+009B⟩⟨U+202E⟩b c d\ufffd"
    )
  })
})
