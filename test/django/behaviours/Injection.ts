import { Memory } from "@effect-mail/backends"
import type { Message } from "@effect-mail/core"
import { Address, Attachment, Mail, MailBackend } from "@effect-mail/core"
import { assert } from "@effect/vitest"
import { Effect, Either } from "effect"
import { type Behaviour, type Check, closedHole, each, notWanted, passed } from "../Behaviour.js"
import { letter, mailboxes, readBack, refused } from "../RoundTrip.js"

/** Fails if the message reaches a connection. */
const refusedBeforeConnecting = (message: Message.Message) =>
  Effect.flip(
    MailBackend.make({ name: "unreachable", open: Effect.dieMessage("a connection was opened") }).send(message)
  )

const badHeader = (field: string, message: Message.Message): Check =>
  Effect.map(refusedBeforeConnecting(message), (error) => {
    assert.strictEqual(error._tag, "BadHeaderError")
    assert.include(error.message, JSON.stringify(field))
  })

const hostileAddresses = [
  "Bob\nX-Evil: 1 <bob@example.com>",
  "\"Bob\nX-Evil: 1\" <bob@example.com>",
  "\"Bob\rX-Evil: 1\" <bob@example.com>",
  "\"Bob\r\nX-Evil: 1\" <bob@example.com>",
  "Bob <bob\nevil@example.com>",
  "bob\nevil@example.com"
]

const addressFields: ReadonlyArray<(address: string) => Message.Options> = [
  (from) => ({ from }),
  (to) => ({ to }),
  (cc) => ({ cc }),
  (replyTo) => ({ replyTo }),
  ...["Sender", "Resent-From", "Resent-Sender", "Resent-To", "Resent-Cc", "Resent-Bcc"].map(
    (name) => (address: string) => ({ headers: { [name]: address } })
  )
]

export const injection: ReadonlyArray<Behaviour> = [
  passed(
    33,
    "a subject of two lines",
    each(
      ["Hello\nX-Evil: 1", "Hello\rX-Evil: 1", "Hello\r\nX-Evil: 1"],
      (subject) => badHeader("Subject", letter({ subject }))
    )
  ),

  notWanted(34, "a lazy subject of two lines", "there are no lazy texts; a computed one is refused as row 33 says"),

  passed(35, "a name of two lines in to", badHeader("To", letter({ to: ["Bob\nX-Evil: 1 <bob@example.com>"] }))),

  passed(
    36,
    "six hostile addresses in ten address fields",
    each(
      addressFields,
      (field) =>
        each(hostileAddresses, (address) =>
          Effect.map(refusedBeforeConnecting(letter(field(address))), (error) => {
            assert.strictEqual(error._tag, "BadHeaderError")
          }))
    )
  ),

  passed(
    37,
    "six hostile addresses in bcc, which is no field",
    each(hostileAddresses, (bcc) =>
      Effect.map(refusedBeforeConnecting(letter({ bcc })), (error) => {
        assert.strictEqual(error._tag, "InvalidAddressError")
        assert.include(error.message, "Bcc")
      }))
  ),

  passed(
    38,
    "a subject of two lines to the memory backend: nothing is kept",
    Effect.gen(function*() {
      const error = yield* Effect.flip(Mail.send(letter({ subject: "Hello\nagain" })))
      assert.strictEqual(error._tag, "BadHeaderError")
      const memory = yield* Memory.Memory
      assert.deepStrictEqual(yield* memory.outbox, [])
    }).pipe(Effect.provide(Memory.layer))
  ),

  passed(
    39,
    "line ends in an address that is parsed alone, as text or as a record",
    each<Address.Input>([
      "Bob\nX-Evil: 1 <bob@example.com>",
      "Bob <bob\nevil@example.com>",
      { name: "Bob\nX-Evil: 1", address: "bob@example.com" },
      { name: "Bob", address: "bob\nevil@example.com" }
    ], (input) => Effect.sync(() => assert.isTrue(Either.isLeft(Address.fromInput(input)))))
  ),

  passed(
    40,
    "line ends in any extra field",
    each(
      ["X-Any", "List-Help", "Auto-Submitted", "Comments", "References", "Date"],
      (name) =>
        each(["a\nb", "a\rb", "a\r\nb", "a\r\n b"], (value) => badHeader(name, letter({ headers: { [name]: value } })))
    )
  ),

  closedHole(
    41,
    "other line ends of Unicode in a subject",
    "control characters are refused; U+2028 and U+2029 are text, and read back",
    Effect.gen(function*() {
      yield* each(
        ["\u0085", "\u000b", "\u000c", "\u001c", "\u001d", "\u001e", "\u007f"],
        (char) => badHeader("Subject", letter({ subject: `a${char}b` }))
      )
      for (const char of ["\u2028", "\u2029"]) {
        const { email, octets } = yield* readBack(letter({ subject: `a${char}b` }))
        assert.strictEqual(email.subject, `a${char}b`)
        assert.match(octets, /^[\x00-\x7f]*$/)
      }
    })
  ),

  closedHole(
    42,
    "a line end at the end of a subject",
    "refused like any other",
    each(["Hello\n", "Hello\r\n", "\nHello"], (subject) => badHeader("Subject", letter({ subject })))
  ),

  closedHole(
    43,
    "NUL in a subject",
    "refused",
    each(["a\0b", "\0", "a\0"], (subject) => badHeader("Subject", letter({ subject })))
  ),

  closedHole(
    44,
    "a line end in the name of a field",
    "refused",
    each(
      ["X-Bad\r\nBcc", "X-Bad\nBcc", "X-Bad: 1\r\nBcc"],
      (name) => badHeader(name, letter({ headers: { [name]: "eve@example.com" } }))
    )
  ),

  closedHole(
    45,
    "names that are no names of fields",
    "refused",
    each(
      ["X Bad", "X:Bad", "", "X-\u00c9", "X-Bad ", "X\tBad"],
      (name) =>
        Effect.map(refusedBeforeConnecting(letter({ headers: { [name]: "1" } })), (error) => {
          assert.strictEqual(error._tag, "BadHeaderError")
          assert.include(error.message, "name")
        })
    )
  ),

  passed(
    46,
    "a filename of two lines",
    badHeader(
      "Content-Disposition",
      letter({ attachments: [Attachment.bytes(new Uint8Array(1), { filename: "a\r\nX-Evil: 1.bin" })] })
    )
  ),

  passed(
    47,
    "an extra field that the message has already",
    each(
      ["Subject", "subject", "Content-Type", "MIME-Version", "Content-Transfer-Encoding"],
      (name) => badHeader(name, letter({ headers: { [name]: "text/html" } }))
    )
  ),

  closedHole(
    48,
    "a name that holds quotes, commas and an address",
    "name and address are given apart and cannot become anything else; put together as text they are refused",
    Effect.gen(function*() {
      const name = "x\" <eve@example.org>, \""
      const address = "bob@example.com"
      const { email, outgoing } = yield* readBack(letter({ to: { name, address } }))
      assert.deepStrictEqual(mailboxes(email.to), [[name, address]])
      assert.deepStrictEqual(outgoing.envelope.to, [address])
      const error = yield* refused(letter({ to: `"${name}" <${address}>` }))
      assert.strictEqual(error._tag, "InvalidAddressError")
    })
  )
]
