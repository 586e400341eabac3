/**
 * An e-mail message as an immutable value, built by pure combinators. Nothing fails, reads a clock or opens anything
 * while a message is built: what is wrong with it is said by `validate`, and by every backend before it connects.
 *
 * @since 0.1.0
 */
import type * as DateTime from "effect/DateTime"
import * as Either from "effect/Either"
import * as Equal from "effect/Equal"
import { dual } from "effect/Function"
import * as Hash from "effect/Hash"
import * as Inspectable from "effect/Inspectable"
import * as Option from "effect/Option"
import { type Pipeable, pipeArguments } from "effect/Pipeable"
import * as Address from "./Address.js"
import type * as Annotations from "./Annotations.js"
import type * as Attachment from "./Attachment.js"
import { distinct } from "./internal/address/key.js"
import * as Check from "./internal/check/message.js"
import type { Charset } from "./internal/mime/charset.js"
import * as CopiedAnnotations from "./internal/value/annotations.js"
import * as Copied from "./internal/value/copy.js"
import * as Structural from "./internal/value/equality.js"
import { type HeaderInput, toHeaders } from "./internal/value/headers.js"
import { isMessage as isOurs } from "./internal/value/isMessage.js"
import * as Value from "./internal/value/kind.js"
import * as MailConfig from "./MailConfig.js"
import type { MessageError } from "./MailError.js"

/**
 * @since 0.1.0
 * @category type ids
 */
export const TypeId: TypeId = "~@effect-mail/core/Message"

/**
 * @since 0.1.0
 * @category type ids
 */
export type TypeId = "~@effect-mail/core/Message"

/**
 * Another form of the same content, such as `text/x-amp-html` or `text/calendar; method=REQUEST`.
 *
 * @since 0.1.0
 * @category models
 */
export interface Alternative {
  readonly contentType: string
  readonly content: string | Uint8Array
}

/**
 * What the sender wants to hear of the delivery (RFC 3461). It is asked of servers that offer DSN; others are sent the
 * message without it.
 *
 * - `notify`: when to report; `"never"` suppresses the reports of failures too
 * - `return`: how much of the message a report of failure should hold
 * - `envelopeId`: what the reports will call the message; at most 100 printable ASCII characters
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
  readonly [TypeId]: TypeId
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
  readonly attachments: ReadonlyArray<Attachment.Attachment>
  readonly headers: ReadonlyArray<readonly [name: string, value: string]>
  readonly date: Option.Option<DateTime.DateTime>
  readonly messageId: Option.Option<string>
  readonly inReplyTo: Option.Option<string>
  readonly references: ReadonlyArray<string>
  readonly listId: Option.Option<string>
  readonly listUnsubscribe: ReadonlyArray<string>
  readonly charset: Option.Option<Charset>
  readonly deliveryNotification: Option.Option<DeliveryNotification>
  readonly requireTls: boolean
  readonly annotations: Annotations.Annotations
}

/**
 * One or several.
 *
 * @since 0.1.0
 * @category models
 */
export type OneOrMore<A> = A | ReadonlyArray<A>

/**
 * What `make` takes. Whatever is left out is empty; without `from` the sender is `MailConfig`'s default.
 *
 * - `envelopeFrom`: MAIL FROM where it differs from `from`; the empty string is the null reverse-path of a bounce
 * - `listUnsubscribe`: `https:` and `mailto:` URLs (RFC 2369); an `https:` URL also announces one-click (RFC 8058)
 * - `charset`: of text, html and text alternatives; `MailConfig`'s default when left out
 * - `requireTls`: whether every server on the way must pass the message on encrypted or not at all (RFC 8689)
 * - `annotations`: what only mail providers know, such as tags; SMTP carries none of them
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  readonly from?: Address.Input | undefined
  readonly envelopeFrom?: Address.Input | undefined
  readonly to?: OneOrMore<Address.Input> | undefined
  readonly cc?: OneOrMore<Address.Input> | undefined
  readonly bcc?: OneOrMore<Address.Input> | undefined
  readonly replyTo?: OneOrMore<Address.Input> | undefined
  readonly subject?: string | undefined
  readonly text?: string | undefined
  readonly html?: string | undefined
  readonly alternatives?: ReadonlyArray<Alternative> | undefined
  readonly attachments?: ReadonlyArray<Attachment.Attachment> | undefined
  readonly headers?: HeaderInput | undefined
  readonly date?: DateTime.DateTime | undefined
  readonly messageId?: string | undefined
  readonly inReplyTo?: string | undefined
  readonly references?: OneOrMore<string> | undefined
  readonly listId?: string | undefined
  readonly listUnsubscribe?: OneOrMore<string> | undefined
  readonly charset?: Charset | undefined
  readonly deliveryNotification?: DeliveryNotification | undefined
  readonly requireTls?: boolean | undefined
  readonly annotations?: Annotations.Annotations | undefined
}

type Fields = Omit<Message, keyof Equal.Equal | keyof Inspectable.Inspectable | keyof Pipeable | TypeId>

const Proto = {
  [TypeId]: TypeId,
  ...Inspectable.BaseProto,
  [Equal.symbol](this: Message, that: unknown): boolean {
    return isMessage(that) &&
      Object.keys(this).every((key) => Structural.equals(this[key as keyof Fields], that[key as keyof Fields]))
  },
  [Hash.symbol](this: Message): number {
    return Value.cachedHash(
      this,
      () => Structural.hash([this.subject, this.text, this.html, this.to.length, this.headers])
    )
  },
  toJSON(this: Message) {
    const printed: Record<string, unknown> = { _id: "@effect-mail/core/Message" }
    for (const [key, value] of Object.entries(this)) {
      if (Option.isOption(value)) {
        if (Option.isSome(value)) printed[key] = Inspectable.toJSON(value.value)
      } else if (value === true || Object.keys(value).length > 0) printed[key] = Inspectable.toJSON(value)
    }
    return printed
  },
  pipe() {
    return pipeArguments(this, arguments)
  }
}

const fromFields: (fields: Fields) => Message = Value.kind<Message>(TypeId, Proto)

/**
 * Whether this module made the value: JSON that has the shape of a message is none.
 *
 * @since 0.1.0
 * @category guards
 */
export const isMessage: (u: unknown) => u is Message = isOurs

/**
 * Makes a message at once from its parts.
 *
 * @example
 * ```ts
 * import { Message } from "@effect-mail/core"
 *
 * const welcome = Message.make({
 *   from: "Ada Lovelace <ada@example.com>",
 *   to: "bob@example.com",
 *   subject: "Grüße",
 *   text: "Hello, Bob",
 *   html: "<p>Hello, <b>Bob</b></p>"
 * })
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: Options): Message => {
  try {
    return fromFields({
      from: Option.map(Option.fromNullable(options.from), Copied.address),
      envelopeFrom: Option.map(Option.fromNullable(options.envelopeFrom), Copied.address),
      to: Copied.list(options.to, Copied.address),
      cc: Copied.list(options.cc, Copied.address),
      bcc: Copied.list(options.bcc, Copied.address),
      replyTo: Copied.list(options.replyTo, Copied.address),
      subject: options.subject ?? "",
      text: Option.fromNullable(options.text),
      html: Option.fromNullable(options.html),
      alternatives: Copied.list(options.alternatives, Copied.alternative),
      attachments: Copied.list(options.attachments, Copied.same),
      headers: toHeaders(options.headers),
      date: Option.fromNullable(options.date),
      messageId: Option.fromNullable(options.messageId),
      inReplyTo: Option.fromNullable(options.inReplyTo),
      references: Copied.list(options.references, Copied.same),
      listId: Option.fromNullable(options.listId),
      listUnsubscribe: Copied.list(options.listUnsubscribe, Copied.same),
      charset: Option.fromNullable(options.charset),
      deliveryNotification: Option.map(Option.fromNullable(options.deliveryNotification), Copied.notification),
      requireTls: options.requireTls ?? false,
      annotations: CopiedAnnotations.copy(options.annotations)
    })
  } catch {
    return unreadable
  }
}

/**
 * The message that holds nothing.
 *
 * @since 0.1.0
 * @category constructors
 */
export const empty: Message = make({})

/** What is made of input that cannot even be read: it is not of the kind, so that the check refuses it. */
const unreadable: Message = Object.freeze(Object.setPrototypeOf({ ...empty }, Proto))

/** What was not made here stays what it is, for the check to refuse. */
const change = (self: Message, changes: (self: Message) => Partial<Fields>): Message => {
  if (!isMessage(self)) return self
  try {
    return fromFields({ ...self, ...changes(self) })
  } catch {
    return unreadable
  }
}

const set = (self: Message, changes: Partial<Fields>): Message => change(self, () => changes)

/** A list of one's own that goes on with more. */
const more = <A>(list: ReadonlyArray<A>, added: OneOrMore<A>, copy: (item: A) => A): ReadonlyArray<A> =>
  Object.freeze([...list, ...Copied.list(added, copy)])

const adding = <K extends "to" | "cc" | "bcc" | "replyTo">(key: K): {
  (addresses: OneOrMore<Address.Input>): (self: Message) => Message
  (self: Message, addresses: OneOrMore<Address.Input>): Message
} =>
  dual(
    2,
    (self: Message, addresses: OneOrMore<Address.Input>): Message =>
      change(self, (self) => ({ [key]: more(self[key], addresses, Copied.address) }))
  )

/**
 * Sets the author, and with it the sender of the envelope.
 *
 * @since 0.1.0
 * @category combinators
 */
export const from: {
  (address: Address.Input): (self: Message) => Message
  (self: Message, address: Address.Input): Message
} = dual(
  2,
  (self: Message, address: Address.Input): Message =>
    change(self, () => ({ from: Option.some(Copied.address(address)) }))
)

/**
 * Sets MAIL FROM where it differs from the author: bounces go there. The empty string is the null reverse-path.
 *
 * @since 0.1.0
 * @category combinators
 */
export const envelopeFrom: {
  (address: Address.Input): (self: Message) => Message
  (self: Message, address: Address.Input): Message
} = dual(
  2,
  (self: Message, address: Address.Input): Message =>
    change(self, () => ({ envelopeFrom: Option.some(Copied.address(address)) }))
)

/**
 * Adds recipients.
 *
 * @example
 * ```ts
 * import { Message } from "@effect-mail/core"
 *
 * Message.empty.pipe(Message.to("ada@example.com"), Message.to(["bob@example.com", "eve@example.com"]))
 * ```
 *
 * @since 0.1.0
 * @category combinators
 */
export const to: {
  (addresses: OneOrMore<Address.Input>): (self: Message) => Message
  (self: Message, addresses: OneOrMore<Address.Input>): Message
} = adding("to")

/**
 * Adds recipients of a copy, whom every reader sees.
 *
 * @since 0.1.0
 * @category combinators
 */
export const cc: {
  (addresses: OneOrMore<Address.Input>): (self: Message) => Message
  (self: Message, addresses: OneOrMore<Address.Input>): Message
} = adding("cc")

/**
 * Adds recipients of a copy, whom no reader sees: they stand in the envelope and nowhere in the bytes.
 *
 * @since 0.1.0
 * @category combinators
 */
export const bcc: {
  (addresses: OneOrMore<Address.Input>): (self: Message) => Message
  (self: Message, addresses: OneOrMore<Address.Input>): Message
} = adding("bcc")

/**
 * Adds addresses that answers go to.
 *
 * @since 0.1.0
 * @category combinators
 */
export const replyTo: {
  (addresses: OneOrMore<Address.Input>): (self: Message) => Message
  (self: Message, addresses: OneOrMore<Address.Input>): Message
} = adding("replyTo")

/**
 * Sets the subject.
 *
 * @since 0.1.0
 * @category combinators
 */
export const subject: {
  (subject: string): (self: Message) => Message
  (self: Message, subject: string): Message
} = dual(2, (self: Message, subject: string): Message => set(self, { subject }))

/**
 * Sets the plain text.
 *
 * @since 0.1.0
 * @category combinators
 */
export const text: {
  (text: string): (self: Message) => Message
  (self: Message, text: string): Message
} = dual(2, (self: Message, text: string): Message => set(self, { text: Option.some(text) }))

/**
 * Sets the html. Beside a text it is an alternative to it; alone it is the body.
 *
 * @since 0.1.0
 * @category combinators
 */
export const html: {
  (html: string): (self: Message) => Message
  (self: Message, html: string): Message
} = dual(2, (self: Message, html: string): Message => set(self, { html: Option.some(html) }))

/**
 * Adds another form of the same content. Readers show the last one that they understand.
 *
 * @example
 * ```ts
 * import { Message } from "@effect-mail/core"
 *
 * Message.empty.pipe(
 *   Message.text("Lunch on Friday?"),
 *   Message.alternative("BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", "text/calendar; method=REQUEST")
 * )
 * ```
 *
 * @since 0.1.0
 * @category combinators
 */
export const alternative: {
  (content: string | Uint8Array, contentType: string): (self: Message) => Message
  (self: Message, content: string | Uint8Array, contentType: string): Message
} = dual(
  3,
  (self: Message, content: string | Uint8Array, contentType: string): Message =>
    change(self, ({ alternatives }) => ({
      alternatives: more(alternatives, { content, contentType }, Copied.alternative)
    }))
)

/**
 * Adds one or more attachments.
 *
 * @since 0.1.0
 * @category combinators
 */
export const attach: {
  (attachments: OneOrMore<Attachment.Attachment>): (self: Message) => Message
  (self: Message, attachments: OneOrMore<Attachment.Attachment>): Message
} = dual(
  2,
  (self: Message, attachments: OneOrMore<Attachment.Attachment>): Message =>
    change(self, (self) => ({ attachments: more(self.attachments, attachments, Copied.same) }))
)

/**
 * Adds a header field. From, Sender, To, Cc, Reply-To, Date and Message-ID replace the generated field, while the
 * envelope stays as the message's own fields say. Names are compared without case.
 *
 * Sending fails with `BadHeaderError` for `Bcc`, `Subject`, `MIME-Version`, `Content-*`, trace fields, a name that is no
 * field name, and a value that holds a control character.
 *
 * @example
 * ```ts
 * import { Message } from "@effect-mail/core"
 *
 * Message.empty.pipe(Message.header("Auto-Submitted", "auto-generated"))
 * ```
 *
 * @since 0.1.0
 * @category combinators
 */
export const header: {
  (name: string, value: string): (self: Message) => Message
  (self: Message, name: string, value: string): Message
} = dual(
  3,
  (self: Message, name: string, value: string): Message =>
    change(self, ({ headers }) => ({ headers: Object.freeze([...headers, ...toHeaders([[name, value]])]) }))
)

/**
 * Sets the date. A zoned date is written with its offset, any other in UTC. Without it the date is that of sending.
 *
 * @since 0.1.0
 * @category combinators
 */
export const date: {
  (date: DateTime.DateTime): (self: Message) => Message
  (self: Message, date: DateTime.DateTime): Message
} = dual(2, (self: Message, date: DateTime.DateTime): Message => set(self, { date: Option.some(date) }))

/**
 * Sets the Message-ID (RFC 5322 section 3.6.4), with or without angle brackets. Without it one is made for each sending.
 *
 * @since 0.1.0
 * @category combinators
 */
export const messageId: {
  (messageId: string): (self: Message) => Message
  (self: Message, messageId: string): Message
} = dual(2, (self: Message, messageId: string): Message => set(self, { messageId: Option.some(messageId) }))

/**
 * Sets the Message-ID that this message answers.
 *
 * @since 0.1.0
 * @category combinators
 */
export const inReplyTo: {
  (messageId: string): (self: Message) => Message
  (self: Message, messageId: string): Message
} = dual(2, (self: Message, messageId: string): Message => set(self, { inReplyTo: Option.some(messageId) }))

/**
 * Adds Message-IDs of the conversation that this message belongs to, oldest first.
 *
 * @since 0.1.0
 * @category combinators
 */
export const references: {
  (messageIds: OneOrMore<string>): (self: Message) => Message
  (self: Message, messageIds: OneOrMore<string>): Message
} = dual(
  2,
  (self: Message, messageIds: OneOrMore<string>): Message =>
    change(self, ({ references }) => ({ references: more(references, messageIds, Copied.same) }))
)

/**
 * Sets the identifier of the mailing list (RFC 2919), a dotted name such as `news.example.com`.
 *
 * @since 0.1.0
 * @category combinators
 */
export const listId: {
  (listId: string): (self: Message) => Message
  (self: Message, listId: string): Message
} = dual(2, (self: Message, listId: string): Message => set(self, { listId: Option.some(listId) }))

/**
 * Adds ways to unsubscribe (RFC 2369): `https:` and `mailto:` URLs. An `https:` URL also announces that one POST
 * unsubscribes (RFC 8058), which large mailbox providers require of bulk mail.
 *
 * @since 0.1.0
 * @category combinators
 */
export const listUnsubscribe: {
  (urls: OneOrMore<string>): (self: Message) => Message
  (self: Message, urls: OneOrMore<string>): Message
} = dual(
  2,
  (self: Message, urls: OneOrMore<string>): Message =>
    change(self, ({ listUnsubscribe }) => ({ listUnsubscribe: more(listUnsubscribe, urls, Copied.same) }))
)

/**
 * Sets the charset of text, html and text alternatives.
 *
 * @since 0.1.0
 * @category combinators
 */
export const charset: {
  (charset: Charset): (self: Message) => Message
  (self: Message, charset: Charset): Message
} = dual(2, (self: Message, charset: Charset): Message => set(self, { charset: Option.some(charset) }))

/**
 * Asks for reports of the delivery (RFC 3461).
 *
 * @since 0.1.0
 * @category combinators
 */
export const deliveryNotification: {
  (notification: DeliveryNotification): (self: Message) => Message
  (self: Message, notification: DeliveryNotification): Message
} = dual(
  2,
  (self: Message, notification: DeliveryNotification): Message =>
    change(self, () => ({ deliveryNotification: Option.some(Copied.notification(notification)) }))
)

/**
 * Demands that every server on the way passes the message on encrypted, or not at all (RFC 8689). A server that does not
 * offer REQUIRETLS is not given the message: sending fails with `CapabilityError`.
 *
 * @since 0.1.0
 * @category combinators
 */
export const requireTls = (self: Message): Message => set(self, { requireTls: true })

/**
 * Annotates the message for a mail provider. An annotation that was there before is replaced.
 *
 * @example
 * ```ts
 * import { Annotations, Message } from "@effect-mail/core"
 *
 * const receipt = Message.make({ from: "ada@example.com", to: "bob@example.com", text: "Thank you" }).pipe(
 *   Message.annotate(Annotations.idempotencyKey, "order-42/receipt")
 * )
 * ```
 *
 * @see {@link Annotations.Annotations}
 *
 * @since 0.1.0
 * @category combinators
 */
export const annotate: {
  <N extends Annotations.Name>(
    key: Annotations.Key<N>,
    value: NonNullable<Annotations.Annotations[N]>
  ): (self: Message) => Message
  <N extends Annotations.Name>(
    self: Message,
    key: Annotations.Key<N>,
    value: NonNullable<Annotations.Annotations[N]>
  ): Message
} = dual(
  3,
  <N extends Annotations.Name>(
    self: Message,
    { name }: Annotations.Key<N>,
    value: NonNullable<Annotations.Annotations[N]>
  ): Message =>
    change(self, ({ annotations }) => ({ annotations: CopiedAnnotations.copy({ ...annotations, [name]: value }) }))
)

/**
 * The addresses that the message goes to: to, then cc, then bcc, without names and without duplicates. What is not an
 * address is given back as it was written.
 *
 * @example
 * ```ts
 * import { Message } from "@effect-mail/core"
 *
 * Message.recipients(Message.make({ to: "Ada <ada@example.com>", bcc: ["bob@example.com", "ada@EXAMPLE.com"] }))
 * // ["ada@example.com", "bob@example.com"]
 * ```
 *
 * @since 0.1.0
 * @category getters
 */
export const recipients = (self: Message): ReadonlyArray<string> =>
  distinct(
    [...self.to, ...self.cc, ...self.bcc].map((input) =>
      Either.match(Address.fromInput(input), { onLeft: (error) => error.input, onRight: Address.addrSpec })
    )
  )

/**
 * Whether a text occurs in the plain text and in every alternative that is text.
 *
 * @example
 * ```ts
 * import { Message } from "@effect-mail/core"
 *
 * const message = Message.make({ text: "Your code is 1234", html: "<p>Your code is <b>1234</b></p>" })
 * Message.bodyContains(message, "1234") // true
 * Message.bodyContains(message, "code is 1234") // false: not so in the html
 * ```
 *
 * @since 0.1.0
 * @category getters
 */
export const bodyContains: {
  (text: string): (self: Message) => boolean
  (self: Message, text: string): boolean
} = dual(2, (self: Message, text: string): boolean => {
  const bodies = [...Option.toArray(self.text), ...Option.toArray(self.html)]
  for (const { content, contentType } of self.alternatives) {
    if (/^text\//i.test(contentType)) {
      bodies.push(typeof content === "string" ? content : new TextDecoder().decode(content))
    }
  }
  return bodies.length > 0 && bodies.every((body) => body.includes(text))
})

/**
 * Checks everything that can be checked before sending, and gives the message back: what passes is what `Mail.send` would
 * send under these settings, which are the defaults unless they are given. `Mail.validate` takes those of the running
 * effect. Every backend does the same before it connects; call it to know earlier.
 *
 * Fails with the `MessageError` that sending would fail with.
 *
 * @example
 * ```ts
 * import { Message } from "@effect-mail/core"
 *
 * Message.validate(
 *   Message.make({ from: "ada@example.com", to: "bob@example.com", subject: "Hello\r\nBcc: eve@example.com" })
 * )
 * // Left(BadHeaderError { field: "Subject", ... })
 * ```
 *
 * @since 0.1.0
 * @category getters
 */
export const validate = (
  self: Message,
  settings: MailConfig.Settings = MailConfig.defaults
): Either.Either<Message, MessageError> => Either.map(Check.checkSending(self, settings), () => self)
