/**
 * What a server tells while it runs: events, octets of messages, and neither credentials nor anything twice.
 */
import { ScriptedSmtpServer, SmtpScript } from "@effect-mail/testing"
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Fiber, Stream } from "effect"
import * as RawClient from "./RawClient.js"

const { accept, label, on, reply, rst } = SmtpScript

const serve = (script: Partial<SmtpScript.Script> = {}, options?: ScriptedSmtpServer.Options) =>
  ScriptedSmtpServer.make(SmtpScript.make(script), options)

const join = (server: ScriptedSmtpServer.Service) =>
  Effect.gen(function*() {
    const client = yield* RawClient.connect(server.port)
    yield* client.hear(/^220 .*\r\n/)
    yield* client.ask("EHLO client.test")
    return client
  })

const begin = (client: RawClient.RawClient) =>
  Effect.forEach(["MAIL FROM:<ada@example.com>", "RCPT TO:<bob@example.com>", "DATA"], client.ask, { discard: true })

const withData = (server: ScriptedSmtpServer.Service) => Effect.tap(join(server), begin)

/** The events of all connections up to the end of the first that closes. */
const untilClosed = (server: ScriptedSmtpServer.Service) =>
  Effect.flatMap(server.events, (events) =>
    events.pipe(
      Stream.map(({ what }) => what),
      Stream.takeUntil(({ _tag }) => _tag === "Closed"),
      Stream.runCollect,
      Effect.map((all) => Array.from(all)),
      Effect.fork
    ))

const secret = "c2VjcmV0IHdvcmRz"

describe("Credentials", () => {
  const logins: ReadonlyArray<readonly [what: string, lines: ReadonlyArray<string>, shown: ReadonlyArray<string>]> = [
    ["an initial response", [`AUTH PLAIN ${secret}`], ["AUTH PLAIN ***"]],
    ["an initial response in another writing", [`auth  plain  ${secret}  `], ["AUTH plain ***"]],
    ["an answer", ["AUTH PLAIN", secret], ["AUTH PLAIN", "***"]],
    ["two answers", ["AUTH LOGIN", secret, secret], ["AUTH LOGIN", "***", "***"]],
    ["no mechanism", [`AUTH ${secret}`], ["AUTH ***"]],
    ["a mechanism that is unknown", [`AUTH OTHER ${secret}`, secret], ["AUTH ***", "***"]],
    ["a login that is refused", [`AUTH XOAUTH2 ${secret}`, secret, "NOOP"], ["AUTH XOAUTH2 ***", "***", "NOOP"]],
    ["a tab", [`AUTH\tPLAIN\t${secret}`], ["AUTH PLAIN ***"]],
    ["a line that is too long", [`AUTH PLAIN ${secret.repeat(10)}`], ["AUTH PLAIN ***"]],
    ["a login that is given up", ["AUTH PLAIN", "*"], ["AUTH PLAIN", "*"]]
  ]
  for (const offered of [["AUTH PLAIN LOGIN"], []]) {
    for (const [what, lines, shown] of logins) {
      it.scopedLive(`are in no ledger and no event: ${what}, ${offered.length === 0 ? "not " : ""}offered`, () =>
        Effect.gen(function*() {
          const server = yield* serve({ extensions: offered }, { limits: { maxCommandOctets: 100 } })
          const events = yield* untilClosed(server)
          const client = yield* join(server)
          for (const line of lines) yield* client.ask(line)
          yield* client.ask("QUIT")
          yield* client.leave
          const happened = yield* Fiber.join(events)
          const { commands } = yield* server.ledger
          const heard = commands.map(({ line }) => line).slice(1, -1)
          assert.notInclude(JSON.stringify([happened, commands]), secret)
          if (offered.length > 0) assert.deepStrictEqual(heard, shown)
          assert.deepStrictEqual(
            happened.flatMap((event) => event._tag === "Heard" ? [event.line] : []).slice(1, -1),
            heard
          )
        }))
    }
  }
})

describe("The events of a server", () => {
  it.scopedLive("tell a session in its order", () =>
    Effect.gen(function*() {
      const rule = label(on({ event: "RCPT", recipient: "*@Fail.test" }, reply(550, "5.1.1 no such user")), "fails")
      const server = yield* serve({ extensions: ["STARTTLS"], rules: [rule] }, { delivery: "line" })
      const events = yield* untilClosed(server)
      const client = yield* join(server)
      yield* client.ask("STARTTLS")
      yield* client.encrypt(server.ca)
      yield* client.ask("EHLO client.test")
      yield* client.ask("MAIL FROM:<ada@example.com>")
      yield* client.ask("RCPT TO:<eve@fail.test>")
      yield* client.ask("RCPT TO:<bob@example.com>")
      yield* client.ask("DATA")
      yield* client.ask("..x\r\n.")
      yield* client.ask("QUIT")
      yield* client.leave
      const heard = (line: string) => ({ _tag: "Heard", line, isKnown: true })
      const said = (text: string) => ({ _tag: "Said", text })
      assert.deepStrictEqual<ReadonlyArray<unknown>>(yield* Fiber.join(events), [
        { _tag: "Opened", remoteAddress: "127.0.0.1" },
        said("220 scripted.test ESMTP\r\n"),
        heard("EHLO client.test"),
        said("250-scripted.test\r\n250 STARTTLS\r\n"),
        heard("STARTTLS"),
        said("220 2.0.0 go ahead\r\n"),
        { _tag: "Encrypted" },
        heard("EHLO client.test"),
        said("250 scripted.test\r\n"),
        heard("MAIL FROM:<ada@example.com>"),
        said("250 2.1.0 ok\r\n"),
        heard("RCPT TO:<eve@fail.test>"),
        { _tag: "Ruled", rule },
        said("550 5.1.1 no such user\r\n"),
        heard("RCPT TO:<bob@example.com>"),
        said("250 2.1.5 ok\r\n"),
        heard("DATA"),
        said("354 go ahead\r\n"),
        { _tag: "Ended", message: 1, octets: 5, isComplete: true },
        { _tag: "Accepted", message: 1 },
        said("250 2.0.0 taken\r\n"),
        { _tag: "Answered", message: 1, reply: 250 },
        heard("QUIT"),
        said("221 2.0.0 bye\r\n"),
        { _tag: "Closed" }
      ])
    }))

  it.scopedLive("tell what breaks off, and what was accepted without an answer", () =>
    Effect.gen(function*() {
      const server = yield* serve({ rules: [on("DOT", accept, rst)] })
      const lost = yield* untilClosed(server)
      const client = yield* withData(server)
      yield* client.say("x\r\n.\r\n")
      yield* client.ended
      assert.deepStrictEqual((yield* Fiber.join(lost)).slice(-4).map(({ _tag }) => _tag), [
        "Ended",
        "Ruled",
        "Accepted",
        "Closed"
      ])
      const broken = yield* untilClosed(server)
      const second = yield* withData(server)
      yield* second.say("0123456789")
      yield* second.leave
      assert.deepInclude(yield* Fiber.join(broken), { _tag: "Ended", message: 1, octets: 6, isComplete: false })
    }))

  it.scopedLive("name the connection and the time, to each who listens while it listens", () =>
    Effect.gen(function*() {
      const server = yield* serve()
      yield* join(server)
      const heard = yield* Effect.scoped(Effect.gen(function*() {
        const [one, other] = [yield* server.events, yield* server.events]
        yield* Effect.flatMap(join(server), (client) => client.ask("NOOP"))
        return yield* Effect.forEach([one, other], (events) => Stream.runCollect(Stream.take(events, 5)))
      }))
      for (const events of heard.map((events) => Array.from(events))) {
        assert.deepStrictEqual(events.map(({ connection }) => connection), [2, 2, 2, 2, 2])
        assert.strictEqual(events[0]?.what._tag, "Opened")
        assert.isTrue(events.every(({ time }, i) => time > 0 && time >= (events[i - 1]?.time ?? 0)))
      }
    }))
})

describe("A sink", () => {
  /** Keeps what comes, and says when a message is aborted. */
  const keeping = Effect.map(Deferred.make<void>(), (aborted) => {
    const log: Array<string> = []
    const add = (entry: string) => Effect.sync(() => log.push(entry))
    const sink: ScriptedSmtpServer.Sink = ({ connection, from, message, to }) => {
      let bytes = ""
      return Effect.as(add(`${connection}.${message} ${from} ${to.join()}`), {
        write: (octets) =>
          Effect.sync(() => {
            bytes += Buffer.from(octets).toString("latin1")
          }),
        end: Effect.suspend(() => add(`end ${bytes}`)),
        abort: Effect.zipRight(Effect.suspend(() => add(`abort ${bytes}`)), Deferred.succeed(aborted, undefined))
      })
    }
    return { aborted: Deferred.await(aborted), log, sink }
  })

  it.scopedLive("gets each message instead of the ledger, before it is answered", () =>
    Effect.gen(function*() {
      const { log, sink } = yield* keeping
      const server = yield* serve({ rules: [on({ event: "DOT", occurrence: 2 }, accept, rst)] }, { sink })
      const client = yield* withData(server)
      yield* client.ask("..a\r\n.b\r\n.")
      assert.deepStrictEqual(log, ["1.1 ada@example.com bob@example.com", "end .a\r\nb\r\n"])
      yield* begin(client)
      yield* client.say(".\r\n")
      yield* client.ended
      assert.deepStrictEqual(log.slice(2), ["1.2 ada@example.com bob@example.com", "end "])
      const { accepted } = yield* server.ledger
      assert.deepStrictEqual(accepted.map(({ bytes, reply }) => [bytes.length, reply]), [[0, 250], [0, undefined]])
    }))

  it.scopedLive("is told of what breaks off", () =>
    Effect.gen(function*() {
      const { aborted, log, sink } = yield* keeping
      const server = yield* serve({}, { sink })
      const client = yield* withData(server)
      yield* client.say("0123456789")
      yield* client.leave
      yield* aborted
      assert.deepStrictEqual(log, ["1.1 ada@example.com bob@example.com", "abort 012345"])
    }))

  it.scopedLive("is told of what is over a limit, and gets no more of it", () =>
    Effect.gen(function*() {
      const { log, sink } = yield* keeping
      const server = yield* serve({}, { sink, limits: { maxMessageOctets: 100_000 } })
      const client = yield* withData(server)
      assert.match(yield* client.ask(`${"x".repeat(2_000_000)}\r\n.`), /^552 /)
      assert.match(log[1] ?? "abort", /^abort x{0,100000}$/)
      assert.isAtMost(log.length, 2)
    }))

  for (const at of ["open", "write", "end"] as const) {
    it.scopedLive(`that fails at ${at} defers the message, and the session goes on`, () =>
      Effect.gen(function*() {
        const fail = (here: string) =>
          here === at ? new ScriptedSmtpServer.SinkError({ cause: "disk full" }) : Effect.void
        let aborts = 0
        const sink: ScriptedSmtpServer.Sink = () =>
          Effect.as(fail("open"), {
            write: () => fail("write"),
            end: fail("end"),
            abort: Effect.sync(() => {
              aborts++
            })
          })
        const server = yield* serve({}, { sink })
        const client = yield* withData(server)
        assert.match(yield* client.ask("x\r\n."), /^451 4\.3\.0 /)
        assert.match(yield* client.ask("NOOP"), /^250 /)
        const { accepted, received } = yield* server.ledger
        assert.deepStrictEqual([accepted.length, received.length], [0, 1])
        assert.strictEqual(aborts, at === "open" ? 0 : 1)
      }))
  }

  it.scopedLive("that dies closes the connection", () =>
    Effect.gen(function*() {
      const server = yield* serve({}, { sink: () => Effect.dieMessage("a fault") })
      const client = yield* withData(server)
      yield* client.say("x\r\n.\r\n")
      yield* client.ended
      yield* server.allClosed
      assert.deepStrictEqual((yield* server.ledger).accepted, [])
    }))
})

describe("Paths", () => {
  it.scopedLive("may have a space before them, and brackets in quotes", () =>
    Effect.gen(function*() {
      const server = yield* serve()
      const client = yield* join(server)
      yield* client.ask("MAIL FROM: <ada@example.com>  BODY=8BITMIME")
      for (const path of ["<\"a>b\"@example.com>", "  <\"q \\\" x\"@example.com>", "<c@example.com> NOTIFY=NEVER"]) {
        assert.match(yield* client.ask(`RCPT TO:${path}`), /^250 /)
      }
      for (const path of ["c@example.com", "<c@example.com", "<\"c@example.com>", "\t<c@example.com>"]) {
        assert.match(yield* client.ask(`RCPT TO:${path}`), /^501 /)
      }
      yield* client.ask("DATA")
      yield* client.ask("x\r\n.")
      assert.deepStrictEqual((yield* server.ledger).accepted.map(({ from, to }) => [from, to]), [
        ["ada@example.com", ["\"a>b\"@example.com", "\"q \\\" x\"@example.com", "c@example.com"]]
      ])
    }))
})

describe("A rule for a recipient", () => {
  const play = (recipient: string, event: SmtpScript.Event, to: ReadonlyArray<string>) =>
    Effect.gen(function*() {
      const server = yield* serve({ rules: [on({ event, recipient }, reply(550, "5.1.1 no"))] })
      const client = yield* join(server)
      yield* client.ask("MAIL FROM:<>")
      const codes: Array<string> = []
      for (const address of to) codes.push((yield* client.ask(`RCPT TO:<${address}>`)).slice(0, 3))
      yield* client.ask("DATA")
      codes.push((yield* client.ask("x\r\n.")).slice(0, 3))
      return codes.join(" ")
    })

  const addresses = ["bob@example.com", "Eve@FAIL.test"]
  const rows: ReadonlyArray<readonly [pattern: string, event: SmtpScript.Event, codes: string]> = [
    ["eve@fail.test", "RCPT", "250 550 250"],
    ["*@fail.test", "RCPT", "250 550 250"],
    ["*@*.TEST", "RCPT", "250 550 250"],
    ["e*e@fail*test", "RCPT", "250 550 250"],
    ["*eve@fail.test*", "RCPT", "250 550 250"],
    ["eve@fail.test*t", "RCPT", "250 250 250"],
    ["ve@fail.test", "RCPT", "250 250 250"],
    ["*", "DOT", "250 250 550"],
    ["*@fail.test", "DOT", "250 250 550"],
    ["*@other.test", "DOT", "250 250 250"]
  ]
  for (const [pattern, event, codes] of rows) {
    it.scopedLive(`applies at ${event} to those that are like ${pattern}`, () =>
      Effect.gen(function*() {
        assert.strictEqual(yield* play(pattern, event, addresses), codes)
      }))
  }
})
