/**
 * From SMTP to a provider and back: the second one gets a message just where the first one provably did not take it, and a
 * message is never with both.
 */
import { Resend, Ses, Smtp } from "@effect-mail/backends"
import { Mail, MailBackend, MailPolicy, Message } from "@effect-mail/core"
import { ScriptedSmtpServer, SmtpScript } from "@effect-mail/testing"
import { assert, describe, it } from "@effect/vitest"
import { Context, Effect, Layer, Redacted } from "effect"
import { secret } from "./Providers.js"
import * as RecordingClient from "./RecordingClient.js"

/** What became of a message, and whether the backend may have it. */
interface Case {
  readonly expected: string
  readonly mayHaveIt: boolean
}

interface SmtpCase extends Case {
  readonly script: Partial<SmtpScript.Script>
}

interface HttpCase extends Case {
  readonly reply: RecordingClient.Reply
}

const rule = (event: SmtpScript.Event, ...actions: ReadonlyArray<SmtpScript.Action>) => ({
  rules: [SmtpScript.on(event, ...actions)]
})

const bySmtp: Readonly<Record<string, SmtpCase>> = {
  "takes it": { script: {}, expected: "taken", mayHaveIt: true },
  "refuses connections": { script: { port: "closed" }, expected: "ConnectionError", mayHaveIt: false },
  "is closing": {
    script: rule("connect", SmtpScript.reply(421, "4.3.2 closing"), SmtpScript.fin),
    expected: "ConnectionError",
    mayHaveIt: false
  },
  "leaves at RCPT": { script: rule("RCPT", SmtpScript.fin), expected: "ConnectionError", mayHaveIt: false },
  "defers the recipient": {
    script: rule("RCPT", SmtpScript.reply(450, "4.2.0 later")),
    expected: "RejectedError",
    mayHaveIt: false
  },
  "refuses the message": {
    script: rule("DOT", SmtpScript.reply(554, "5.6.0 no")),
    expected: "RejectedError",
    mayHaveIt: false
  },
  "leaves after the final dot": {
    script: rule("DOT", SmtpScript.fin),
    expected: "OutcomeUnknownError",
    mayHaveIt: true
  }
}

const refused = Effect.fail(Object.assign(new Error("refused"), { code: "ECONNREFUSED" }))
const reset = Effect.fail(Object.assign(new Error("reset"), { code: "ECONNRESET" }))

const byHttp = (taken: string): Readonly<Record<string, HttpCase>> => ({
  "takes it": { reply: RecordingClient.response(200, taken), expected: "taken", mayHaveIt: true },
  "refuses connections": { reply: refused, expected: "ConnectionError", mayHaveIt: false },
  "refuses the key": { reply: RecordingClient.response(401), expected: "AuthenticationError", mayHaveIt: false },
  "asks to wait": {
    reply: RecordingClient.response(429, "{}", { "retry-after": "5" }),
    expected: "RejectedError",
    mayHaveIt: false
  },
  "refuses the message": { reply: RecordingClient.response(422), expected: "RejectedError", mayHaveIt: false },
  "answers 503": { reply: RecordingClient.response(503), expected: "OutcomeUnknownError", mayHaveIt: true },
  "is lost": { reply: reset, expected: "OutcomeUnknownError", mayHaveIt: true }
})

const key = Redacted.make(secret)

const http = {
  Resend: [Resend.make({ apiKey: key }), JSON.stringify({ id: "49a3" })],
  Ses: [
    Ses.make({ region: "eu-central-1", credentials: { accessKeyId: "AKIA0123456789", secretAccessKey: key } }),
    JSON.stringify({ MessageId: "0102" })
  ]
} as const

const message = Message.make({ from: "ada@example.com", to: "bob@example.org", text: "Hello" })

/** After these another backend may be given the message. */
const passesOn = (expected: string): boolean => expected === "ConnectionError" || expected === "AuthenticationError"

for (const [name, [make, taken]] of Object.entries(http)) {
  describe(`a failover of SMTP and ${name}`, () => {
    for (const [smtpDoes, smtpCase] of Object.entries(bySmtp)) {
      for (const [httpDoes, httpCase] of Object.entries(byHttp(taken))) {
        for (const isSmtpFirst of [true, false]) {
          const order = isSmtpFirst
            ? `SMTP ${smtpDoes}, then ${name} ${httpDoes}`
            : `${name} ${httpDoes}, then SMTP ${smtpDoes}`
          it.scopedLive(order, () =>
            Effect.gen(function*() {
              const server = yield* ScriptedSmtpServer.make(SmtpScript.make(smtpCase.script))
              const smtp = yield* Smtp.make({ host: server.host, port: server.port, tls: "none" })
              const client = yield* Layer.build(RecordingClient.layer(() => httpCase.reply))
              const provider = yield* Effect.provide(make, client)
              const backend = MailPolicy.failover(isSmtpFirst ? [smtp, provider] : [provider, smtp])
              const outcome = yield* Effect.either(
                Effect.provideService(Mail.send(message), MailBackend.MailBackend, backend)
              )

              const [first, second] = isSmtpFirst ? [smtpCase, httpCase] : [httpCase, smtpCase]
              const isPassedOn = passesOn(first.expected)
              const actual = outcome._tag === "Right" ? "taken" : outcome.left._tag
              assert.strictEqual(actual, isPassedOn ? second.expected : first.expected)
              // A key is of no use to another backend.
              if (outcome._tag === "Left" && outcome.left._tag === "OutcomeUnknownError") {
                assert.isFalse(outcome.left.isRepeatable)
              }

              const requests = Context.get(client, RecordingClient.Requests)
              const { received } = yield* server.ledger
              assert.isAtMost(requests.length, 1)
              assert.isAtMost(received.length, 1)
              const copies = received.filter(() => smtpCase.mayHaveIt).length
                + requests.filter(() => httpCase.mayHaveIt).length
              assert.strictEqual(copies, actual === "taken" || actual === "OutcomeUnknownError" ? 1 : 0)
            }))
        }
      }
    }
  })
}
