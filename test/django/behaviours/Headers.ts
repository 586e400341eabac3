import { Attachment, Message } from "@effect-mail/core"
import * as MimeReader from "@effect-mail/test-kit/MimeReader"
import { assert } from "@effect/vitest"
import { DateTime, Effect } from "effect"
import { type Behaviour, closedHole, each, notWanted, passed } from "../Behaviour.js"
import { hasFields, letter, readBack, refused } from "../RoundTrip.js"

const longSubject = "The minutes of the meeting of the society of friends of very long subjects, held in " +
  "the small hall behind the library on the second Friday of November"

export const headers: ReadonlyArray<Behaviour> = [
  passed(
    1,
    "subject, text, one sender, one recipient",
    Effect.gen(function*() {
      const { email, entity } = yield* readBack(letter())
      assert.strictEqual(MimeReader.header(entity, "Subject"), "Hello")
      assert.strictEqual(MimeReader.header(entity, "From"), "ada@example.com")
      assert.strictEqual(MimeReader.header(entity, "To"), "bob@example.com")
      assert.strictEqual(email.text, "Hello, Bob\n")
    })
  ),

  passed(
    2,
    "two recipients: one To field",
    hasFields(letter({ to: ["bob@example.com", "carol@example.com"] }), { To: "bob@example.com, carol@example.com" })
  ),

  passed(
    3,
    "a copy to one, and nobody in To: no To field",
    hasFields(letter({ to: [], cc: "carol@example.com" }), { To: undefined, Cc: "carol@example.com" })
  ),

  passed(
    4,
    "one copy, and two copies",
    Effect.gen(function*() {
      yield* hasFields(letter({ cc: ["carol@example.com"] }), { Cc: "carol@example.com" })
      yield* hasFields(letter({ cc: ["carol@example.com", "dora@example.com"] }), {
        Cc: "carol@example.com, dora@example.com"
      })
    })
  ),

  passed(
    5,
    "a Cc field beside cc: the field is shown, cc gets the message",
    each(["Cc", "cc"], (name) =>
      Effect.gen(function*() {
        const message = letter({ cc: "carol@example.com", headers: { [name]: "list@example.com" } })
        yield* hasFields(message, { Cc: "list@example.com" })
        assert.deepStrictEqual(Message.recipients(message), ["bob@example.com", "carol@example.com"])
        const { outgoing } = yield* readBack(message)
        assert.deepStrictEqual(outgoing.envelope.to, ["bob@example.com", "carol@example.com"])
      }))
  ),

  passed(
    6,
    "a Cc field alone adds no recipient",
    Effect.gen(function*() {
      const message = letter({ headers: { Cc: "list@example.com" } })
      yield* hasFields(message, { Cc: "list@example.com" })
      assert.deepStrictEqual(Message.recipients(message), ["bob@example.com"])
    })
  ),

  passed(
    7,
    "a blind copy stands in the envelope and nowhere else",
    Effect.gen(function*() {
      const { octets, outgoing } = yield* readBack(letter({ bcc: "Eve Hidden <eve@example.com>" }))
      assert.notMatch(octets, /^bcc:|eve@example|Hidden/im)
      assert.deepStrictEqual(outgoing.envelope.to, ["bob@example.com", "eve@example.com"])
    })
  ),

  passed(
    8,
    "a Bcc field, in any letter case, is refused",
    each(
      ["Bcc", "bcc", "BCC", "bCc"],
      (name) =>
        Effect.map(refused(letter({ headers: { [name]: "eve@example.com" } })), (error) => {
          assert.strictEqual(error._tag, "BadHeaderError")
          assert.include(error.message, name)
          assert.include(error.message, "`bcc`")
        })
    )
  ),

  passed(
    9,
    "one and two addresses for answers",
    Effect.gen(function*() {
      yield* hasFields(letter({ replyTo: ["office@example.com"] }), { "Reply-To": "office@example.com" })
      yield* hasFields(letter({ replyTo: ["office@example.com", "ada@example.com"] }), {
        "Reply-To": "office@example.com, ada@example.com"
      })
    })
  ),

  passed(
    10,
    "a Reply-To field beside replyTo",
    each(
      ["Reply-To", "reply-to"],
      (name) =>
        hasFields(letter({ replyTo: "office@example.com", headers: { [name]: "list@example.com" } }), {
          "Reply-To": "list@example.com"
        })
    )
  ),

  passed(
    11,
    "a Reply-To field alone",
    each(
      ["Reply-To", "reply-to"],
      (name) => hasFields(letter({ headers: { [name]: "list@example.com" } }), { "Reply-To": "list@example.com" })
    )
  ),

  passed(
    12,
    "recipients as readonly tuples",
    Effect.gen(function*() {
      const two = ["bob@example.com", "carol@example.com"] as const
      const message = letter({ to: two, cc: ["dora@example.com"] as const, bcc: ["eve@example.com"] as const })
      yield* hasFields(message, { To: "bob@example.com, carol@example.com", Cc: "dora@example.com" })
      assert.deepStrictEqual(Message.recipients(message), [...two, "dora@example.com", "eve@example.com"])
    })
  ),

  passed(
    13,
    "a string instead of a list is one address, and never a list",
    each(["to", "cc", "bcc", "replyTo"] as const, (key) =>
      Effect.gen(function*() {
        const { outgoing } = yield* readBack(letter({ [key]: "carol@example.com" }))
        assert.deepStrictEqual(outgoing.message[key], ["carol@example.com"])
        const error = yield* refused(letter({ [key]: "carol@example.com, dora@example.com" }))
        assert.strictEqual(error._tag, "InvalidAddressError")
      }))
  ),

  passed(
    14,
    "a From field beside from: the envelope keeps from",
    each(["From", "from"], (name) =>
      Effect.gen(function*() {
        const message = letter({ from: "bounces@example.com", headers: { [name]: "ada@example.com" } })
        yield* hasFields(message, { From: "ada@example.com" })
        const { outgoing } = yield* readBack(message)
        assert.strictEqual(outgoing.envelope.from, "bounces@example.com")
      }))
  ),

  passed(
    15,
    "a To field beside the recipients of a list",
    Effect.gen(function*() {
      const subscribers = ["bob@example.com", "carol@example.com"]
      const message = letter({ to: subscribers, headers: { To: "list@example.com" } })
      yield* hasFields(message, { To: "list@example.com" })
      const { outgoing } = yield* readBack(message)
      assert.deepStrictEqual(outgoing.message.to, subscribers)
      assert.deepStrictEqual(outgoing.envelope.to, subscribers)
    })
  ),

  passed(
    16,
    "a To field alone adds no recipient",
    Effect.gen(function*() {
      const message = letter({ to: [], headers: { To: "list@example.com" } })
      yield* hasFields(message, { To: "list@example.com" })
      const { outgoing } = yield* readBack(message)
      assert.deepStrictEqual(outgoing.envelope.to, [])
    })
  ),

  closedHole(
    17,
    "date and Message-ID as extra fields, the name of one in lower case",
    "they replace the generated ones; a Message-ID that answers could not refer to is refused",
    Effect.gen(function*() {
      const date = "Thu, 05 Feb 2004 03:04:05 -0000"
      yield* hasFields(letter({ headers: { date, "Message-ID": "<own@example.com>" } }), {
        Date: date,
        "Message-ID": "<own@example.com>"
      })
      const error = yield* refused(letter({ headers: { date, "Message-ID": "own" } }))
      assert.strictEqual(error._tag, "BadHeaderError")
      assert.include(error.message, "Message-ID")
    })
  ),

  passed(
    18,
    "a date value is written as mail writes dates",
    hasFields(letter({ date: DateTime.unsafeMake("2004-02-05T03:04:05Z") }), {
      Date: "Thu, 05 Feb 2004 03:04:05 +0000"
    })
  ),

  passed(19, "no date: that of the clock, in UTC", hasFields(letter(), { Date: "Thu, 01 Jan 1970 00:00:00 +0000" })),

  passed(
    20,
    "a date with a zone, instead of a setting",
    hasFields(letter({ date: DateTime.unsafeMakeZoned("2004-02-05T03:04:05Z", { timeZone: "Africa/Algiers" }) }), {
      Date: "Thu, 05 Feb 2004 04:04:05 +0100"
    })
  ),

  passed(
    21,
    "one message built twice",
    Effect.gen(function*() {
      const given = { From: "ada@example.com" }
      const message = letter({ from: "bounces@example.com", headers: given })
      yield* hasFields(message, { From: "ada@example.com" })
      yield* hasFields(message, { From: "ada@example.com" })
      assert.deepStrictEqual(given, { From: "ada@example.com" })
      assert.deepStrictEqual(message.headers, [["From", "ada@example.com"]])
    })
  ),

  notWanted(22, "lazy subject or header value", "what is known only later is a function, or an Effect of a message"),

  notWanted(23, "lazy addresses", "what is known only later is a function, or an Effect of a message"),

  passed(
    24,
    "nothing given: from the default sender",
    each(
      [Message.empty, Message.make({})],
      (message) => hasFields(message, { From: "webmaster@localhost", To: undefined, Subject: "" })
    )
  ),

  passed(
    25,
    "no text: an empty one",
    Effect.gen(function*() {
      const { entity } = yield* readBack(Message.make({ to: "bob@example.com", subject: "Hello" }))
      assert.strictEqual(MimeReader.structure(entity), "text/plain")
      assert.strictEqual(MimeReader.textOf(entity).trim(), "")
    })
  ),

  passed(
    26,
    "every part set anew: nothing of the old ones is left, and the old message stays what it was",
    Effect.gen(function*() {
      const original = Message.make({
        from: "first@example.com",
        envelopeFrom: "first@example.com",
        subject: "first",
        text: "first",
        html: "first",
        date: DateTime.unsafeMake("2001-01-01T01:01:01Z"),
        messageId: "<first@example.com>",
        inReplyTo: "<first@example.com>",
        listId: "first.example.com"
      })
      const before = JSON.stringify(original)
      const { email, octets, outgoing } = yield* readBack(original.pipe(
        Message.from("ada@example.com"),
        Message.envelopeFrom("bounces@example.com"),
        Message.to(["bob@example.com"]),
        Message.subject("second"),
        Message.text("second"),
        Message.html("second"),
        Message.date(DateTime.unsafeMake("2004-02-05T03:04:05Z")),
        Message.messageId("<second@example.com>"),
        Message.inReplyTo("<second@example.com>"),
        Message.listId("second.example.com"),
        Message.attach(Attachment.text("second", { filename: "second.txt" }))
      ))
      assert.notMatch(octets, /first|Jan 2001/)
      assert.strictEqual(email.subject, "second")
      assert.strictEqual(email.attachments[0]?.filename, "second.txt")
      assert.strictEqual(outgoing.envelope.from, "bounces@example.com")
      assert.strictEqual(JSON.stringify(original), before)
    })
  ),

  notWanted(27, "the order of positional arguments", "the parts of a message are given by name"),

  passed(
    28,
    "html as the only body",
    Effect.gen(function*() {
      const { email, entity } = yield* readBack(Message.make({ to: "bob@example.com", html: "<p>Hello</p>" }))
      assert.strictEqual(MimeReader.structure(entity), "text/html")
      assert.strictEqual(email.html?.trim(), "<p>Hello</p>")
    })
  ),

  passed(
    29,
    "a long subject is folded at its blanks",
    Effect.gen(function*() {
      const { email, entity } = yield* readBack(letter({ subject: longSubject }))
      const lines = entity.headers.find(({ name }) => name === "Subject")?.lines ?? []
      assert.isAbove(lines.length, 1)
      for (const line of lines) assert.isAtMost(line.length, 78)
      for (const line of lines.slice(1)) assert.match(line, /^ [^ ]/)
      assert.strictEqual(lines.join(""), `Subject: ${longSubject}`)
      assert.strictEqual(email.subject, longSubject)
    })
  ),

  notWanted(30, "the order of the fields", "it has no meaning (RFC 5322 section 3.6); ours is fixed, and another"),

  passed(
    31,
    "a line of the text that begins with From",
    Effect.gen(function*() {
      const { email, octets } = yield* readBack(letter({ text: "From here on\nFrom there\n" }))
      assert.include(octets, "\r\n\r\nFrom here on\r\nFrom there\r\n")
      assert.strictEqual(email.text, "From here on\nFrom there\n")
    })
  ),

  notWanted(
    32,
    "the message class and the policies of Python",
    "there is one rendering, `Mime.render` or `Mime.stream`, which any server takes"
  )
]
