import { Address } from "@effect-mail/core"
import * as Arbitraries from "@effect-mail/test-kit/Arbitraries"
import { runs } from "@effect-mail/test-kit/Runs"
import { assert, describe, it } from "@effect/vitest"
import { Either, Equal, Hash, Option, Schema } from "effect"

const settings = runs(500)

describe("addresses of any content", () => {
  it.prop("parse reads what format wrote", [Arbitraries.line, Arbitraries.quotedAddress], ([name, written]) => {
    const address = Either.getOrThrow(Address.fromInput({ name, address: written }))
    assert.strictEqual(Option.getOrElse(address.name, () => ""), name)
    const again = Either.getOrThrow(Address.parse(Address.format(address)))
    assert.isTrue(Equal.equals(again, address))
    assert.strictEqual(Hash.hash(again), Hash.hash(address))
    assert.deepStrictEqual(Schema.decodeSync(Address.Schema)(Schema.encodeSync(Address.Schema)(address)), address)
  }, settings)

  for (
    const name of [
      "\u00a0",
      "Ada\u00a0",
      "\u2003Ada",
      "Ada\ufeff",
      " Ada",
      "Ada ",
      "Ada  Lovelace",
      "\u202eadA",
      "\"",
      "\\"
    ]
  ) {
    it(`a name is kept to its edges: ${JSON.stringify(name)}`, () => {
      const address = Either.getOrThrow(Address.fromInput({ name, address: "ada@example.com" }))
      assert.deepStrictEqual(Address.parse(Address.format(address)), Either.right(address))
    })
  }

  it.prop("the envelope text is one address to parse", [Arbitraries.quotedAddress], ([written]) => {
    const address = Either.getOrThrow(Address.fromInput({ address: written }))
    assert.deepStrictEqual(Address.fromInput({ address: Address.addrSpec(address) }), Either.right(address))
  }, settings)

  it.prop("quotes that need not be change nothing", [Arbitraries.local, Arbitraries.domain], ([local, domain]) => {
    const bare = Address.parse(`${local}@${domain}`)
    if (!local.startsWith("\"") && Either.isRight(bare)) {
      assert.deepStrictEqual(Address.parse(`"${local}"@${domain}`), bare)
    }
  }, settings)

  it.prop("no text becomes an address that holds a control character or a blank beyond quotes", [
    Arbitraries.hostile
  ], ([text]) => {
    for (const parsed of [Address.parse(text), Address.fromInput({ address: text })]) {
      if (Either.isLeft(parsed)) continue
      const path = Address.addrSpec(parsed.right)
      assert.notMatch(path, /[\x00-\x1f\x7f-\x9f<>]/)
      assert.notMatch(path.replace(/^"(?:[^"\\]|\\.)*"/, ""), /[\s"(),:;\\]/)
      assert.isTrue(path.isWellFormed())
    }
  }, settings)

  it.prop("no name becomes an address", [Arbitraries.hostile], ([name]) => {
    const parsed = Address.fromInput({ name, address: "ada@example.com" })
    if (Either.isLeft(parsed)) return
    assert.strictEqual(Address.addrSpec(parsed.right), "ada@example.com")
    assert.deepStrictEqual(Address.parse(Address.format(parsed.right)), parsed)
  }, settings)
})
