import { Attachment, DeliveryReport, Mail, Message, Mime, Outgoing } from "@effect-mail/core"
import * as SmtpServer from "@effect-mail/test-kit/IndependentSmtpServer"
import * as ScriptedServer from "@effect-mail/test-kit/LineScriptServer"
import * as PostalMime from "@effect-mail/test-kit/PostalMimeReader"
import { binary, dotStuff } from "@effect-mail/test-kit/WireReader"
import { assert, describe, it } from "@effect/vitest"
import { DateTime, Effect, Stream } from "effect"

const { body, delivery, envelope, hear, hello, say } = ScriptedServer

const message = Message.make({
  from: "Ada <ada@example.com>",
  to: "bob@example.com",
  subject: "Grüße",
  text: "Hello, Bob"
})

/** A message that is the same bytes each time: it has no boundary, and its date and id are given. */
const fixed = message.pipe(
  Message.date(DateTime.unsafeMake("2026-02-03T04:05:06Z")),
  Message.messageId("<fixed@example.com>")
)

const render = (of: Message.Message) => Effect.flatMap(Outgoing.prepare(of), Mime.render)

const eightBit = Attachment.message(Uint8Array.from([...Buffer.from("Subject: old\r\n\r\n"), 0xe9, 13, 10]))

const commandsOf = (server: SmtpServer.TestServer, verb: string) =>
  server.commands.filter((line) => line.startsWith(verb))

describe("Smtp delivers", () => {
  it.scopedLive("a message to one recipient", () =>
    Effect.gen(function*() {
      const server = yield* SmtpServer.make()
      const report = yield* Mail.send(message).pipe(Effect.provide(server.layer()))
      assert.deepStrictEqual(report.envelope, { from: "ada@example.com", to: ["bob@example.com"], smtpUtf8: false })
      assert.deepStrictEqual(report.response, { code: 250, enhancedCode: "2.0.0", text: "2.0.0 taken" })
      assert.deepStrictEqual(report.recipients, [
        { _tag: "Accepted", recipient: "bob@example.com", reply: report.response }
      ])
      assert.strictEqual(server.received.length, 1)
      assert.strictEqual(server.received[0]?.from, "ada@example.com")
      assert.deepStrictEqual(server.received[0]?.to, ["bob@example.com"])
      assert.strictEqual(server.received[0]?.clientName, "[127.0.0.1]")
    }))

  it.scopedLive("to everybody once, the Bcc recipients in the envelope only", () =>
    Effect.gen(function*() {
      const server = yield* SmtpServer.make()
      yield* Mail.send(message.pipe(
        Message.cc(["carol@example.com", "bob@example.com"]),
        Message.bcc("dave@example.com")
      )).pipe(Effect.provide(server.layer()))
      const [received] = server.received
      assert.deepStrictEqual(received?.to, ["bob@example.com", "carol@example.com", "dave@example.com"])
      const text = binary(received?.bytes ?? new Uint8Array()).toLowerCase()
      assert.notInclude(text, "dave")
      assert.notInclude(text, "bcc")
    }))

  it.scopedLive("the very bytes of Mime.render", () =>
    Effect.gen(function*() {
      const server = yield* SmtpServer.make()
      yield* Mail.send(fixed).pipe(Effect.provide(server.layer()))
      assert.strictEqual(binary(server.received[0]?.bytes ?? new Uint8Array()), binary(yield* render(fixed)))
    }))

  it.scopedLive("what a mail program reads as the message that was sent", () =>
    Effect.gen(function*() {
      const server = yield* SmtpServer.make()
      const octets = new Uint8Array(100_000).map((_, i) => i * 7)
      yield* Mail.send(message.pipe(
        Message.html("<p>Hello, <b>Bob</b></p>"),
        Message.attach(Attachment.bytes(octets, { filename: "Größe.bin" }))
      )).pipe(Effect.provide(server.layer()))
      const email = yield* PostalMime.read(server.received[0]?.bytes ?? new Uint8Array())
      assert.strictEqual(email.subject, "Grüße")
      assert.strictEqual(email.text?.trimEnd(), "Hello, Bob")
      assert.strictEqual(email.html?.trimEnd(), "<p>Hello, <b>Bob</b></p>")
      assert.deepStrictEqual(email.from, { name: "Ada", address: "ada@example.com" })
      assert.strictEqual(email.attachments[0]?.filename, "Größe.bin")
      assert.deepStrictEqual(email.attachments.map(PostalMime.octets), [octets])
    }))

  for (
    const text of [
      ".",
      "..",
      ".\n",
      "a\n.\nb",
      "a\n..\n.b",
      "a\r\n.\r\nMAIL FROM:<eve@example.com>",
      "a\n.\rb\n",
      "\n.\n\n"
    ]
  ) {
    it.scopedLive(`a text with dots: ${JSON.stringify(text)}`, () =>
      Effect.gen(function*() {
        const server = yield* ScriptedServer.make([...hello(), ...delivery])
        const dotted = Message.text(fixed, text)
        yield* Mail.send(dotted).pipe(Effect.provide(server.layer()))
        assert.deepStrictEqual(server.messages, [dotStuff(yield* render(dotted))])
        assert.deepStrictEqual(server.lines.map((line) => line.split(/[: ]/)[0]), [
          "EHLO",
          "MAIL",
          "RCPT",
          "DATA",
          "QUIT"
        ])
      }))
  }

  it.scopedLive("a streamed attachment, run again for each attempt", () =>
    Effect.gen(function*() {
      const server = yield* SmtpServer.make()
      const chunk = new Uint8Array(10_001).fill(200)
      const content = Stream.take(Stream.repeatValue(chunk), 100)
      const attached = Message.attach(message, Attachment.stream(content, { filename: "log.bin" }))
      yield* Effect.replicateEffect(Mail.send(attached), 2).pipe(Effect.provide(server.layer()))
      const emails = yield* Effect.forEach(server.received, ({ bytes }) => PostalMime.read(bytes))
      assert.deepStrictEqual(
        emails.map((email) => email.attachments.map((attachment) => PostalMime.octets(attachment).length)),
        [[1_000_100], [1_000_100]]
      )
    }))

  for (const size of [0, 5_000_000]) {
    it.scopedLive(`nothing when an attachment fails after ${size} octets`, () =>
      Effect.gen(function*() {
        const server = yield* SmtpServer.make()
        const content = Stream.concat(Stream.make(new Uint8Array(size)), Stream.fail("the disk is gone"))
        const attached = Message.attach(message, Attachment.stream(content, { filename: "log.bin" }))
        yield* Effect.gen(function*() {
          const error = yield* Effect.flip(Mail.send(attached))
          assert.strictEqual(error._tag === "AttachmentError" && error.cause, "the disk is gone")
          yield* server.allClosed
          assert.strictEqual(server.received.length, 0)
          yield* Mail.send(message)
          assert.strictEqual(server.received.length, 1)
        }).pipe(Effect.provide(server.layer()))
      }))
  }

  it.scopedLive("under the null reverse-path", () =>
    Effect.gen(function*() {
      const server = yield* SmtpServer.make()
      yield* Mail.send(Message.envelopeFrom(message, "")).pipe(Effect.provide(server.layer()))
      assert.match(commandsOf(server, "MAIL")[0] ?? "", /^MAIL FROM:<>( |$)/)
      assert.strictEqual(server.received[0]?.from, "")
    }))

  for (
    const [what, sent, from] of [
      ["the author", message, "ada@example.com"],
      [
        "the author, whatever the From field shows",
        Message.header(message, "From", "eve@example.org"),
        "ada@example.com"
      ],
      ["the return path", Message.envelopeFrom(message, "bounces@example.com"), "bounces@example.com"]
    ] as const
  ) {
    it.scopedLive(`with a MAIL FROM of ${what}`, () =>
      Effect.gen(function*() {
        const server = yield* SmtpServer.make()
        yield* Mail.send(sent).pipe(Effect.provide(server.layer()))
        assert.strictEqual(server.received[0]?.from, from)
      }))
  }

  it.scopedLive("to an international domain in ASCII", () =>
    Effect.gen(function*() {
      const server = yield* SmtpServer.make({ hideSMTPUTF8: true })
      yield* Mail.send(Message.to(message, "eva@bücher.example")).pipe(Effect.provide(server.layer()))
      assert.deepStrictEqual(commandsOf(server, "RCPT"), [
        "RCPT TO:<bob@example.com>",
        "RCPT TO:<eva@xn--bcher-kva.example>"
      ])
    }))

  it.scopedLive("to a local part in UTF-8 where the server offers SMTPUTF8", () =>
    Effect.gen(function*() {
      const server = yield* SmtpServer.make()
      yield* Mail.send(Message.to(message, "jürgen@example.com")).pipe(Effect.provide(server.layer()))
      assert.deepStrictEqual(server.received[0]?.to, ["bob@example.com", "jürgen@example.com"])
      assert.isTrue(server.received[0]?.smtpUtf8)
    }))

  it.scopedLive("octets above 127 where the server offers 8BITMIME", () =>
    Effect.gen(function*() {
      const server = yield* SmtpServer.make()
      yield* Mail.sendAll([Message.attach(message, eightBit), message]).pipe(Effect.provide(server.layer()))
      assert.deepStrictEqual(server.received.map(({ bodyType }) => bodyType), ["8bitmime", "7bit"])
      assert.include(binary(server.received[0]?.bytes ?? new Uint8Array()), "Subject: old\r\n\r\n\xe9\r\n")
    }))
})

describe("Smtp does not start with what the server cannot take", () => {
  const large = Message.text(message, "x".repeat(70).concat("\n").repeat(100))
  for (
    const [capability, options, sent] of [
      ["SMTPUTF8", { hideSMTPUTF8: true }, Message.to(message, "jürgen@example.com")],
      ["SMTPUTF8", { hideSMTPUTF8: true }, Message.envelopeFrom(message, "jürgen@example.com")],
      ["8BITMIME", { hide8BITMIME: true }, Message.attach(message, eightBit)],
      ["SIZE", { size: 5000 }, large]
    ] as const
  ) {
    it.scopedLive(capability, () =>
      Effect.gen(function*() {
        const server = yield* SmtpServer.make(options)
        const error = yield* Effect.flip(Mail.send(sent)).pipe(Effect.provide(server.layer()))
        assert.strictEqual(error._tag === "CapabilityError" && error.capability, capability)
        assert.isFalse(error.isTransient)
        assert.deepStrictEqual(commandsOf(server, "MAIL"), [])
      }))
  }

  it.scopedLive("SIZE, but for a stream, whose size is unknown: there the server is asked", () =>
    Effect.gen(function*() {
      const server = yield* SmtpServer.make({ size: 5000 })
      const content = Stream.make(new Uint8Array(10_000))
      const error = yield* Effect.flip(Mail.send(Message.attach(message, Attachment.stream(content)))).pipe(
        Effect.provide(server.layer())
      )
      assert.strictEqual(error._tag === "RejectedError" && `${error.command} ${error.code}`, "message 552")
    }))
})

describe("Smtp says of each recipient what the server said", () => {
  const refuse = {
    recipients: {
      "later@example.com": [450, "4.2.1 try again"],
      "full@example.com": [552, "5.2.2 too many recipients"],
      "never@example.com": [550, "5.1.1 no such user"]
    }
  } as const
  const later = {
    _tag: "Deferred",
    recipient: "later@example.com",
    reply: { code: 450, enhancedCode: "4.2.1", text: "4.2.1 try again" }
  } as const
  // RFC 5321 section 4.5.3.1.10: to RCPT, 552 means "too many for now".
  const full = {
    _tag: "Deferred",
    recipient: "full@example.com",
    reply: { code: 552, enhancedCode: "5.2.2", text: "5.2.2 too many recipients" }
  } as const
  const never = {
    _tag: "Rejected",
    recipient: "never@example.com",
    reply: { code: 550, enhancedCode: "5.1.1", text: "5.1.1 no such user" }
  } as const
  const to = (...recipients: ReadonlyArray<string>) =>
    Message.make({ from: "ada@example.com", to: recipients, text: "Hello" })

  for (const hidePIPELINING of [false, true]) {
    it.scopedLive(`when some are refused, ${hidePIPELINING ? "without" : "with"} pipelining`, () =>
      Effect.gen(function*() {
        const server = yield* SmtpServer.make({ refuse, hidePIPELINING })
        const report = yield* Mail.send(
          to("later@example.com", "bob@example.com", "never@example.com", "full@example.com", "eva@example.com")
        ).pipe(Effect.provide(server.layer()))
        const reply = { code: 250, enhancedCode: "2.0.0", text: "2.0.0 taken" }
        assert.deepStrictEqual(report.recipients, [
          later,
          { _tag: "Accepted", recipient: "bob@example.com", reply },
          never,
          full,
          { _tag: "Accepted", recipient: "eva@example.com", reply }
        ])
        assert.isFalse(DeliveryReport.isComplete(report))
        assert.deepStrictEqual(server.received.map((received) => received.to), [["bob@example.com", "eva@example.com"]])
      }))
  }

  for (
    const [recipients, statuses, code, isTransient] of [
      [["never@example.com"], [never], 550, false],
      [["never@example.com", "later@example.com"], [never, later], 450, true],
      [["full@example.com"], [full], 552, true]
    ] as const
  ) {
    it.scopedLive(`when all are refused: ${recipients.join(", ")}`, () =>
      Effect.gen(function*() {
        const server = yield* SmtpServer.make({ refuse })
        const error = yield* Effect.flip(Mail.send(to(...recipients))).pipe(Effect.provide(server.layer()))
        assert.strictEqual(error._tag, "RejectedError")
        if (error._tag !== "RejectedError") return
        assert.strictEqual(error.command, "RCPT")
        assert.strictEqual(error.code, code)
        assert.deepStrictEqual(error.recipients, statuses)
        assert.strictEqual(error.isTransient, isTransient)
        assert.strictEqual(server.received.length, 0)
      }))
  }

  for (
    const [command, refused, tag] of [
      ["MAIL", { sender: [550, "5.7.1 not you"] }, "Rejected"],
      ["MAIL", { sender: [451, "4.7.1 not now"] }, "Deferred"],
      ["message", { message: [554, "5.7.1 spam"] }, "Rejected"],
      ["message", { message: [452, "4.3.1 disk full"] }, "Deferred"]
    ] as const
  ) {
    it.scopedLive(`when ${command} is refused: ${tag}`, () =>
      Effect.gen(function*() {
        const server = yield* SmtpServer.make({ refuse: { ...refuse, ...refused } })
        const recipients = ["bob@example.com", "eva@example.com"]
        const error = yield* Effect.flip(Mail.send(to(...recipients))).pipe(Effect.provide(server.layer()))
        assert.strictEqual(error._tag, "RejectedError")
        if (error._tag !== "RejectedError") return
        const [code, text] = Object.values(refused)[0]
        const reply = { code, enhancedCode: text.slice(0, 5), text }
        assert.strictEqual(error.command, command)
        assert.strictEqual(error.code, code)
        assert.strictEqual(error.enhancedCode, reply.enhancedCode)
        assert.strictEqual(error.response, text)
        assert.deepStrictEqual(error.recipients, recipients.map((recipient) => ({ _tag: tag, recipient, reply })))
        assert.strictEqual(error.isTransient, tag === "Deferred")
        assert.strictEqual(server.received.length, 0)
      }))
  }

  it.scopedLive("when the message is refused after some recipients were", () =>
    Effect.gen(function*() {
      const server = yield* SmtpServer.make({ refuse: { ...refuse, message: [554, "5.7.1 spam"] } })
      const error = yield* Effect.flip(Mail.send(to("later@example.com", "bob@example.com"))).pipe(
        Effect.provide(server.layer())
      )
      assert.deepStrictEqual(error._tag === "RejectedError" && error.recipients, [
        later,
        {
          _tag: "Rejected",
          recipient: "bob@example.com",
          reply: { code: 554, enhancedCode: "5.7.1", text: "5.7.1 spam" }
        }
      ])
    }))

  it.scopedLive("when DATA is refused", () =>
    Effect.gen(function*() {
      const server = yield* ScriptedServer.make([...hello(), ...envelope, hear("DATA"), say("451 4.3.0 not now")])
      const error = yield* Effect.flip(Mail.send(message)).pipe(Effect.provide(server.layer()))
      assert.strictEqual(error._tag === "RejectedError" && `${error.command} ${error.code}`, "DATA 451")
      assert.isTrue(error.isTransient)
      assert.deepStrictEqual(server.messages, [])
    }))

  it.scopedLive("in several lines, as one text", () =>
    Effect.gen(function*() {
      const server = yield* ScriptedServer.make([
        ...hello(),
        ...envelope,
        ...body,
        say("250-2.6.0 taken\r\n250 as 4711")
      ])
      const report = yield* Mail.send(message).pipe(Effect.provide(server.layer()))
      assert.deepStrictEqual(report.response, { code: 250, enhancedCode: "2.6.0", text: "2.6.0 taken as 4711" })
    }))
})
