/**
 * Sending by [Brevo](https://www.brevo.com) over HTTP.
 *
 * It cannot carry: a message without html (`HTML`), an envelope other than the header (`ENVELOPE`, `RETURN-PATH`), stored and
 * signed messages (`MIME`), local parts beyond ASCII (`SMTPUTF8`), `REQUIRETLS`, forms of the body beside text and html
 * (`ALTERNATIVES`), inline files (`INLINE`), several addresses to reply to (`REPLY-TO`), fields that appear several times or
 * are not ASCII (`HEADERS`), and files but of certain extensions, whose type follows from their name (`ATTACHMENT-TYPE`). Date
 * and Message-ID of what it sends are its own. Metadata becomes a header field, `X-Mailin-custom`, which recipients can see.
 *
 * An idempotency key is sent where the message has one. Brevo documents that it must be a UUID, and keeps it for 15 minutes:
 * within them an outcome that is unknown can be repeated.
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
 * - `apiKey`: the key of the account, or an effect that gives it
 * - `baseUrl`: where the API is, for a proxy or a test; `https://api.brevo.com/v3` unless said otherwise. It is https, but on this machine
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

const extensions = new Set(
  ("xlsx xls ods docx docm doc csv pdf txt gif jpg jpeg png tif tiff rtf bmp cgm css shtml html htm zip xml ppt pptx tar ez "
    + "ics mobi msg pub eps odt mp3 m4a m4v wma ogg flac wav aif aifc aiff mp4 mov avi mkv mpeg mpg wmv pkpass xlsm")
    .split(" ")
)

/** Names that mean something to Brevo. */
const reserved = new Set(["x-mailin-custom", "idempotencykey", "idempotency-key"])

/** JSON in ASCII, as a header field has to be. */
const asciiJson = (value: unknown): string =>
  JSON.stringify(value).replace(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)

const headersOf = ({ annotations: { metadata = {} }, headers, idempotencyKey }: HttpBackend.Letter) => {
  if (!headers.every(([name, value]) => Structured.isAscii(name) && Structured.isAscii(value))) {
    return Structured.lacks("HEADERS", "a field that is not ASCII cannot be said")
  }
  if (headers.some(([name]) => reserved.has(name.toLowerCase()))) {
    return Structured.lacks("HEADERS", "a field has a name that means something else to Brevo")
  }
  return Either.map(Structured.onceEach(headers), (fields = {}) => {
    const all = Structured.object({
      ...fields,
      "X-Mailin-custom": Object.keys(metadata).length === 0 ? undefined : asciiJson(metadata),
      idempotencyKey
    })
    return Object.keys(all).length === 0 ? undefined : all
  })
}

const request = (url: string) => (letter: HttpBackend.Letter) =>
  Effect.gen(function*() {
    const { annotations: { sendAt, tags = [] }, attachments, bcc, cc, from, html, replyTo, subject, text, to } = letter
    if (!attachments.every((attachment) => extensions.has(Structured.extensionOf(Structured.nameOf(attachment))))) {
      return yield* Structured.lacks("ATTACHMENT-TYPE", "Brevo does not take a file with this extension")
    }
    const headers = yield* headersOf(letter)
    const files = yield* Structured.files(attachments)
    return Structured.post(
      `${url}/smtp/email`,
      Structured.object({
        sender: Structured.person(from),
        to: Structured.some(to.map(Structured.person)),
        cc: Structured.some(cc.map(Structured.person)),
        bcc: Structured.some(bcc.map(Structured.person)),
        replyTo: replyTo.map(Structured.person)[0],
        subject,
        textContent: text,
        htmlContent: html,
        headers,
        tags: Structured.some(tags),
        attachment: Structured.some(files.map(({ content, name }) => ({ name, content }))),
        scheduledAt: sendAt === undefined ? undefined : DateTime.formatIso(sendAt)
      })
    )
  })

const Failure = Schema.Struct({ code: Schema.String })

const verdict: HttpBackend.Description<unknown>["verdict"] = (letter, answer) => {
  const { status } = answer
  if (status === 201 || status === 202) return HttpBackend.named(letter, answer, "messageId", "status")
  const code = Option.getOrUndefined(Option.map(HttpBackend.json(answer, Failure), ({ code }) => code))
  return status < 500 && (code === "not_enough_credits" || code === "too_many_requests")
    ? HttpBackend.deferred(letter, answer)
    : HttpBackend.byStatus(letter, answer)
}

const keyed: Keyed.Keyed = {
  name: "brevo",
  host: "api.brevo.com",
  path: "/v3",
  takes: "fields",
  carries: ["HEADERS", "TAGS", "METADATA", "SCHEDULE", "IDEMPOTENCY"],
  limits: { recipients: 99, octets: 20 * 1024 * 1024 },
  idempotency: { window: "15 minutes", keys: "given" },
  authorize: HttpBackend.header("api-key"),
  request,
  verdict
}

/**
 * A backend over the API of Brevo.
 *
 * Fails with a `ConfigError` that names the option when the options cannot be.
 *
 * @example
 * ```ts
 * import { Brevo } from "@effect-mail/backends"
 * import { Mail } from "@effect-mail/core"
 * import { FetchHttpClient } from "@effect/platform"
 * import { Effect, Redacted } from "effect"
 *
 * const program = Effect.gen(function*() {
 *   const backend = yield* Brevo.make({ apiKey: Redacted.make("xkeysib-123") })
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
 * import { Brevo } from "@effect-mail/backends"
 * import { FetchHttpClient } from "@effect/platform"
 * import { Config, Layer } from "effect"
 *
 * const MailLive = Brevo.layerConfig({ apiKey: Config.redacted("BREVO_API_KEY") }).pipe(
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
