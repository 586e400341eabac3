import type * as DateTime from "effect/DateTime"
import type * as Equal from "effect/Equal"
import type * as Inspectable from "effect/Inspectable"
import type * as Option from "effect/Option"
import type { Pipeable } from "effect/Pipeable"
import type * as Stream from "effect/Stream"
import type * as Address from "../../Address.js"
import type { Annotations } from "../../Annotations.js"
import type { Charset } from "../mime/syntax/charset.js"
import type { Headers } from "../value/headers.js"
import { isOf } from "../value/kind.js"

/** Messages hold attachments, which may hold messages: so the types of both are here. */

export const MessageTypeId: MessageTypeId = "~@effect-mail/core/Message"

export type MessageTypeId = "~@effect-mail/core/Message"

export const AttachmentTypeId: AttachmentTypeId = "~@effect-mail/core/Attachment"

export type AttachmentTypeId = "~@effect-mail/core/Attachment"

export const isMessage = (u: unknown): u is Message => isOf(MessageTypeId, u)

export const isAttachment = (u: unknown): u is Attachment => isOf(AttachmentTypeId, u)

/**
 * Another form of the same content, such as `text/x-amp-html` or `text/calendar; method=REQUEST`.
 *
 * @since 0.1.0
 * @category models
 */
export interface Alternative {
  readonly contentType: string
  readonly content: string | Uint8Array
  /** Whether `content` is a complete MIME part with a header of its own: see `Message.part`. Default: `false`. */
  readonly isReady?: boolean | undefined
}

/**
 * The delivery reports that the sender asks for (RFC 3461). Servers that do not offer DSN get the message without the
 * request.
 *
 * - `notify`: when to report; `"never"` also suppresses reports of failures
 * - `return`: how much of the message a report of a failure should hold
 * - `envelopeId`: the name of the message in the reports; 1 to 100 printable ASCII characters
 *
 * @since 0.1.0
 * @category models
 */
export interface DeliveryNotification {
  readonly notify?: "never" | ReadonlyArray<"success" | "failure" | "delay"> | undefined
  readonly return?: "full" | "headers" | undefined
  readonly envelopeId?: string | undefined
}

/**
 * A message. Two messages are equal when their contents are.
 *
 * @since 0.1.0
 * @category models
 */
export interface Message extends Equal.Equal, Inspectable.Inspectable, Pipeable {
  readonly [MessageTypeId]: MessageTypeId
  readonly from: Option.Option<Address.Input>
  readonly envelopeFrom: Option.Option<Address.Input>
  readonly to: ReadonlyArray<Address.Input>
  readonly cc: ReadonlyArray<Address.Input>
  readonly bcc: ReadonlyArray<Address.Input>
  readonly replyTo: ReadonlyArray<Address.Input>
  readonly subject: string
  readonly text: Option.Option<string>
  readonly html: Option.Option<string>
  readonly alternatives: ReadonlyArray<Alternative>
  readonly attachments: ReadonlyArray<Attachment>
  readonly headers: Headers
  readonly date: Option.Option<DateTime.DateTime>
  readonly messageId: Option.Option<string>
  readonly inReplyTo: Option.Option<string>
  readonly references: ReadonlyArray<string>
  readonly listId: Option.Option<string>
  readonly listUnsubscribe: ReadonlyArray<string>
  readonly charset: Option.Option<Charset>
  readonly deliveryNotification: Option.Option<DeliveryNotification>
  readonly requireTls: boolean
  readonly annotations: Annotations
}

/**
 * One or several.
 *
 * @since 0.1.0
 * @category models
 */
export type OneOrMore<A> = A | ReadonlyArray<A>

/**
 * How a reader should present an attachment (RFC 2183): as a file, or within the html.
 *
 * @since 0.1.0
 * @category models
 */
export type Disposition = "attachment" | "inline"

/**
 * @since 0.1.0
 * @category models
 */
export declare namespace Attachment {
  /**
   * What all attachments have.
   *
   * @since 0.1.0
   * @category models
   */
  export interface Proto extends Equal.Equal, Inspectable.Inspectable, Pipeable {
    readonly [AttachmentTypeId]: AttachmentTypeId
    readonly filename: Option.Option<string>
    readonly contentType: Option.Option<string>
    readonly disposition: Disposition
    readonly contentId: Option.Option<string>
    readonly headers: Headers
  }
}

/**
 * An attachment. Two attachments are equal when their contents and descriptions are.
 *
 * @since 0.1.0
 * @category models
 */
export type Attachment = Bytes | Text | Embedded | Streamed

/**
 * @since 0.1.0
 * @category models
 */
export interface Bytes extends Attachment.Proto {
  readonly _tag: "Bytes"
  readonly content: Uint8Array
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Text extends Attachment.Proto {
  readonly _tag: "Text"
  readonly content: string
}

/**
 * A whole message inside the message (`message/rfc822`): a value, or the raw bytes of one.
 *
 * @since 0.1.0
 * @category models
 */
export interface Embedded extends Attachment.Proto {
  readonly _tag: "Embedded"
  readonly content: Message | Uint8Array
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Streamed extends Attachment.Proto {
  readonly _tag: "Streamed"
  readonly content: Stream.Stream<Uint8Array, unknown>
}
