/**
 * Messages in chunks (RFC 3030).
 */
import { ScriptedSmtpServer, SmtpScript } from "@effect-mail/testing"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as RawClient from "./RawClient.js"

const serve = (script: Partial<SmtpScript.Script> = {}, options?: ScriptedSmtpServer.Options) =>
  ScriptedSmtpServer.make(SmtpScript.make({ extensions: ["CHUNKING", "PIPELINING"], ...script }), options)

const join = (server: ScriptedSmtpServer.Service) =>
  Effect.gen(function*() {
    const client = yield* RawClient.connect(server.port)
    yield* client.hear(/^220 .*\r\n/)
    yield* client.ask("EHLO client.test")
    return client
  })

const withEnvelope = (server: ScriptedSmtpServer.Service) =>
  Effect.tap(
    join(server),
    (client) => Effect.zipRight(client.ask("MAIL FROM:<ada@example.com>"), client.ask("RCPT TO:<bob@example.com>"))
  )

const chunk = (client: RawClient.RawClient, text: string, last = "") =>
  Effect.zipRight(client.say(`BDAT ${text.length}${last}\r\n${text}`), client.hear(/^[0-9]{3} .*\r\n/))

describe("A message in chunks", () => {
  it.scopedLive("is taken as it is: no dot ends it, and none is taken out", () =>
    Effect.gen(function*() {
      const server = yield* serve()
      const client = yield* withEnvelope(server)
      assert.match(yield* chunk(client, ".a\r\n.\r\n"), /^250 /)
      assert.match(yield* chunk(client, ""), /^250 /)
      assert.match(yield* chunk(client, "..b\r\nQUIT\r\n", " LAST"), /^250 2\.0\.0 taken/)
      yield* client.say("MAIL FROM:<>\r\nRCPT TO:<c@example.com>\r\nBDAT 1 LAST\r\nx")
      yield* client.hear(/taken\r\n/)
      assert.match(yield* client.ask("NOOP"), /^250 /)
      const { accepted } = yield* server.ledger
      assert.deepStrictEqual(accepted.map(({ bytes, to }) => [new TextDecoder().decode(bytes), to]), [
        [".a\r\n.\r\n..b\r\nQUIT\r\n", ["bob@example.com"]],
        ["x", ["c@example.com"]]
      ])
    }))

  it.scopedLive("is refused out of order, and its octets are no commands", () =>
    Effect.gen(function*() {
      const server = yield* serve()
      const client = yield* join(server)
      assert.match(yield* chunk(client, "QUIT\r\n", " LAST"), /^503 /)
      yield* client.ask("MAIL FROM:<ada@example.com>")
      assert.match(yield* chunk(client, "QUIT\r\n", " LAST"), /^554 /)
      yield* client.ask("RCPT TO:<bob@example.com>")
      yield* chunk(client, "x")
      assert.match(yield* client.ask("DATA"), /^503 /)
      assert.match(yield* client.ask("NOOP"), /^250 /)
      assert.deepStrictEqual((yield* server.ledger).received, [])
    }))

  for (const command of ["RSET", "EHLO client.test"]) {
    it.scopedLive(`is given up by ${command.slice(0, 4)}`, () =>
      Effect.gen(function*() {
        const server = yield* serve()
        const client = yield* withEnvelope(server)
        yield* chunk(client, "first")
        yield* client.ask(command)
        yield* client.ask("MAIL FROM:<ada@example.com>")
        yield* client.ask("RCPT TO:<bob@example.com>")
        yield* chunk(client, "second", " LAST")
        const { aborted, accepted } = yield* server.ledger
        assert.deepStrictEqual(accepted.map(({ bytes }) => new TextDecoder().decode(bytes)), ["second"])
        assert.deepStrictEqual(aborted.map(({ octets }) => octets), [5])
      }))
  }

  it.scopedLive("has the rules and limits of other messages", () =>
    Effect.gen(function*() {
      const rule = SmtpScript.on({ event: "DOT", occurrence: 1 }, SmtpScript.reply(451, "4.3.0 later"))
      const server = yield* serve({ rules: [rule] }, { limits: { maxMessageOctets: 10 } })
      const client = yield* withEnvelope(server)
      assert.match(yield* chunk(client, "x", " LAST"), /^451 /)
      for (const [octets, code] of [[10, "250"], [11, "552"]] as const) {
        yield* client.ask("MAIL FROM:<ada@example.com>")
        yield* client.ask("RCPT TO:<bob@example.com>")
        assert.strictEqual((yield* chunk(client, "x".repeat(octets), " LAST")).slice(0, 3), code)
      }
    }))

  it.scopedLive("is unknown where it is not offered, and ends the session where its size is none", () =>
    Effect.gen(function*() {
      const plain = yield* serve({ extensions: [] })
      assert.match(yield* Effect.flatMap(join(plain), (client) => client.ask("BDAT 0 LAST")), /^500 /)
      const server = yield* serve()
      const client = yield* withEnvelope(server)
      assert.match(yield* client.ask("BDAT many"), /^501 /)
      yield* client.ended
    }))
})
