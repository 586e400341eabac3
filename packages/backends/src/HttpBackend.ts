/**
 * Backends over the HTTP API of a mail provider, for platforms that cannot use SMTP. A provider is described by two pure
 * functions: the request for a message, and what an answer means. Everything else is common to all of them:
 *
 * - what the message needs and the provider does not carry is a `CapabilityError`, before a request is made
 * - one message is one request. Nothing is asked again but where credentials that expire were refused, and redirects are
 *   not followed
 * - what cannot be proven not sent is an `OutcomeUnknownError`, repeatable where the request had an idempotency key
 * - a time limit, an answer of limited length, and no secret or address in spans and errors
 *
 * Nothing here is of Node: it runs wherever there are `fetch` and WebCrypto. `FetchHttpClient.RequestInit` is heeded where
 * the backend gets it too, and not the client alone; but for redirects.
 *
 * @since 0.1.0
 */
import type { Capability } from "@effect-mail/core/Capability"
import * as MailBackend from "@effect-mail/core/MailBackend"
import type * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Redacted from "effect/Redacted"
import * as Driver from "./internal/http/driver.js"
import * as Keeper from "./internal/http/exchange/credentials.js"
import * as Exchange from "./internal/http/exchange/exchange.js"
import type { Authorize, Credentials, Provider } from "./internal/http/provider.js"

export {
  accepted,
  byStatus,
  deferred,
  isCut,
  json,
  named,
  partly,
  type Refused,
  rejected,
  unauthorized,
  unknown
} from "./internal/http/exchange/answer.js"
export type {
  Addressed,
  Answer,
  Authorize,
  Credentials,
  Description,
  Letter,
  MimeLetter,
  MimeProvider,
  Provider,
  StructuredProvider,
  Verdict
} from "./internal/http/provider.js"

/**
 * What of the content goes through wherever the octets do: for `carries` of a provider that takes MIME.
 *
 * @since 0.1.0
 * @category requests
 */
export const mime: ReadonlyArray<Capability> = [
  "MIME",
  "HTML",
  "HEADERS",
  "REPLY-TO",
  "ALTERNATIVES",
  "INLINE",
  "ATTACHMENT-TYPE"
]

/**
 * What `make` may be told.
 *
 * - `credentials`: or an effect that gives them, which is asked once more when the provider refuses what it gave
 * - `timeLimit`: for the credentials, and for the exchange of one message as a whole; one minute unless said otherwise.
 *   Too short a limit makes outcomes unknown
 *
 * @since 0.1.0
 * @category models
 */
export interface Options<C = Redacted.Redacted> {
  readonly credentials: Credentials<C>
  readonly timeLimit?: Duration.DurationInput | undefined
}

/**
 * Puts a token on a request, as `Authorization: Bearer` (RFC 6750).
 *
 * @since 0.1.0
 * @category requests
 */
export const bearer: Authorize<Redacted.Redacted> = (request, token) => HttpClientRequest.bearerToken(request, token)

/**
 * Puts a token on a request, as a header of a name that the provider chose.
 *
 * @since 0.1.0
 * @category requests
 */
export const header = (name: string): Authorize<Redacted.Redacted> => (request, token) =>
  HttpClientRequest.setHeader(request, name, Keeper.secretsOf(token).join(""))

/**
 * The backend of a provider. A session has no connection, so that opening one proves nothing and always succeeds;
 * `sendAll` makes as many requests at a time as its `concurrency` says. Where a request cannot reach the provider, or is
 * refused for its credentials, and none of the others gets through, the rest is not tried, as over SMTP. After an answer
 * with Retry-After a batch makes no request before that time; where that is later than the time limit of a message,
 * messages are deferred without a request.
 *
 * @example
 * ```ts
 * import { HttpBackend } from "@effect-mail/backends"
 * import { HttpClientRequest } from "@effect/platform"
 * import { Effect, Encoding, Either, Redacted } from "effect"
 *
 * const provider: HttpBackend.Provider = {
 *   name: "example",
 *   takes: "mime",
 *   carries: [...HttpBackend.mime, "ENVELOPE"],
 *   authorize: HttpBackend.bearer,
 *   request: ({ bytes, envelope }) =>
 *     Either.right(HttpClientRequest.bodyUnsafeJson(HttpClientRequest.post("https://mail.example.com/send"), {
 *       to: envelope.to,
 *       mime: Encoding.encodeBase64(bytes)
 *     })),
 *   verdict: (letter, answer) =>
 *     answer.status === 202
 *       ? HttpBackend.named(letter, answer, "id", "status")
 *       : HttpBackend.byStatus(letter, answer)
 * }
 *
 * const backend = HttpBackend.make(provider, { credentials: Redacted.make("secret") })
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = <C = Redacted.Redacted>(
  provider: Provider<C>,
  { credentials, timeLimit = "1 minute" }: Options<C>
): Effect.Effect<MailBackend.Service, never, HttpClient.HttpClient> =>
  Effect.map(Exchange.client, (client) => {
    const limit = Duration.decode(timeLimit)
    const deliver = Driver.deliverBy(
      provider,
      client,
      Keeper.keep(credentials, limit),
      limit
    )
    const session = Driver.paced(deliver, limit)
    return MailBackend.make({
      name: provider.name,
      open: Effect.succeed(session),
      deliver
    })
  })
