/**
 * Every way in which sending mail can fail, as a flat union of tagged errors. The tag says what happened and, with it,
 * whether anything can have been sent.
 *
 * A `message` says what happened, where, and what to do about it; `advice` is the last of these alone. No `message` holds
 * an address, a subject or a secret, so that it can be logged as it is; what a program needs to act on stands in the
 * fields.
 *
 * @since 0.1.0
 */
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import { Capability } from "./Capability.js"
import { RecipientStatus } from "./DeliveryReport.js"
import * as Advice from "./internal/error/advice.js"
import { printable } from "./internal/error/printable.js"

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
   * What to do about it.
   *
   * @since 0.1.0
   */
  get advice(): string {
    return Advice.ofHeader(this)
  }
  /**
   * @since 0.1.0
   */
  override get message(): string {
    return `Bad header ${printable(this.field)}: ${this.reason}. ${this.advice}`
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
   * What to do about it.
   *
   * @since 0.1.0
   */
  get advice(): string {
    return Advice.ofAddress(this)
  }
  /**
   * @since 0.1.0
   */
  override get message(): string {
    return `Invalid address in ${printable(this.field)}: ${this.reason}. ${this.advice}`
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
   * What to do about it.
   *
   * @since 0.1.0
   */
  get advice(): string {
    return Advice.ofMessage(this)
  }
  /**
   * @since 0.1.0
   */
  override get message(): string {
    return `Invalid message: ${this.reason}. ${this.advice}`
  }
}

/**
 * An attachment cannot be read. The final dot was not sent, so nobody has the message.
 *
 * - `Failed`: its content failed, or stopped coming, while it was read
 * - `Invalid`: its content is no octets, which a `Uint8Array` alone is: a mistake in the program. Raised before any
 *   connection is opened, but for the chunks of a stream
 *
 * @since 0.1.0
 * @category errors
 */
export class AttachmentError extends Schema.TaggedError<AttachmentError>("@effect-mail/core/MailError/AttachmentError")(
  "AttachmentError",
  {
    filename: Schema.OptionFromSelf(Schema.String),
    cause: Schema.Defect,
    reason: Schema.optionalWith(Schema.Literal("Failed", "Invalid"), { default: () => "Failed" })
  }
) {
  /**
   * @since 0.1.0
   */
  readonly [TypeId]: TypeId = TypeId
  /**
   * `true` for a source that failed: nothing was sent, and it may be readable later. `false` for what is no octets.
   *
   * @since 0.1.0
   */
  get isTransient(): boolean {
    return this.reason === "Failed"
  }
  /**
   * What to do about it.
   *
   * @since 0.1.0
   */
  get advice(): string {
    return Advice.ofAttachment(this)
  }
  /**
   * @since 0.1.0
   */
  override get message(): string {
    const what = this.reason === "Failed"
      ? "An attachment failed while it was read"
      : "Invalid attachment: the content is no octets"
    return `${what}. ${this.advice}`
  }
}

/**
 * An attachment whose content is no octets.
 *
 * @since 0.1.0
 * @category errors
 */
export type InvalidAttachment = AttachmentError & { readonly reason: "Invalid" }

/**
 * Where an error happened: at which server, and by which mailer where one was chosen by name.
 *
 * @since 0.1.0
 * @category models
 */
export interface Place {
  readonly host?: string | undefined
  readonly port?: number | undefined
  readonly mailer?: string | undefined
}

const place = {
  host: Schema.optional(Schema.String),
  port: Schema.optional(Schema.Number),
  mailer: Schema.optional(Schema.String)
}

/** A message: what happened, where and with which reply, and what to do about it. */
const tell = (
  what: string,
  { advice, code, host, mailer, port }: Place & { readonly advice: string; readonly code?: number | undefined }
): string => {
  const where = [
    ...host === undefined ? [] : [`${host.includes(":") ? `[${host}]` : host}${port === undefined ? "" : `:${port}`}`],
    ...mailer === undefined ? [] : [`mailer ${printable(mailer)}`],
    ...code === undefined ? [] : [`reply ${code}`]
  ]
  return `${what}${where.length === 0 ? "" : ` (${where.join(", ")})`}. ${advice}`
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
 * - `Configuration`: a policy or a backend cannot do what it was told to, and so does nothing
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
  "Io",
  "Configuration"
)

/**
 * @since 0.1.0
 * @category models
 */
export type ConnectionErrorReason = typeof ConnectionErrorReason.Type

/**
 * What went wrong in particular, where a backend can tell.
 *
 * - of `Dns`: `UnknownHost`: there is no such name; `NameServer`: no name server answered
 * - of `Refused`: `NotListening`: nobody listens on that port; `Unreachable`: no way leads there; `Forbidden`: this machine
 *   does not allow it
 * - of `Timeout`: what it was waited for: `Connecting`, `AwaitingGreeting`, or `AwaitingTls`: a greeting over TLS
 * - of `Protocol`: `TlsFromStart`: the server speaks TLS where clear text was expected; `ClearText`: the other way round
 * - of `Tls`: `ClientCertificate`: the server wants one, or another one
 * - of `Certificate`: `PrivateAuthority`: its authority is not known here; `SelfSigned`: it is its own authority;
 *   `WrongName`: it is for another name; `Expired`; `NotYetValid`; `Untrusted`: anything else
 *
 * @since 0.1.0
 * @category models
 */
export const ConnectionErrorDetail = Schema.Literal(
  "UnknownHost",
  "NameServer",
  "NotListening",
  "Unreachable",
  "Forbidden",
  "Connecting",
  "AwaitingGreeting",
  "AwaitingTls",
  "TlsFromStart",
  "ClearText",
  "ClientCertificate",
  "PrivateAuthority",
  "SelfSigned",
  "WrongName",
  "Expired",
  "NotYetValid",
  "Untrusted"
)

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
 * The connection could not be made, or was lost before the final dot. Nothing was sent, and that is proven.
 *
 * @since 0.1.0
 * @category errors
 */
export class ConnectionError extends Schema.TaggedError<ConnectionError>("@effect-mail/core/MailError/ConnectionError")(
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
  }
) {
  /**
   * @since 0.1.0
   */
  readonly [TypeId]: TypeId = TypeId
  /**
   * `false` for what only a change of configuration can cure (a bad certificate, on either side, a server that does not
   * speak SMTP) and for a 5xx reply; otherwise another try may succeed.
   *
   * @since 0.1.0
   */
  get isTransient(): boolean {
    return !configurationReasons.has(this.reason) && this.detail !== "ClientCertificate" &&
      (this.code === undefined || this.code < 500)
  }
  /**
   * What to do about it.
   *
   * @since 0.1.0
   */
  get advice(): string {
    return Advice.ofConnection(this)
  }
  /**
   * @since 0.1.0
   */
  override get message(): string {
    return tell(`${this.reason}: ${this.description}`, this)
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
      ...place,
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
   * What to do about it.
   *
   * @since 0.1.0
   */
  get advice(): string {
    return Advice.ofAuthentication(this)
  }
  /**
   * @since 0.1.0
   */
  override get message(): string {
    switch (this.reason) {
      case "Refused":
        return tell("The server refused the credentials", this)
      case "NotOffered":
        return tell("The server offers no way to log in that fits the credentials", this)
      case "Credentials":
        return tell("The credentials could not be obtained", this)
    }
  }
}

/**
 * The message needs what the server, or the provider, does not offer. Found out before the message is sent.
 *
 * @since 0.1.0
 * @category errors
 */
export class CapabilityError extends Schema.TaggedError<CapabilityError>("@effect-mail/core/MailError/CapabilityError")(
  "CapabilityError",
  {
    capability: Capability,
    description: Schema.String,
    ...place
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
   * What to do about it.
   *
   * @since 0.1.0
   */
  get advice(): string {
    return Advice.ofCapability(this)
  }
  /**
   * @since 0.1.0
   */
  override get message(): string {
    return tell(`${this.capability}: ${this.description}`, this)
  }
}

/**
 * The server refused the sender, every recipient, or the message itself, or refused some recipients and went away before
 * it had the message. Nobody has the message; `recipients` says of each one whether it was deferred (4xx), rejected (5xx)
 * or not reached (`NotSent`). `retryAfter` is how long to wait before the next try, where the other end said so.
 *
 * @since 0.1.0
 * @category errors
 */
export class RejectedError extends Schema.TaggedError<RejectedError>("@effect-mail/core/MailError/RejectedError")(
  "RejectedError",
  {
    command: Schema.Literal("MAIL", "RCPT", "DATA", "message"),
    recipients: Schema.Array(RecipientStatus),
    ...place,
    code: Schema.Number,
    enhancedCode: Schema.optional(Schema.String),
    response: Schema.String,
    retryAfter: Schema.optional(Schema.DurationFromMillis)
  }
) {
  /**
   * @since 0.1.0
   */
  readonly [TypeId]: TypeId = TypeId
  /**
   * `true` when a later try may succeed for some recipient: it was deferred, or not reached.
   *
   * @since 0.1.0
   */
  get isTransient(): boolean {
    return this.recipients.some(({ _tag }) => _tag === "Deferred" || _tag === "NotSent")
  }
  /**
   * What to do about it.
   *
   * @since 0.1.0
   */
  get advice(): string {
    return Advice.ofRejection(this)
  }
  /**
   * @since 0.1.0
   */
  override get message(): string {
    return tell(`The server refused ${this.command === "message" ? "the message" : this.command}`, this)
  }
}

/**
 * The connection was lost after the final dot and before its reply: nobody knows whether the message was accepted.
 * Sending it again may deliver it twice. Recipients that were refused before the message are still known.
 *
 * `repeatableUntil`, in milliseconds since 1970, is set where the same backend may be given the message once more: it was
 * sent with an idempotency key, by which the provider knows it until then.
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
      ...place,
      repeatableUntil: Schema.optional(Schema.Number),
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
   * Whether the same message may be sent once more by the same backend, to the same recipients and until
   * `repeatableUntil`: an idempotency key keeps it from being delivered twice. By any other backend it may not.
   *
   * @since 0.1.0
   */
  get isRepeatable(): boolean {
    return this.repeatableUntil !== undefined
  }
  /**
   * What to do about it.
   *
   * @since 0.1.0
   */
  get advice(): string {
    return this.isRepeatable ? Advice.ofRepeatableOutcome : Advice.ofUnknownOutcome
  }
  /**
   * @since 0.1.0
   */
  override get message(): string {
    return tell(`Nobody knows whether the message was accepted: ${this.description}`, this)
  }
}

/**
 * What is wrong with a message itself. It is found before any connection is opened; only what a stream gives is seen when
 * it comes.
 *
 * @since 0.1.0
 * @category errors
 */
export type MessageError = BadHeaderError | InvalidAddressError | InvalidMessageError | InvalidAttachment

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
  error._tag === "BadHeaderError" || error._tag === "InvalidAddressError" || error._tag === "InvalidMessageError" ||
  (error._tag === "AttachmentError" && error.reason === "Invalid")

/**
 * Whether a value is an error of delivery, from a backend.
 *
 * @since 0.1.0
 * @category guards
 */
export const isBackendError = (u: unknown): u is BackendError => isMailError(u) && !isMessageError(u)

/** An error anew keeps what others have put on it beside its fields, such as the dialogue of an SMTP connection. */
const keep = <E extends BackendError>(anew: E, error: E): E => {
  for (const key of Reflect.ownKeys(error)) {
    const property = Object.getOwnPropertyDescriptor(error, key)
    if (property !== undefined && !Object.hasOwn(anew, key)) Object.defineProperty(anew, key, property)
  }
  return anew
}

/**
 * The same error with the place where it happened. What it says of the place already stays, and an `AttachmentError`,
 * which has none, is left as it is.
 *
 * @example
 * ```ts
 * import { MailError } from "@effect-mail/core"
 *
 * const refused = new MailError.ConnectionError({ reason: "Refused", description: "nobody listens" })
 * MailError.at(refused, { host: "smtp.example.com", port: 587 }).message
 * // "Refused: nobody listens (smtp.example.com:587). Check the address, and that the server is running."
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
