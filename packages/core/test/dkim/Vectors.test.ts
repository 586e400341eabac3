import { Dkim, Mime, Outgoing } from "@effect-mail/core"
import * as Verifiers from "@effect-mail/test-kit/DkimVerifiers"
import * as Vectors from "@effect-mail/test-kit/Vectors"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FastCheck as fc, Schema } from "effect"
import { createHash } from "node:crypto"
import * as Keys from "./Keys.js"

const { bodies, dns, headers, mutations, rfc, signatures } = Vectors.dkim

const decode = (base64: string): Uint8Array => new Uint8Array(Buffer.from(base64, "base64"))

/** A message as a store gives it back, with any octets that a message may have. */
const thawed = (raw: Uint8Array) =>
  Effect.map(
    Schema.decodeUnknown(Outgoing.FrozenFromOctets)({
      format: 1,
      messageId: /^message-id:\s*(<[^>]*>)/im.exec(Buffer.from(raw).toString("latin1"))?.[1] ?? "",
      envelope: {
        from: "ada@example.com",
        to: ["bob@example.org"],
        smtpUtf8: false,
        eightBit: true,
        requireTls: false
      },
      bytes: raw
    }),
    Outgoing.thaw
  )

const sign = (raw: Uint8Array) =>
  Effect.gen(function*() {
    const outgoing = yield* thawed(raw)
    return yield* Mime.render(yield* Dkim.signed(outgoing, yield* Keys.both))
  })

describe("the canonical form", () => {
  it("of each body is that of the vectors", () => {
    for (const { bh_relaxed, body_base64, name, relaxed_base64 } of bodies) {
      // Large bodies are a recipe.
      if (typeof body_base64 !== "string") continue
      const form = Dkim.relaxedBody(decode(body_base64))
      assert.strictEqual(createHash("sha256").update(form).digest("base64"), bh_relaxed, name)
      if (relaxed_base64 !== undefined) assert.deepStrictEqual(Buffer.from(form), Buffer.from(relaxed_base64, "base64"))
    }
  })

  it("of a large body is that of the vectors", () => {
    const recipes = Schema.decodeUnknownSync(Schema.parseJson(Schema.Struct({
      bodies: Schema.Array(Schema.Struct({
        recipe: Schema.optional(Schema.Array(Schema.Tuple(Schema.String, Schema.Number))),
        bh_relaxed: Schema.String
      }))
    })))(Vectors.json("dkim")).bodies
    let count = 0
    for (const { bh_relaxed, recipe } of recipes) {
      if (recipe === undefined) continue
      const body = Buffer.from(recipe.map(([text, times]) => text.repeat(times)).join(""), "latin1")
      assert.strictEqual(createHash("sha256").update(Dkim.relaxedBody(body)).digest("base64"), bh_relaxed)
      count++
    }
    assert.isAbove(count, 0)
  })

  it("of each field is that of the vectors", () => {
    for (const { raw, relaxed } of headers) assert.strictEqual(Dkim.relaxedField(raw), relaxed)
  })

  const text = fc.array(fc.constantFrom(" ", "\t", "\r\n", "\r", "\n", "a", "bc", "\0"), { maxLength: 40 })
    .map((pieces) => Buffer.from(pieces.join("")))

  it.prop("is its own canonical form, and never longer than the body and a line end", [text], ([body]) => {
    const once = Dkim.relaxedBody(body)
    assert.isAtMost(once.length, body.length + 2)
    assert.deepStrictEqual(Dkim.relaxedBody(once), once)
  })
})

describe("a signature", () => {
  for (const { id, raw_base64, rsa } of signatures) {
    it.effect(`of ${id} has the list and the body hash of the vectors, and passes`, () =>
      Effect.gen(function*() {
        const octets = yield* sign(decode(raw_base64))
        // Messages that effect-mail need not make are signed there with lists of other signers.
        if (!id.startsWith("raw-")) {
          const lists = Keys.tags(octets, "h").map((list) => list.split(":"))
          assert.deepStrictEqual(lists, [Array.from(rsa.h), Array.from(rsa.h)])
        }
        assert.deepStrictEqual(Keys.tags(octets, "bh"), [rsa.bh, rsa.bh])
        assert.deepStrictEqual(Keys.tags(octets, "a"), ["ed25519-sha256", "rsa-sha256"])
        assert.deepStrictEqual(yield* Verifiers.mailauth(octets, dns), [true, true])
      }))
  }

  it.effect.skipIf(!Verifiers.hasDkimpy)("passes in dkimpy as well", () =>
    Effect.gen(function*() {
      const signed = yield* Effect.forEach(signatures, ({ raw_base64 }) => sign(decode(raw_base64)))
      assert.deepStrictEqual(yield* Verifiers.dkimpy(signed, dns), signed.map(() => [true, true]))
    }))

  it.effect("of the RFC passes, so that the verifiers verify", () =>
    Effect.gen(function*() {
      for (const { signed_base64 } of rfc) {
        const verdicts = yield* Verifiers.mailauth(decode(signed_base64), dns)
        assert.isTrue(verdicts.length > 0 && verdicts.every((passes) => passes))
      }
    }))
})

type Change = (message: string) => string

/** The mutations of the vectors, for any signed message. */
const changes: Readonly<Record<string, Change>> = {
  "second From in front": (message) => `From: Mallory <m@evil.example>\r\n${message}`,
  "Reply-To added where there was none": (message) => `Reply-To: m@evil.example\r\n${message}`,
  "Content-Type replaced by a second one": (message) => `Content-Type: text/html\r\n${message}`,
  "text appended": (message) => `${message}More.\r\n`,
  "List-Unsubscribe changed": (message) =>
    message.replace("List-Unsubscribe: <https://e", "List-Unsubscribe: <https://f"),
  "Received and Return-Path in front": (message) =>
    `Return-Path: <x@example.com>\r\nReceived: from a by b; Tue, 24 Nov 2026 10:00:00 +0000\r\n${message}`,
  "Subject refolded, name in capitals": (message) =>
    message.replace(/\r\nSubject: ([^\r ]*) /, (_, word: string) => `\r\nSUBJECT:   ${word}\r\n\t `),
  "empty lines appended": (message) => `${message}\r\n\r\n\r\n`,
  "Cc added where there was none": (message) => `Cc: m@evil.example\r\n${message}`,
  "Subject changed": (message) => message.replace("\r\nSubject: ", "\r\nSubject: x"),
  "Date removed": (message) => message.replace(/\r\nDate: [^\r]*/, ""),
  "a second Message-ID": (message) => `Message-ID: <evil@evil.example>\r\n${message}`,
  "a second Content-Transfer-Encoding": (message) => `Content-Transfer-Encoding: base64\r\n${message}`,
  "blanks at the end of a line": (message) => message.replace(/([^\r\n])\r\n$/, "$1 \t\r\n")
}

const survives = new Set([
  "Received and Return-Path in front",
  "Subject refolded, name in capitals",
  "empty lines appended",
  "blanks at the end of a line"
])

describe("a signed message that is changed", () => {
  it("is changed in every way of the vectors", () => {
    for (const { expect, name } of mutations) {
      assert.property(changes, name)
      assert.strictEqual(survives.has(name), expect === "pass", name)
    }
  })

  const changed = (name: string) => {
    const of = name.startsWith("List") ? "unsubscribe-1" : "html-1"
    const vector = signatures.find(({ id }) => id === of)
    return Effect.map(sign(decode(vector?.raw_base64 ?? "")), (octets) => {
      const before = Buffer.from(octets).toString("latin1")
      const after = changes[name]?.(before) ?? before
      assert.notStrictEqual(after, before, name)
      return new Uint8Array(Buffer.from(after, "latin1"))
    })
  }

  it.effect("passes or fails in mailauth as it must", () =>
    Effect.forEach(Object.keys(changes), (name) =>
      Effect.gen(function*() {
        const verdict = survives.has(name)
        assert.deepStrictEqual(yield* Verifiers.mailauth(yield* changed(name), dns), [verdict, verdict], name)
      })))

  it.effect.skipIf(!Verifiers.hasDkimpy)("passes or fails in dkimpy as it must", () =>
    Effect.gen(function*() {
      const names = Object.keys(changes)
      const verdicts = yield* Verifiers.dkimpy(yield* Effect.forEach(names, changed), dns)
      names.forEach((name, i) => assert.deepStrictEqual(verdicts[i], [survives.has(name), survives.has(name)], name))
    }))
})
