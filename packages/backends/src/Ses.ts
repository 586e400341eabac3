/**
 * Sending by [Amazon SES](https://aws.amazon.com/ses/) over its API (v2), in the octets that SMTP would carry: every
 * feature of a message goes through, stored and signed messages too, to just the recipients of the envelope.
 *
 * It cannot carry: a return path (`RETURN-PATH`; bounces go where the identity's settings say), local parts beyond ASCII
 * (`SMTPUTF8`), `REQUIRETLS`, `sendAt`, an idempotency key, more than one tag, and tags and metadata with other characters than
 * letters, digits and `_ . @ -`. SES puts a Date and a Message-ID of its own in place of the message's.
 *
 * A request is made once. The official SDK makes three of one message where an answer is lost, and SES takes no idempotency
 * key, so that each of them may be delivered.
 *
 * @since 0.1.0
 */
import { MailBackend, type Service } from "@effect-mail/core/MailBackend"
import type * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { AwsV4Signer } from "aws4fetch"
import * as Clock from "effect/Clock"
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
import * as Base64 from "./internal/http/request/base64.js"
import * as Structured from "./internal/http/request/structured.js"
import * as Settings from "./internal/http/settings.js"

/**
 * Keys of AWS. Those of a role have a session token, and expire.
 *
 * @since 0.1.0
 * @category models
 */
export interface Keys {
  readonly accessKeyId: string
  readonly secretAccessKey: Redacted.Redacted
  readonly sessionToken?: Redacted.Redacted | undefined
}

/**
 * - `region`: of AWS, such as `eu-central-1`
 * - `credentials`: keys of AWS, or an effect that gives them
 * - `configurationSetName`: the configuration set to send by; that of the identity unless said otherwise
 * - `baseUrl`: where the API is, for a proxy or a test; `https://email.REGION.amazonaws.com` unless said otherwise. It is https, but on this machine
 * - `timeLimit`: for one message as a whole; one minute unless said otherwise
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  readonly region: string
  readonly credentials: HttpBackend.Credentials<Keys>
  readonly configurationSetName?: string | undefined
  readonly baseUrl?: string | URL | undefined
  readonly timeLimit?: Duration.DurationInput | undefined
}

const request = (url: string, ConfigurationSetName: string | undefined) => (letter: HttpBackend.MimeLetter) =>
  Either.map(Structured.pairs(letter, /^[\w.@-]{1,256}$/), (pairs) =>
    Structured.post(
      `${url}/v2/email/outbound-emails`,
      Structured.object({
        Content: { Raw: { Data: Base64.encode(letter.bytes) } },
        Destination: { ToAddresses: letter.envelope.to },
        EmailTags: Structured.some(pairs.map(({ name, value }) => ({ Name: name, Value: value }))),
        ConfigurationSetName
      })
    ))

/** Signature Version 4 of AWS, at the time of `Clock`. */
const sign =
  (region: string): HttpBackend.Authorize<Keys> => (request, { accessKeyId, secretAccessKey, sessionToken }) =>
    Effect.flatMap(Clock.currentTimeMillis, (now) => {
      const signer = new AwsV4Signer({
        method: request.method,
        url: request.url,
        headers: { "content-type": "application/json" },
        body: request.body._tag === "Uint8Array" ? new Uint8Array(request.body.body) : null,
        accessKeyId,
        secretAccessKey: Redacted.value(secretAccessKey),
        ...sessionToken === undefined ? {} : { sessionToken: Redacted.value(sessionToken) },
        service: "ses",
        region,
        // The media type, too, as AWS demands.
        allHeaders: true,
        datetime: new Date(now).toISOString().replace(/[:-]|\.\d{3}/g, "")
      })
      return Effect.map(
        Effect.promise(() => signer.sign()),
        ({ headers }) => HttpClientRequest.setHeaders(request, headers)
      )
    })

const Failure = Schema.Struct({ __type: Schema.String })

/** The name of the error, without the namespace in front and the link behind. */
const typeOf = (answer: HttpBackend.Answer): string => {
  const written = answer.headers["x-amzn-errortype"] ??
    Option.match(HttpBackend.json(answer, Failure), { onNone: () => "", onSome: ({ __type }) => __type })
  return (written.split(":", 1)[0] ?? "").replace(/^.*#/, "").replace(/Exception$/, "")
}

const verdict: HttpBackend.Description<unknown>["verdict"] = (letter, answer) => {
  if (answer.status === 200) return HttpBackend.named(letter, answer, "MessageId", "status")
  if (answer.status < 400 || answer.status >= 500) return HttpBackend.byStatus(letter, answer)
  switch (typeOf(answer)) {
    case "MessageRejected":
    case "AccountSuspended":
    case "SendingPaused":
    case "BadRequest":
    case "NotFound":
      return HttpBackend.rejected(letter, answer)
    case "MailFromDomainNotVerified":
      return HttpBackend.rejected(letter, answer, "MAIL")
    case "LimitExceeded":
    case "Throttling":
    case "TooManyRequests":
      return HttpBackend.deferred(letter, answer)
    case "AccessDenied":
    case "ExpiredToken":
    case "IncompleteSignature":
    case "InvalidClientTokenId":
    case "InvalidSignature":
    case "MissingAuthenticationToken":
    case "SignatureDoesNotMatch":
    case "UnrecognizedClient":
      return HttpBackend.unauthorized(answer)
    default:
      return HttpBackend.byStatus(letter, answer)
  }
}

const provider = (
  url: string,
  region: string,
  configurationSetName: string | undefined
): HttpBackend.MimeProvider<Keys> => ({
  name: "ses",
  takes: "mime",
  carries: [...HttpBackend.mime, "ENVELOPE", "TAGS", "METADATA"],
  limits: { recipients: 50, octets: 40 * 1000 * 1000 },
  authorize: sign(region),
  request: request(url, configurationSetName),
  verdict
})

const checkKeys = (credentials: HttpBackend.Credentials<Keys>) =>
  Effect.isEffect(credentials)
    ? Either.void
    : Either.flatMap(
      Settings.checkSecret("credentials.accessKeyId", Redacted.make(credentials.accessKeyId)),
      () =>
        Either.flatMap(Settings.checkSecret("credentials.secretAccessKey", credentials.secretAccessKey), () =>
          Settings.checkSecret("credentials.sessionToken", credentials.sessionToken))
    )

/**
 * A backend over the API of Amazon SES.
 *
 * Fails with a `ConfigError` that names the option when the options cannot be.
 *
 * @example
 * ```ts
 * import { Ses } from "@effect-mail/backends"
 * import { Mail } from "@effect-mail/core"
 * import { FetchHttpClient } from "@effect/platform"
 * import { Effect, Redacted } from "effect"
 *
 * const program = Effect.gen(function*() {
 *   const backend = yield* Ses.make({
 *     region: "eu-central-1",
 *     credentials: { accessKeyId: "AKIA123", secretAccessKey: Redacted.make("secret") }
 *   })
 *   return yield* backend.sendAll([])
 * }).pipe(Effect.provide(FetchHttpClient.layer))
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  { baseUrl, configurationSetName, credentials, region, timeLimit }: Options
): Effect.Effect<Service, ConfigError.ConfigError, HttpClient.HttpClient> =>
  Effect.gen(function*() {
    yield* Settings.checkName("region", region)
    yield* checkKeys(credentials)
    const url = yield* Settings.baseUrl(baseUrl, `https://email.${region}.amazonaws.com`)
    return yield* HttpBackend.make(provider(url, region, configurationSetName), { credentials, timeLimit })
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
 * import { Ses } from "@effect-mail/backends"
 * import { FetchHttpClient } from "@effect/platform"
 * import { Config, Layer } from "effect"
 *
 * const MailLive = Ses.layerConfig({
 *   region: Config.string("AWS_REGION"),
 *   credentials: Config.all({
 *     accessKeyId: Config.string("AWS_ACCESS_KEY_ID"),
 *     secretAccessKey: Config.redacted("AWS_SECRET_ACCESS_KEY")
 *   })
 * }).pipe(
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

const regionOf = Settings.text({
  name: "AWS_REGION",
  option: "region",
  meaning: "the region, such as `eu-central-1`",
  default: "none: it must be set"
})

const accessKeyId = Settings.text({
  name: "AWS_ACCESS_KEY_ID",
  option: "credentials.accessKeyId",
  meaning: "the id of the key",
  default: "none: it must be set"
})

const secretAccessKey = Settings.secret({
  name: "AWS_SECRET_ACCESS_KEY",
  option: "credentials.secretAccessKey",
  meaning: "the key",
  default: "none: it must be set"
})

const sessionToken = Settings.secret({
  name: "AWS_SESSION_TOKEN",
  option: "credentials.sessionToken",
  meaning: "the token of a role's key",
  default: "none"
})

const form = "ses://id:key@region"

/**
 * How configuration chooses this backend. It uses the `HttpClient` that is provided, or `fetch`.
 *
 * @since 0.1.0
 * @category configuration
 */
export const definition: BackendDefinition.BackendDefinition = BackendDefinition.make({
  name: "ses",
  schemes: [{ name: "ses", form, meaning: "the id of a key of AWS, the key, and the region" }],
  settings: [regionOf, accessKeyId, secretAccessKey, sessionToken],
  config: Effect.gen(function*() {
    const options: Options = {
      region: yield* Settings.required(regionOf),
      credentials: {
        accessKeyId: yield* Settings.required(accessKeyId),
        secretAccessKey: yield* Settings.required(secretAccessKey),
        sessionToken: Option.getOrUndefined(yield* BackendDefinition.read(sessionToken))
      }
    }
    return options
  }),
  fromUrl: (url): Either.Either<Options, string> =>
    Either.map(Settings.readUrl(url, form), ({ host, password, user }) => ({
      region: host,
      credentials: { accessKeyId: user, secretAccessKey: Redacted.make(password) }
    })),
  make: (options) => Settings.withClient(make(options))
})
