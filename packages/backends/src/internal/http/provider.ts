import type { Annotations } from "@effect-mail/core/Annotations"
import type { Capability } from "@effect-mail/core/Capability"
import type { Envelope } from "@effect-mail/core/Envelope"
import type { Delivery } from "@effect-mail/core/MailBackend"
import type { AttachmentError, AuthenticationError, BackendError, CapabilityError } from "@effect-mail/core/MailError"
import type * as Outgoing from "@effect-mail/core/Outgoing"
import type { HttpClientRequest } from "@effect/platform/HttpClientRequest"
import type * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import type * as Either from "effect/Either"
import type * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"

/**
 * What every kind of letter has: its envelope, and its annotations.
 *
 * - `idempotencyKey`: the key that the request is to carry; none where the provider takes none
 *
 * @since 0.1.0
 * @category models
 */
export interface Addressed {
  readonly envelope: Envelope
  readonly annotations: Annotations
  readonly idempotencyKey: Option.Option<string>
}

/**
 * A message as structured values, for a provider that takes JSON or a form: see `Outgoing.Letter` of the core. It goes to
 * just `to`, `cc` and `bcc` where the provider does not carry `ENVELOPE`.
 *
 * @since 0.1.0
 * @category models
 */
export interface Letter extends Outgoing.Letter, Addressed {}

/**
 * A message in its octets, for a provider that takes MIME.
 *
 * @since 0.1.0
 * @category models
 */
export interface MimeLetter extends Addressed {
  readonly bytes: Uint8Array
}

/**
 * What a provider answered.
 *
 * - `status`: 0 for a redirect that a browser does not show
 * - `headers`: by their names in lower case
 * - `body`: as text, 64 KiB of it at most; the secrets that the request held are struck out
 * - `isWhole`: whether all of the body came. It may have been cut off, or be too long
 * - `receivedAt`: in milliseconds since 1970
 *
 * @since 0.1.0
 * @category models
 */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly isWhole: boolean
  readonly receivedAt: number
}

/**
 * @since 0.1.0
 * @category models
 */
export type Verdict = Either.Either<Delivery, BackendError>

/**
 * How a request says who sends it.
 *
 * @since 0.1.0
 * @category models
 */
export type Authorize<C> = (
  request: HttpClientRequest,
  credentials: C
) => HttpClientRequest | Effect.Effect<HttpClientRequest>

/**
 * What all providers say of themselves.
 *
 * - `name`: of the backend
 * - `carries`: what of a message the requests can say. What a message needs beyond that is refused before a request is
 *   made, so that no feature is dropped in silence
 * - `limits`: the most recipients of one message, and the most octets of one request, or of the message where it is MIME
 * - `idempotency`: where `carries` has `IDEMPOTENCY`: how long the provider keeps a key, and whether one is to be made where
 *   the message has none
 * - `authorize`: puts the credentials on a request; `HttpBackend.bearer` unless said otherwise
 * - `verdict`: what an answer means. It is pure, and decides for the whole message
 *
 * @since 0.1.0
 * @category models
 */
export interface Description<C> {
  readonly name: string
  readonly carries: Iterable<Capability>
  readonly limits?: { readonly recipients?: number | undefined; readonly octets?: number | undefined } | undefined
  readonly idempotency?:
    | { readonly window: Duration.DurationInput; readonly keys: "always" | "given" }
    | undefined
  readonly authorize: Authorize<C>
  readonly verdict: (letter: Addressed, answer: Answer) => Verdict
}

/**
 * A provider that takes structured values. `request` is pure but for the octets of attachments.
 *
 * @since 0.1.0
 * @category models
 */
export interface StructuredProvider<C = Redacted.Redacted> extends Description<C> {
  readonly takes: "fields"
  readonly request: (letter: Letter) => Effect.Effect<HttpClientRequest, AttachmentError | CapabilityError>
}

/**
 * A provider that takes MIME.
 *
 * - `mime`: and the recipients beside it, so that it should carry `ENVELOPE`
 * - `mimeWithBcc`: and reads the recipients in its header. The octets have a Bcc field in front, which the provider takes
 *   out; it cannot carry `ENVELOPE`
 *
 * @since 0.1.0
 * @category models
 */
export interface MimeProvider<C = Redacted.Redacted> extends Description<C> {
  readonly takes: "mime" | "mimeWithBcc"
  readonly request: (letter: MimeLetter) => Either.Either<HttpClientRequest, CapabilityError>
}

/**
 * @since 0.1.0
 * @category models
 */
export type Provider<C = Redacted.Redacted> = StructuredProvider<C> | MimeProvider<C>

/**
 * Credentials, or what gives them where they expire. The effect is run when they are first needed, and once more when the
 * provider refuses what it gave.
 *
 * @since 0.1.0
 * @category models
 */
export type Credentials<C = Redacted.Redacted> = C | Effect.Effect<C, AuthenticationError>
