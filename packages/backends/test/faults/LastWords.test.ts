import { Smtp } from "@effect-mail/backends"
import { Message } from "@effect-mail/core"
import { ScriptedSmtpServer, SmtpScript } from "@effect-mail/testing"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { nameOf } from "./Outcome.js"

const { accept, beginData, fin, on, reply, send } = SmtpScript

const message = Message.make({
  from: "ada@example.com",
  to: ["bob@example.com", "eva@example.com"],
  subject: "Hello",
  text: "Hello, Bob"
})

/** The last thing that a server says before it closes, and what comes of it. */
const lastWords: ReadonlyArray<readonly [what: string, rule: SmtpScript.Rule, outcome: string]> = [
  ["a refusal of the sender", on("MAIL", reply(550, "5.7.1 no"), fin), "RejectedError MAIL"],
  ["a refusal of the message", on("DATA", reply(554, "5.7.1 no"), fin), "RejectedError DATA"],
  ["a farewell at DATA", on("DATA", reply(421, "4.3.2 closing"), fin), "ConnectionError Unavailable"],
  ["half a refusal at DATA", on("DATA", send("554 5.7.1 no"), fin), "ConnectionError Lost"],
  ["half a reply to DATA", on("DATA", send("354 go"), beginData, fin), "ConnectionError Lost"],
  ["the acceptance", on("DOT", reply(250, "2.0.0 taken"), fin), "success"],
  ["half an acceptance", on("DOT", accept, send("250 2.0.0 taken"), fin), "OutcomeUnknownError"],
  ["half a refusal at the end", on("DOT", send("554 5.7.1 no"), fin), "OutcomeUnknownError"],
  ["half a farewell at the end", on("DOT", accept, send("421 4.3.2 clo"), fin), "OutcomeUnknownError"]
]

describe("The last words of a server count", () => {
  for (const delivery of ["whole", "line", "byte"] as const) {
    for (const [what, rule, outcome] of lastWords) {
      it.scopedLive(`${what}, ${delivery}`, () =>
        Effect.gen(function*() {
          const { host, port } = yield* ScriptedSmtpServer.make(SmtpScript.make({ rules: [rule] }), { delivery })
          const backend = yield* Smtp.make({ host, port, tls: "none" })
          assert.strictEqual(nameOf(yield* Effect.exit(backend.send(message))), outcome)
        }))
    }
  }
})
