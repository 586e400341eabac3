import { Attachment, Message, Mime, Outgoing } from "@effect-mail/core"
import * as MimeReader from "@effect-mail/test-kit/MimeReader"
import { render } from "@effect-mail/test-kit/RenderedMessage"
import * as WireReader from "@effect-mail/test-kit/WireReader"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Random, Stream, TestClock } from "effect"

const options = { from: "ada@example.com", to: "bob@example.com", subject: "Hello" }

/** Draws from the beginning each time that it is run: a `Random` goes on where it was left. */
const seeded = <A, E>(effect: Effect.Effect<A, E>, seed = "seed"): Effect.Effect<A, E> =>
  Effect.suspend(() => Effect.withRandom(effect, Random.make(seed)))

const rich = Message.make({
  ...options,
  text: "Hello",
  html: "<img src=\"cid:logo\">",
  attachments: [
    Attachment.inline(new Uint8Array([1]), { contentId: "logo", filename: "logo.png" }),
    Attachment.message(Message.make({ ...options, text: "inner", html: "inner", attachments: [Attachment.text("x")] })),
    Attachment.message(
      Message.make({ ...options, attachments: [Attachment.message(Message.make({ html: "y", text: "x" }))] })
    ),
    Attachment.stream(Stream.make(new Uint8Array(100), new Uint8Array(57), new Uint8Array(1)))
  ]
})

describe("the same message", () => {
  it.effect("has the same bytes under the test clock and a seeded random", () =>
    Effect.gen(function*() {
      const first = yield* seeded(render(rich))
      const second = yield* seeded(render(rich))
      assert.deepStrictEqual(second.bytes, first.bytes)
      assert.strictEqual(second.outgoing.messageId, first.outgoing.messageId)
      const other = yield* seeded(render(rich), "other")
      assert.notStrictEqual(other.outgoing.messageId, first.outgoing.messageId)
    }))

  it.effect("has the same bytes each time that it is rendered, its streams being run again", () =>
    Effect.gen(function*() {
      const outgoing = yield* Outgoing.prepare(rich)
      assert.deepStrictEqual(yield* Mime.render(outgoing), yield* Mime.render(outgoing))
    }))

  it.effect("is stamped with the time of the clock", () =>
    Effect.gen(function*() {
      yield* TestClock.setTime(Date.parse("2026-11-20T09:30:00Z"))
      const { entity } = yield* render(rich)
      assert.strictEqual(MimeReader.header(entity, "Date"), "Fri, 20 Nov 2026 09:30:00 +0000")
    }))

  it.effect("gets a new Message-ID for each sending, at the domain of its author", () =>
    Effect.gen(function*() {
      const ids = yield* Effect.replicateEffect(Effect.map(Outgoing.prepare(rich), ({ messageId }) => messageId), 100)
      assert.strictEqual(new Set(ids).size, 100)
      for (const id of ids) assert.match(id, /^<[a-z0-9.]+@example\.com>$/)
    }))
})

describe("boundaries", () => {
  const allBoundaries = (entity: MimeReader.Entity): ReadonlyArray<string> =>
    MimeReader.all(entity).flatMap((part) => [
      ...part.boundary === undefined ? [] : [part.boundary],
      ...part.type === "message/rfc822" ? allBoundaries(MimeReader.read(part.octets)) : []
    ])

  it.effect("none is a prefix of another, embedded messages included", () =>
    Effect.gen(function*() {
      const boundaries = allBoundaries((yield* render(rich)).entity)
      assert.strictEqual(boundaries.length, 7)
      for (const one of boundaries) {
        assert.deepStrictEqual(boundaries.filter((other) => other.startsWith(one)), [one])
        assert.match(one, /^[\x21-\x7e]{1,70}$/)
      }
    }))

  const contents: Readonly<Record<string, (content: string) => Message.Options>> = {
    text: (text) => ({ text, html: "x" }),
    html: (html) => ({ html, text: "x" }),
    alternative: (content) => ({ text: "x", alternatives: [{ content, contentType: "text/x" }] }),
    attachment: (content) => ({ attachments: [Attachment.text(content)] }),
    "embedded bytes": (content) => ({ attachments: [Attachment.message(`Subject: x\r\n\r\n${content}`)] }),
    "embedded message": (content) => ({
      attachments: [Attachment.message(Message.make({ ...options, html: "x", text: content }))]
    })
  }

  for (const [name, place] of Object.entries(contents)) {
    it.effect(`none occurs in the content of ${name}, not even when the content knows what is drawn`, () =>
      Effect.gen(function*() {
        const guessed = allBoundaries((yield* seeded(render(Message.make({ ...options, ...place("x") })))).entity)
        const content = guessed.flatMap((boundary) => [`--${boundary}`, `--${boundary}--`, boundary, `x${boundary}x`])
          .join("\r\n")
        const { bytes, entity } = yield* seeded(render(Message.make({ ...options, ...place(content) })))
        assert.isAbove(guessed.length, 0)
        for (const boundary of allBoundaries(entity)) assert.notInclude(content, boundary)
        const used = MimeReader.boundaries(entity).map((boundary) =>
          WireReader.binary(bytes).split(boundary).length - 1
        )
        assert.deepStrictEqual(
          used,
          MimeReader.all(entity).filter((part) => part.boundary !== undefined).map((part) =>
            // Once in its header field, once before each part, once at its end.
            part.children.length + 2
          )
        )
      }))
  }
})
