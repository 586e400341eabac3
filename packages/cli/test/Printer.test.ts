import { hostileMail, hostileOctets } from "@effect-mail/test-kit/Vectors"
import { DevInbox } from "@effect-mail/testing"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FastCheck } from "effect"
import { none } from "../src/terminal/colours.js"
import { printed } from "../src/terminal/printer.js"
import { columns, cut, visible } from "../src/terminal/visible.js"

/** No octet that a terminal obeys, and nothing that steers the direction of text. */
const obeyed = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2028\u2029\u2066-\u2069]/

describe("The terminal printer", () => {
  for (const vector of hostileMail) {
    it.live(`shows what a terminal would obey: ${vector.id}`, () =>
      Effect.scoped(Effect.gen(function*() {
        const inbox = yield* DevInbox.make()
        const { id } = yield* inbox.add(hostileOctets(vector))
        const detail = yield* inbox.get(id)
        const { findings } = yield* inbox.checks(id)
        for (const width of [40, 80, 120]) {
          const text = printed(detail, { width, colours: none, url: "http://127.0.0.1:8025", findings })
          assert.notMatch(text, obeyed)
          for (const words of vector.expect.terminalContains ?? []) assert.include(text, words)
        }
      })))
  }

  it("shows any text as one line", () => {
    FastCheck.assert(FastCheck.property(FastCheck.string({ unit: "binary", maxLength: 300 }), (text) => {
      assert.notMatch(visible(text), obeyed)
      assert.notInclude(visible(text), "\n")
    }))
  })

  it("cuts to the columns of a terminal, wide signs counted twice", () => {
    assert.strictEqual(columns("日本a"), 5)
    assert.strictEqual(cut("日本語", 5), "日本…")
    FastCheck.assert(FastCheck.property(
      FastCheck.string({ unit: "grapheme", maxLength: 60 }),
      FastCheck.integer({ min: 1, max: 40 }),
      (text, width) => assert.isAtMost(columns(cut(text, width)), width)
    ))
  })

  it("says what it shows", () => {
    assert.strictEqual(visible("a\u001b[31m\u007f\u009b\u202eb\r\nc"), "a␛[31m␡⟨U+009B⟩⟨U+202E⟩b c")
  })
})
