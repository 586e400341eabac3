/** How receipts leave the shop. */
import { Mailgun, Smtp } from "@effect-mail/backends"
import { MailBackend, MailPolicy } from "@effect-mail/core"
import { DevInbox } from "@effect-mail/testing"
import { FetchHttpClient } from "@effect/platform"
import { Config, type ConfigError, Effect, Layer } from "effect"

/** The company's relay; and a provider over HTTP while the relay cannot be reached. */
export const layerWith = (
  relay: Smtp.Options,
  provider: Mailgun.Options
): Layer.Layer<MailBackend.MailBackend, ConfigError.ConfigError> =>
  Layer.scoped(
    MailBackend.MailBackend,
    Effect.map(
      Effect.all([Smtp.make(relay), Mailgun.make(provider)]),
      (backends) => MailPolicy.failover(backends, { cooldown: "1 minute" })
    )
  ).pipe(Layer.provide(FetchHttpClient.layer))

/** In production: `SMTP_HOST`, `MAILGUN_DOMAIN` and `MAILGUN_API_KEY`. */
export const layerConfig: Layer.Layer<MailBackend.MailBackend, ConfigError.ConfigError> = Layer.unwrapEffect(
  Effect.map(
    Config.all({
      host: Config.nonEmptyString("SMTP_HOST"),
      domain: Config.nonEmptyString("MAILGUN_DOMAIN"),
      apiKey: Config.redacted("MAILGUN_API_KEY")
    }),
    ({ apiKey, domain, host }) => layerWith({ host }, { domain, apiKey })
  )
)

/** In development: to the inbox that the shop shows at `/mail`. */
export const layerDevelopment: Layer.Layer<
  MailBackend.MailBackend,
  ConfigError.ConfigError,
  DevInbox.DevInbox
> = Layer.unwrapEffect(
  Effect.flatMap(DevInbox.DevInbox, ({ smtp }) =>
    smtp === undefined
      ? Effect.dieMessage("the inbox has no SMTP server")
      : Effect.succeed(Smtp.layer({ host: smtp.host, port: smtp.port, tls: "none" })))
)
