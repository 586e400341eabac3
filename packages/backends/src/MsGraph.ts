/**
 * Sending by Microsoft 365 over [Microsoft Graph](https://learn.microsoft.com/graph/api/user-sendmail), in the octets that SMTP
 * would carry. Recipients are read in the header, blind copies too, which Exchange takes out.
 *
 * It cannot carry: an envelope other than the header (`ENVELOPE`, `RETURN-PATH`), local parts beyond ASCII (`SMTPUTF8`),
 * `REQUIRETLS`, and annotations (`TAGS`, `METADATA`, `SCHEDULE`, `IDEMPOTENCY`). A request may hold 4 MB (`SIZE`). Reports have
 * no `remoteId`: the answer has none.
 *
 * The official SDK asks four times where the answer is 503 or 504, which Graph gives also for mail that goes out: here one
 * request is made, and the outcome is unknown then.
 *
 * @since 0.1.0
 */
import { MailBackend, type Service } from "@effect-mail/core/MailBackend"
import type { AuthenticationError } from "@effect-mail/core/MailError"
import type * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
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
import * as Settings from "./internal/http/settings.js"

/**
 * A program that sends in the name of a tenant (OAuth 2.0, RFC 6749 section 4.4). It needs the permission `Mail.Send`.
 *
 * @since 0.1.0
 * @category models
 */
export interface ClientCredentials {
  readonly tenant: string
  readonly clientId: string
  readonly clientSecret: Redacted.Redacted
}

/**
 * - `accessToken`: a token of OAuth 2.0, or an effect that gives it: tokens expire within an hour
 * - `user`: whose mailbox it is, by its address or id; the one who signed in unless said otherwise. A program that sends in
 *   the name of a tenant must say it
 * - `baseUrl`: where the API is, for a proxy or a test; `https://graph.microsoft.com` unless said otherwise. It is https, but on this machine
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
  Either.right(HttpClientRequest.bodyText(HttpClientRequest.post(url), Base64.encode(bytes), "text/plain"))

const Failure = Schema.Struct({ error: Schema.Struct({ code: Schema.String }) })

const verdict: HttpBackend.Description<unknown>["verdict"] = (letter, answer) => {
  const { status } = answer
  // Retry-After beside a 202 changes nothing: asked again, it would send the message twice.
  if (status === 202) return HttpBackend.accepted(letter)
  if (status < 400 || status >= 500) return HttpBackend.byStatus(letter, answer)
  const code = Option.getOrUndefined(Option.map(HttpBackend.json(answer, Failure), ({ error }) => error.code))
  switch (code) {
    case "ErrorInvalidRecipients":
      return HttpBackend.rejected(letter, answer, "RCPT")
    case "ErrorSendAsDenied":
      return HttpBackend.rejected(letter, answer, "MAIL")
    case "ApplicationThrottled":
    case "ErrorExceededMessageLimit":
    case "ErrorMessageSubmissionBlocked":
    case "ErrorQuotaExceeded":
      return HttpBackend.deferred(letter, answer)
    default:
      return HttpBackend.byStatus(letter, answer)
  }
}

const provider = (url: string): HttpBackend.MimeProvider => ({
  name: "msgraph",
  takes: "mimeWithBcc",
  carries: HttpBackend.mime,
  // The request is base64: 4 MB of it are three quarters of the message.
  limits: { recipients: 500, octets: 3 * 1024 * 1024 },
  authorize: HttpBackend.bearer,
  request: request(url),
  verdict
})

/**
 * An access token of a program. It is asked for each time that the effect is run. A backend runs it once, and again
 * when the token is no longer valid, or is refused.
 *
 * Fails with an `AuthenticationError` of reason `Credentials`.
 *
 * @since 0.1.0
 * @category credentials
 */
export const accessToken = (
  { clientId, clientSecret, tenant }: ClientCredentials
): Effect.Effect<Effect.Effect<Redacted.Redacted, AuthenticationError>, never, HttpClient.HttpClient> =>
  Effect.map(
    Exchange.client,
    (client) =>
      OAuth.token(client, `https://login.microsoftonline.com/${encodeURIComponent(tenant)}/oauth2/v2.0/token`, {
        grant_type: "client_credentials",
        client_id: clientId,
        client_secret: clientSecret,
        scope: "https://graph.microsoft.com/.default"
      })
  )

/**
 * A backend over Microsoft Graph.
 *
 * Fails with a `ConfigError` that names the option when the options cannot be.
 *
 * @example
 * ```ts
 * import { MsGraph } from "@effect-mail/backends"
 * import { Mail } from "@effect-mail/core"
 * import { FetchHttpClient } from "@effect/platform"
 * import { Effect, Redacted } from "effect"
 *
 * const program = Effect.gen(function*() {
 *   const backend = yield* MsGraph.make({ accessToken: Redacted.make("eyJ.123"), user: "ada@example.com" })
 *   return yield* backend.sendAll([])
 * }).pipe(Effect.provide(FetchHttpClient.layer))
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  { accessToken, baseUrl, timeLimit, user }: Options
): Effect.Effect<Service, ConfigError.ConfigError, HttpClient.HttpClient> =>
  Effect.gen(function*() {
    yield* Settings.checkSecret("accessToken", accessToken)
    if (user !== undefined) yield* Settings.checkName("user", user)
    const url = yield* Settings.baseUrl(baseUrl, "https://graph.microsoft.com")
    const mailbox = user === undefined ? "me" : `users/${user}`
    return yield* HttpBackend.make(provider(`${url}/v1.0/${mailbox}/sendMail`), { credentials: accessToken, timeLimit })
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
 * import { MsGraph } from "@effect-mail/backends"
 * import { FetchHttpClient } from "@effect/platform"
 * import { Config, Layer } from "effect"
 *
 * const MailLive = MsGraph.layerConfig({ accessToken: Config.redacted("GRAPH_ACCESS_TOKEN") }).pipe(
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

const tenant = Settings.text({
  name: "EMAIL_MSGRAPH_TENANT",
  option: "tenant",
  meaning: "the tenant, by its id or domain",
  default: "none: it must be set"
})

const clientId = Settings.text({
  name: "EMAIL_MSGRAPH_CLIENT_ID",
  option: "clientId",
  meaning: "the id of the program at Microsoft",
  default: "none: it must be set"
})

const clientSecret = Settings.secret({
  name: "EMAIL_MSGRAPH_CLIENT_SECRET",
  option: "clientSecret",
  meaning: "its secret",
  default: "none: it must be set"
})

const user = Settings.text({
  name: "EMAIL_MSGRAPH_USER",
  option: "user",
  meaning: "whose mailbox it is, by its address or id",
  default: "none: it must be set"
})

const query = Settings.text({ ...user, name: "user" })

const form = "msgraph://id:secret@tenant?user=address"

type Program = ClientCredentials & { readonly user: string }

const byProgram = (options: Program) =>
  Effect.flatMap(accessToken(options), (accessToken) => make({ accessToken, user: options.user }))

/**
 * How configuration chooses this backend. It uses the `HttpClient` that is provided, or `fetch`.
 *
 * @since 0.1.0
 * @category configuration
 */
export const definition: BackendDefinition.BackendDefinition = BackendDefinition.make({
  name: "msgraph",
  schemes: [{
    name: "msgraph",
    form,
    meaning: "the program's id and secret at Microsoft, the tenant, and the mailbox"
  }],
  settings: [tenant, clientId, clientSecret, user],
  query: [query],
  config: Effect.gen(function*() {
    return {
      tenant: yield* Settings.required(tenant),
      clientId: yield* Settings.required(clientId),
      clientSecret: yield* Settings.required(clientSecret),
      user: yield* Settings.required(user)
    }
  }),
  fromUrl: (url): Either.Either<Program, string> =>
    Either.flatMap(Settings.readUrl(url, form, [query.name]), ({ host, password, query: written, user }) => {
      const mailbox = written.get(query.name) ?? ""
      return password === "" || mailbox === ""
        ? Either.left(`it is not ${form}`)
        : Either.right({ tenant: host, clientId: user, clientSecret: Redacted.make(password), user: mailbox })
    }),
  make: (options) => Settings.withClient(byProgram(options))
})
