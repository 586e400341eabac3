/**
 * Every way in which sending mail can fail, as a flat union of tagged errors. The tag says what happened and, with it,
 * whether anything can have been sent.
 *
 * A `message` says what happened, where, and what to do about it; `advice` is only the last of these. No `message` holds an
 * address, a subject or a secret, so it can be logged as it is. A program acts on the fields, and on the `Facts` that all
 * errors have.
 *
 * @since 0.1.0
 */
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import { Capability } from "./Capability.js"
import { RecipientStatus } from "./DeliveryReport.js"
import * as Advice from "./internal/error/advice.js"
import { type Place, TaggedError, TypeId } from "./internal/error/head.js"
import { printable } from "./internal/error/printable.js"
import * as Reasons from "./internal/error/reasons.js"

export {
  /**
   * What every error says about the next step.
   *
   * @since 0.1.0
   * @category models
   */
  type Facts,
  /**
   * Where an error happened.
   *
   * @since 0.1.0
   * @category models
   */
  type Place,
  /**
   * @since 0.1.0
   * @category type ids
   */
  TypeId
} from "./internal/error/head.js"

/**
 * A value cannot become a header field: it holds CR, LF, NUL or another control character, the name is not a field name
 * (RFC 5322 section 2.2), a field that may appear only once appears twice, or `Bcc` is given as a custom header. Raised
 * before any connection is opened, by every backend. The same message will fail again.
 *
 * @since 0.1.0
 * @category errors
 */
export class BadHeaderError extends TaggedError<BadHeaderError>()(
  "BadHeaderError",
  { field: Schema.String, reason: Schema.String },
  {
    what: ({ field, reason }) => `Bad header ${printable(field)}: ${reason}`,
    advice: Advice.ofHeader
  }
) {}

/**
 * A text that should be one mailbox (RFC 5321 section 4.1.2, RFC 6531) is not. Raised before any connection is opened. The
 * same message will fail again.
 *
 * @since 0.1.0
 * @category errors
 */
export class InvalidAddressError extends TaggedError<InvalidAddressError>()(
  "InvalidAddressError",
  { field: Schema.String, input: Schema.String, reason: Schema.String },
  {
    what: ({ field, reason }) => `Invalid address in ${printable(field)}: ${reason}`,
    advice: Advice.ofAddress
  }
) {}

/**
 * The message cannot be sent as it is: it has no sender, its charset cannot hold its text, it has more recipients than
 * one message may have, or a line of an embedded message is too long. Raised before any connection is opened. The same
 * message will fail again.
 *
 * @since 0.1.0
 * @category errors
 */
export class InvalidMessageError extends TaggedError<InvalidMessageError>()(
  "InvalidMessageError",
  { reason: Schema.String },
  {
    what: ({ reason }) => `Invalid message: ${reason}`,
    advice: Advice.ofMessage
  }
) {}

const attachmentReason = Schema.optionalWith(Schema.Literal("Failed", "Invalid"), { default: () => "Failed" })

/**
 * An attachment cannot be read. The final dot was not sent, so the message was not delivered.
 *
 * - `Failed`: its content failed, or stopped, while it was read
 * - `Invalid`: its content is not octets, a `Uint8Array`: a mistake in the program. Raised before any connection is opened,
 *   except for the chunks of a stream
 *
 * @since 0.1.0
 * @category errors
 */
export class AttachmentError extends TaggedError<AttachmentError>()(
  "AttachmentError",
  {
    filename: Schema.OptionFromSelf(Schema.String),
    cause: Schema.Defect,
    reason: attachmentReason
  },
  {
    what: ({ reason }) =>
      reason === "Failed"
        ? "An attachment failed while it was read"
        : "Invalid attachment: the content is not a Uint8Array",
    advice: Advice.ofAttachment
  }
) {
  /**
   * `true` for a source that failed: nothing was sent, and it may be readable later. `false` for a content that is not
   * octets.
   *
   * @since 0.1.0
   */
  override get isTransient(): boolean {
    return this.reason === "Failed"
  }
}

/**
 * An attachment whose content is not octets.
 *
 * @since 0.1.0
 * @category errors
 */
export type InvalidAttachment = AttachmentError & { readonly reason: "Invalid" }

const place = {
  host: Schema.optional(Schema.String),
  port: Schema.optional(Schema.Number),
  mailer: Schema.optional(Schema.String)
}

/**
 * What went wrong with a connection.
 *
 * - `Dns`: the host's name could not be resolved
 * - `Refused`: no server listens there, or the network is unreachable
 * - `Timeout`: a step took longer than its limit
 * - `Tls`: the handshake failed, or STARTTLS was refused
 * - `Certificate`: the server's certificate is not trusted, expired, or for another name
 * - `Greeting`: the server refused the session (a 4xx or 5xx greeting or EHLO reply)
 * - `Unavailable`: the server said 421 and closed
 * - `Protocol`: the server does not speak the protocol: its replies are malformed, out of order or unrequested
 * - `Lost`: the connection ended before the message was handed over
 * - `Io`: a backend that is not a network connection could not write
 * - `Configuration`: the settings of a policy or a backend are wrong, so that it sends nothing
 *
 * @since 0.1.0
 * @category models
 */
export const ConnectionErrorReason = Schema.Literal(...Reasons.connectionReasons)

/**
 * @since 0.1.0
 * @category models
 */
export type ConnectionErrorReason = typeof ConnectionErrorReason.Type

/**
 * The cause in detail, where a backend knows it.
 *
 * - of `Dns`: `UnknownHost`: there is no such name; `NameServer`: no name server answered
 * - of `Refused`: `NotListening`: no server listens on that port; `Unreachable`: there is no route; `Forbidden`: this
 *   machine does not allow it
 * - of `Timeout`: the step that took too long: `Connecting`, `AwaitingGreeting`, or `AwaitingTls`: a greeting over TLS
 * - of `Protocol`: `TlsFromStart`: the server speaks TLS where clear text was expected; `ClearText`: the reverse
 * - of `Tls`: `ClientCertificate`: the server demands one, or another one
 * - of `Certificate`: `PrivateAuthority`: its authority is not trusted here; `SelfSigned`: it is its own authority;
 *   `WrongName`: it is for another name; `Expired`; `NotYetValid`; `Untrusted`: anything else
 *
 * @since 0.1.0
 * @category models
 */
export const ConnectionErrorDetail = Schema.Literal(...Reasons.connectionDetails)

/**
 * @since 0.1.0
 * @category models
 */
export type ConnectionErrorDetail = typeof ConnectionErrorDetail.Type

const configurationReasons: ReadonlySet<ConnectionErrorReason> = new Set([
  "Certificate",
  "Protocol",
  "Configuration"
])

/**
 * The connection could not be made, or was lost before the final dot. It is certain that the message was not sent.
 *
 * @since 0.1.0
 * @category errors
 */
export class ConnectionError extends TaggedError<ConnectionError>()(
  "ConnectionError",
  {
    reason: ConnectionErrorReason,
    detail: Schema.optional(ConnectionErrorDetail),
    description: Schema.String,
    ...place,
    code: Schema.optional(Schema.Number),
    enhancedCode: Schema.optional(Schema.String),
    response: Schema.optional(Schema.String),
    cause: Schema.optional(Schema.Defect)
  },
  {
    what: ({ description, reason }) => `${reason}: ${description}`,
    advice: Advice.ofConnection
  }
) {
  /**
   * `false` where the configuration must change (a bad certificate, on either side, a server that does not speak SMTP) and
   * for a 5xx reply; otherwise `true`.
   *
   * @since 0.1.0
   */
  override get isTransient(): boolean {
    return !configurationReasons.has(this.reason) && this.detail !== "ClientCertificate" &&
      (this.code === undefined || this.code < 500)
  }
  /**
   * `false` for `Configuration`, which no other relay must hide; otherwise `true`.
   *
   * @since 0.1.0
   */
  override get isRelayFault(): boolean {
    return this.reason !== "Configuration"
  }
}

const loginFailures = {
  Refused: "The server refused the credentials",
  NotOffered: "The server offers no way to log in that fits the credentials",
  Credentials: "The credentials could not be obtained"
} as const

/**
 * The server refused the credentials, or offers no way to present them. Nothing was sent.
 *
 * @since 0.1.0
 * @category errors
 */
export class AuthenticationError extends TaggedError<AuthenticationError>()(
  "AuthenticationError",
  {
    reason: Schema.Literal("Refused", "NotOffered", "Credentials"),
    ...place,
    code: Schema.optional(Schema.Number),
    enhancedCode: Schema.optional(Schema.String),
    response: Schema.optional(Schema.String)
  },
  {
    what: ({ reason }) => loginFailures[reason],
    advice: Advice.ofAuthentication
  }
) {
  /**
   * `true` only when the server said that the failure is temporary (4xx).
   *
   * @since 0.1.0
   */
  override get isTransient(): boolean {
    return this.code !== undefined && this.code >= 400 && this.code < 500
  }
  /**
   * Always `true`: without a login the relay takes no message.
   *
   * @since 0.1.0
   */
  override get isRelayFault(): boolean {
    return true
  }
}

/**
 * The message needs a feature that the server or the provider does not offer, or exceeds its SIZE. Raised before the message
 * is sent. The same server will not take it later.
 *
 * @since 0.1.0
 * @category errors
 */
export class CapabilityError extends TaggedError<CapabilityError>()(
  "CapabilityError",
  {
    capability: Capability,
    description: Schema.String,
    ...place
  },
  {
    what: ({ capability, description }) => `${capability}: ${description}`,
    advice: Advice.ofCapability
  }
) {
  /**
   * Always `true`: the message was not begun.
   *
   * @since 0.1.0
   */
  override get keepsSession(): boolean {
    return true
  }
  /**
   * Always `true`: another relay may offer it.
   *
   * @since 0.1.0
   */
  override get mayFailOver(): boolean {
    return true
  }
}

/**
 * The server refused the sender, every recipient, or the message itself, or it refused some recipients and closed the
 * connection before it had the message. No recipient gets the message; `recipients` says whether each was deferred (4xx),
 * rejected (5xx) or not reached (`NotSent`). `retryAfter` is the time to wait before the next attempt, where the other end
 * named one.
 *
 * @since 0.1.0
 * @category errors
 */
export class RejectedError extends TaggedError<RejectedError>()(
  "RejectedError",
  {
    command: Schema.Literal(...Reasons.commands),
    recipients: Schema.Array(RecipientStatus),
    ...place,
    code: Schema.Number,
    enhancedCode: Schema.optional(Schema.String),
    response: Schema.String,
    retryAfter: Schema.optional(Schema.DurationFromMillis)
  },
  {
    what: ({ command }) => `The server refused ${command === "message" ? "the message" : command}`,
    advice: Advice.ofRejection
  }
) {
  /**
   * `true` when a later try may succeed for some recipient: it was deferred, or not reached.
   *
   * @since 0.1.0
   */
  override get isTransient(): boolean {
    return this.recipients.some(({ _tag }) => _tag === "Deferred" || _tag === "NotSent")
  }
  /**
   * Always `true`: the server answered, and knows that the message is over.
   *
   * @since 0.1.0
   */
  override get keepsSession(): boolean {
    return true
  }
}

/**
 * The connection was lost after the final dot and before its reply: it is unknown whether the server accepted the message.
 * Sending it again may deliver it twice, so it is not transient. Recipients that were refused before remain known.
 *
 * `repeatableUntil`, in milliseconds since 1970, is set where the same backend may send the message once more: it was sent
 * with an idempotency key, by which the provider knows it until then.
 *
 * @since 0.1.0
 * @category errors
 */
export class OutcomeUnknownError extends TaggedError<OutcomeUnknownError>()(
  "OutcomeUnknownError",
  {
    recipients: Schema.Array(RecipientStatus),
    description: Schema.String,
    ...place,
    repeatableUntil: Schema.optional(Schema.Number),
    cause: Schema.optional(Schema.Defect)
  },
  {
    what: ({ description }) => `Outcome unknown: ${description}`,
    advice: ({ repeatableUntil }) =>
      repeatableUntil === undefined ? Advice.ofUnknownOutcome : Advice.ofRepeatableOutcome
  }
) {
  /**
   * Whether the same backend may send the same message once more, to the same recipients and until `repeatableUntil`: an
   * idempotency key prevents a second delivery. Another backend must not.
   *
   * @since 0.1.0
   */
  get isRepeatable(): boolean {
    return this.repeatableUntil !== undefined
  }
}

/**
 * The errors of a message itself. They are raised before any connection is opened, except for the chunks of a stream.
 *
 * @since 0.1.0
 * @category errors
 */
export type MessageError = BadHeaderError | InvalidAddressError | InvalidMessageError | InvalidAttachment

/**
 * The errors of a backend.
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
 * All errors of sending one message.
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
  error._tag === "BadHeaderError" || error._tag === "InvalidAddressError" || error._tag === "InvalidMessageError" ||
  (error._tag === "AttachmentError" && error.reason === "Invalid")

/**
 * Whether a value is an error of delivery, from a backend.
 *
 * @since 0.1.0
 * @category guards
 */
export const isBackendError = (u: unknown): u is BackendError => isMailError(u) && !isMessageError(u)

/** Copies what is attached to an error beside its fields, such as the transcript of an SMTP session. */
const keep = <E extends BackendError>(copy: E, error: E): E => {
  for (const key of Reflect.ownKeys(error)) {
    const property = Object.getOwnPropertyDescriptor(error, key)
    if (property !== undefined && !Object.hasOwn(copy, key)) Object.defineProperty(copy, key, property)
  }
  return copy
}

/**
 * The same error with the place where it happened. A host, port or mailer that it already has is kept. An
 * `AttachmentError`, which has no place, is returned as it is.
 *
 * @example
 * ```ts
 * import { MailError } from "@effect-mail/core"
 *
 * const refused = new MailError.ConnectionError({ reason: "Refused", description: "no server listens" })
 * MailError.at(refused, { host: "smtp.example.com", port: 587 }).message
 * // "Refused: no server listens (smtp.example.com:587). Check the address, and that the server is running."
 * ```
 *
 * @since 0.1.0
 * @category combinators
 */
export const at = (error: BackendError, { host, mailer, port }: Place): BackendError => {
  if (error._tag === "AttachmentError") return error
  const where: Place = {
    ...error.host === undefined ? { host, port } : {},
    ...error.mailer === undefined ? { mailer } : {}
  }
  if (where.host === undefined && where.mailer === undefined) return error
  switch (error._tag) {
    case "ConnectionError":
      return keep(new ConnectionError({ ...error, ...where }), error)
    case "AuthenticationError":
      return keep(new AuthenticationError({ ...error, ...where }), error)
    case "CapabilityError":
      return keep(new CapabilityError({ ...error, ...where }), error)
    case "RejectedError":
      return keep(new RejectedError({ ...error, ...where }), error)
    case "OutcomeUnknownError":
      return keep(new OutcomeUnknownError({ ...error, ...where }), error)
  }
}
