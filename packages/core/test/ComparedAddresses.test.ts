/**
 * Addresses are compared as they were parsed: no spelling of an address makes another recipient of it.
 */
import type { MailError } from "@effect-mail/core"
import { Address, MailBackend, MailPolicy, Message, Outgoing } from "@effect-mail/core"
import * as Arbitraries from "@effect-mail/test-kit/Arbitraries"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Either } from "effect"

/** Groups of spellings of one address. */
const spellings: ReadonlyArray<ReadonlyArray<string>> = [
  [
    "ada@b\u00fccher.example",
    "ada@bu\u0308cher.example",
    "ada@B\u00dcCHER.example",
    "ada@xn--bcher-kva.example",
    "ada@XN--BCHER-KVA.EXAMPLE",
    "ada@b\u00fccher\u3002example",
    "Ada Lovelace <ada@b\u00fccher.example>",
    "\"Lovelace, Ada\" <ada@b\u00fccher.example>",
    "<ada@b\u00fccher.example>",
    "\"ada\"@b\u00fccher.example",
    "\"\\a\\d\\a\"@b\u00fccher.example"
  ],
  ["jos\u00e9@example.com", "jose\u0301@example.com", "\"jos\u00e9\"@EXAMPLE.com", "\"jose\u0301\"@example.com"],
  ["\"a b\"@example.com", "\"a\\ b\"@EXAMPLE.COM", "X <\"a b\"@example.com>"],
  ["\"a@b\"@example.com", "\"a\\@b\"@example.com"],
  ["ada@\uff45\uff58\uff41\uff4d\uff50\uff4c\uff45.com", "ada@example.com", "ada@Example.Com"],
  ["ada@[IPv6:2001:db8::1]", "ada@[ipv6:2001:DB8::1]", "ada@[IPv6:2001:db8:0:0:0:0:0:1]", "ada@[IPv6:2001:0db8::0:1]"]
]

const pairs = spellings.flatMap((group) => group.flatMap((one) => group.map((other) => [one, other] as const)))

const distinct = [
  ["Ada@example.com", "ada@example.com"],
  ["ada@example.com", "ada@example.org"],
  ["\"a b\"@example.com", "a.b@example.com"],
  ["stra\u00dfe@example.com", "strasse@example.com"],
  ["ada@[IPv6:2001:db8::1]", "ada@[IPv6:2001:db8::2]"],
  ["ada@[192.0.2.1]", "ada@[192.0.2.2]"],
  ["ada@stra\u00dfe.example", "ada@strasse.example"]
] as const

const relay = () => {
  const sent: Array<ReadonlyArray<string>> = []
  const backend = MailBackend.make({
    name: "relay",
    open: Effect.succeed({
      deliver: (outgoing) =>
        Effect.sync(() => {
          sent.push(outgoing.envelope.to)
          return MailBackend.acceptAll(outgoing)
        })
    })
  })
  return { backend, sent }
}

const letter = (to: Message.OneOrMore<Address.Input>) => Message.make({ from: "zoe@example.net", to })

const parsed = (text: string) => Either.getOrThrow(Address.parse(text))

describe("a suppression list", () => {
  it.effect.each(pairs)("%s keeps mail from %s", ([entry, to]) =>
    Effect.gen(function*() {
      const { backend, sent } = relay()
      for (const list of [[entry], new Set([entry]), [parsed(entry)], [{ address: Address.addrSpec(parsed(entry)) }]]) {
        const report = yield* MailPolicy.suppress(list)(backend).send(letter([to, "bob@example.net"]))
        assert.deepStrictEqual(report.recipients.map(({ _tag }) => _tag), ["Accepted", "NotSent"])
      }
      assert.deepStrictEqual(sent, Array.from(sent, () => ["bob@example.net"]))
    }))

  it.effect.each(distinct)("%s is nobody else than %s", ([entry, to]) =>
    Effect.gen(function*() {
      const { backend, sent } = relay()
      yield* MailPolicy.suppress([entry])(backend).send(letter(to))
      assert.strictEqual(sent.length, 1)
    }))

  it.effect.prop(
    "holds whomever it was written for",
    [Arbitraries.quotedAddress],
    ([address]) =>
      Effect.gen(function*() {
        const { backend, sent } = relay()
        yield* Effect.orDie(MailPolicy.suppress([address])(backend).send(letter(address)))
        assert.deepStrictEqual(sent, [])
      })
  )

  const unreadable = [
    "",
    "ada",
    "ada@",
    " ada@example.com",
    "ada@example.com\n",
    "a@example.com, b@example.com",
    "@example.com"
  ]
  it.effect.each(unreadable)(
    "with the entry %j, which is no address, lets nothing through",
    (entry) =>
      Effect.gen(function*() {
        const { backend, sent } = relay()
        const suppressing = MailPolicy.suppress(["eve@example.com", entry])(backend)
        const refused = (error: MailError.MailError) => {
          assert.strictEqual(error._tag === "ConnectionError" && error.reason, "Configuration")
          assert.isFalse(error.isTransient)
          assert.notInclude(error.message, "ada")
        }
        refused(yield* Effect.flip(suppressing.send(letter("bob@example.com"))))
        refused(yield* Effect.flip(MailPolicy.failover([suppressing, backend]).send(letter("bob@example.com"))))
        assert.deepStrictEqual(sent, [])
      })
  )
})

describe("recipients", () => {
  it.effect.each(pairs)("%s and %s are one", ([one, other]) =>
    Effect.gen(function*() {
      const message = Message.make({ from: "zoe@example.net", to: one, cc: other, bcc: [one, other] })
      const { envelope } = yield* Outgoing.prepare(message)
      assert.deepStrictEqual(envelope.to, [Address.addrSpec(parsed(one))])
      assert.deepStrictEqual(Message.recipients(message), envelope.to)
    }))

  it.effect.each(distinct)("%s and %s are two", ([one, other]) =>
    Effect.gen(function*() {
      const { envelope } = yield* Outgoing.prepare(letter([one, other]))
      assert.strictEqual(envelope.to.length, 2)
    }))

  it.effect.each(pairs)(
    "%s, who is excepted, and %s, whom the mail is redirected to, are one",
    ([to, redirected]) =>
      Effect.gen(function*() {
        const { backend, sent } = relay()
        const target = parsed(redirected)
        const policy = MailPolicy.redirectAll([target, target], {
          except: (recipient) => recipient === Address.addrSpec(parsed(to))
        })
        yield* policy(backend).send(letter([to, "bob@example.net"]))
        assert.deepStrictEqual(sent, [[Address.addrSpec(parsed(to))]])
      })
  )
})
