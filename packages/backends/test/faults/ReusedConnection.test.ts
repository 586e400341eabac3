import { Smtp } from "@effect-mail/backends"
import { Message } from "@effect-mail/core"
import { ScriptedSmtpServer, SmtpScript } from "@effect-mail/testing"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { nameOf } from "./Outcome.js"
import * as Source from "./Source.js"

const { on, proceed, reply, rst, send } = SmtpScript

const small = Message.make({ from: "ada@example.com", to: "bob@example.com", subject: "Hello", text: "Hello, Bob" })
/** Its end cannot have been sent before the server has answered its beginning. */
const large = Message.attach(small, Source.make(24e6).attachment)

/** What becomes of the second message over a connection, and how many connections there were. */
const second = (rule: SmtpScript.Rule, message: Message.Message) =>
  Effect.scoped(Effect.gen(function*() {
    const server = yield* ScriptedSmtpServer.make(SmtpScript.make({ rules: [rule] }))
    const backend = yield* Smtp.make({ host: server.host, port: server.port, tls: "none" })
    const connection = yield* backend.connect
    yield* connection.send(small)
    const outcome = yield* Effect.exit(connection.send(message))
    const { accepted, connections } = yield* server.ledger
    return [nameOf(outcome), accepted.length, connections]
  }))

describe("The second message over a connection", () => {
  it.live("goes over another one when the first is lost before the server asked for it", () =>
    Effect.gen(function*() {
      const atMail = on({ event: "MAIL", connection: 1, occurrence: 2 }, rst)
      assert.deepStrictEqual(yield* second(atMail, small), ["success", 2, 2])
      const closing = on({ event: "MAIL", connection: 1, occurrence: 2 }, reply(421, "4.3.2 closing"), SmtpScript.fin)
      assert.deepStrictEqual(yield* second(closing, small), ["success", 2, 2])
    }))

  it.live("goes over another one when the server answers out of step", () =>
    Effect.gen(function*() {
      const twice = on({ event: "MAIL", connection: 1, occurrence: 2 }, send("250 2.1.0 ok\r\n"), proceed)
      assert.deepStrictEqual(yield* second(twice, small), ["success", 2, 2])
    }))

  it.live("is not sent again unasked once the server has asked for it", () =>
    Effect.gen(function*() {
      const within = on({ event: "BODY", connection: 1, occurrence: 2 }, rst)
      assert.deepStrictEqual(yield* second(within, large), ["ConnectionError Lost", 1, 1])
    }))
})
