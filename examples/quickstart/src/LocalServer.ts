import { Smtp } from "@effect-mail/backends"
import * as IndependentSmtpServer from "@effect-mail/test-kit/IndependentSmtpServer"
import { TestCertificates } from "@effect-mail/testing"
import { Context, Effect, Layer, Redacted } from "effect"

/** A message as the server took it. */
export type Received = IndependentSmtpServer.Received

/** An SMTP server on loopback that wants STARTTLS and a login, and refuses `nobody@example.org`. */
export class LocalServer extends Context.Tag("quickstart/LocalServer")<LocalServer, {
  readonly options: Smtp.Options
  readonly received: Effect.Effect<ReadonlyArray<Received>>
  readonly connectionCount: Effect.Effect<number>
}>() {}

const user = "shop"
const password = "correct horse battery staple"

export const layer: Layer.Layer<LocalServer> = Layer.scoped(
  LocalServer,
  Effect.gen(function*() {
    const certificates = yield* TestCertificates.make
    const server = yield* IndependentSmtpServer.make({
      ...certificates.valid,
      login: (auth) => auth.username === user && auth.password === password,
      refuse: { recipients: { "nobody@example.org": [550, "5.1.1 no such user here"] } }
    })

    return {
      options: {
        host: "localhost",
        port: server.port,
        tls: "required",
        auth: { user, password: Redacted.make(password) },
        certificates: { ca: certificates.ca }
      },
      received: Effect.sync(() => server.received.slice()),
      connectionCount: Effect.sync(() => server.connections)
    }
  })
)

/** Sends to the local server, as to any other. */
export const backend = Layer.unwrapEffect(Effect.map(LocalServer, ({ options }) => Smtp.layer(options)))
