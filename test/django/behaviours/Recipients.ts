import { Message } from "@effect-mail/core"
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { type Behaviour, type Check, closedHole, each, passed } from "../Behaviour.js"
import { letter, readBack, refused } from "../RoundTrip.js"

const names = { to: "To", cc: "Cc", bcc: "Bcc", replyTo: "Reply-To" } as const

/** Checks that an entry that is nothing is refused by the name of its field. */
const refusesNothing = (key: keyof typeof names): Check =>
  each<string>(
    ["", " ", null as never, undefined as never],
    (nothing) =>
      Effect.map(refused(letter({ [key]: ["carol@example.com", nothing] })), (error) => {
        assert.strictEqual(error._tag, "InvalidAddressError")
        assert.include(error.message, `"${names[key]}"`)
      })
  )

export const recipients: ReadonlyArray<Behaviour> = [
  passed(
    102,
    "all recipients: to, then cc, then bcc",
    Effect.gen(function*() {
      const message = letter({
        bcc: "eve@example.com",
        cc: ["dora@example.com", "Carol <carol@example.com>"],
        to: ["bob@example.com", "abe@example.com"]
      })
      const expected = [
        "bob@example.com",
        "abe@example.com",
        "dora@example.com",
        "carol@example.com",
        "eve@example.com"
      ]
      assert.deepStrictEqual(Message.recipients(message), expected)
      const { outgoing } = yield* readBack(message)
      assert.deepStrictEqual(outgoing.envelope.to, expected)
    })
  ),

  closedHole(
    103,
    "empty and null entries among recipients",
    "refused by the name of the field: dropping one would hide that somebody does not get the message",
    each(["to", "cc", "bcc"] as const, refusesNothing)
  ),

  closedHole(
    104,
    "the same in the header",
    "no field is written with an empty entry, or empty",
    each(["to", "cc", "replyTo"] as const, refusesNothing)
  ),

  passed(
    105,
    "replyTo is no recipient",
    Effect.gen(function*() {
      const message = letter({ replyTo: "office@example.com" })
      assert.deepStrictEqual(Message.recipients(message), ["bob@example.com"])
      const { outgoing } = yield* readBack(message)
      assert.deepStrictEqual(outgoing.envelope.to, ["bob@example.com"])
    })
  ),

  closedHole(
    106,
    "one address in to, cc and bcc",
    "it gets the message once; the header shows it where it was given",
    Effect.gen(function*() {
      const message = letter({ to: "bob@example.com", cc: "Bob <bob@EXAMPLE.com>", bcc: "bob@example.com" })
      assert.deepStrictEqual(Message.recipients(message), ["bob@example.com"])
      const { email, outgoing } = yield* readBack(message)
      assert.deepStrictEqual(outgoing.envelope.to, ["bob@example.com"])
      assert.strictEqual(email.to?.length, 1)
      assert.strictEqual(email.cc?.length, 1)
    })
  )
]
