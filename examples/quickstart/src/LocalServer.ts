import { Smtp } from "@effect-mail/backends"
import { ScriptedSmtpServer, SmtpScript } from "@effect-mail/testing"
import { Effect, Layer, Redacted } from "effect"

/** A message as the server got it. */
export type Received = ScriptedSmtpServer.Received

/** A server on loopback that offers STARTTLS and a login, and refuses `nobody@example.org`. */
export const layer: Layer.Layer<ScriptedSmtpServer.ScriptedSmtpServer> = ScriptedSmtpServer.layer(SmtpScript.make({
  extensions: ["PIPELINING", "8BITMIME", "SMTPUTF8", "STARTTLS", "AUTH PLAIN"],
  rules: [
    SmtpScript.on({ event: "RCPT", recipient: "nobody@example.org" }, SmtpScript.reply(550, "5.1.1 no such user here"))
  ]
}))

/** Sends to the local server, as to any other. */
export const backend = Layer.unwrapEffect(Effect.map(
  ScriptedSmtpServer.ScriptedSmtpServer,
  ({ ca, port }) =>
    Smtp.layer({
      host: "localhost",
      port,
      tls: "required",
      auth: { user: "shop", password: Redacted.make("correct horse battery staple") },
      certificates: { ca }
    })
))
