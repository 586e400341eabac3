/**
 * Every way in which sending mail can fail, as a flat union of tagged errors. The tag says what happened and, with it,
 * whether anything can have been sent.
 *
 * No `message` of these errors holds an address, a subject or a secret, so that it can be logged as it is; what a
 * program needs to act on stands in the fields.
 *
 * @since 0.1.0
 */
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import { RecipientStatus } from "./DeliveryReport.js"
import { printable } from "./internal/printable.js"

/**
 * @since 0.1.0
 * @category type ids
 */
export const TypeId: TypeId = "~@effect-mail/core/MailError"

/**
 * @since 0.1.0
 * @category type ids
 */
export type TypeId = "~@effect-mail/core/MailError"

/**
 * A value that would become a header cannot be one: it holds CR, LF, NUL or another control character, the field name
 * is not a field name (RFC 5322 section 2.2), a field that may stand once would stand twice, or `Bcc` was given as an
 * extra header. Raised before any connection is opened, whatever the backend.
 *
 * @since 0.1.0
 * @category errors
 */
export class BadHeaderError extends Schema.TaggedError<BadHeaderError>("@effect-mail/core/MailError/BadHeaderError")(
  "BadHeaderError",
  { field: Schema.String, reason: Schema.String }
) {
  /**
   * @since 0.1.0
   */
  readonly [TypeId]: TypeId = TypeId
  /**
   * Always `false`: the same message will fail again.
   *
   * @since 0.1.0
   */
  get isTransient(): boolean {
    return false
  }
  /**
   * @since 0.1.0
   */
  override get message(): string {
    return `Bad header ${printable(this.field)}: ${this.reason}`
  }
}

/**
 * A text that should be one mailbox (RFC 5321 section 4.1.2, RFC 6531) is not. Raised before any connection is opened.
 *
 * @since 0.1.0
 * @category errors
 */
export class InvalidAddressError
  extends Schema.TaggedError<InvalidAddressError>("@effect-mail/core/MailError/InvalidAddressError")(
    "InvalidAddressError",
    { field: Schema.String, input: Schema.String, reason: Schema.String }
  )
{
  /**
   * @since 0.1.0
   */
  readonly [TypeId]: TypeId = TypeId
  /**
   * Always `false`: the same message will fail again.
   *
   * @since 0.1.0
   */
  get isTransient(): boolean {
    return false
  }
  /**
   * @since 0.1.0
   */
  override get message(): string {
    return `Invalid address in ${printable(this.field)}: ${this.reason}`
  }
}

/**
 * The message cannot be sent as it is: it has no sender, its charset cannot hold its text, it has more recipients than
 * one message may have, or a line of an embedded message is too long. Raised before any connection is opened.
 *
 * @since 0.1.0
 * @category errors
 */
export class InvalidMessageError
  extends Schema.TaggedError<InvalidMessageError>("@effect-mail/core/MailError/InvalidMessageError")(
    "InvalidMessageError",
    { reason: Schema.String }
  )
{
  /**
   * @since 0.1.0
   */
  readonly [TypeId]: TypeId = TypeId
  /**
   * Always `false`: the same message will fail again.
   *
   * @since 0.1.0
   */
  get isTransient(): boolean {
    return false
  }
  /**
   * @since 0.1.0
   */
  override get message(): string {
    return `Invalid message: ${this.reason}`
  }
}

/**
 * The content of an attachment failed, or stopped coming, while it was read. The final dot was not sent, so nobody has
 * the message.
 *
 * @since 0.1.0
 * @category errors
 */
export class AttachmentError extends Schema.TaggedError<AttachmentError>("@effect-mail/core/MailError/AttachmentError")(
  "AttachmentError",
  { filename: Schema.OptionFromSelf(Schema.String), cause: Schema.Defect }
) {
  /**
   * @since 0.1.0
   */
  readonly [TypeId]: TypeId = TypeId
  /**
   * `true`: nothing was sent, and the source may be readable later.
   *
   * @since 0.1.0
   */
  get isTransient(): boolean {
    return true
  }
  /**
   * @since 0.1.0
   */
  override get message(): string {
    return "An attachment failed while it was read"
  }
}

/**
 * What went wrong with a connection.
 *
 * - `Dns`: the host's name could not be resolved
 * - `Refused`: nobody listens there, or the network is unreachable
 * - `Timeout`: a step took longer than its limit
 * - `Tls`: the handshake failed, or STARTTLS was refused
 * - `Certificate`: the server's certificate is not trusted, expired, or for another name
 * - `Greeting`: the server refused to talk (a 4xx or 5xx greeting or EHLO reply)
 * - `Unavailable`: the server said 421 and closed
 * - `Protocol`: the server does not speak the protocol: replies that are malformed, out of order or not asked for
 * - `Lost`: the connection ended before the message was handed over
 * - `Io`: a backend that is not a network connection could not write
 *
 * @since 0.1.0
 * @category models
 */
export const ConnectionErrorReason = Schema.Literal(
  "Dns",
  "Refused",
  "Timeout",
  "Tls",
  "Certificate",
  "Greeting",
  "Unavailable",
  "Protocol",
  "Lost",
  "Io"
)

/**
 * @since 0.1.0
 * @category models
 */
export type ConnectionErrorReason = typeof ConnectionErrorReason.Type

const configurationReasons: ReadonlySet<ConnectionErrorReason> = new Set(["Certificate", "Protocol"])

/**
 * The connection could not be made, or was lost before the final dot. Nothing was sent, and that is proven.
 *
 * @since 0.1.0
 * @category errors
 */
export class ConnectionError extends Schema.TaggedError<ConnectionError>("@effect-mail/core/MailError/ConnectionError")(
  "ConnectionError",
  {
    reason: ConnectionErrorReason,
    description: Schema.String,
    code: Schema.optional(Schema.Number),
    enhancedCode: Schema.optional(Schema.String),
    response: Schema.optional(Schema.String),
    cause: Schema.optional(Schema.Defect)
  }
) {
  /**
   * @since 0.1.0
   */
  readonly [TypeId]: TypeId = TypeId
  /**
   * `false` for what only a change of configuration can cure (a bad certificate, a server that does not speak SMTP) and
   * for a 5xx reply; otherwise another try may succeed.
   *
   * @since 0.1.0
   */
  get isTransient(): boolean {
    return !configurationReasons.has(this.reason) && (this.code === undefined || this.code < 500)
  }
  /**
   * @since 0.1.0
   */
  override get message(): string {
    return `${this.reason}: ${this.description}`
  }
}

/**
 * The server refused the credentials, or offers no way to present them. Nothing was sent.
 *
 * @since 0.1.0
 * @category errors
 */
export class AuthenticationError
  extends Schema.TaggedError<AuthenticationError>("@effect-mail/core/MailError/AuthenticationError")(
    "AuthenticationError",
    {
      reason: Schema.Literal("Refused", "NotOffered", "Credentials"),
      code: Schema.optional(Schema.Number),
      enhancedCode: Schema.optional(Schema.String),
      response: Schema.optional(Schema.String)
    }
  )
{
  /**
   * @since 0.1.0
   */
  readonly [TypeId]: TypeId = TypeId
  /**
   * `true` only when the server said that the failure is temporary (4xx).
   *
   * @since 0.1.0
   */
  get isTransient(): boolean {
    return this.code !== undefined && this.code >= 400 && this.code < 500
  }
  /**
   * @since 0.1.0
   */
  override get message(): string {
    switch (this.reason) {
      case "Refused":
        return `The server refused the credentials${this.code === undefined ? "" : ` (${this.code})`}`
      case "NotOffered":
        return "The server offers no way to log in that fits the credentials"
      case "Credentials":
        return "The credentials could not be obtained"
    }
  }
}

/**
 * The message needs what the server does not offer. Found out before the message is sent.
 *
 * @since 0.1.0
 * @category errors
 */
export class CapabilityError extends Schema.TaggedError<CapabilityError>("@effect-mail/core/MailError/CapabilityError")(
  "CapabilityError",
  {
    capability: Schema.Literal("SMTPUTF8", "8BITMIME", "SIZE", "STARTTLS", "DSN", "REQUIRETLS"),
    description: Schema.String
  }
) {
  /**
   * @since 0.1.0
   */
  readonly [TypeId]: TypeId = TypeId
  /**
   * Always `false`: the same server will not offer it the next time.
   *
   * @since 0.1.0
   */
  get isTransient(): boolean {
    return false
  }
  /**
   * @since 0.1.0
   */
  override get message(): string {
    return `${this.capability}: ${this.description}`
  }
}

/**
 * The server refused the sender, every recipient, or the message itself. Nobody has the message; `recipients` says of
 * each one whether it was deferred (4xx), rejected (5xx) or not reached.
 *
 * @since 0.1.0
 * @category errors
 */
export class RejectedError extends Schema.TaggedError<RejectedError>("@effect-mail/core/MailError/RejectedError")(
  "RejectedError",
  {
    command: Schema.Literal("MAIL", "RCPT", "DATA", "message"),
    recipients: Schema.Array(RecipientStatus),
    code: Schema.Number,
    enhancedCode: Schema.optional(Schema.String),
    response: Schema.String
  }
) {
  /**
   * @since 0.1.0
   */
  readonly [TypeId]: TypeId = TypeId
  /**
   * `true` when a later try may succeed for some recipient: it was deferred.
   *
   * @since 0.1.0
   */
  get isTransient(): boolean {
    return this.recipients.some((status) => status._tag === "Deferred")
  }
  /**
   * @since 0.1.0
   */
  override get message(): string {
    return `The server refused ${this.command} (${this.code})`
  }
}

/**
 * The connection was lost after the final dot and before its reply: nobody knows whether the message was accepted.
 * Sending it again may deliver it twice. Recipients that were refused before the message are still known.
 *
 * @since 0.1.0
 * @category errors
 */
export class OutcomeUnknownError
  extends Schema.TaggedError<OutcomeUnknownError>("@effect-mail/core/MailError/OutcomeUnknownError")(
    "OutcomeUnknownError",
    {
      recipients: Schema.Array(RecipientStatus),
      description: Schema.String,
      cause: Schema.optional(Schema.Defect)
    }
  )
{
  /**
   * @since 0.1.0
   */
  readonly [TypeId]: TypeId = TypeId
  /**
   * Always `false`: trying again may deliver the message twice.
   *
   * @since 0.1.0
   */
  get isTransient(): boolean {
    return false
  }
  /**
   * @since 0.1.0
   */
  override get message(): string {
    return `Nobody knows whether the message was accepted: ${this.description}`
  }
}

/**
 * What is wrong with a message itself; always found before any connection is opened.
 *
 * @since 0.1.0
 * @category errors
 */
export type MessageError = BadHeaderError | InvalidAddressError | InvalidMessageError

/**
 * What can go wrong in a backend.
 *
 * @since 0.1.0
 * @category errors
 */
export type BackendError =
  | AttachmentError
  | ConnectionError
  | AuthenticationError
  | CapabilityError
  | RejectedError
  | OutcomeUnknownError

/**
 * Everything that can go wrong when one message is sent.
 *
 * @since 0.1.0
 * @category errors
 */
export type MailError = MessageError | BackendError

/**
 * Whether a value is one of the errors of this module.
 *
 * @example
 * ```ts
 * import { MailError } from "@effect-mail/core"
 *
 * MailError.isMailError(new MailError.InvalidMessageError({ reason: "no sender" })) // true
 * ```
 *
 * @since 0.1.0
 * @category guards
 */
export const isMailError = (u: unknown): u is MailError => Predicate.hasProperty(u, TypeId)

/**
 * Whether an error is about the message itself rather than its delivery.
 *
 * @since 0.1.0
 * @category guards
 */
export const isMessageError = (error: MailError): error is MessageError =>
  error._tag === "BadHeaderError" || error._tag === "InvalidAddressError" || error._tag === "InvalidMessageError"

/**
 * Whether a value is an error of delivery, from a backend.
 *
 * @since 0.1.0
 * @category guards
 */
export const isBackendError = (u: unknown): u is BackendError => isMailError(u) && !isMessageError(u)
