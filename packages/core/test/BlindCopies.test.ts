import { Attachment, Message } from "@effect-mail/core"
import { render } from "@effect-mail/test-kit/RenderedMessage"
import { runs } from "@effect-mail/test-kit/Runs"
import * as WireReader from "@effect-mail/test-kit/WireReader"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FastCheck as fc } from "effect"

const options = { from: "ada@example.com", to: "bob@example.com", subject: "Hello" }

describe("blind copies", () => {
  it.effect.prop("stand in the envelope and nowhere in the bytes", [fc.hexaString({ minLength: 12, maxLength: 20 })], ([
    word
  ]) =>
    Effect.gen(function*() {
      const bcc = [`${word}0@example.net`, { name: `Name${word}`, address: `${word}1@example.net` }]
      const inner = Message.make({ ...options, bcc: `${word}2@example.net`, text: "inner" })
      const { bytes, outgoing } = yield* render(
        Message.make({ ...options, bcc, text: "Hello", attachments: [Attachment.message(inner)] })
      )
      assert.deepStrictEqual(outgoing.envelope.to, ["bob@example.com", `${word}0@example.net`, `${word}1@example.net`])
      const text = WireReader.binary(bytes).toLowerCase()
      assert.notInclude(text, word)
      assert.notMatch(text, /^bcc/m)
    }), runs(50))
})
