/**
 * The outcome of a batch of messages, each in its place.
 *
 * @since 0.1.0
 */
import * as Data from "effect/Data"
import { type DeliveryReport, isDelivered } from "./DeliveryReport.js"
import type { Message } from "./internal/message/model.js"
import type { MailError } from "./MailError.js"

/**
 * The message was handed over; its report says for which recipients.
 *
 * @since 0.1.0
 * @category models
 */
export interface Sent {
  readonly _tag: "Sent"
  readonly message: Message
  readonly report: DeliveryReport
}

/**
 * The message failed; its error says whether anything may have been sent.
 *
 * @since 0.1.0
 * @category models
 */
export interface Failed {
  readonly _tag: "Failed"
  readonly message: Message
  readonly error: MailError
}

/**
 * The message was not tried, because no connection could be made.
 *
 * @since 0.1.0
 * @category models
 */
export interface NotTried {
  readonly _tag: "NotTried"
  readonly message: Message
}

/**
 * @since 0.1.0
 * @category models
 */
export type Entry = Sent | Failed | NotTried

/**
 * An entry with the key that a program gave with its message: see `Mail.sendStream`.
 *
 * @since 0.1.0
 * @category models
 */
export type Keyed<Key, E extends Entry = Sent | Failed> = E & { readonly key: Key }

/**
 * One entry for each message, in the order in which the messages were given.
 *
 * @since 0.1.0
 * @category models
 */
export interface BatchReport {
  readonly entries: ReadonlyArray<Entry>
}

/**
 * @since 0.1.0
 * @category constructors
 */
export const sent = (message: Message, report: DeliveryReport): Sent => ({ _tag: "Sent", message, report })

/**
 * @since 0.1.0
 * @category constructors
 */
export const failed = (message: Message, error: MailError): Failed => ({ _tag: "Failed", message, error })

/**
 * @since 0.1.0
 * @category constructors
 */
export const notTried = (message: Message): NotTried => ({ _tag: "NotTried", message })

/**
 * How many messages were handed over to at least one recipient.
 *
 * @since 0.1.0
 * @category getters
 */
export const sentCount = (report: BatchReport): number =>
  report.entries.reduce((sum, entry) => sum + (entry._tag === "Sent" && isDelivered(entry.report) ? 1 : 0), 0)

/**
 * The messages that failed, with their errors.
 *
 * @since 0.1.0
 * @category getters
 */
export const failures = (report: BatchReport): ReadonlyArray<Failed> =>
  report.entries.filter((entry) => entry._tag === "Failed")

/**
 * Whether no message failed and none was left untried.
 *
 * @since 0.1.0
 * @category getters
 */
export const isComplete = (report: BatchReport): boolean => report.entries.every((entry) => entry._tag === "Sent")

/**
 * Some messages of a mass mailing were not sent. `report` holds what was sent, what failed and why, and what was not tried.
 *
 * @since 0.1.0
 * @category errors
 */
export class MassMailError extends Data.TaggedError("MassMailError")<{ readonly report: BatchReport }> {
  /**
   * @since 0.1.0
   */
  override get message(): string {
    return `${sentCount(this.report)} of ${this.report.entries.length} messages were sent`
  }
}
