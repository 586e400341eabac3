/**
 * The servers on loopback that examples send to, as the settings that lead there: `EMAIL_*` to one that wants neither TLS
 * nor a login, `RELAY_*` to one that wants both.
 */
import * as SmtpServer from "@effect-mail/test-kit/IndependentSmtpServer"
import { TestCertificates } from "@effect-mail/testing"
import { ConfigProvider, Context, Effect, Layer } from "effect"

export class Relays extends Context.Tag("test/Relays")<Relays, ConfigProvider.ConfigProvider>() {}

const users = new Map([["shop", "correct horse"], ["newsletter", "battery staple"]])

export const layer: Layer.Layer<Relays> = Layer.scoped(
  Relays,
  Effect.gen(function*() {
    const certificates = yield* TestCertificates.make
    const open = yield* SmtpServer.make()
    const relay = yield* SmtpServer.make({
      ...certificates.valid,
      login: ({ password, username }) => users.get(username ?? "") === password
    })
    return ConfigProvider.fromMap(
      new Map([
        ["EMAIL_HOST", "127.0.0.1"],
        ["EMAIL_PORT", String(open.port)],
        ["RELAY_HOST", "localhost"],
        ["RELAY_PORT", String(relay.port)],
        ["RELAY_CA", certificates.ca],
        ["RELAY_USER", "shop"],
        ["RELAY_PASSWORD", "correct horse"],
        ["NEWSLETTER_USER", "newsletter"],
        ["NEWSLETTER_PASSWORD", "battery staple"]
      ])
    )
  })
)
