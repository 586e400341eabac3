import * as Inspectable from "effect/Inspectable"
import * as Option from "effect/Option"
import { type Pipeable, pipeArguments } from "effect/Pipeable"
import type { Annotations } from "../../Annotations.js"
import type * as DeliveryReport from "../../DeliveryReport.js"
import type * as Envelope from "../../Envelope.js"
import type { Message } from "../message/model.js"
import type { Source } from "../render/message.js"
import * as Value from "../value/kind.js"

export const TypeId: TypeId = "~@effect-mail/core/Outgoing"

export type TypeId = "~@effect-mail/core/Outgoing"

/**
 * A checked and stamped message. `Envelope.of(outgoing)` is its whole envelope, with all that it asks of a server.
 *
 * - `message`: the value that it was made from, for observers of what is sent. That of a thawed message holds only its
 *   envelope and its Message-ID, so no driver delivers by it
 * - `messageId`: in angle brackets
 * - `mailer`: the name of the mailer that sends it, where it was chosen by name
 * - `eightBit`: whether its bytes include octets above 127, so that a server must offer 8BITMIME (RFC 6152)
 * - `requireTls`: whether it must stay encrypted in transit (RFC 8689)
 * - `notification`: which delivery reports are wanted (RFC 3461)
 * - `annotations`: what only mail providers use, such as tags
 * - `streamed`: whether its bytes should not all be in memory at once: an attachment is a stream, or the message is large
 *
 * @since 0.1.0
 * @category models
 */
export interface Outgoing extends Inspectable.Inspectable, Pipeable {
  readonly [TypeId]: TypeId
  readonly message: Message
  readonly envelope: DeliveryReport.Envelope
  readonly messageId: string
  readonly mailer: Option.Option<string>
  readonly eightBit: boolean
  readonly requireTls: boolean
  readonly notification: Option.Option<Envelope.Notification>
  readonly annotations: Annotations
  readonly streamed: boolean
}

export type Fields = Omit<Outgoing, keyof Inspectable.Inspectable | keyof Pipeable | TypeId>

const Proto = {
  [TypeId]: TypeId,
  ...Inspectable.BaseProto,
  toJSON(this: Outgoing) {
    return { _id: "@effect-mail/core/Outgoing", messageId: this.messageId, envelope: this.envelope }
  },
  pipe() {
    return pipeArguments(this, arguments)
  }
}

const kind = Value.kindHiding<Outgoing, Source>(TypeId, Proto)

export const make: (fields: Fields, source: Source) => Outgoing = kind.make

/** The source of the bytes; undefined for what was not made here. */
export const sourceOf = (u: Outgoing): Source | undefined => Value.isOf(TypeId, u) ? kind.hiddenOf(u) : undefined

/** A changed copy, with the source that `changeSource` gives. What was not made here is returned as it is. */
export const change = (
  self: Outgoing,
  changes: (self: Outgoing) => Partial<Fields>,
  changeSource: (source: Source) => Source = (source) => source
): Outgoing => {
  const source = sourceOf(self)
  return source === undefined ? self : make({ ...self, ...changes(self) }, changeSource(source))
}

/** Looks like a message without recipients. It is not of the kind, so that every use of its bytes is refused. */
export const unchecked = (message: Message): Outgoing =>
  Object.freeze(Object.setPrototypeOf({
    message,
    envelope: { from: "", to: [], smtpUtf8: false },
    messageId: "",
    mailer: Option.none(),
    eightBit: false,
    requireTls: false,
    notification: Option.none(),
    annotations: {},
    streamed: false
  }, Proto))
