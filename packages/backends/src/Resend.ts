/**
 * Sending by [Resend](https://resend.com) over HTTP.
 *
 * It cannot carry: an envelope other than the header (`ENVELOPE`, `RETURN-PATH`), stored and signed messages (`MIME`), local
 * parts beyond ASCII (`SMTPUTF8`), `REQUIRETLS`, forms of the body beside text and html (`ALTERNATIVES`), files whose type
 * does not follow from their name (`ATTACHMENT-TYPE`), a field that appears several times (`HEADERS`), more than one tag, tags
 * and metadata with other characters than letters, digits, `_` and `-`, and files of a scheduled message (`SCHEDULE`). Date
 * and Message-ID of what it sends are its own.
 *
 * Every request has an idempotency key, the message's own or one made of its Message-ID and envelope, so that an outcome
 * that is unknown can be repeated within 24 hours.
 *
 * @since 0.1.0
 */
import * as Address from "@effect-mail/core/Address"
import { MailBackend, type Service } from "@effect-mail/core/MailBackend"
import type * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Config from "effect/Config"
import type * as ConfigError from "effect/ConfigError"
import * as DateTime from "effect/DateTime"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { BackendDefinition } from "./BackendDefinition.js"
import * as HttpBackend from "./HttpBackend.js"
import * as Structured from "./internal/http/request/structured.js"
import * as Keyed from "./internal/provider/keyed.js"

/**
 * - `apiKey`: the key of the account, or an effect that gives it
 * - `baseUrl`: where the API is, for a proxy or a test; `https://api.resend.com` unless said otherwise. It is https, but on this machine
 * - `timeLimit`: for one message as a whole; one minute unless said otherwise
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  readonly apiKey: HttpBackend.Credentials
  readonly baseUrl?: string | URL | undefined
  readonly timeLimit?: Duration.DurationInput | undefined
}

const request = (url: string) => (letter: HttpBackend.Letter) =>
  Effect.gen(function*() {
    const { annotations: { sendAt }, attachments, bcc, cc, from, headers, html, replyTo, subject, text, to } = letter
    yield* Structured.inlineByContentId(attachments)
    if (sendAt !== undefined && attachments.length > 0) {
      return yield* Structured.lacks("SCHEDULE", "a scheduled message may have no attachments")
    }
    const tags = yield* Structured.pairs(letter, /^[\w-]{1,256}$/)
    const files = yield* Structured.files(attachments)
    const post = Structured.post(
      `${url}/emails`,
      Structured.object({
        from: Address.format(from),
        to: to.map(Address.format),
        cc: Structured.some(cc.map(Address.format)),
        bcc: Structured.some(bcc.map(Address.format)),
        reply_to: Structured.some(replyTo.map(Address.format)),
        subject,
        text,
        html,
        headers: yield* Structured.onceEach(headers),
        attachments: Structured.some(files.map(({ content, contentId, name, type }) =>
          Structured.object({ filename: name, content, content_type: type, content_id: contentId })
        )),
        tags: Structured.some(tags),
        scheduled_at: sendAt === undefined ? undefined : DateTime.formatIso(sendAt)
      })
    )
    return Option.match(letter.idempotencyKey, {
      onNone: () =>
        post,
      onSome: (key) => HttpClientRequest.setHeader(post, "idempotency-key", key)
    })
  })

const Failure = Schema.Struct({ name: Schema.String })

const verdict: HttpBackend.Description<unknown>["verdict"] = (letter, answer) => {
  if (answer.status === 200) return HttpBackend.named(letter, answer, "id", "status")
  const name = Option.getOrUndefined(Option.map(HttpBackend.json(answer, Failure), ({ name }) => name))
  switch (name) {
    case "validation_error":
      return answer.status < 500 ? HttpBackend.rejected(letter, answer) : HttpBackend.unknown(letter, answer)
    case "invalid_from_address":
      return HttpBackend.rejected(letter, answer, "MAIL")
    case "concurrent_idempotent_requests":
      return HttpBackend.unknown(letter, answer)
    case "daily_quota_exceeded":
    case "monthly_quota_exceeded":
    case "rate_limit_exceeded":
      return HttpBackend.deferred(letter, answer)
    default:
      return HttpBackend.byStatus(letter, answer)
  }
}

const keyed: Keyed.Keyed = {
  name: "resend",
  host: "api.resend.com",
  takes: "fields",
  carries: ["HTML", "HEADERS", "REPLY-TO", "INLINE", "TAGS", "METADATA", "SCHEDULE", "IDEMPOTENCY"],
  limits: { recipients: 50, octets: 40 * 1024 * 1024 },
  idempotency: { window: "24 hours", keys: "always" },
  authorize: HttpBackend.bearer,
  request,
  verdict
}

/**
 * A backend over the API of Resend.
 *
 * Fails with a `ConfigError` that names the option when the options cannot be.
 *
 * @example
 * ```ts
 * import { Resend } from "@effect-mail/backends"
 * import { Mail } from "@effect-mail/core"
 * import { FetchHttpClient } from "@effect/platform"
 * import { Effect, Redacted } from "effect"
 *
 * const program = Effect.gen(function*() {
 *   const backend = yield* Resend.make({ apiKey: Redacted.make("re_123") })
 *   return yield* backend.sendAll([])
 * }).pipe(Effect.provide(FetchHttpClient.layer))
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const make: (
  options: Options
) => Effect.Effect<Service, ConfigError.ConfigError, HttpClient.HttpClient> = Keyed.make(keyed)

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
 * import { Resend } from "@effect-mail/backends"
 * import { FetchHttpClient } from "@effect/platform"
 * import { Config, Layer } from "effect"
 *
 * const MailLive = Resend.layerConfig({ apiKey: Config.redacted("RESEND_API_KEY") }).pipe(
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

/**
 * How configuration chooses this backend. It uses the `HttpClient` that is provided, or `fetch`.
 *
 * @since 0.1.0
 * @category configuration
 */
export const definition: BackendDefinition = Keyed.definition(keyed)
