/** A program of someone who installed the packages: it sends to a server on loopback, and to a test mailbox. */
import { Smtp } from "@effect-mail/backends"
import { DeliveryReport, Mail, Message } from "@effect-mail/core"
import * as Address from "@effect-mail/core/Address"
import { ScriptedSmtpServer, TestMailbox } from "@effect-mail/testing"
import { Effect, Either, Layer } from "effect"

const message = Message.make({
  from: "ada@example.com",
  to: ["bob@example.org", { name: "Eve", address: "eve@example.org" }],
  subject: "Grüße",
  text: "Hello",
  html: "<p>Hello</p>"
})

const SmtpLive = Layer.unwrapEffect(
  Effect.map(ScriptedSmtpServer.ScriptedSmtpServer, ({ host, port }) => Smtp.layer({ host, port, tls: "none" }))
)

const overSmtp = Mail.send(message).pipe(
  Effect.map((report) => DeliveryReport.accepted(report).length),
  Effect.provide(SmtpLive),
  Effect.provide(ScriptedSmtpServer.layer())
)

const toMailbox = Mail.send(message).pipe(
  Effect.zipRight(TestMailbox.awaitCount(1)),
  Effect.map(([sent]) => sent?.envelope.to.length ?? 0),
  Effect.provide(TestMailbox.layer)
)

const main = Effect.gen(function*() {
  const parsed = Either.isRight(Address.parse("ada@example.com"))
  return { parsed, accepted: yield* overSmtp, kept: yield* toMailbox }
})

Effect.runPromise(main).then(
  (result) => process.stdout.write(`${JSON.stringify(result)}\n`),
  (error) => {
    process.exitCode = 1
    process.stderr.write(`${String(error)}\n`)
  }
)
