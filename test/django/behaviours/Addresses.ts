import { Address, Attachment, Mail, Message } from "@effect-mail/core"
import * as SmtpServer from "@effect-mail/test-kit/IndependentSmtpServer"
import * as MimeReader from "@effect-mail/test-kit/MimeReader"
import { assert } from "@effect/vitest"
import { Effect, Either } from "effect"
import { type Behaviour, type Check, closedHole, each, notWanted, passed } from "../Behaviour.js"
import { hasFields, letter, mailboxes, readBack, refused } from "../RoundTrip.js"

/** Checks what an address in To is read as, by both readers, and that it is the only recipient. */
const reads = (to: Address.Input, name: string, address: string): Check =>
  Effect.map(readBack(letter({ to })), ({ email, entity, octets, outgoing }) => {
    assert.deepStrictEqual(mailboxes(email.to), [[name, address]])
    assert.deepStrictEqual(MimeReader.mailboxes(MimeReader.header(entity, "To") ?? ""), [{ name, address }])
    assert.deepStrictEqual(outgoing.envelope.to, [address])
    assert.match(octets, /^[\x00-\x7f]*$/)
  })

const isInvalid = (message: Message.Message, field: string): Check =>
  Effect.map(refused(message), (error) => {
    assert.strictEqual(error._tag, "InvalidAddressError")
    assert.include(error.message, `"${field}"`)
  })

const notOneAddress = ["a@b.example@example.com", "a@b.example <bob@example.com>", "@", "bob@", "@example.com"]

const encodedText = "=?utf-8?q?already?="

export const addresses: ReadonlyArray<Behaviour> = [
  passed(49, "an address", reads("bob@example.com", "", "bob@example.com")),
  passed(50, "a name and an address", reads("Bob Baker <bob@example.com>", "Bob Baker", "bob@example.com")),
  passed(51, "a quoted name", reads("\"Bob Baker\" <bob@example.com>", "Bob Baker", "bob@example.com")),
  passed(52, "a comma in a name", reads("\"Baker, Bob\" <bob@example.com>", "Baker, Bob", "bob@example.com")),
  passed(
    53,
    "an address as a name",
    reads("\"eve@evil.example\" <bob@example.com>", "eve@evil.example", "bob@example.com")
  ),
  passed(54, "a domain beyond ASCII", reads("bob@\u00e9xample.com", "", "bob@xn--xample-9ua.com")),
  passed(
    55,
    "a name and a domain beyond ASCII",
    reads("Bob Baker <bob@\u00e9xample.com>", "Bob Baker", "bob@xn--xample-9ua.com")
  ),
  passed(56, "an A-label of IDNA 2008 alone", reads("bob@xn--fa-hia.example.com", "", "bob@xn--fa-hia.example.com")),
  passed(
    57,
    "an A-label in angle brackets",
    reads("<bob@xn--10cl1a0b660p.example.com>", "", "bob@xn--10cl1a0b660p.example.com")
  ),
  passed(
    58,
    "a name with a comma and an A-label",
    reads("\"Baker, Bob\" <bob@xn--nxasmm1c.example.com>", "Baker, Bob", "bob@xn--nxasmm1c.example.com")
  ),
  passed(59, "a name beyond ASCII", reads("B\u00f3b Baker <bob@example.com>", "B\u00f3b Baker", "bob@example.com")),
  passed(
    60,
    "a quoted local part with an @",
    Effect.map(readBack(letter({ to: "\"bob@evil.example\"@example.com" })), ({ entity, outgoing }) => {
      assert.strictEqual(MimeReader.header(entity, "To"), "\"bob@evil.example\"@example.com")
      assert.deepStrictEqual(outgoing.envelope.to, ["\"bob@evil.example\"@example.com"])
    })
  ),
  passed(
    61,
    "a name and a quoted local part with an @",
    Effect.map(readBack(letter({ to: "Bob Baker <\"bob@evil.example\"@example.com>" })), ({ entity, outgoing }) => {
      assert.deepStrictEqual(MimeReader.mailboxes(MimeReader.header(entity, "To") ?? ""), [
        { name: "Bob Baker", address: "\"bob@evil.example\"@example.com" }
      ])
      assert.deepStrictEqual(outgoing.envelope.to, ["\"bob@evil.example\"@example.com"])
    })
  ),

  passed(
    62,
    "a very long name beyond ASCII: folded, in encoded-words of at most 75 octets",
    Effect.gen(function*() {
      const name = "B\u00f3b Baker of the long name".repeat(4)
      yield* reads(`${name} <bob@example.com>`, name, "bob@example.com")
      const { entity } = yield* readBack(letter({ to: `${name} <bob@example.com>` }))
      const field = entity.headers.find((header) => header.name === "To")
      assert.isAbove(field?.lines.length ?? 0, 1)
      for (const word of MimeReader.words(field?.value ?? "")) assert.isAtMost(word.length, 75)
    })
  ),

  passed(
    63,
    "a very long name and a domain beyond ASCII",
    Effect.suspend(() => {
      const name = "Bob Baker of the long name".repeat(4)
      return reads(`${name} <bob@exampl\u20ac.com>`, name, "bob@xn--exampl-nc1c.com")
    })
  ),

  passed(
    64,
    "a name beyond ASCII, and a second address",
    Effect.map(
      readBack(letter({ to: ["\"J\u00f6rg M\u00fcller\" <bob@example.com>", "carol@example.com"] })),
      ({ email }) =>
        assert.deepStrictEqual(mailboxes(email.to), [
          ["J\u00f6rg M\u00fcller", "bob@example.com"],
          ["", "carol@example.com"]
        ])
    )
  ),

  passed(
    65,
    "a comma in a name beyond ASCII makes no third address",
    Effect.map(
      readBack(letter({ to: ["\"M\u00fcller, J\u00f6rg\" <bob@example.com>", "carol@example.com"] })),
      ({ email }) =>
        assert.deepStrictEqual(mailboxes(email.to), [
          ["M\u00fcller, J\u00f6rg", "bob@example.com"],
          ["", "carol@example.com"]
        ])
    )
  ),

  passed(
    66,
    "domains beyond ASCII in From, To and Cc",
    hasFields(
      letter({
        from: "ada@\u00f6\u00e4\u00fc.com",
        to: "bob@\u00f6\u00e4\u00fc.com",
        cc: "carol@\u00f6\u00e4\u00fc.com"
      }),
      {
        From: "ada@xn--4ca9at.com",
        To: "bob@xn--4ca9at.com",
        Cc: "carol@xn--4ca9at.com"
      }
    )
  ),

  notWanted(
    67,
    "addresses without a domain",
    "whom they reach is up to each server on the way (RFC 5321 section 2.3.5); they are refused",
    Effect.gen(function*() {
      yield* isInvalid(letter({ from: "webmaster" }), "From")
      yield* isInvalid(letter({ to: "bob" }), "To")
    })
  ),

  passed(
    68,
    "a sender with a name beyond ASCII",
    Effect.map(readBack(letter({ from: "\"J\u00f6rg M\u00fcller\" <ada@example.com>" })), ({ email, outgoing }) => {
      assert.deepStrictEqual(mailboxes(email.from === undefined ? [] : [email.from]), [
        ["J\u00f6rg M\u00fcller", "ada@example.com"]
      ])
      assert.strictEqual(outgoing.envelope.from, "ada@example.com")
    })
  ),

  passed(
    69,
    "a Sender field with a name beyond ASCII",
    Effect.map(
      readBack(letter({ headers: { Sender: "\"J\u00f6rg M\u00fcller\" <office@example.com>" } })),
      ({ email, octets }) => {
        assert.deepStrictEqual(mailboxes(email.sender === undefined ? [] : [email.sender]), [
          ["J\u00f6rg M\u00fcller", "office@example.com"]
        ])
        assert.match(octets, /^Sender: =\?.*\?= <office@example\.com>\r$/m)
        assert.match(octets, /^[\x00-\x7f]*$/)
      }
    )
  ),

  passed(
    70,
    "a local part beyond ASCII, to a server that does not take it: nothing is sent",
    Effect.scoped(Effect.gen(function*() {
      const server = yield* SmtpServer.make({ hideSMTPUTF8: true })
      const error = yield* Effect.flip(Effect.provide(Mail.send(letter({ to: "n\u00f8@example.dk" })), server.layer()))
      assert.strictEqual(error._tag, "CapabilityError")
      assert.include(error.message, "SMTPUTF8")
      assert.deepStrictEqual(server.received, [])
    }))
  ),

  passed(
    71,
    "a local part beyond ASCII to a server that takes it: as it is",
    Effect.map(readBack(letter({ to: "n\u00f8n-\u00e5sc\u00eei@example.com" })), ({ email, outgoing }) => {
      assert.isTrue(outgoing.envelope.smtpUtf8)
      assert.deepStrictEqual(outgoing.envelope.to, ["n\u00f8n-\u00e5sc\u00eei@example.com"])
      assert.deepStrictEqual(mailboxes(email.to), [["", "n\u00f8n-\u00e5sc\u00eei@example.com"]])
    })
  ),

  passed(
    72,
    "the fields that hold addresses: names are encoded, addresses are not; those that show blind copies are refused",
    Effect.gen(function*() {
      const fields = [
        "From",
        "Sender",
        "Reply-To",
        "To",
        "Cc",
        "Resent-From",
        "Resent-Sender",
        "Resent-To",
        "Resent-Cc"
      ]
      yield* each(
        fields,
        (name) =>
          Effect.map(readBack(letter({ headers: { [name]: "J\u00f6rg <office@example.com>" } })), ({ entity }) => {
            const value = MimeReader.header(entity, name) ?? ""
            assert.deepStrictEqual(MimeReader.mailboxes(value), [{ name: "J\u00f6rg", address: "office@example.com" }])
            assert.match(value, /^=\?.*\?= <office@example\.com>$/)
          })
      )
      yield* each(
        ["Bcc", "Resent-Bcc"],
        (name) =>
          Effect.map(refused(letter({ headers: { [name]: "J\u00f6rg <office@example.com>" } })), (error) => {
            assert.strictEqual(error._tag, "BadHeaderError")
          })
      )
    })
  ),

  passed(
    73,
    "what is no address, parsed alone",
    each<Address.Input>(
      [...notOneAddress, { name: "", address: "" }],
      (input) => Effect.sync(() => assert.isTrue(Either.isLeft(Address.fromInput(input))))
    )
  ),

  closedHole(
    74,
    "what is no address, in a message that is only built",
    "refused as soon as the message is checked, by every backend",
    each(notOneAddress, (to) =>
      Effect.gen(function*() {
        yield* isInvalid(letter({ to }), "To")
        assert.isTrue(Either.isLeft(Message.validate(letter({ to }))))
      }))
  ),

  closedHole(
    75,
    "a domain with a sharp s",
    "IDNA 2008: another domain than the one with ss",
    reads("bob@fa\u00df.example.com", "", "bob@xn--fa-hia.example.com")
  ),

  closedHole(
    76,
    "an unquoted dot in a name",
    "taken, and written in quotes",
    Effect.gen(function*() {
      yield* reads("Dr. Baker <bob@example.com>", "Dr. Baker", "bob@example.com")
      yield* hasFields(letter({ to: "Dr. Baker <bob@example.com>" }), { To: "\"Dr. Baker\" <bob@example.com>" })
    })
  ),

  closedHole(
    77,
    "a subject, a name and a filename that look encoded",
    "the text survives as it is",
    // By the strict reader: postal-mime decodes names and filenames a second time.
    Effect.gen(function*() {
      const message = letter({
        to: { name: encodedText, address: "bob@example.com" },
        subject: encodedText,
        attachments: [Attachment.text("x", { filename: encodedText })]
      })
      const { email, entity } = yield* readBack(message)
      assert.strictEqual(email.subject, encodedText)
      assert.deepStrictEqual(MimeReader.mailboxes(MimeReader.header(entity, "To") ?? ""), [
        { name: encodedText, address: "bob@example.com" }
      ])
      assert.strictEqual(entity.children[1]?.filename, encodedText)
    })
  )
]
