/**
 * What a server refuses because it is too much, and what it does with a client that says nothing.
 */
import { ScriptedSmtpServer, SmtpScript } from "@effect-mail/testing"
import { assert, describe, it } from "@effect/vitest"
import { Effect, TestClock } from "effect"
import * as RawClient from "./RawClient.js"

const serve = (limits: ScriptedSmtpServer.Limits, script: Partial<SmtpScript.Script> = {}) =>
  ScriptedSmtpServer.make(SmtpScript.make(script), { limits })

const join = (server: ScriptedSmtpServer.Service) =>
  Effect.gen(function*() {
    const client = yield* RawClient.connect(server.port)
    yield* client.hear(/^220 .*\r\n/)
    yield* client.ask("EHLO client.test")
    return client
  })

const withData = (server: ScriptedSmtpServer.Service) =>
  Effect.gen(function*() {
    const client = yield* join(server)
    for (const line of ["MAIL FROM:<ada@example.com>", "RCPT TO:<bob@example.com>", "DATA"]) yield* client.ask(line)
    return client
  })

describe("The size of a message", () => {
  it.scopedLive("is checked at MAIL where the client declares it", () =>
    Effect.gen(function*() {
      const server = yield* serve({ maxMessageOctets: 1000 }, { extensions: ["SIZE 500"] })
      const client = yield* join(server)
      const mail = (parameters: string) => client.ask(`MAIL FROM:<ada@example.com>${parameters}`)
      assert.match(yield* mail(" BODY=8BITMIME SIZE=501"), /^552 5\.3\.4 /)
      assert.match(yield* client.ask("RCPT TO:<bob@example.com>"), /^503 /)
      assert.match(yield* mail(" size=99999999999999999999"), /^552 /)
      assert.match(yield* mail(" SIZE=500 BODY=8BITMIME"), /^250 /)
    }))

  it.scopedLive("is checked against the limit where the server offers none", () =>
    Effect.gen(function*() {
      for (const extensions of [["SIZE"], ["SIZE 0"], ["SIZE 5000"], []]) {
        const server = yield* serve({ maxMessageOctets: 1000 }, { extensions })
        const client = yield* join(server)
        assert.match(yield* client.ask("MAIL FROM:<ada@example.com> SIZE=1001"), /^552 /)
        assert.match(yield* client.ask("MAIL FROM:<\"SIZE=1001 x\"@example.com> SIZE=1000"), /^250 /)
      }
    }))

  it.scopedLive("is checked after the final dot where it was not declared", () =>
    Effect.gen(function*() {
      const server = yield* serve({ maxMessageOctets: 1000 })
      const client = yield* withData(server)
      assert.match(yield* client.ask(`..${"x".repeat(997)}\r\n.`), /^250 /)
      for (const line of ["MAIL FROM:<>", "RCPT TO:<bob@example.com>", "DATA"]) yield* client.ask(line)
      assert.match(yield* client.ask(`${"x".repeat(999)}\r\n.`), /^552 5\.3\.4 /)
      const { accepted, received } = yield* server.ledger
      assert.deepStrictEqual([accepted.length, received.length], [1, 2])
      assert.strictEqual(received[1]?.bytes.length, 0)
    }))
})

describe("Lines", () => {
  it.scopedLive("of a message are counted without CRLF and dot", () =>
    Effect.gen(function*() {
      const server = yield* serve({ maxLineOctets: 10 })
      const verdicts: Array<string> = []
      for (const body of ["0123456789", "0123456789a", ".123456789", "a\r\n0123456789a\r\nb", "a\n23\n56\n89a", ""]) {
        const client = yield* withData(server)
        verdicts.push((yield* client.ask(`${body}\r\n.`)).slice(0, 9))
      }
      const [taken, refused] = ["250 2.0.0", "554 5.6.0"]
      assert.deepStrictEqual(verdicts, [taken, refused, taken, refused, refused, taken])
    }))

  it.scopedLive("of a message are counted however they arrive", () =>
    Effect.gen(function*() {
      const server = yield* serve({ maxLineOctets: 10 })
      for (const [end, verdict] of [["9\r\n..x\r\n.\r\n", "250"], ["9a\r\n.\r\n", "554"]] as const) {
        const client = yield* withData(server)
        for (const octet of `012345678${end}`) {
          yield* client.say(octet)
          yield* Effect.flatMap(RawClient.connect(server.port), (other) => other.hear(/220/))
        }
        assert.strictEqual((yield* client.hear(/.*\r\n/)).slice(0, 3), verdict)
      }
      const { accepted } = yield* server.ledger
      assert.deepStrictEqual(accepted.map(({ bytes }) => new TextDecoder().decode(bytes)), ["0123456789\r\n.x\r\n"])
    }))

  it.scopedLive("of commands are refused once, however long they are", () =>
    Effect.gen(function*() {
      const server = yield* serve({ maxCommandOctets: 20 })
      const client = yield* join(server)
      assert.match(yield* client.ask(`NOOP ${"x".repeat(15)}`), /^250 /)
      assert.match(yield* client.ask(`NOOP ${"x".repeat(16)}`), /^500 5\.5\.2 line too long/)
      yield* client.say("x".repeat(3_000_000))
      yield* client.hear(/^500 .*\r\n/)
      assert.match(yield* client.ask(" RCPT TO:<x@example.com>\r\nNOOP"), /^250 /)
      const { commands } = yield* server.ledger
      assert.deepStrictEqual(commands.map(({ isKnown }) => isKnown), [true, true, false, false, true])
    }))
})

describe("Too many", () => {
  it.scopedLive("recipients are refused, and the others stay", () =>
    Effect.gen(function*() {
      const server = yield* serve({ maxRecipients: 2 })
      const client = yield* join(server)
      yield* client.ask("MAIL FROM:<ada@example.com>")
      const codes: Array<string> = []
      for (const name of ["a", "b", "c", "d"]) {
        codes.push((yield* client.ask(`RCPT TO:<${name}@example.com>`)).slice(0, 9))
      }
      assert.deepStrictEqual(codes, ["250 2.1.5", "250 2.1.5", "452 4.5.3", "452 4.5.3"])
      yield* client.ask("DATA")
      yield* client.ask("x\r\n.")
      assert.deepStrictEqual((yield* server.ledger).accepted[0]?.to, ["a@example.com", "b@example.com"])
      yield* client.ask("MAIL FROM:<ada@example.com>")
      assert.match(yield* client.ask("RCPT TO:<a@example.com>"), /^250 /)
    }))

  it.scopedLive("connections are told so and closed, until one is free", () =>
    Effect.gen(function*() {
      const server = yield* serve({ maxConnections: 2 })
      const first = yield* join(server)
      yield* join(server)
      const third = yield* RawClient.connect(server.port)
      assert.match(yield* third.hear(/.*\r\n/), /^421 4\.7\.0 /)
      assert.strictEqual(yield* third.ended, "closed")
      yield* first.ask("QUIT")
      yield* first.leave
      yield* server.awaitLedger(({ openConnections }) => openConnections === 1)
      yield* Effect.flatMap(join(server), (client) => client.ask("NOOP"))
    }))

  it.scopedLive("connections are closed without a word where that would be in clear", () =>
    Effect.gen(function*() {
      const server = yield* serve({ maxConnections: 0 }, { tls: "implicit" })
      const client = yield* RawClient.connect(server.port)
      yield* client.ended
      assert.deepStrictEqual(client.chunks, [])
    }))
})

describe("A client that says nothing", () => {
  const serveIdle = (script?: Partial<SmtpScript.Script>) => serve({ idleTimeout: "5 minutes" }, script)
  const later = Effect.zipRight(TestClock.adjust("4 minutes"), TestClock.adjust("61 seconds"))

  it.scoped("is told so after the time limit, and its connection is closed", () =>
    Effect.gen(function*() {
      const server = yield* serveIdle()
      const client = yield* join(server)
      yield* TestClock.adjust("4 minutes")
      assert.match(yield* client.ask("NOOP"), /^250 /)
      yield* TestClock.adjust("4 minutes")
      assert.match(yield* client.ask("NOOP"), /^250 /)
      yield* later
      assert.match(yield* client.hear(/.*\r\n/), /^421 4\.4\.2 /)
      assert.strictEqual(yield* client.ended, "closed")
      yield* server.allClosed
    }))

  it.scoped("in the middle of a command or of a message too", () =>
    Effect.gen(function*() {
      const server = yield* serveIdle()
      const command = yield* join(server)
      yield* command.say("NOO")
      const message = yield* withData(server)
      yield* message.say("Subject: Hello\r\n")
      // The answers to another client prove that the server has read what came before.
      yield* Effect.flatMap(join(server), (other) => other.ask("NOOP"))
      yield* later
      for (const client of [command, message]) assert.match(yield* client.hear(/.*\r\n/), /^421 /)
      yield* server.allClosed
      assert.strictEqual((yield* server.ledger).aborted.length, 1)
    }))

  it.scoped("instead of a handshake is left without a word", () =>
    Effect.gen(function*() {
      const server = yield* serveIdle({ extensions: ["STARTTLS"] })
      const client = yield* join(server)
      assert.match(yield* client.ask("STARTTLS"), /^220 /)
      yield* later
      yield* client.ended
      yield* server.allClosed
    }))

  it.scoped("is waited for where there is no limit", () =>
    Effect.gen(function*() {
      const server = yield* serve({})
      const client = yield* join(server)
      yield* TestClock.adjust("1000 days")
      assert.match(yield* client.ask("NOOP"), /^250 /)
    }))
})
