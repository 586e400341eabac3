import { Smtp } from "@effect-mail/backends"
import { Mail, MailPolicy, Message } from "@effect-mail/core"
import { ScriptedSmtpServer, SmtpScript } from "@effect-mail/testing"
import { assert, describe, it } from "@effect/vitest"
import { Cause, Duration, Effect, Exit, Fiber, Layer, Random, Schedule, Scope } from "effect"
import * as net from "node:net"
import * as RawClient from "./RawClient.js"

const { hang, on, proceed, reply, send, wait } = SmtpScript

const serve = (script: Partial<SmtpScript.Script> = {}, options?: ScriptedSmtpServer.Options) =>
  ScriptedSmtpServer.make(SmtpScript.make(script), options)

const rules = (...rules: ReadonlyArray<SmtpScript.Rule>) => serve({ rules })

/** A client that has been greeted. */
const join = (server: ScriptedSmtpServer.Service) =>
  Effect.gen(function*() {
    const client = yield* RawClient.connect(server.port)
    yield* client.hear(/^220 .*\r\n/)
    yield* client.ask("EHLO client.test")
    return client
  })

/** A client that may say DATA. */
const withEnvelope = (server: ScriptedSmtpServer.Service) =>
  Effect.gen(function*() {
    const client = yield* join(server)
    yield* client.ask("MAIL FROM:<ada@example.com>")
    yield* client.ask("RCPT TO:<bob@example.com>")
    return client
  })

const withData = (server: ScriptedSmtpServer.Service) =>
  Effect.tap(withEnvelope(server), (client) => client.ask("DATA"))

const text = ({ bytes }: ScriptedSmtpServer.Received): string => new TextDecoder().decode(bytes)

const message = Message.make({ from: "ada@example.com", to: "bob@example.com", subject: "Hello", text: "Hello, Bob" })

describe("ScriptedSmtpServer without rules", () => {
  it.scopedLive("takes a message, and says so", () =>
    Effect.gen(function*() {
      const server = yield* serve()
      const client = yield* withData(server)
      assert.strictEqual(yield* client.ask("Subject: Hello\r\n\r\n..a\r\n.b\r\nc.\r\n."), "250 2.0.0 taken\r\n")
      assert.strictEqual(yield* client.ask("QUIT"), "221 2.0.0 bye\r\n")
      assert.strictEqual(yield* client.ended, "closed")
      yield* client.leave
      yield* server.allClosed
      const ledger = yield* server.ledger
      assert.deepStrictEqual(ledger.accepted.map(({ bytes: _, ...rest }) => rest), [{
        connection: 1,
        isSecure: false,
        from: "ada@example.com",
        to: ["bob@example.com"],
        isAccepted: true,
        acceptedFor: ["bob@example.com"],
        reply: 250
      }])
      assert.deepStrictEqual(ledger.accepted.map(text), ["Subject: Hello\r\n\r\n.a\r\nb\r\nc.\r\n"])
      assert.deepStrictEqual(ledger.received, ledger.accepted)
      assert.deepStrictEqual(ledger.commands.map(({ line }) => line), [
        "EHLO client.test",
        "MAIL FROM:<ada@example.com>",
        "RCPT TO:<bob@example.com>",
        "DATA",
        "QUIT"
      ])
      assert.isTrue(ledger.commands.every(({ isKnown, isSecure }) => isKnown && !isSecure))
      assert.deepStrictEqual([ledger.connections, ledger.openConnections, ledger.maxOpenConnections], [1, 0, 1])
    }))

  it.scopedLive("takes an empty message, and pipelined commands", () =>
    Effect.gen(function*() {
      const server = yield* serve()
      const client = yield* join(server)
      yield* client.say("MAIL FROM:<>\r\nRCPT TO:<b@example.com>\r\nRCPT TO:<c@example.com>\r\nDATA\r\n")
      yield* client.hear(/354 .*\r\n/)
      yield* client.ask(".")
      const { accepted } = yield* server.ledger
      assert.deepStrictEqual(accepted.map(({ from, to }) => [from, to]), [["", ["b@example.com", "c@example.com"]]])
      assert.deepStrictEqual(accepted.map(text), [""])
    }))

  it.scopedLive("takes nothing but CRLF.CRLF for the end of a message", () =>
    Effect.gen(function*() {
      const server = yield* serve()
      const client = yield* withData(server)
      const body = "a\n.\nb\r\n.\nc\n.\r\nd\r.\re\r\n\n.\n\r\nMAIL FROM:<eve@example.com>\r\n"
      yield* client.say(body)
      yield* client.ask(".")
      assert.deepStrictEqual((yield* server.ledger).accepted.map(text), [body.replace("\r\n.\n", "\r\n\n")])
    }))

  it.scopedLive("finds the end wherever it is split", () =>
    Effect.gen(function*() {
      const server = yield* serve()
      for (let at = 1; at < 5; at++) {
        const client = yield* withData(server)
        const end = "\r\n.\r\n"
        yield* client.say(`a${end.slice(0, at)}`)
        // The answer to another client proves that the server has read what came before.
        yield* Effect.flatMap(join(server), (other) => other.ask("NOOP"))
        yield* client.say(end.slice(at))
        yield* client.hear(/250 .*\r\n/)
      }
      assert.deepStrictEqual((yield* server.ledger).accepted.map(text), ["a\r\n", "a\r\n", "a\r\n", "a\r\n"])
    }))

  it.scopedLive("refuses what is out of order", () =>
    Effect.gen(function*() {
      const server = yield* serve()
      const client = yield* RawClient.connect(server.port)
      yield* client.hear(/^220 .*\r\n/)
      assert.match(yield* client.ask("MAIL FROM:<a@example.com>"), /^503 /)
      yield* client.ask("EHLO client.test")
      assert.match(yield* client.ask("RCPT TO:<b@example.com>"), /^503 /)
      assert.match(yield* client.ask("DATA"), /^503 /)
      assert.match(yield* client.ask("MAIL FROM:a@example.com"), /^501 /)
      assert.match(yield* client.ask("MAIL FROM:<a@example.com> SIZE=1"), /^250 /)
      assert.match(yield* client.ask("MAIL FROM:<a@example.com>"), /^503 /)
      assert.match(yield* client.ask("DATA"), /^554 /)
      assert.match(yield* client.ask("RCPT TO:b@example.com"), /^501 /)
      assert.match(yield* client.ask("RSET"), /^250 /)
      assert.match(yield* client.ask("RCPT TO:<b@example.com>"), /^503 /)
      assert.match(yield* client.ask("STARTTLS"), /^502 /)
      assert.match(yield* client.ask("AUTH PLAIN AAAA"), /^502 /)
    }))

  it.scopedLive("knows no other commands, and no other line ends", () =>
    Effect.gen(function*() {
      const server = yield* serve()
      const client = yield* join(server)
      assert.match(yield* client.ask("VRFY <b@example.com>"), /^500 /)
      assert.match(yield* client.ask("NOOP\nRCPT TO:<b@example.com>"), /^500 /)
      assert.match(yield* client.ask("Subject: Hello"), /^500 /)
      yield* client.say("x".repeat(13_000))
      yield* client.hear(/^500 .*\r\n/)
      const { commands } = yield* server.ledger
      assert.deepStrictEqual(commands.map(({ isKnown }) => isKnown), [true, false, false, false, false])
    }))

  it.scopedLive("lets anybody log in where it offers that", () =>
    Effect.gen(function*() {
      const server = yield* serve({ extensions: ["AUTH PLAIN LOGIN CRAM-MD5"] })
      const client = yield* join(server)
      assert.match(yield* client.ask("AUTH PLAIN AGEAYg=="), /^235 /)
      assert.match(yield* client.ask("AUTH PLAIN"), /^334 /)
      assert.match(yield* client.ask("AGEAYg=="), /^235 /)
      assert.strictEqual(yield* client.ask("AUTH LOGIN"), "334 VXNlcm5hbWU6\r\n")
      assert.strictEqual(yield* client.ask("YQ=="), "334 UGFzc3dvcmQ6\r\n")
      assert.match(yield* client.ask("Yg=="), /^235 /)
      assert.match(yield* client.ask("AUTH CRAM-MD5"), /^334 /)
      assert.match(yield* client.ask("*"), /^501 /)
      assert.match(yield* client.ask("AUTH GSSAPI"), /^504 /)
      assert.match(yield* client.ask("NOOP"), /^250 /)
      assert.isTrue((yield* server.ledger).commands.every(({ isKnown }) => isKnown))
    }))

  it.scopedLive("notes a message that breaks off", () =>
    Effect.gen(function*() {
      const server = yield* serve()
      const client = yield* withData(server)
      yield* client.say("0123456789")
      yield* client.leave
      const { aborted, received } = yield* server.awaitLedger(({ aborted }) => aborted.length > 0)
      assert.deepStrictEqual(received, [])
      assert.deepStrictEqual(aborted.map(({ connection, to }) => [connection, to]), [[1, ["bob@example.com"]]])
    }))
})

describe("A rule of a script", () => {
  it.scopedLive("says what it means with reply", () =>
    Effect.gen(function*() {
      const server = yield* rules(
        on({ event: "MAIL", occurrence: 1 }, reply(451, "4.3.0 later")),
        on({ event: "RCPT", occurrence: 2 }, reply(550, "5.1.1 unknown", "5.1.1 really")),
        on({ event: "DOT", occurrence: 1 }, reply(452, "4.3.1 full"))
      )
      const client = yield* join(server)
      assert.match(yield* client.ask("MAIL FROM:<a@example.com>"), /^451 /)
      assert.match(yield* client.ask("RCPT TO:<b@example.com>"), /^503 /)
      assert.match(yield* client.ask("MAIL FROM:<a@example.com>"), /^250 /)
      assert.strictEqual(
        yield* client.ask("RCPT TO:<b@example.com>"),
        "550-5.1.1 unknown\r\n550 5.1.1 really\r\n"
      )
      assert.match(yield* client.ask("DATA"), /^554 /)
      assert.match(yield* client.ask("RCPT TO:<c@example.com>"), /^250 /)
      yield* client.ask("DATA")
      assert.match(yield* client.ask("x\r\n."), /^452 /)
      const { accepted, received } = yield* server.ledger
      assert.deepStrictEqual(accepted, [])
      assert.deepStrictEqual(received.map(({ reply, to }) => [reply, to]), [[452, ["c@example.com"]]])
    }))

  it.scopedLive("means nothing with send but what is said beside it", () =>
    Effect.gen(function*() {
      const server = yield* rules(
        on({ event: "RCPT", occurrence: 1 }, send("250 ok\r\n")),
        on({ event: "RCPT", occurrence: 2 }, send("250 ok\r\n"), SmtpScript.acceptRecipient),
        on("DATA", send("354 go\r\n"), SmtpScript.beginData),
        on({ event: "DOT", occurrence: 1 }, send("250 ok\r\n")),
        on({ event: "DOT", occurrence: 2 }, SmtpScript.accept, send("550-no\r\n"), hang)
      )
      const client = yield* withEnvelope(server)
      yield* client.ask("RCPT TO:<c@example.com>")
      yield* client.ask("DATA")
      yield* client.ask("x\r\n.")
      yield* client.ask("MAIL FROM:<a@example.com>")
      yield* client.ask("DATA")
      yield* client.say("x\r\n.\r\n")
      yield* client.hear(/550-no/)
      const { received } = yield* server.ledger
      assert.deepStrictEqual(received.map(({ isAccepted, reply, to }) => [isAccepted, reply, to]), [
        [false, 250, ["c@example.com"]],
        [true, undefined, []]
      ])
    }))

  it.scopedLive("takes only a whole reply of one code for a reply", () =>
    Effect.gen(function*() {
      const replies = ["250-a\r\n250 b\r\n", "250-a\r\n550 b\r\n", "250", "what?\r\n", "354 a\r\n250 b\r\n", "250\r\n"]
      const server = yield* rules(
        ...replies.map((said, i) => on({ event: "DOT", connection: i + 1 }, send(said), hang))
      )
      for (const said of replies) {
        const client = yield* withData(server)
        yield* client.say("x\r\n.\r\n")
        yield* client.hear(new RegExp(`${said.trimEnd().slice(-1).replace("?", "\\?")}`))
      }
      const { received } = yield* server.ledger
      assert.deepStrictEqual(received.map(({ reply }) => reply), [250, undefined, undefined, undefined, 354, 250])
    }))

  it.scopedLive("is limited to a connection, an occurrence and encryption", () =>
    Effect.gen(function*() {
      const server = yield* serve({
        extensions: ["STARTTLS"],
        rules: [
          on({ event: "NOOP", connection: 2, occurrence: 2 }, reply(251)),
          on({ event: "NOOP", isSecure: true }, reply(252))
        ]
      })
      const first = yield* join(server)
      const second = yield* join(server)
      const codes: Array<string> = []
      for (const client of [first, first, second, second, second]) codes.push((yield* client.ask("NOOP")).slice(0, 3))
      assert.deepStrictEqual(codes, ["250", "250", "250", "251", "250"])
      yield* first.ask("STARTTLS")
      yield* first.encrypt(server.ca)
      assert.match(yield* first.ask("NOOP"), /^252 /)
    }))

  it.scopedLive("is played as often as its chance says", () =>
    Effect.gen(function*() {
      const count = (seed: number) =>
        Effect.gen(function*() {
          const server = yield* Effect.withRandom(
            rules(on({ event: "NOOP", chance: 0.25 }, reply(251))),
            Random.make(seed)
          )
          const client = yield* join(server)
          let hits = 0
          for (let i = 0; i < 200; i++) if ((yield* client.ask("NOOP")).startsWith("251")) hits++
          return hits
        })
      const [once, again] = [yield* count(1), yield* count(1)]
      assert.strictEqual(once, again)
      assert.isTrue(once > 20 && once < 80, `${once} of 200`)
    }))

  it.scopedLive("is played for the octets of a message before its end, once each", () =>
    Effect.gen(function*() {
      const server = yield* rules(
        on({ event: "BODY", afterOctets: 100 }, send("451 full\r\n")),
        on({ event: "BODY", occurrence: 1 }, send("first\r\n")),
        on({ event: "BODY", occurrence: 2 }, send("second\r\n"))
      )
      const client = yield* withData(server)
      yield* client.say("x".repeat(50))
      yield* client.hear(/first\r\n/)
      yield* client.say("x".repeat(60))
      yield* client.hear(/451 full\r\n/)
      yield* client.say("x".repeat(200))
      assert.strictEqual(yield* client.ask("\r\n."), "250 2.0.0 taken\r\n")
      for (const line of ["MAIL FROM:<>", "RCPT TO:<b@example.com>", "DATA"]) yield* client.ask(line)
      yield* client.say("x\r\n.\r\n")
      assert.strictEqual(yield* client.hear(/250 .*\r\n/), "second\r\n250 2.0.0 taken\r\n")
    }))

  it.scopedLive("waits, trickles and repeats", () =>
    Effect.gen(function*() {
      const server = yield* rules(
        on({ event: "NOOP", occurrence: 1 }, SmtpScript.trickle("250 slow\r\n", { every: "20 millis", size: 4 })),
        on({ event: "NOOP", occurrence: 2 }, SmtpScript.repeat("250-again\r\n", { times: 3 }), proceed),
        on({ event: "NOOP", occurrence: 3 }, SmtpScript.repeat("250-more\r\n", { times: 2, every: 1 }), proceed),
        on({ event: "NOOP", occurrence: 4 }, wait("20 millis"), proceed)
      )
      const client = yield* join(server)
      const before = client.chunks.length
      assert.strictEqual(yield* client.ask("NOOP"), "250 slow\r\n")
      assert.isAbove(client.chunks.length - before, 1)
      assert.strictEqual(yield* client.ask("NOOP"), `${"250-again\r\n".repeat(3)}250 2.0.0 ok\r\n`)
      assert.strictEqual(yield* client.ask("NOOP"), `${"250-more\r\n".repeat(2)}250 2.0.0 ok\r\n`)
      const [took] = yield* Effect.timed(client.ask("NOOP"))
      assert.isAtLeast(Duration.toMillis(took), 18)
    }))

  it.scopedLive("closes, resets and drops", () =>
    Effect.gen(function*() {
      const server = yield* rules(
        on("RSET", reply(421, "closing"), SmtpScript.fin),
        on("NOOP", SmtpScript.rst),
        SmtpScript.dropAfter("MAIL")
      )
      const closed = yield* join(server)
      assert.match(yield* closed.ask("RSET"), /^421 /)
      assert.strictEqual(yield* closed.ended, "closed")
      const reset = yield* join(server)
      yield* reset.say("NOOP\r\n")
      assert.strictEqual(yield* reset.ended, "reset")
      const dropped = yield* join(server)
      yield* dropped.say("MAIL FROM:<>\r\n")
      assert.strictEqual(yield* dropped.ended, "closed")
    }))

  it.scopedLive("hangs, and stays open when the client leaves", () =>
    Effect.gen(function*() {
      const server = yield* rules(on("NOOP", hang))
      const client = yield* join(server)
      yield* client.say("NOOP\r\nRSET\r\n")
      yield* server.awaitLedger(({ commands }) => commands.some(({ line }) => line === "NOOP"))
      yield* client.leave
      yield* server.allClosed
      // The other side is answered in the meantime: had the server closed, this client would know.
      yield* Effect.flatMap(join(server), (other) => other.ask("RSET"))
      assert.strictEqual(client.end, undefined)
      assert.deepStrictEqual(client.chunks.filter((chunk) => chunk.startsWith("250 ")), [])
    }))

  it.scopedLive("stops reading, so that octets pile up", () =>
    Effect.gen(function*() {
      const server = yield* rules(on("BODY", SmtpScript.stopReading, hang))
      const client = yield* withData(server)
      yield* client.say("x".repeat(20_000_000))
      yield* Effect.flatMap(join(server), (other) => other.ask("NOOP"))
      const { aborted, openConnections } = yield* server.ledger
      assert.deepStrictEqual([aborted.length, openConnections], [0, 2])
    }))
})

describe("The encryption of a scripted server", () => {
  it.scopedLive("starts with STARTTLS, after which the session starts over", () =>
    Effect.gen(function*() {
      const server = yield* serve({ extensions: ["STARTTLS", "AUTH PLAIN"] }, { delivery: "byte" })
      const client = yield* join(server)
      assert.match(yield* client.ask("STARTTLS"), /^220 /)
      yield* client.encrypt(server.ca)
      assert.match(yield* client.ask("MAIL FROM:<>"), /^503 /)
      assert.notMatch(yield* client.ask("EHLO client.test"), /STARTTLS/)
      assert.match(yield* client.ask("AUTH PLAIN AGEAYg=="), /^235 /)
      const { commands } = yield* server.ledger
      assert.deepStrictEqual(commands.map(({ isSecure }) => isSecure), [false, false, true, true, true])
    }))

  it.scopedLive("shows the certificate that the script names", () =>
    Effect.gen(function*() {
      for (const certificate of ["expired", "wrongHost", "selfSigned"] as const) {
        const server = yield* serve({ tls: "implicit", certificate })
        const client = yield* RawClient.connect(server.port)
        const error = yield* Effect.flip(client.encrypt(server.ca))
        assert.match(String(error), /expired|altnames|self-signed/)
      }
      const server = yield* serve({ tls: "implicit" })
      const client = yield* RawClient.connect(server.port)
      yield* client.encrypt(server.ca)
      assert.match(yield* client.hear(/220 .*\r\n/), /^220 /)
    }))

  it.scopedLive("can be no encryption at all, or none that ends", () =>
    Effect.gen(function*() {
      const garbage = yield* serve({ tls: "implicit", rules: [on("TLS", SmtpScript.garbageTls)] })
      const error = yield* Effect.flip(
        Effect.flatMap(RawClient.connect(garbage.port), (client) => client.encrypt(garbage.ca))
      )
      assert.match(String(error), /wrong version number|packet length/)
      const silent = yield* serve({ extensions: ["STARTTLS"], rules: [on("TLS", hang)] })
      const client = yield* join(silent)
      yield* client.ask("STARTTLS")
      const handshake = yield* Effect.fork(client.encrypt(silent.ca))
      yield* Effect.flatMap(join(silent), (other) => other.ask("NOOP"))
      assert.strictEqual((yield* Fiber.poll(handshake))._tag, "None")
    }))
})

describe("The words of a scripted server", () => {
  const chunksOf = (delivery: "whole" | "line" | "byte") =>
    Effect.gen(function*() {
      const server = yield* serve({ rules: [on("NOOP", reply(250, "one", "two"))] }, { delivery })
      const client = yield* join(server)
      const before = client.chunks.length
      yield* client.ask("NOOP")
      return client.chunks.slice(before)
    })

  it.scopedLive("come whole, by line or by byte", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* chunksOf("whole"), ["250-one\r\n250 two\r\n"])
      assert.deepStrictEqual(yield* chunksOf("line"), ["250-one\r\n", "250 two\r\n"])
      assert.deepStrictEqual(yield* chunksOf("byte"), [..."250-one\r\n250 two\r\n"])
    }))
})

describe("The service of a scripted server", () => {
  it.scopedLive("changes the script on the open connections too", () =>
    Effect.gen(function*() {
      const server = yield* rules(on("NOOP", reply(421)))
      const client = yield* join(server)
      assert.match(yield* client.ask("NOOP"), /^421 /)
      yield* server.play(SmtpScript.make())
      assert.match(yield* client.ask("NOOP"), /^250 /)
    }))

  it.scopedLive("forgets, but goes on counting connections", () =>
    Effect.gen(function*() {
      const server = yield* serve()
      const client = yield* withData(server)
      yield* client.ask("x\r\n.")
      yield* server.clear
      const { accepted, commands, connections, openConnections, received } = yield* server.ledger
      assert.deepStrictEqual([accepted, commands, received], [[], [], []])
      assert.deepStrictEqual([connections, openConnections], [1, 1])
    }))

  it.scopedLive("can be waited for, and not for ever", () =>
    Effect.gen(function*() {
      const server = yield* serve()
      const waiting = yield* Effect.fork(server.awaitLedger(({ connections }) => connections === 2))
      const given = yield* Effect.fork(server.awaitLedger(({ connections }) => connections === 3))
      yield* join(server)
      yield* join(server)
      assert.strictEqual((yield* Fiber.join(waiting)).connections, 2)
      assert.isTrue(Exit.isInterrupted(yield* Fiber.interrupt(given)))
      assert.isTrue(Exit.isSuccess(yield* Effect.exit(server.ledger)))
    }))

  it.scopedLive("is closed with its scope, whatever it is doing", () =>
    Effect.gen(function*() {
      const script = {
        extensions: ["STARTTLS"],
        rules: [
          on({ event: "NOOP", connection: 1 }, hang),
          on({ event: "NOOP", connection: 2 }, wait("1 hour")),
          on({ event: "NOOP", connection: 3 }, SmtpScript.trickle("250 ok\r\n", { every: "1 hour" })),
          on({ event: "NOOP", connection: 4 }, SmtpScript.stopReading, hang)
        ]
      }
      const scope = yield* Scope.make()
      const server = yield* Scope.extend(serve(script), scope)
      const clients = yield* Effect.forEach([1, 2, 3, 4, 5], () => join(server))
      yield* Effect.forEach(clients.slice(0, 4), (client) => client.say("NOOP\r\n"))
      yield* Effect.forEach(clients.slice(4), (client) => client.ask("STARTTLS"))
      yield* server.awaitLedger(({ commands }) => commands.length === 10)
      yield* Scope.close(scope, Exit.void)
      yield* Effect.forEach(clients, (client) => client.ended)
      const late = yield* RawClient.connect(server.port)
      assert.strictEqual(yield* late.ended, "reset")
    }))
})

describe("The port of a scripted server", () => {
  const connect = (port: number) =>
    Effect.async<string>((resume) => {
      const socket = net.connect(port, "127.0.0.1")
      socket.once("connect", () => resume(Effect.succeed("connected")))
      socket.once("error", (error: NodeJS.ErrnoException) => resume(Effect.succeed(error.code ?? "")))
      return Effect.sync(() => socket.destroy())
    })

  it.scopedLive("refuses connections where it is closed", () =>
    Effect.gen(function*() {
      const server = yield* serve({ port: "closed" })
      assert.strictEqual(yield* connect(server.port), "ECONNREFUSED")
      assert.strictEqual((yield* server.ledger).connections, 0)
    }))

  it.scopedLive("does not answer at all where it is unanswered", () =>
    Effect.gen(function*() {
      const server = yield* serve({ port: "unanswered" })
      assert.strictEqual((yield* Effect.timeoutOption(connect(server.port), "100 millis"))._tag, "None")
    }))
})

describe("ScriptedSmtpServer.layer", () => {
  const MailTest = Layer.unwrapEffect(Effect.map(
    ScriptedSmtpServer.ScriptedSmtpServer,
    ({ host, port }) => Smtp.layer({ host, port, tls: "none" })
  )).pipe(MailPolicy.apply(MailPolicy.retry(Schedule.recurs(2))))

  const against = (...rules: ReadonlyArray<SmtpScript.Rule>) =>
    Layer.provideMerge(MailTest, ScriptedSmtpServer.layer(SmtpScript.make({ rules })))

  it.live("tests a retry policy", () =>
    Effect.gen(function*() {
      yield* Mail.send(message)
      const { accepted, connections } = yield* ScriptedSmtpServer.ledger
      assert.deepStrictEqual([accepted.length, connections], [1, 3])
    }).pipe(Effect.provide(against(
      SmtpScript.dropAfter({ event: "connect", connection: 1 }),
      on({ event: "MAIL", connection: 2 }, reply(421, "4.3.2 closing"), SmtpScript.fin)
    ))))

  it.live("shows that nothing unknown is sent again", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(Mail.send(message))
      assert.strictEqual(error._tag, "OutcomeUnknownError")
      yield* ScriptedSmtpServer.allClosed
      const { accepted } = yield* ScriptedSmtpServer.awaitLedger(({ received }) => received.length === 1)
      assert.strictEqual(accepted.length, 1)
    }).pipe(Effect.provide(against(on("DOT", SmtpScript.accept, SmtpScript.rst)))))

  it.live("recovers when it is told to", () =>
    Effect.gen(function*() {
      const failed = yield* Effect.exit(Mail.send(message))
      assert.isTrue(Exit.isFailure(failed) && Cause.isFailure(failed.cause))
      yield* ScriptedSmtpServer.play(SmtpScript.make())
      yield* Mail.send(message)
    }).pipe(Effect.provide(against(on("connect", reply(554, "5.3.2 no service here"), SmtpScript.fin)))))
})
