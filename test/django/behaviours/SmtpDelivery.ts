import { BatchReport, DeliveryReport, Mail, Message } from "@effect-mail/core"
import * as SmtpServer from "@effect-mail/test-kit/IndependentSmtpServer"
import * as ScriptedServer from "@effect-mail/test-kit/LineScriptServer"
import * as MimeReader from "@effect-mail/test-kit/MimeReader"
import { binary } from "@effect-mail/test-kit/WireReader"
import { assert } from "@effect/vitest"
import { Effect, Exit, Scope } from "effect"
import { type Behaviour, closedHole, passed } from "../Behaviour.js"
import { live } from "../LiveConnections.js"
import { message, numbered } from "../SampleMail.js"

const { delivery, hear, hello, reset, say } = ScriptedServer

const subjects = (server: SmtpServer.TestServer) =>
  server.received.map(({ bytes }) => MimeReader.header(MimeReader.read(bytes), "Subject"))

/** What stood in the commands: the server itself shows domains decoded. */
const envelopeOf = (server: SmtpServer.TestServer) =>
  server.commands.flatMap((line) => /^(?:MAIL FROM|RCPT TO):<[^>]*>/.exec(line) ?? [])

const refusing = SmtpServer.make({ refuse: { recipients: { "nobody@example.com": [550, "5.1.1 no such mailbox"] } } })

const toNobody = Message.make({ from: "ada@example.com", to: "nobody@example.com", subject: "refused", text: "x" })

/** A server that is gone when the effect goes on: its port is all that is left. */
const stopped = Effect.gen(function*() {
  const scope = yield* Scope.make()
  const server = yield* Scope.extend(SmtpServer.make(), scope)
  return { server, stop: Scope.close(scope, Exit.void) }
})

const connections: ReadonlyArray<Behaviour> = [
  passed(
    217,
    "opening what is closed, what is open, and what cannot be opened",
    live(Effect.gen(function*() {
      const server = yield* SmtpServer.make()
      yield* Mail.session(Effect.gen(function*() {
        assert.strictEqual(server.connections, 1)
        yield* Mail.session(Mail.send(message))
        assert.strictEqual(server.connections, 1)
      })).pipe(Effect.provide(server.layer()))
      assert.strictEqual(server.received.length, 1)
      const closed = yield* ScriptedServer.make([say("554 5.3.2 not today")])
      const error = yield* Effect.flip(Mail.session(Effect.die("started"))).pipe(Effect.provide(closed.layer()))
      assert.strictEqual(error._tag === "ConnectionError" && error.reason, "Greeting")
    }))
  ),
  passed(
    218,
    "what is open after opening, after closing, and after opening failed",
    live(Effect.gen(function*() {
      const server = yield* SmtpServer.make()
      yield* Mail.session(Effect.sync(() => assert.strictEqual(server.open, 1))).pipe(Effect.provide(server.layer()))
      yield* server.allClosed
      assert.include(server.commands, "QUIT")
      const closed = yield* ScriptedServer.make([say("554 5.3.2 not today")])
      yield* Effect.gen(function*() {
        yield* Effect.flip(Mail.session(Effect.void))
        yield* closed.allClosed
      }).pipe(Effect.provide(closed.layer()))
    }))
  ),
  passed(
    219,
    "several messages where nothing is open",
    live(Effect.gen(function*() {
      const server = yield* refusing
      for (const batch of [[numbered(1), numbered(2)], [numbered(3), toNobody]]) {
        yield* Effect.ignore(Mail.sendMassMail(batch)).pipe(Effect.provide(server.layer()))
        yield* server.allClosed
      }
      assert.strictEqual(server.connections, 2)
      assert.deepStrictEqual(subjects(server), ["message 1", "message 2", "message 3"])
    }))
  ),
  passed(
    220,
    "several messages in a session",
    live(Effect.gen(function*() {
      const server = yield* SmtpServer.make()
      yield* Mail.session(Effect.gen(function*() {
        for (const batch of [[numbered(1), numbered(2)], [numbered(3)]]) {
          yield* Mail.sendMassMail(batch)
          assert.strictEqual(server.open, 1)
        }
      })).pipe(Effect.provide(server.layer()))
      assert.strictEqual(server.connections, 1)
      assert.strictEqual(server.received.length, 3)
    }))
  ),
  passed(
    221,
    "no message at all",
    live(Effect.gen(function*() {
      const server = yield* SmtpServer.make()
      const count = yield* Mail.sendMassMail([]).pipe(Effect.provide(server.layer()))
      assert.strictEqual(count, 0)
      assert.strictEqual(server.connections, 0)
    }))
  ),
  passed(
    222,
    "a message without recipients",
    live(Effect.gen(function*() {
      const server = yield* SmtpServer.make()
      const nobody = Message.make({ from: "ada@example.com", subject: "to nobody" })
      const count = yield* Mail.sendMassMail([nobody]).pipe(Effect.provide(server.layer()))
      assert.strictEqual(count, 0)
      assert.strictEqual(server.connections, 0)
    }))
  ),
  passed(
    223,
    "opening failed silently: the messages after it",
    live(Effect.gen(function*() {
      const server = yield* ScriptedServer.make([say("554 5.3.2 not today")])
      const count = yield* Mail.failSilently(Mail.sendMassMail([numbered(1), numbered(2)])).pipe(
        Effect.provide(server.layer())
      )
      assert.strictEqual(count, 0)
      yield* server.allClosed
      assert.notInclude(server.lines.join(" "), "MAIL FROM")
    }))
  ),
  passed(
    224,
    "closing when the server is gone",
    live(Effect.gen(function*() {
      const { server, stop } = yield* stopped
      const report = yield* Mail.session(Effect.zipLeft(Mail.send(message), stop)).pipe(Effect.provide(server.layer()))
      assert.isTrue(DeliveryReport.isComplete(report))
    }))
  ),
  passed(
    225,
    "opening when the server is gone, and so silently",
    live(Effect.gen(function*() {
      const { server, stop } = yield* stopped
      yield* stop
      const error = yield* Effect.flip(Mail.send(message)).pipe(Effect.provide(server.layer()))
      assert.strictEqual(error._tag === "ConnectionError" && error.reason, "Refused")
      const count = yield* Mail.failSilently(Mail.sendMassMail([message])).pipe(Effect.provide(server.layer()))
      assert.strictEqual(count, 0)
    }))
  )
]

const envelope: ReadonlyArray<Behaviour> = [
  passed(
    226,
    "the line ends of what is sent",
    live(Effect.gen(function*() {
      const server = yield* SmtpServer.make()
      const text = "one\ntwo\r\nthree\rfour\n.\n..five"
      yield* Mail.send(message.pipe(Message.text(text), Message.html(`<p>${text}</p>`))).pipe(
        Effect.provide(server.layer())
      )
      const [received] = server.received
      assert(received !== undefined)
      assert.notMatch(binary(received.bytes).replaceAll("\r\n", ""), /[\r\n]/)
      const [part] = MimeReader.leaves(MimeReader.read(received.bytes))
      assert(part !== undefined)
      assert.strictEqual(MimeReader.textOf(part), "one\r\ntwo\r\nthree\r\nfour\r\n.\r\n..five")
    }))
  ),
  passed(
    227,
    "another author than the sender",
    live(Effect.gen(function*() {
      const server = yield* SmtpServer.make()
      const bounced = message.pipe(
        Message.from("Bounces <bounce@example.com>"),
        Message.header("From", "from@example.com")
      )
      yield* Mail.send(bounced).pipe(Effect.provide(server.layer()))
      const [received] = server.received
      assert(received !== undefined)
      assert.strictEqual(received.from, "bounce@example.com")
      assert.strictEqual(MimeReader.header(MimeReader.read(received.bytes), "From"), "from@example.com")
    }))
  ),
  passed(
    228,
    "domains that are not ASCII, in the commands",
    live(Effect.gen(function*() {
      const server = yield* SmtpServer.make()
      yield* Mail.send(Message.make({
        from: "lists@discussão.example.org",
        to: "To Example <to@漢字.example.com>",
        bcc: "monitor@discussão.example.org",
        headers: {
          From: "Gestor de lista <lists@discussão.example.org>",
          To: "Discussão Django <django@discussão.example.org>"
        },
        subject: "Subject",
        text: "Content"
      })).pipe(Effect.provide(server.layer()))
      assert.deepStrictEqual(envelopeOf(server), [
        "MAIL FROM:<lists@xn--discusso-xza.example.org>",
        "RCPT TO:<to@xn--p8s937b.example.com>",
        "RCPT TO:<monitor@xn--discusso-xza.example.org>"
      ])
      assert.strictEqual(server.received[0]?.smtpUtf8, false)
    }))
  ),
  passed(
    229,
    "domains that are in ASCII already, by IDNA 2008",
    live(Effect.gen(function*() {
      const server = yield* SmtpServer.make()
      yield* Mail.send(Message.make({
        from: "\"βόλος\" <from@xn--fa-hia.example.com>",
        to: "\"faß\" <to@xn--10cl1a0b660p.example.com>",
        cc: "\"\u0dc1\u0dca\u200d\u0dbb\u0dd3\" <cc@xn--nxasmm1c.example.com>",
        bcc: "\"\u0646\u0627\u0645\u0647\u200c\u0627\u06cc.\" <bcc@xn--mgba3gch31f060k.example.com>"
      })).pipe(Effect.provide(server.layer()))
      assert.deepStrictEqual(envelopeOf(server), [
        "MAIL FROM:<from@xn--fa-hia.example.com>",
        "RCPT TO:<to@xn--10cl1a0b660p.example.com>",
        "RCPT TO:<cc@xn--nxasmm1c.example.com>",
        "RCPT TO:<bcc@xn--mgba3gch31f060k.example.com>"
      ])
    }))
  ),
  passed(
    230,
    "blind copies to what is not one address",
    live(Effect.gen(function*() {
      const server = yield* SmtpServer.make()
      const mistakes = [
        "to@other.com@example.com",
        "to@other.com <to@example.com>",
        "to@example.com, other@example.com",
        "@",
        "to@",
        "@example.com",
        "\"evil@example.com\r\nto\"@example.com",
        "to\nevil@example.com"
      ]
      for (const bcc of mistakes) {
        const error = yield* Effect.flip(Mail.send(Message.bcc(message, bcc))).pipe(Effect.provide(server.layer()))
        assert.strictEqual(error._tag, "InvalidAddressError", JSON.stringify(bcc))
      }
      assert.strictEqual(server.connections, 0)
    }))
  ),
  passed(
    231,
    "a local part that is not ASCII, for a server that takes none",
    live(Effect.gen(function*() {
      const server = yield* SmtpServer.make({ hideSMTPUTF8: true })
      const error = yield* Effect.flip(Mail.send(Message.to(message, "nø@example.dk"))).pipe(
        Effect.provide(server.layer())
      )
      assert.strictEqual(error._tag === "CapabilityError" && error.capability, "SMTPUTF8")
      assert.isFalse(error.isTransient)
      assert.isEmpty(server.received)
      assert.notInclude(server.commands.join(" "), "MAIL")
    }))
  ),
  passed(
    232,
    "local parts that are not ASCII, for a server that takes them",
    live(Effect.gen(function*() {
      const server = yield* SmtpServer.make()
      const to = ["åh@example.dk", "oh@åh.example.dk", "åh@åh.example.dk"]
      yield* Mail.send(Message.make({ from: "ada@example.com", to, text: "x" })).pipe(Effect.provide(server.layer()))
      // A domain has a form in ASCII that means the same; a local part has none.
      assert.deepStrictEqual(envelopeOf(server).slice(1), [
        "RCPT TO:<åh@example.dk>",
        "RCPT TO:<oh@xn--h-1fa.example.dk>",
        "RCPT TO:<åh@xn--h-1fa.example.dk>"
      ])
      assert.strictEqual(server.received[0]?.smtpUtf8, true)
    }))
  )
]

const batches: ReadonlyArray<Behaviour> = [
  passed(
    233,
    "three messages, silently, of which the server refuses the second",
    live(Effect.gen(function*() {
      const server = yield* refusing
      const count = yield* Mail.failSilently(Mail.sendMassMail([numbered(1), toNobody, numbered(3)])).pipe(
        Effect.provide(server.layer())
      )
      assert.strictEqual(count, 2)
      assert.deepStrictEqual(subjects(server), ["message 1", "message 3"])
      const wrong = Message.subject(message, "a\nb")
      const error = yield* Effect.flip(Mail.failSilently(Mail.sendMassMail([numbered(1), wrong]))).pipe(
        Effect.provide(server.layer())
      )
      assert.strictEqual(error._tag, "MassMailError")
    }))
  ),
  closedHole(
    234,
    "three messages of which the server refuses the second",
    "the third is sent as well, and the error says of each message what became of it: Django stops, and forgets that the first went out",
    live(Effect.gen(function*() {
      const server = yield* refusing
      const batch = [numbered(1), toNobody, numbered(3)]
      const { report } = yield* Effect.flip(Mail.sendMassMail(batch)).pipe(Effect.provide(server.layer()))
      assert.deepStrictEqual(report.entries.map(({ _tag, message }) => [_tag, message.subject]), [
        ["Sent", "message 1"],
        ["Failed", "refused"],
        ["Sent", "message 3"]
      ])
      assert.deepStrictEqual(
        BatchReport.failures(report).map(({ error }) => error._tag === "RejectedError" && [error.command, error.code]),
        [["RCPT", 550]]
      )
      assert.deepStrictEqual(subjects(server), ["message 1", "message 3"])
      assert.strictEqual(server.connections, 1)
    }))
  ),
  closedHole(
    235,
    "two recipients of whom the server refuses one",
    "the report says which recipient was refused, and with what reply: Django throws that away",
    live(Effect.gen(function*() {
      const server = yield* refusing
      const report = yield* Mail.send(Message.to(message, "nobody@example.com")).pipe(Effect.provide(server.layer()))
      assert.deepStrictEqual(DeliveryReport.accepted(report).map(({ recipient }) => recipient), ["to@example.com"])
      assert.deepStrictEqual(
        DeliveryReport.refused(report).map(({ _tag, recipient, reply }) => [_tag, recipient, reply.code]),
        [["Rejected", "nobody@example.com", 550]]
      )
      assert.deepStrictEqual(server.received.map(({ to }) => to), [["to@example.com"]])
    }))
  ),
  closedHole(
    236,
    "QUIT is refused, or the connection is lost at QUIT",
    "what was accepted stays accepted: Django fails with some of these, after the message went out",
    live(Effect.gen(function*() {
      for (const farewell of [say("554 5.0.0 stay"), reset, say("no reply at all")]) {
        const server = yield* ScriptedServer.make([...hello(), ...delivery, hear("QUIT"), farewell])
        const report = yield* Mail.send(message).pipe(
          Effect.provide(server.layer({ timeouts: { close: "100 millis" } }))
        )
        assert.isTrue(DeliveryReport.isComplete(report))
        assert.strictEqual(DeliveryReport.accepted(report).length, 1)
        yield* server.allClosed
        assert.strictEqual(server.messages.length, 1)
        assert.include(server.lines, "QUIT")
      }
    }))
  ),
  passed(
    237,
    "messages side by side over one connection, and a session within a session",
    live(Effect.gen(function*() {
      const server = yield* SmtpServer.make()
      const numbers = [1, 2, 3, 4, 5, 6, 7, 8]
      yield* Mail.session(
        Effect.forEach(numbers, (n) => Mail.session(Mail.send(numbered(n))), { concurrency: "unbounded" })
      ).pipe(Effect.provide(server.layer()))
      assert.strictEqual(server.connections, 1)
      assert.deepStrictEqual(subjects(server).sort(), numbers.map((n) => `message ${n}`))
    }))
  )
]

export const smtpDelivery: ReadonlyArray<Behaviour> = [...connections, ...envelope, ...batches]
