/**
 * What only providers know: on the message, on its way, in the store; and what a message needs because of it.
 */
import { Address, Annotations, Attachment, type Capability, Message, Mime, Outgoing } from "@effect-mail/core"
import { runs } from "@effect-mail/test-kit/Runs"
import { assert, describe, it } from "@effect/vitest"
import { DateTime, Effect, Either, FastCheck as fc, Schema } from "effect"

const options = { from: "ada@example.com", to: "bob@example.org", text: "Hello", html: "<p>Hello</p>" }

const word = fc.stringMatching(/^[^\x00-\x1f\x7f-\x9f\ud800-\udfff]{1,20}$/)

const annotations: fc.Arbitrary<Annotations.Annotations> = fc.record({
  tags: fc.array(word, { maxLength: 3 }),
  metadata: fc.dictionary(word, word, { maxKeys: 3 }),
  sendAt: fc.integer({ min: 0, max: 4e12 }).map((time) => DateTime.unsafeMake(time)),
  idempotencyKey: fc.stringMatching(/^[\x21-\x7e]{1,256}$/)
}, { requiredKeys: [] })

const json = Schema.parseJson(Outgoing.Frozen)

const stored = (outgoing: Outgoing.Outgoing) =>
  Outgoing.freeze(outgoing).pipe(
    Effect.flatMap(Schema.encode(json)),
    Effect.flatMap(Schema.decode(json)),
    Effect.map(Outgoing.thaw)
  )

describe("annotations", () => {
  it.effect.prop(
    "are those of the message on its way, and come back from the store",
    [annotations],
    ([annotations]) =>
      Effect.gen(function*() {
        const outgoing = yield* Outgoing.prepare(Message.make({ ...options, annotations }))
        const thawed = yield* stored(outgoing)
        assert.deepStrictEqual(Annotations.needs(thawed.annotations), Annotations.needs(annotations))
        assert.deepStrictEqual(
          yield* Schema.encode(Annotations.Annotations)(thawed.annotations),
          yield* Schema.encode(Annotations.Annotations)(annotations)
        )
        assert.deepStrictEqual(yield* Mime.render(thawed), yield* Mime.render(outgoing))
      }),
    runs(50)
  )

  it.effect.prop(
    "are no part of the octets, and are dropped one by one",
    [annotations],
    ([annotations]) =>
      Effect.gen(function*() {
        const outgoing = yield* Outgoing.prepare(Message.make({ ...options, annotations }))
        for (const { capability, name } of Annotations.keys) {
          assert(
            capability === "TAGS" || capability === "METADATA" || capability === "SCHEDULE" ||
              capability === "IDEMPOTENCY"
          )
          const dropped = Outgoing.drop(outgoing, [capability])
          assert.deepStrictEqual(dropped.annotations, Annotations.omit(outgoing.annotations, name))
          assert.isFalse(Outgoing.needs(dropped).has(capability))
          assert.deepStrictEqual(yield* Mime.render(dropped), yield* Mime.render(outgoing))
        }
      }),
    runs(50)
  )

  it("are refused in a store where no message could have them", () => {
    for (const wrong of [{ tags: ["a\r\nb"] }, { tags: [""] }, { metadata: { "": "x" } }, { idempotencyKey: "a b" }]) {
      assert.isTrue(Either.isLeft(Schema.decodeUnknownEither(Annotations.Annotations)(wrong)))
    }
  })

  const nonsense: ReadonlyArray<unknown> = [
    null,
    7,
    "tags",
    [],
    { tags: "welcome" },
    { tags: [7] },
    { metadata: ["x"] },
    { metadata: { x: 7 } },
    { sendAt: "2026-12-01" },
    { sendAt: new Date(0) },
    { sendAt: DateTime.unsafeMakeZoned(0, { timeZone: "Europe/Berlin" }) },
    { idempotencyKey: "" },
    { idempotencyKey: 7 }
  ]
  for (const wrong of nonsense) {
    it(`${JSON.stringify(wrong)} of a caller without types is an InvalidMessageError`, () => {
      const message = Message.make(Object.assign(Object.create(null), options, { annotations: wrong }))
      const result = Message.validate(message)
      assert(Either.isLeft(result))
      assert.strictEqual(result.left._tag, "InvalidMessageError")
    })
  }
})

const file = (options: Attachment.Options) => ({ attachments: [Attachment.bytes(new Uint8Array(1), options)] })

const needs: ReadonlyArray<
  readonly [what: string, message: Message.Options, needs: ReadonlyArray<Capability.Capability>]
> = [
  ["text and html", {}, []],
  ["text alone", { html: undefined }, ["HTML"]],
  ["a return path", { envelopeFrom: "bounces@example.com" }, ["RETURN-PATH"]],
  ["the null return path", { envelopeFrom: "" }, ["RETURN-PATH"]],
  ["a return path that is the author's", { envelopeFrom: "ada@EXAMPLE.com" }, []],
  ["blind copies", { bcc: "carol@example.org" }, []],
  ["a local part beyond ASCII", { cc: "j\u00f6rg@example.org" }, ["SMTPUTF8"]],
  ["encryption on the way", { requireTls: true }, ["REQUIRETLS"]],
  ["fields", { headers: { "X-A": "1" } }, ["HEADERS"]],
  ["one address to reply to", { replyTo: "eve@example.com" }, []],
  ["two addresses to reply to", { replyTo: ["eve@example.com", "ada@example.com"] }, ["REPLY-TO"]],
  ["another form", { alternatives: [{ contentType: "text/calendar", content: "x" }] }, ["ALTERNATIVES"]],
  ["a file", file({ filename: "a.pdf" }), []],
  ["a file without a name", file({ contentType: "image/png" }), []],
  ["a file of another type", file({ filename: "a.pdf", contentType: "image/png" }), ["ATTACHMENT-TYPE"]],
  ["an inline file", file({ filename: "a.png", disposition: "inline", contentId: "a@example.com" }), ["INLINE"]],
  ["tags", { annotations: { tags: ["a"] } }, ["TAGS"]],
  ["no tags", { annotations: { tags: [], metadata: {} } }, []],
  ["metadata", { annotations: { metadata: { a: "" } } }, ["METADATA"]],
  ["a time", { annotations: { sendAt: DateTime.unsafeMake(0) } }, ["SCHEDULE"]],
  ["a key", { annotations: { idempotencyKey: "a" } }, ["IDEMPOTENCY"]],
  ["reports of delivery", { deliveryNotification: { notify: ["success"] } }, []]
]

/** What only more than the bytes tells. */
const ofContent = new Set<Capability.Capability>([
  "HTML",
  "HEADERS",
  "REPLY-TO",
  "ALTERNATIVES",
  "INLINE",
  "ATTACHMENT-TYPE"
])

describe("what a message needs", () => {
  for (const [what, given, expected] of needs) {
    it.effect(`${what}: ${expected.join(", ") || "nothing"}`, () =>
      Effect.gen(function*() {
        const outgoing = yield* Outgoing.prepare(Message.make({ ...options, ...given }))
        assert.sameMembers(Array.from(Outgoing.needs(outgoing)), Array.from(expected))
        const thawed = yield* stored(outgoing)
        const ofBytes = expected.filter((need) => !ofContent.has(need))
        assert.sameMembers(Array.from(Outgoing.needs(thawed)), ["MIME", ...ofBytes])
      }))
  }

  it.effect("an envelope that leaves out whom the header names", () =>
    Effect.gen(function*() {
      const names = ["Lovelace, Ada", "a \"b\" <c@d.example>", "\u00e9", "x\\y"]
      const to = names.map((name, i) => ({ name, address: `r${i}@example.org` }))
      const outgoing = yield* Outgoing.prepare(
        Message.make({ ...options, to, cc: "\"a, b\"@example.org", bcc: "carol@example.net" })
      )
      for (const each of [outgoing, yield* stored(outgoing)]) {
        assert.isFalse(Outgoing.needs(each).has("ENVELOPE"))
        assert.deepStrictEqual(Outgoing.blindCopies(each), ["carol@example.net"])
        for (const left of outgoing.envelope.to.filter((recipient) => recipient !== "carol@example.net")) {
          assert.isTrue(Outgoing.needs(Outgoing.narrow(each, (recipient) => recipient !== left)).has("ENVELOPE"), left)
        }
        const elsewhere = Outgoing.redirect(each, [yield* Address.parse("eve@example.net")])
        assert.isTrue(Outgoing.needs(elsewhere).has("ENVELOPE"))
        assert.deepStrictEqual(Outgoing.blindCopies(elsewhere), ["eve@example.net"])
      }
    }))

  it.effect("a return path is dropped for the author's address, of a stored message too", () =>
    Effect.gen(function*() {
      const outgoing = yield* Outgoing.prepare(
        Message.make({ ...options, from: "\"Ada, Countess\" <ada@example.com>", envelopeFrom: "bounces@example.com" })
      )
      for (const each of [outgoing, yield* stored(outgoing)]) {
        const dropped = Outgoing.drop(each, ["RETURN-PATH"])
        assert.strictEqual(dropped.envelope.from, "ada@example.com")
        assert.isFalse(Outgoing.needs(dropped).has("RETURN-PATH"))
      }
    }))

  it.effect("a signature needs the very octets", () =>
    Effect.gen(function*() {
      const outgoing = yield* Outgoing.prepare(Message.make(options))
      const signed = yield* Outgoing.prepend(outgoing, { "DKIM-Signature": "v=1; a=rsa-sha256" })
      assert.isTrue(Outgoing.needs(signed).has("MIME"))
    }))
})
