/**
 * The outcome of a message, recipient by recipient.
 *
 * @since 0.1.0
 */
import type * as Option from "effect/Option"
import * as Schema from "effect/Schema"

/**
 * A reply of a server: its code, the enhanced status code (RFC 3463, `X.Y.Z`) where it gave one, and its text, in which
 * control characters are escaped.
 *
 * @since 0.1.0
 * @category models
 */
export const Reply = Schema.Struct({
  code: Schema.Number,
  enhancedCode: Schema.optional(Schema.String),
  text: Schema.String
})

/**
 * @since 0.1.0
 * @category models
 */
export type Reply = typeof Reply.Type

/**
 * The backend took responsibility for this recipient. `reply` is absent where a backend has no server.
 *
 * @since 0.1.0
 * @category models
 */
export const Accepted = Schema.TaggedStruct("Accepted", {
  recipient: Schema.String,
  reply: Schema.optional(Reply)
})

/**
 * @since 0.1.0
 * @category models
 */
export type Accepted = typeof Accepted.Type

/**
 * The server refused this recipient temporarily (4xx): a later try may succeed.
 *
 * @since 0.1.0
 * @category models
 */
export const Deferred = Schema.TaggedStruct("Deferred", { recipient: Schema.String, reply: Reply })

/**
 * @since 0.1.0
 * @category models
 */
export type Deferred = typeof Deferred.Type

/**
 * The server refused this recipient permanently (5xx).
 *
 * @since 0.1.0
 * @category models
 */
export const Rejected = Schema.TaggedStruct("Rejected", { recipient: Schema.String, reply: Reply })

/**
 * @since 0.1.0
 * @category models
 */
export type Rejected = typeof Rejected.Type

/**
 * The message was certainly not sent to this recipient.
 *
 * @since 0.1.0
 * @category models
 */
export const NotSent = Schema.TaggedStruct("NotSent", { recipient: Schema.String })

/**
 * @since 0.1.0
 * @category models
 */
export type NotSent = typeof NotSent.Type

/**
 * It is unknown whether the message was accepted for this recipient.
 *
 * @since 0.1.0
 * @category models
 */
export const Unknown = Schema.TaggedStruct("Unknown", { recipient: Schema.String })

/**
 * @since 0.1.0
 * @category models
 */
export type Unknown = typeof Unknown.Type

/**
 * The message is kept in a store for this recipient, and will be sent from there: no server has seen it yet, so that this
 * is never `Accepted`. `ticket` is what the store calls the message.
 *
 * @since 0.1.0
 * @category models
 */
export const Queued = Schema.TaggedStruct("Queued", {
  recipient: Schema.String,
  ticket: Schema.optional(Schema.String)
})

/**
 * @since 0.1.0
 * @category models
 */
export type Queued = typeof Queued.Type

/**
 * The status of one recipient.
 *
 * @since 0.1.0
 * @category models
 */
export const RecipientStatus = Schema.Union(Accepted, Queued, Deferred, Rejected, NotSent, Unknown)

/**
 * @since 0.1.0
 * @category models
 */
export type RecipientStatus = typeof RecipientStatus.Type

/**
 * The SMTP envelope (RFC 5321 section 2.3.1): MAIL FROM and RCPT TO, as written between `<` and `>` in the commands. An
 * empty `from` is the null reverse-path of a bounce.
 *
 * @since 0.1.0
 * @category models
 */
export interface Envelope {
  readonly from: string
  readonly to: ReadonlyArray<string>
  /** Whether an address has a non-ASCII local part, so that the server must offer SMTPUTF8 (RFC 6531). */
  readonly smtpUtf8: boolean
}

/**
 * The outcome of a message that was handed over for at least one recipient. It lists refused recipients beside accepted
 * ones: partial acceptance is a success.
 *
 * @since 0.1.0
 * @category models
 */
export interface DeliveryReport {
  readonly messageId: string
  /** The name of the mailer that sent it, where it was chosen by name. */
  readonly mailer: Option.Option<string>
  readonly envelope: Envelope
  readonly recipients: ReadonlyArray<RecipientStatus>
  /** The server's reply to the message; absent where a backend has no server. */
  readonly response?: Reply | undefined
  /**
   * What the provider calls the message: its events and its support go by it. Providers that take no MIME, and SES, put a
   * Message-ID of their own in place of `messageId`. Absent where a backend has no name of its own for a message.
   */
  readonly remoteId?: string | undefined
}

/**
 * The recipients that were accepted.
 *
 * @since 0.1.0
 * @category getters
 */
export const accepted = (report: DeliveryReport): ReadonlyArray<Accepted> =>
  report.recipients.filter((status) => status._tag === "Accepted")

/**
 * The recipients for whom the message is kept in a store, and not sent yet.
 *
 * @since 0.1.0
 * @category getters
 */
export const queued = (report: DeliveryReport): ReadonlyArray<Queued> =>
  report.recipients.filter((status) => status._tag === "Queued")

/**
 * The recipients that were refused, temporarily or permanently.
 *
 * @since 0.1.0
 * @category getters
 */
export const refused = (report: DeliveryReport): ReadonlyArray<Deferred | Rejected> =>
  report.recipients.filter((status) => status._tag === "Deferred" || status._tag === "Rejected")

/**
 * Whether some recipient was accepted.
 *
 * @since 0.1.0
 * @category getters
 */
export const isDelivered = (report: DeliveryReport): boolean =>
  report.recipients.some((status) => status._tag === "Accepted")

/**
 * Whether every recipient was accepted.
 *
 * @since 0.1.0
 * @category getters
 */
export const isComplete = (report: DeliveryReport): boolean =>
  report.recipients.every((status) => status._tag === "Accepted")
