/**
 * Sending by [Postmark](https://postmarkapp.com) over HTTP.
 *
 * It cannot carry: an envelope other than the header (`ENVELOPE`, `RETURN-PATH`), stored and signed messages (`MIME`), local
 * parts beyond ASCII (`SMTPUTF8`), `REQUIRETLS`, forms of the body beside text and html (`ALTERNATIVES`), `sendAt`, an
 * idempotency key, more than one tag, metadata with names over 20 or values over 80 characters or more than 10 of them, and
 * files that it takes for dangerous (`ATTACHMENT-TYPE`). Date and Message-ID of what it sends are its own.
 *
 * It may take a message for some recipients only: those that it no longer sends to are `Rejected` in the report.
 *
 * @since 0.1.0
 */
import * as Address from "@effect-mail/core/Address"
import { MailBackend, type Service } from "@effect-mail/core/MailBackend"
import { ConnectionError } from "@effect-mail/core/MailError"
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
import * as Structured from "./internal/http/request/structured.js"
import * as Settings from "./internal/http/settings.js"

/**
 * - `serverToken`: the token of a server, or an effect that gives it
 * - `messageStream`: the stream to send by; `outbound` unless said otherwise
 * - `baseUrl`: where the API is, for a proxy or a test; `https://api.postmarkapp.com` unless said otherwise. It is https, but on this machine
 * - `timeLimit`: for one message as a whole; one minute unless said otherwise
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  readonly serverToken: HttpBackend.Credentials
  readonly messageStream?: string | undefined
  readonly baseUrl?: string | URL | undefined
  readonly timeLimit?: Duration.DurationInput | undefined
}

const forbidden = new Set(
  ("vbs exe bin bat chm com cpl crt hlp hta inf ins isp jse lnk mdb pcd pif reg scr sct shs vbe vba wsf wsh wsl msc msi "
    + "msp mst").split(" ")
)

const listed = (addresses: ReadonlyArray<Address.Address>): string | undefined =>
  addresses.length === 0 ? undefined : addresses.map(Address.format).join(", ")

const checkAnnotations = ({ annotations: { metadata = {}, tags = [] } }: HttpBackend.Letter) => {
  if (tags.length > 1) return Structured.lacks("TAGS", "there may be one tag")
  const pairs = Object.entries(metadata)
  return pairs.length <= 10 && pairs.every(([name, value]) => name.length <= 20 && value.length <= 80)
    ? Either.right(pairs.length === 0 ? undefined : metadata)
    : Structured.lacks("METADATA", "there may be 10 pairs, with 20 characters of a name and 80 of a value")
}

const request = (url: string, messageStream: string) => (letter: HttpBackend.Letter) =>
  Effect.gen(function*() {
    const { annotations: { tags = [] }, attachments, bcc, cc, from, headers, html, replyTo, subject, text, to } = letter
    yield* Structured.inlineByContentId(attachments)
    const metadata = yield* checkAnnotations(letter)
    if (attachments.some((attachment) => forbidden.has(Structured.extensionOf(Structured.nameOf(attachment))))) {
      return yield* Structured.lacks("ATTACHMENT-TYPE", "Postmark takes a file of this kind for dangerous")
    }
    const files = yield* Structured.files(attachments)
    return Structured.post(
      `${url}/email`,
      Structured.object({
        From: Address.format(from),
        To: listed(to),
        Cc: listed(cc),
        Bcc: listed(bcc),
        ReplyTo: listed(replyTo),
        Subject: subject,
        TextBody: text,
        HtmlBody: html,
        Headers: Structured.some(headers.map(([Name, Value]) => ({ Name, Value }))),
        Attachments: Structured.some(files.map(({ content, contentId, name, type }) =>
          Structured.object({
            Name: name,
            Content: content,
            ContentType: type,
            ContentID: contentId === undefined ? undefined : `cid:${contentId}`
          })
        )),
        Tag: tags[0],
        Metadata: metadata,
        MessageStream: messageStream
      })
    )
  })

const Body = Schema.Struct({
  ErrorCode: Schema.Number,
  Message: Schema.optionalWith(Schema.String, { default: () => "" }),
  MessageID: Schema.optional(Schema.String)
})

/** The recipients that it no longer sends to: they are in the text only, in lower case. */
const inactive = (message: string): ReadonlySet<string> => {
  const text = message.toLowerCase()
  const start = text.indexOf("inactive addresses:")
  if (start < 0) return new Set()
  const end = text.indexOf("inactive recipients", start)
  const list = text.slice(start + "inactive addresses:".length, end < 0 ? undefined : end)
  return new Set(list.split(",").map((address) => address.trim().replace(/[.\s]+$/, "")))
}

const delivered = (
  { envelope }: HttpBackend.Addressed,
  { Message, MessageID }: typeof Body.Type
): HttpBackend.Verdict => {
  const refused = inactive(Message)
  return Either.right({
    recipients: envelope.to.map((recipient) =>
      refused.has(recipient.toLowerCase())
        ? { _tag: "Rejected", recipient, reply: { code: 550, text: "the recipient is inactive" } }
        : { _tag: "Accepted", recipient }
    ),
    remoteId: MessageID
  })
}

/** What an invalid request is about. */
const refusedBy = ({ ErrorCode, Message }: typeof Body.Type): HttpBackend.Refused => {
  if (ErrorCode === 406 || /'(?:To|Cc|Bcc)'/.test(Message)) return "RCPT"
  return ErrorCode === 400 || ErrorCode === 401 || /'From'/.test(Message) ? "MAIL" : "message"
}

const verdict: HttpBackend.Description<unknown>["verdict"] = (letter, answer) => {
  const { status } = answer
  const body = Option.getOrUndefined(HttpBackend.json(answer, Body))
  if (status === 503 && body?.ErrorCode === 100) {
    return Either.left(new ConnectionError({ reason: "Unavailable", description: "Postmark is under maintenance" }))
  }
  if (body === undefined || (status !== 200 && status !== 422)) return HttpBackend.byStatus(letter, answer)
  switch (body.ErrorCode) {
    case 0:
      return status === 200 ? delivered(letter, body) : HttpBackend.rejected(letter, answer)
    case 10:
      return HttpBackend.unauthorized(answer)
    case 429:
      return HttpBackend.deferred(letter, answer)
    default:
      return HttpBackend.rejected(letter, answer, refusedBy(body))
  }
}

const provider = (url: string, messageStream: string): HttpBackend.StructuredProvider => ({
  name: "postmark",
  takes: "fields",
  carries: ["HTML", "HEADERS", "REPLY-TO", "INLINE", "ATTACHMENT-TYPE", "TAGS", "METADATA"],
  limits: { recipients: 50, octets: 10 * 1024 * 1024 },
  authorize: HttpBackend.header("x-postmark-server-token"),
  request: request(url, messageStream),
  verdict
})

/**
 * A backend over the API of Postmark.
 *
 * Fails with a `ConfigError` that names the option when the options cannot be.
 *
 * @example
 * ```ts
 * import { Postmark } from "@effect-mail/backends"
 * import { Mail } from "@effect-mail/core"
 * import { FetchHttpClient } from "@effect/platform"
 * import { Effect, Redacted } from "effect"
 *
 * const program = Effect.gen(function*() {
 *   const backend = yield* Postmark.make({ serverToken: Redacted.make("00000000-0000-0000-0000-000000000000") })
 *   return yield* backend.sendAll([])
 * }).pipe(Effect.provide(FetchHttpClient.layer))
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  { baseUrl, messageStream = "outbound", serverToken, timeLimit }: Options
): Effect.Effect<Service, ConfigError.ConfigError, HttpClient.HttpClient> =>
  Effect.gen(function*() {
    yield* Settings.checkSecret("serverToken", serverToken)
    const url = yield* Settings.baseUrl(baseUrl, "https://api.postmarkapp.com")
    return yield* HttpBackend.make(provider(url, messageStream), { credentials: serverToken, timeLimit })
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
 * import { Postmark } from "@effect-mail/backends"
 * import { FetchHttpClient } from "@effect/platform"
 * import { Config, Layer } from "effect"
 *
 * const MailLive = Postmark.layerConfig({ serverToken: Config.redacted("POSTMARK_SERVER_TOKEN") }).pipe(
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

const serverToken = Settings.secret({
  name: "EMAIL_POSTMARK_TOKEN",
  option: "serverToken",
  meaning: "the token of a server",
  default: "none: it must be set"
})

const messageStream = Settings.text({
  name: "EMAIL_POSTMARK_STREAM",
  option: "messageStream",
  meaning: "the stream to send by",
  default: "`outbound`"
})

const query = Settings.text({ ...messageStream, name: "stream" })

const form = "postmark://token@default"

/**
 * How configuration chooses this backend. It uses the `HttpClient` that is provided, or `fetch`.
 *
 * @since 0.1.0
 * @category configuration
 */
export const definition: BackendDefinition.BackendDefinition = BackendDefinition.make({
  name: "postmark",
  schemes: [{
    name: "postmark",
    form,
    meaning: "the token of a server; another host than `default` is that of the API"
  }],
  settings: [serverToken, messageStream],
  query: [query],
  config: Effect.gen(function*() {
    const token = yield* Settings.required(serverToken)
    const stream = yield* BackendDefinition.read(messageStream)
    const options: Options = { serverToken: token, messageStream: Option.getOrUndefined(stream) }
    return options
  }),
  fromUrl: (url): Either.Either<Options, string> =>
    Either.map(Settings.readUrl(url, form, [query.name]), ({ host, query: written, user }) => ({
      ...Settings.hostOf(host),
      serverToken: Redacted.make(user),
      messageStream: written.get(query.name)
    })),
  make: (options) => Settings.withClient(make(options))
})
