/**
 * Sending by [Mailgun](https://www.mailgun.com) over HTTP, in the octets that SMTP would carry: every feature of a
 * message goes through, stored and signed messages too, to just the recipients of the envelope.
 *
 * It cannot carry: a return path (`RETURN-PATH`), `REQUIRETLS`, an idempotency key, and a sender whose local part is not ASCII
 * (`SMTPUTF8`; recipients may have one). Metadata are its variables, tags its tags.
 *
 * @since 0.1.0
 */
import { MailBackend, type Service } from "@effect-mail/core/MailBackend"
import type * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Config from "effect/Config"
import type * as ConfigError from "effect/ConfigError"
import * as DateTime from "effect/DateTime"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as BackendDefinition from "./BackendDefinition.js"
import * as HttpBackend from "./HttpBackend.js"
import * as Structured from "./internal/http/request/structured.js"
import * as Settings from "./internal/http/settings.js"

/**
 * - `domain`: the domain to send by, as it is called at Mailgun
 * - `apiKey`: a key that may send, or an effect that gives it
 * - `region`: where the domain is kept; `us` unless said otherwise
 * - `baseUrl`: where the API is, for a proxy or a test; that of the region unless said otherwise. It is https, but on this machine
 * - `timeLimit`: for one message as a whole; one minute unless said otherwise
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  readonly domain: string
  readonly apiKey: HttpBackend.Credentials
  readonly region?: "us" | "eu" | undefined
  readonly baseUrl?: string | URL | undefined
  readonly timeLimit?: Duration.DurationInput | undefined
}

const basic = HttpClientRequest.basicAuth

const request =
  (url: string) => ({ annotations: { metadata = {}, sendAt, tags = [] }, bytes, envelope }: HttpBackend.MimeLetter) => {
    if (!Structured.isAscii(envelope.from)) {
      return Structured.lacks("SMTPUTF8", "Mailgun takes no sender whose local part is not ASCII")
    }
    const form = new FormData()
    for (const recipient of envelope.to) form.append("to", recipient)
    const octets = new Uint8Array(bytes)
    form.append("message", new Blob([octets], { type: "application/octet-stream" }), "MimeMessage")
    for (const tag of tags) form.append("o:tag", tag)
    for (const [name, value] of Object.entries(metadata)) form.append(`v:${name}`, value)
    if (sendAt !== undefined) form.append("o:deliverytime", DateTime.toDateUtc(sendAt).toUTCString())
    return Either.right(HttpClientRequest.bodyFormData(HttpClientRequest.post(url), form))
  }

const Message = Schema.Struct({ message: Schema.String })

const refusedBy = (message: string): HttpBackend.Refused =>
  /^'?(?:to|cc|bcc)'? parameter/i.test(message) ? "RCPT" : /^'?from'? parameter/i.test(message) ? "MAIL" : "message"

const verdict: HttpBackend.Description<unknown>["verdict"] = (letter, answer) => {
  if (answer.status === 200) {
    // The answer to a path that there is not.
    return /^\s*Mailgun Magnificent API/.test(answer.body)
      ? HttpBackend.rejected(letter, answer)
      : HttpBackend.named(letter, answer, "id", "body")
  }
  if (answer.status === 400) {
    const message = Option.match(HttpBackend.json(answer, Message), {
      onNone: () => "",
      onSome: ({ message }) => message
    })
    return HttpBackend.rejected(letter, answer, refusedBy(message))
  }
  return HttpBackend.byStatus(letter, answer)
}

const provider = (url: string, domain: string): HttpBackend.MimeProvider => ({
  name: "mailgun",
  takes: "mime",
  carries: [...HttpBackend.mime, "SMTPUTF8", "ENVELOPE", "TAGS", "METADATA", "SCHEDULE"],
  limits: { recipients: 1000, octets: 25 * 1024 * 1024 },
  authorize: (request, key) => basic(request, "api", key),
  request: request(`${url}/v3/${domain}/messages.mime`),
  verdict
})

const hosts = { us: "https://api.mailgun.net", eu: "https://api.eu.mailgun.net" }

/**
 * A backend over the API of Mailgun.
 *
 * Fails with a `ConfigError` that names the option when the options cannot be.
 *
 * @example
 * ```ts
 * import { Mailgun } from "@effect-mail/backends"
 * import { Mail } from "@effect-mail/core"
 * import { FetchHttpClient } from "@effect/platform"
 * import { Effect, Redacted } from "effect"
 *
 * const program = Effect.gen(function*() {
 *   const backend = yield* Mailgun.make({ domain: "mail.example.com", apiKey: Redacted.make("key-123") })
 *   return yield* backend.sendAll([])
 * }).pipe(Effect.provide(FetchHttpClient.layer))
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  { apiKey, baseUrl, domain, region = "us", timeLimit }: Options
): Effect.Effect<Service, ConfigError.ConfigError, HttpClient.HttpClient> =>
  Effect.gen(function*() {
    yield* Settings.checkSecret("apiKey", apiKey)
    yield* Settings.checkName("domain", domain)
    const url = yield* Settings.baseUrl(baseUrl, hosts[region])
    return yield* HttpBackend.make(provider(url, domain), { credentials: apiKey, timeLimit })
  })

/**
 * Provides the backend of `make`.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (
  options: Options
): Layer.Layer<MailBackend, ConfigError.ConfigError, HttpClient.HttpClient> => Layer.effect(MailBackend, make(options))

/**
 * Provides the backend of `make` with options from configuration.
 *
 * @example
 * ```ts
 * import { Mailgun } from "@effect-mail/backends"
 * import { FetchHttpClient } from "@effect/platform"
 * import { Config, Layer } from "effect"
 *
 * const MailLive = Mailgun.layerConfig({ domain: Config.string("MAILGUN_DOMAIN"), apiKey: Config.redacted("MAILGUN_API_KEY") }).pipe(
 *   Layer.provide(FetchHttpClient.layer)
 * )
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layerConfig = (
  config: Config.Config.Wrap<Options>
): Layer.Layer<MailBackend, ConfigError.ConfigError, HttpClient.HttpClient> =>
  Layer.effect(MailBackend, Effect.flatMap(Config.unwrap(config), make))

const regionSetting = (name: string): BackendDefinition.Setting<"us" | "eu"> => ({
  name,
  option: "region",
  meaning: "where the domain is kept: `us` or `eu`",
  default: "`us`",
  parse: (text) => text === "us" || text === "eu" ? Either.right(text) : Either.left("it is not us or eu")
})

const apiKey = Settings.secret({
  name: "EMAIL_MAILGUN_API_KEY",
  option: "apiKey",
  meaning: "a key that may send",
  default: "none: it must be set"
})

const domain = Settings.text({
  name: "EMAIL_MAILGUN_DOMAIN",
  option: "domain",
  meaning: "the domain to send by",
  default: "none: it must be set"
})

const region = regionSetting("EMAIL_MAILGUN_REGION")
const query = regionSetting("region")

const form = "mailgun://key@domain"

/**
 * How configuration chooses this backend. It uses the `HttpClient` that is provided, or `fetch`.
 *
 * @since 0.1.0
 * @category configuration
 */
export const definition: BackendDefinition.BackendDefinition = BackendDefinition.make({
  name: "mailgun",
  schemes: [{ name: "mailgun", form, meaning: "a key that may send, and the domain to send by" }],
  settings: [apiKey, domain, region],
  query: [query],
  config: Effect.gen(function*() {
    const options: Options = {
      apiKey: yield* Settings.required(apiKey),
      domain: yield* Settings.required(domain),
      region: Option.getOrUndefined(yield* BackendDefinition.read(region))
    }
    return options
  }),
  fromUrl: (url): Either.Either<Options, string> =>
    Either.flatMap(Settings.readUrl(url, form, [query.name]), ({ host, query: written, user }) => {
      const options = { domain: host, apiKey: Redacted.make(user) }
      const region = written.get(query.name)
      return region === undefined
        ? Either.right(options)
        : Either.map(query.parse(region), (region) => ({ ...options, region }))
    }),
  make: (options) => Settings.withClient(make(options))
})
