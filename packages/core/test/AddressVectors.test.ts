import { Address, MailError } from "@effect-mail/core"
import * as Vectors from "@effect-mail/test-kit/Vectors"
import { assert, describe, it } from "@effect/vitest"
import { Either, Option } from "effect"

const parse = (kind: Vectors.AddressVector["kind"], input: string) =>
  kind === "mailbox" ? Address.parse(input) : Address.fromInput({ address: input })

/** Where the strict grammar lets through what this library refuses; each has its reason in docs/decisions. */
const refused = new Set(["\"a<b\"@example.com"])

describe("addresses", () => {
  for (const vector of Vectors.addresses) {
    const { envelope, expect, id, input, kind, name, smtputf8, why } = vector
    const isAccepted = expect === "accept" && !refused.has(input)
    it(`${id} ${kind} is ${isAccepted ? "accepted" : "refused"}: ${why}`, () => {
      const parsed = parse(kind, input)
      if (!isAccepted) {
        const error = Either.getOrThrow(Either.flip(parsed))
        assert.instanceOf(error, MailError.InvalidAddressError)
        assert.strictEqual(error.input, input)
        assert.notStrictEqual(error.reason, "")
        return
      }
      const address = Either.getOrThrow(parsed)
      assert.strictEqual(Option.getOrElse(address.name, () => ""), name ?? "")
      assert.strictEqual(Address.addrSpec(address), envelope)
      assert.strictEqual(Address.needsSmtpUtf8(address), smtputf8)
    })
  }
})
