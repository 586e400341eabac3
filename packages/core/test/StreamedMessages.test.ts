import { Attachment, Envelope, Message, Mime, Outgoing } from "@effect-mail/core"
import * as Arbitraries from "@effect-mail/test-kit/Arbitraries"
import { runs } from "@effect-mail/test-kit/Runs"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FastCheck as fc, Option, Stream } from "effect"

const messages = fc.record({
  subject: Arbitraries.line,
  text: Arbitraries.text,
  pieces: fc.array(fc.uint8Array({ maxLength: 120 }), { maxLength: 4 }),
  requireTls: fc.boolean()
}).map(({ pieces, ...options }) =>
  Message.make({
    from: "ada@example.com",
    to: ["bob@example.com", "carol@example.com"],
    attachments: [Attachment.stream(Stream.fromIterable(pieces), { filename: "b.bin" })],
    ...options
  })
)

/** The octets in pieces of this length. */
const cut = (octets: Uint8Array, length: number): Stream.Stream<Uint8Array> =>
  Stream.unfold(0, (at) =>
    at >= octets.length
      ? Option.none()
      : Option.some([octets.subarray(at, at + length), at + length] as const))

const collect = <E>(bytes: Stream.Stream<Uint8Array, E>) =>
  Effect.map(Stream.runCollect(bytes), (chunks) => Buffer.concat(Array.from(chunks)))

const stored = (message: Message.Message, length: number) =>
  Effect.gen(function*() {
    const outgoing = yield* Outgoing.prepare(message)
    const { bytes, ...head } = yield* Outgoing.freezeStream(outgoing)
    const octets = yield* collect(bytes)
    return { outgoing, head, octets, bytes: cut(octets, length) }
  })

describe("a message whose bytes are a stream", () => {
  it.effect.prop("is the same after it was stored, however its bytes are cut", [
    messages,
    fc.integer({ min: 1, max: 400 })
  ], (
    [message, length]
  ) =>
    Effect.gen(function*() {
      const { bytes, head, octets, outgoing } = yield* stored(message, length)
      assert.isTrue(octets.equals(yield* Mime.render(outgoing)))
      const thawed = yield* Outgoing.thawStream({ ...head, bytes }, octets.length)
      assert.isTrue(octets.equals(yield* Mime.render(thawed)))
      assert.isTrue(octets.equals(yield* collect(Mime.stream(thawed))))
      assert.deepStrictEqual(Mime.size(thawed), Option.some(octets.length))
      assert.deepStrictEqual(Envelope.of(thawed), Envelope.of(outgoing))
      assert.strictEqual(thawed.messageId, outgoing.messageId)
      const only = Outgoing.narrow(thawed, (recipient) => recipient.startsWith("bob"))
      assert.deepStrictEqual(Outgoing.blindCopies(only), [])
      const frozen = yield* Outgoing.freeze(thawed)
      assert.isTrue(octets.equals(frozen.bytes))
    }), runs(50))

  it.effect("gets prepended fields in front", () =>
    Effect.gen(function*() {
      const { bytes, head, octets } = yield* stored(Message.make({ from: "ada@example.com", to: "bob@example.com" }), 7)
      const thawed = yield* Outgoing.thawStream({ ...head, bytes }, octets.length)
      const longer = yield* Outgoing.prepend(thawed, { "X-Trace": "1" })
      assert.strictEqual((yield* Mime.render(longer)).length, octets.length + "X-Trace: 1\r\n".length)
    }))

  const header = "From: ada@example.com\r\nDate: Fri, 20 Nov 2026 09:30:00 +0000\r\nMessage-ID: <a@example.com>\r\n"
  const envelope = { from: "", to: ["bob@example.com"], smtpUtf8: false, eightBit: false, requireTls: false }
  const read = (text: string, length: number, size = text.length) =>
    Outgoing.thawStream({
      format: 1,
      messageId: "<a@example.com>",
      envelope,
      bytes: cut(Buffer.from(text, "latin1"), length)
    }, size).pipe(Effect.flatMap(Mime.render), Effect.flip, Effect.map(({ _tag }) => _tag))

  const damaged: Readonly<Record<string, readonly [text: string, tag: string, size?: number]>> = {
    "no header": ["Hello\r\n", "ParseError"],
    "a header without an end": [header, "ParseError"],
    "a blind copy": [`${header}bcc: eve@example.org\r\n\r\nHello\r\n`, "ParseError"],
    "another Message-ID": [`${header.replace("<a@", "<b@")}\r\nHello\r\n`, "ParseError"],
    "a bare LF": [`${header}\r\nHello\n.\r\nRCPT\r\n`, "AttachmentError"],
    "a bare CR": [`${header}\r\nHello\r.\r\n`, "AttachmentError"],
    "CR CR LF": [`${header}\r\nHello\r\r\n`, "AttachmentError"],
    "a CR at the end": [`${header}\r\nHello\r`, "AttachmentError"],
    "a NUL": [`${header}\r\nHel\0lo\r\n`, "AttachmentError"],
    "a long line": [`${header}\r\n${"x".repeat(999)}\r\n`, "AttachmentError"],
    "an open last line": [`${header}\r\nHello`, "AttachmentError"],
    "an octet that is not announced": [`${header}\r\nH\u00e9llo\r\n`, "AttachmentError"],
    "a part that is missing": [`${header}\r\nHello\r\n`, "AttachmentError", 500],
    "octets that were added": [`${header}\r\nHello\r\nHello\r\n`, "AttachmentError", header.length + 9]
  }
  for (const [what, [text, tag, size]] of Object.entries(damaged)) {
    it.effect(`is refused with ${what}`, () =>
      Effect.gen(function*() {
        for (const length of [1, 3, 8, 5000]) assert.strictEqual(yield* read(text, length, size), tag)
      }))
  }

  it.effect("of which the stream fails is not read", () =>
    Effect.gen(function*() {
      const { head } = yield* stored(Message.make({ from: "ada@example.com", to: "bob@example.com" }), 100)
      const error = yield* Effect.flip(
        Outgoing.thawStream({ ...head, bytes: Stream.fail("the database is away") }, 100)
      )
      assert.strictEqual(error._tag, "AttachmentError")
    }))
})
