/**
 * Sending by [SendGrid](https://sendgrid.com) over HTTP.
 *
 * It cannot carry: an envelope other than the header (`ENVELOPE`, `RETURN-PATH`), stored and signed messages (`MIME`), local
 * parts beyond ASCII (`SMTPUTF8`), `REQUIRETLS`, an idempotency key, a field that appears several times (`HEADERS`), and text
 * files in another charset than UTF-8 (`ATTACHMENT-TYPE`). Date and Message-ID of what it sends are its own.
 *
 * @since 0.1.0
 */
import { MailBackend, type Service } from "@effect-mail/core/MailBackend"
import type * as HttpClient from "@effect/platform/HttpClient"
import * as Config from "effect/Config"
import type * as ConfigError from "effect/ConfigError"
import * as DateTime from "effect/DateTime"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { BackendDefinition } from "./BackendDefinition.js"
import * as HttpBackend from "./HttpBackend.js"
import * as Structured from "./internal/http/request/structured.js"
import * as Keyed from "./internal/provider/keyed.js"

/**
 * - `apiKey`: a key that may send, or an effect that gives it
 * - `baseUrl`: where the API is, for a proxy or a test; `https://api.sendgrid.com` unless said otherwise. It is https, but on this machine
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

/** The API wants a type without parameters, and takes text for UTF-8. */
const hasOtherCharset = (contentType: string): boolean =>
  /;\s*charset=/i.test(contentType) && !/;\s*charset="?(?:utf-8|us-ascii)"?\s*(?:;|$)/i.test(contentType)

const forms = ({ alternatives, html, text }: HttpBackend.Letter) =>
  Either.map(
    Either.all(alternatives.map(({ content, contentType }) =>
      typeof content === "string"
        ? Either.right({ type: contentType, value: content })
        : Structured.lacks("ALTERNATIVES", "a form of the body that is no text cannot be said")
    )),
    (others) => [
      ...Option.toArray(Option.map(text, (value) => ({ type: "text/plain", value }))),
      ...Option.toArray(Option.map(html, (value) => ({ type: "text/html", value }))),
      ...others
    ]
  )

const request = (url: string) => (letter: HttpBackend.Letter) =>
  Effect.gen(function*() {
    const { annotations: { metadata, sendAt, tags = [] }, attachments, bcc, cc, from, headers, replyTo, subject, to } =
      letter
    if (attachments.some(({ contentType }) => hasOtherCharset(contentType))) {
      return yield* Structured.lacks("ATTACHMENT-TYPE", "the charset of a file cannot be said")
    }
    const content = yield* forms(letter)
    const files = yield* Structured.files(attachments)
    const replies = replyTo.map(Structured.person)
    return Structured.post(
      `${url}/v3/mail/send`,
      Structured.object({
        from: Structured.person(from),
        subject,
        personalizations: [
          Structured.object({
            to: Structured.some(to.map(Structured.person)),
            cc: Structured.some(cc.map(Structured.person)),
            bcc: Structured.some(bcc.map(Structured.person))
          })
        ],
        content: Structured.some(content),
        attachments: Structured.some(files.map(({ content, contentId, essence, isInline, name }) =>
          Structured.object({
            content,
            filename: name,
            type: essence,
            disposition: isInline ? "inline" : "attachment",
            content_id: contentId
          })
        )),
        headers: yield* Structured.onceEach(headers),
        ...replies.length === 1 ? { reply_to: replies[0] } : { reply_to_list: Structured.some(replies) },
        categories: Structured.some(tags),
        custom_args: metadata === undefined || Object.keys(metadata).length === 0 ? undefined : metadata,
        send_at: sendAt === undefined ? undefined : Math.floor(DateTime.toEpochMillis(sendAt) / 1000)
      })
    )
  })

const Failure = Schema.Struct({
  errors: Schema.Array(Schema.Struct({ message: Schema.String, field: Schema.optional(Schema.NullOr(Schema.String)) }))
})

const verdict: HttpBackend.Description<unknown>["verdict"] = (letter, answer) => {
  const { headers, status } = answer
  if (status === 202) return HttpBackend.accepted(letter, headers["x-message-id"])
  const errors = Option.match(HttpBackend.json(answer, Failure), { onNone: () => [], onSome: ({ errors }) => errors })
  const isAbout = (field: RegExp) => errors.some((error) => field.test(error.field ?? ""))
  if (status === 401 && errors.some(({ message }) => /credits exceeded/i.test(message))) {
    return HttpBackend.deferred(letter, answer)
  }
  if (status === 403 || status === 400) {
    if (isAbout(/^from\b/)) return HttpBackend.rejected(letter, answer, "MAIL")
    if (isAbout(/^personalizations\.\d+\.(?:to|cc|bcc)\b/)) return HttpBackend.rejected(letter, answer, "RCPT")
  }
  return HttpBackend.byStatus(letter, answer)
}

const keyed: Keyed.Keyed = {
  name: "sendgrid",
  host: "api.sendgrid.com",
  takes: "fields",
  carries: [
    "HTML",
    "HEADERS",
    "REPLY-TO",
    "ALTERNATIVES",
    "INLINE",
    "ATTACHMENT-TYPE",
    "TAGS",
    "METADATA",
    "SCHEDULE"
  ],
  limits: { recipients: 1000, octets: 30 * 1024 * 1024 },
  authorize: HttpBackend.bearer,
  request,
  verdict
}

/**
 * A backend over the API of SendGrid.
 *
 * Fails with a `ConfigError` that names the option when the options cannot be.
 *
 * @example
 * ```ts
 * import { SendGrid } from "@effect-mail/backends"
 * import { Mail } from "@effect-mail/core"
 * import { FetchHttpClient } from "@effect/platform"
 * import { Effect, Redacted } from "effect"
 *
 * const program = Effect.gen(function*() {
 *   const backend = yield* SendGrid.make({ apiKey: Redacted.make("SG.123") })
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
 * import { SendGrid } from "@effect-mail/backends"
 * import { FetchHttpClient } from "@effect/platform"
 * import { Config, Layer } from "effect"
 *
 * const MailLive = SendGrid.layerConfig({ apiKey: Config.redacted("SENDGRID_API_KEY") }).pipe(
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
