/**
 * Sending by [Gmail](https://developers.google.com/gmail/api) over HTTP, in the octets that SMTP would carry. Recipients are
 * read in the header, blind copies too, which Gmail takes out.
 *
 * It cannot carry: an envelope other than the header (`ENVELOPE`, `RETURN-PATH`), local parts beyond ASCII (`SMTPUTF8`),
 * `REQUIRETLS`, and annotations (`TAGS`, `METADATA`, `SCHEDULE`, `IDEMPOTENCY`).
 *
 * @since 0.1.0
 */
import { MailBackend, type Service } from "@effect-mail/core/MailBackend"
import type { AuthenticationError } from "@effect-mail/core/MailError"
import type * as HttpClient from "@effect/platform/HttpClient"
import * as Config from "effect/Config"
import type * as ConfigError from "effect/ConfigError"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as BackendDefinition from "./BackendDefinition.js"
import * as HttpBackend from "./HttpBackend.js"
import * as Exchange from "./internal/http/exchange/exchange.js"
import * as OAuth from "./internal/http/exchange/oauth.js"
import * as Base64 from "./internal/http/request/base64.js"
import * as Structured from "./internal/http/request/structured.js"
import * as Settings from "./internal/http/settings.js"

/**
 * What Google gives an access token for, again and again (OAuth 2.0, RFC 6749 section 6).
 *
 * @since 0.1.0
 * @category models
 */
export interface RefreshToken {
  readonly clientId: string
  readonly clientSecret: Redacted.Redacted
  readonly refreshToken: Redacted.Redacted
}

/**
 * - `accessToken`: a token of OAuth 2.0 with the scope `gmail.send`, or an effect that gives it: tokens expire within an hour
 * - `user`: whose mailbox it is; `me`, the one of the token, unless said otherwise
 * - `baseUrl`: where the API is, for a proxy or a test; `https://gmail.googleapis.com` unless said otherwise. It is https, but on this machine
 * - `timeLimit`: for one message as a whole; one minute unless said otherwise
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  readonly accessToken: HttpBackend.Credentials
  readonly user?: string | undefined
  readonly baseUrl?: string | URL | undefined
  readonly timeLimit?: Duration.DurationInput | undefined
}

const request = (url: string) => ({ bytes }: HttpBackend.MimeLetter) =>
  Either.right(Structured.post(url, { raw: Base64.encodeUrl(bytes) }))

const Failure = Schema.Struct({
  error: Schema.Struct({
    message: Schema.optionalWith(Schema.String, { default: () => "" }),
    errors: Schema.optionalWith(
      Schema.Array(Schema.Struct({ reason: Schema.optionalWith(Schema.String, { default: () => "" }) })),
      { default: () => [] }
    )
  })
})

const quotas = new Set(["rateLimitExceeded", "userRateLimitExceeded", "dailyLimitExceeded", "quotaExceeded"])

const verdict: HttpBackend.Description<unknown>["verdict"] = (letter, answer) => {
  const { status } = answer
  if (status === 200) return HttpBackend.named(letter, answer, "id", "status")
  const failure = Option.getOrUndefined(HttpBackend.json(answer, Failure))?.error
  if (status === 403 && failure?.errors.some(({ reason }) => quotas.has(reason)) === true) {
    return HttpBackend.deferred(letter, answer)
  }
  if (status === 400 && /^(?:Invalid (?:To|Cc|Bcc) header|Recipient address required)/.test(failure?.message ?? "")) {
    return HttpBackend.rejected(letter, answer, "RCPT")
  }
  return HttpBackend.byStatus(letter, answer)
}

const provider = (url: string): HttpBackend.MimeProvider => ({
  name: "gmail",
  takes: "mimeWithBcc",
  carries: HttpBackend.mime,
  limits: { recipients: 500, octets: 25 * 1024 * 1024 },
  authorize: HttpBackend.bearer,
  request: request(url),
  verdict
})

/**
 * An access token by a refresh token. It is asked for each time that the effect is run. A backend runs it once, and again
 * when the token is no longer valid, or is refused.
 *
 * Fails with an `AuthenticationError` of reason `Credentials`.
 *
 * @since 0.1.0
 * @category credentials
 */
export const accessToken = (
  { clientId, clientSecret, refreshToken }: RefreshToken
): Effect.Effect<Effect.Effect<Redacted.Redacted, AuthenticationError>, never, HttpClient.HttpClient> =>
  Effect.map(Exchange.client, (client) =>
    OAuth.token(client, "https://oauth2.googleapis.com/token", {
      grant_type: "refresh_token",
      client_id: clientId,
      client_secret: clientSecret,
      refresh_token: refreshToken
    }))

/**
 * A backend over the API of Gmail.
 *
 * Fails with a `ConfigError` that names the option when the options cannot be.
 *
 * @example
 * ```ts
 * import { Gmail } from "@effect-mail/backends"
 * import { Mail } from "@effect-mail/core"
 * import { FetchHttpClient } from "@effect/platform"
 * import { Effect, Redacted } from "effect"
 *
 * const program = Effect.gen(function*() {
 *   const backend = yield* Gmail.make({ accessToken: Redacted.make("ya29.123") })
 *   return yield* backend.sendAll([])
 * }).pipe(Effect.provide(FetchHttpClient.layer))
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  { accessToken, baseUrl, timeLimit, user = "me" }: Options
): Effect.Effect<Service, ConfigError.ConfigError, HttpClient.HttpClient> =>
  Effect.gen(function*() {
    yield* Settings.checkSecret("accessToken", accessToken)
    yield* Settings.checkName("user", user)
    const url = yield* Settings.baseUrl(baseUrl, "https://gmail.googleapis.com")
    return yield* HttpBackend.make(provider(`${url}/gmail/v1/users/${user}/messages/send`), {
      credentials: accessToken,
      timeLimit
    })
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
 * import { Gmail } from "@effect-mail/backends"
 * import { FetchHttpClient } from "@effect/platform"
 * import { Config, Layer } from "effect"
 *
 * const MailLive = Gmail.layerConfig({ accessToken: Config.redacted("GMAIL_ACCESS_TOKEN") }).pipe(
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

const clientId = Settings.text({
  name: "EMAIL_GMAIL_CLIENT_ID",
  option: "clientId",
  meaning: "the id of the program at Google",
  default: "none: it must be set"
})

const clientSecret = Settings.secret({
  name: "EMAIL_GMAIL_CLIENT_SECRET",
  option: "clientSecret",
  meaning: "its secret",
  default: "none: it must be set"
})

const refreshToken = Settings.secret({
  name: "EMAIL_GMAIL_REFRESH_TOKEN",
  option: "refreshToken",
  meaning: "the refresh token of the mailbox",
  default: "none: it must be set"
})

const query = Settings.secret({ ...refreshToken, name: "refreshToken" })

const form = "gmail://id:secret@default?refreshToken=token"

const byRefreshToken = (options: RefreshToken) =>
  Effect.flatMap(accessToken(options), (accessToken) => make({ accessToken }))

/**
 * How configuration chooses this backend. It uses the `HttpClient` that is provided, or `fetch`.
 *
 * @since 0.1.0
 * @category configuration
 */
export const definition: BackendDefinition.BackendDefinition = BackendDefinition.make({
  name: "gmail",
  schemes: [{ name: "gmail", form, meaning: "the program's id and secret at Google, and a refresh token" }],
  settings: [clientId, clientSecret, refreshToken],
  query: [query],
  config: Effect.gen(function*() {
    return {
      clientId: yield* Settings.required(clientId),
      clientSecret: yield* Settings.required(clientSecret),
      refreshToken: yield* Settings.required(refreshToken)
    }
  }),
  fromUrl: (url): Either.Either<RefreshToken, string> =>
    Either.flatMap(Settings.readUrl(url, form, [query.name]), ({ host, password, query: written, user }) => {
      const token = written.get(query.name) ?? ""
      return host !== "default" || password === "" || token === ""
        ? Either.left(`it is not ${form}`)
        : Either.right({ clientId: user, clientSecret: Redacted.make(password), refreshToken: Redacted.make(token) })
    }),
  make: (options) => Settings.withClient(byRefreshToken(options))
})
