/**
 * An e-mail message as an immutable value, built by pure combinators. Building a message never fails, reads no clock and
 * opens nothing. `validate` reports what is wrong with it, and so does every backend before it connects.
 *
 * @since 0.1.0
 */
import type * as DateTime from "effect/DateTime"
import * as Either from "effect/Either"
import { dual } from "effect/Function"
import * as Option from "effect/Option"
import type * as Stream from "effect/Stream"
import * as Address from "./Address.js"
import type * as Annotations from "./Annotations.js"
import { distinct } from "./internal/address/key.js"
import * as Answering from "./internal/check/answering.js"
import * as Check from "./internal/check/message.js"
import * as Copied from "./internal/message/copy.js"
import * as Internal from "./internal/message/message.js"
import * as Model from "./internal/message/model.js"
import type { Alternative, Attachment, DeliveryNotification, Message, OneOrMore } from "./internal/message/model.js"
import * as Personalizing from "./internal/message/personalize.js"
import type { Charset } from "./internal/mime/syntax/charset.js"
import { type HeaderInput, toHeaders } from "./internal/value/headers.js"
import * as MailConfig from "./MailConfig.js"
import type { MessageError } from "./MailError.js"

export type {
  /**
   * The message that is answered: a `Message`, or the same fields of a received one.
   *
   * @since 0.1.0
   * @category models
   */
  Parent
} from "./internal/check/answering.js"

export type {
  /**
   * How `personalize` makes the message of a row.
   *
   * @since 0.1.0
   * @category models
   */
  Personal,
  /**
   * What `personalize` makes of a row: a message, or a pair of a key and a message.
   *
   * @since 0.1.0
   * @category models
   */
  Personalized
} from "./internal/message/personalize.js"

export type {
  /**
   * The charsets that a text body can be written in.
   *
   * @since 0.1.0
   * @category models
   */
  Charset
} from "./internal/mime/syntax/charset.js"

export type {
  /**
   * Header fields as a program writes them: a record, or pairs of name and value, which may repeat a name.
   *
   * @since 0.1.0
   * @category models
   */
  HeaderInput
} from "./internal/value/headers.js"

export {
  /**
   * Another form of the same content.
   *
   * @since 0.1.0
   * @category models
   */
  type Alternative,
  /**
   * The delivery reports that the sender asks for (RFC 3461).
   *
   * @since 0.1.0
   * @category models
   */
  type DeliveryNotification,
  /**
   * A message. Two messages are equal when their contents are.
   *
   * @since 0.1.0
   * @category models
   */
  type Message,
  /**
   * @since 0.1.0
   * @category type ids
   */
  MessageTypeId as TypeId,
  /**
   * One or several.
   *
   * @since 0.1.0
   * @category models
   */
  type OneOrMore
} from "./internal/message/model.js"

/**
 * A combinator that takes one value, after the message or before it.
 *
 * @since 0.1.0
 * @category models
 */
export interface Setter<in A> {
  (value: A): (self: Message) => Message
  (self: Message, value: A): Message
}

/**
 * The options of `make`. What is left out is empty.
 *
 * - `from`: the author. Default: `defaultFrom` of `MailConfig`
 * - `envelopeFrom`: MAIL FROM where it differs from `from`; the empty string is the null reverse-path of a bounce
 * - `listUnsubscribe`: `https:` and `mailto:` URLs (RFC 2369); an `https:` URL also announces one-click (RFC 8058)
 * - `charset`: of text, html and text alternatives. Default: `charset` of `MailConfig`
 * - `requireTls`: whether every server in transit must encrypt the message or not relay it (RFC 8689). Default: `false`
 * - `annotations`: what only mail providers use, such as tags; SMTP carries none of them
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
  readonly attachments?: ReadonlyArray<Attachment> | undefined
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

/**
 * Whether this module made the value. Parsed JSON in the shape of a message is not one.
 *
 * @since 0.1.0
 * @category guards
 */
export const isMessage: (u: unknown) => u is Message = Model.isMessage

/**
 * Makes a message from its parts.
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
export const make = (options: Options): Message =>
  Internal.make(() => ({
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
    annotations: Copied.annotations(options.annotations)
  }), () => empty)

/**
 * The empty message.
 *
 * @since 0.1.0
 * @category constructors
 */
export const empty: Message = make({})

const change = (self: Message, changes: (self: Message) => Partial<Internal.Fields>): Message =>
  Internal.change(self, changes, () => empty)

const setter = <A>(changes: (value: A, self: Message) => Partial<Internal.Fields>): Setter<A> =>
  dual(2, (self: Message, value: A): Message => change(self, (self) => changes(value, self)))

const adder = (key: "to" | "cc" | "bcc" | "replyTo"): Setter<OneOrMore<Address.Input>> =>
  setter((addresses, self) => ({ [key]: Copied.append(self[key], addresses, Copied.address) }))

/**
 * Sets the author, and with it the sender of the envelope.
 *
 * Sending fails with `InvalidAddressError` for what is not one mailbox.
 *
 * @example
 * ```ts
 * import { Message } from "@effect-mail/core"
 *
 * Message.empty.pipe(Message.from("Ada Lovelace <ada@example.com>"))
 * ```
 *
 * @since 0.1.0
 * @category combinators
 */
export const from: Setter<Address.Input> = setter((address) => ({ from: Option.some(Copied.address(address)) }))

/**
 * Sets MAIL FROM where it differs from the author: bounces go there. The empty string is the null reverse-path.
 *
 * Sending fails with `InvalidAddressError` for what is neither empty nor one mailbox.
 *
 * @example
 * ```ts
 * import { Message } from "@effect-mail/core"
 *
 * Message.empty.pipe(Message.from("news@example.com"), Message.envelopeFrom("bounces@example.com"))
 * ```
 *
 * @since 0.1.0
 * @category combinators
 */
export const envelopeFrom: Setter<Address.Input> = setter((address) => ({
  envelopeFrom: Option.some(Copied.address(address))
}))

/**
 * Adds recipients.
 *
 * Sending fails with `InvalidAddressError` for an entry that is not one mailbox.
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
export const to: Setter<OneOrMore<Address.Input>> = adder("to")

/**
 * Adds recipients of a copy, whom every reader sees.
 *
 * Sending fails with `InvalidAddressError` for an entry that is not one mailbox.
 *
 * @example
 * ```ts
 * import { Message } from "@effect-mail/core"
 *
 * Message.empty.pipe(Message.to("ada@example.com"), Message.cc("bob@example.com"))
 * ```
 *
 * @since 0.1.0
 * @category combinators
 */
export const cc: Setter<OneOrMore<Address.Input>> = adder("cc")

/**
 * Adds recipients of a blind copy: they are in the envelope, and never in the bytes.
 *
 * Sending fails with `InvalidAddressError` for an entry that is not one mailbox.
 *
 * @example
 * ```ts
 * import { Message } from "@effect-mail/core"
 *
 * Message.empty.pipe(Message.to("ada@example.com"), Message.bcc("archive@example.com"))
 * ```
 *
 * @since 0.1.0
 * @category combinators
 */
export const bcc: Setter<OneOrMore<Address.Input>> = adder("bcc")

/**
 * Adds addresses that answers go to.
 *
 * Sending fails with `InvalidAddressError` for an entry that is not one mailbox.
 *
 * @example
 * ```ts
 * import { Message } from "@effect-mail/core"
 *
 * Message.empty.pipe(Message.from("noreply@example.com"), Message.replyTo("support@example.com"))
 * ```
 *
 * @since 0.1.0
 * @category combinators
 */
export const replyTo: Setter<OneOrMore<Address.Input>> = adder("replyTo")

/**
 * Sets the subject.
 *
 * Sending fails with `BadHeaderError` where it holds a control character.
 *
 * @example
 * ```ts
 * import { Message } from "@effect-mail/core"
 *
 * Message.empty.pipe(Message.subject("Grüße aus London"))
 * ```
 *
 * @since 0.1.0
 * @category combinators
 */
export const subject: Setter<string> = setter((subject) => ({ subject }))

/**
 * Sets the plain text.
 *
 * Sending fails with `InvalidMessageError` where the charset cannot hold it.
 *
 * @example
 * ```ts
 * import { Message } from "@effect-mail/core"
 *
 * Message.empty.pipe(Message.text("Hello, Bob"))
 * ```
 *
 * @since 0.1.0
 * @category combinators
 */
export const text: Setter<string> = setter((text) => ({ text: Option.some(text) }))

/**
 * Sets the html. With a text it is an alternative to it; without one it is the body.
 *
 * Sending fails with `InvalidMessageError` where the charset cannot hold it.
 *
 * @example
 * ```ts
 * import { Message } from "@effect-mail/core"
 *
 * Message.empty.pipe(Message.text("Hello, Bob"), Message.html("<p>Hello, <b>Bob</b></p>"))
 * ```
 *
 * @since 0.1.0
 * @category combinators
 */
export const html: Setter<string> = setter((html) => ({ html: Option.some(html) }))

/**
 * Adds another form of the same content. Readers show the last one that they support.
 *
 * Sending fails with `BadHeaderError` for an invalid content type, with `InvalidMessageError` where the charset cannot hold a
 * text, and with `AttachmentError` for a content that is neither text nor a `Uint8Array`.
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
      alternatives: Copied.append<Alternative>(alternatives, { content, contentType }, Copied.alternative)
    }))
)

/**
 * Adds a form of the content that is a MIME part already, or a tree of them: its header, an empty line, and its body, as
 * programs for signing or encrypting make it (`multipart/signed`, RFC 1847; S/MIME, RFC 8551; OpenPGP, RFC 3156). It goes out
 * octet for octet, but for line ends, which become CRLF. Without text, html and attachments it is the whole content.
 *
 * Sending fails with `InvalidMessageError` for a part without `Content-Type`, with other fields than `Content-*` in its
 * header, with lines of more than 998 octets or a NUL, or of more than 4 MiB.
 *
 * @example
 * ```ts
 * import { Message } from "@effect-mail/core"
 *
 * const signed = Message.make({ from: "ada@example.com", to: "bob@example.org", subject: "Signed" }).pipe(
 *   Message.part([
 *     "Content-Type: multipart/signed; protocol=\"application/pgp-signature\"; micalg=pgp-sha256; boundary=x",
 *     "",
 *     "--x",
 *     "Content-Type: text/plain",
 *     "",
 *     "Hello",
 *     "--x",
 *     "Content-Type: application/pgp-signature",
 *     "",
 *     "-----BEGIN PGP SIGNATURE-----",
 *     "--x--",
 *     ""
 *   ].join("\r\n"))
 * )
 * ```
 *
 * @since 0.1.0
 * @category combinators
 */
export const part: Setter<string | Uint8Array> = setter((part, { alternatives }) => ({
  alternatives: Copied.append<Alternative>(
    alternatives,
    { content: part, contentType: "", isReady: true },
    Copied.alternative
  )
}))

/**
 * Adds one or more attachments.
 *
 * Sending fails with `BadHeaderError` for an invalid name or type, with `AttachmentError` for a content that is not octets or
 * cannot be read, and with `InvalidMessageError` for a value that the `Attachment` module did not make.
 *
 * @example
 * ```ts
 * import { Attachment, Message } from "@effect-mail/core"
 *
 * Message.empty.pipe(
 *   Message.text("See the attached report."),
 *   Message.attach(Attachment.text("name,amount\nAda,12\n", { filename: "report.csv" }))
 * )
 * ```
 *
 * @since 0.1.0
 * @category combinators
 */
export const attach: Setter<OneOrMore<Attachment>> = setter((attachments, self) => ({
  attachments: Copied.append(self.attachments, attachments, Copied.same)
}))

/**
 * Adds a header field. From, Sender, To, Cc, Reply-To, Date and Message-ID replace the generated field; the envelope does not
 * change. Names are compared without case.
 *
 * Sending fails with `BadHeaderError` for `Bcc`, `Subject`, `MIME-Version`, `Content-*`, trace fields, an invalid field name,
 * a field that may appear only once, and a value that holds a control character.
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
 * Sets the date. A zoned date is written with its offset, any other in UTC. Default: the time of sending.
 *
 * Sending fails with `BadHeaderError` for a year before 1900 or after 9999.
 *
 * @example
 * ```ts
 * import { Message } from "@effect-mail/core"
 * import { DateTime } from "effect"
 *
 * Message.empty.pipe(Message.date(DateTime.unsafeMake("2026-11-20T09:30:00Z")))
 * ```
 *
 * @since 0.1.0
 * @category combinators
 */
export const date: Setter<DateTime.DateTime> = setter((date) => ({ date: Option.some(date) }))

/**
 * Sets the Message-ID (RFC 5322 section 3.6.4), with or without angle brackets. Default: a new one for each sending.
 *
 * Sending fails with `BadHeaderError` for what is not one Message-ID.
 *
 * @example
 * ```ts
 * import { Message } from "@effect-mail/core"
 *
 * Message.empty.pipe(Message.messageId("order-42@shop.example.com"))
 * ```
 *
 * @since 0.1.0
 * @category combinators
 */
export const messageId: Setter<string> = setter((messageId) => ({ messageId: Option.some(messageId) }))

/**
 * Sets the Message-ID that this message answers.
 *
 * Sending fails with `BadHeaderError` for what is not one Message-ID.
 *
 * @example
 * ```ts
 * import { Message } from "@effect-mail/core"
 *
 * Message.empty.pipe(Message.subject("Re: Order"), Message.inReplyTo("order-42@shop.example.com"))
 * ```
 *
 * @since 0.1.0
 * @category combinators
 */
export const inReplyTo: Setter<string> = setter((messageId) => ({ inReplyTo: Option.some(messageId) }))

/**
 * Adds Message-IDs of the conversation that this message belongs to, oldest first.
 *
 * Sending fails with `BadHeaderError` for what is not one Message-ID.
 *
 * @example
 * ```ts
 * import { Message } from "@effect-mail/core"
 *
 * Message.empty.pipe(Message.references(["order-42@shop.example.com", "answer-1@example.com"]))
 * ```
 *
 * @since 0.1.0
 * @category combinators
 */
export const references: Setter<OneOrMore<string>> = setter((messageIds, self) => ({
  references: Copied.append(self.references, messageIds, Copied.same)
}))

/**
 * Makes the message an answer to another (RFC 5322 section 3.6.4): sets In-Reply-To and References. A message without a
 * subject gets that of the other, with one `Re: ` in front. The recipients do not change.
 *
 * The other message may be untrusted: invalid Message-IDs in it are left out, and control characters in its subject become
 * spaces. Of more than 50 references the first and the last 49 are kept.
 *
 * @example
 * ```ts
 * import { Message } from "@effect-mail/core"
 *
 * const question = { messageId: "<1@example.org>", references: ["<0@example.org>"], subject: "Lunch?" }
 * const answer = Message.make({ from: "ada@example.com", to: "bob@example.org", text: "Yes" }).pipe(
 *   Message.answering(question)
 * )
 * // Subject: Re: Lunch?
 * // In-Reply-To: <1@example.org>
 * // References: <0@example.org> <1@example.org>
 * ```
 *
 * @since 0.1.0
 * @category combinators
 */
export const answering: Setter<Answering.Parent> = setter((parent, { inReplyTo, references, subject }) => {
  const answer = Answering.of(parent)
  return {
    inReplyTo: Option.orElse(answer.inReplyTo, () => inReplyTo),
    references: answer.references.length > 0 ? Object.freeze(Array.from(answer.references)) : references,
    subject: subject === "" ? answer.subject : subject
  }
})

/** Header fields in place of those with the given names, which are in lower case. */
const replaceFields = ({ headers }: Message, names: ReadonlyArray<string>, fields: HeaderInput) => ({
  headers: Object.freeze([
    ...headers.filter(([name]) => typeof name !== "string" || !names.includes(name.toLowerCase())),
    ...toHeaders(fields)
  ])
})

/**
 * How urgent a message is, as mail programs show it.
 *
 * @since 0.1.0
 * @category models
 */
export type Priority = "high" | "normal" | "low"

const priorities: Readonly<Record<Priority, HeaderInput>> = {
  high: { "X-Priority": "1 (Highest)", "Priority": "urgent", "Importance": "high" },
  normal: {},
  low: { "X-Priority": "5 (Lowest)", "Priority": "non-urgent", "Importance": "low" }
}

/**
 * Sets how urgent the message is, by the three fields that mail programs read: Importance and Priority (RFC 2156), and
 * X-Priority. `"normal"` removes them.
 *
 * @example
 * ```ts
 * import { Message } from "@effect-mail/core"
 *
 * Message.empty.pipe(Message.subject("The site is down"), Message.priority("high"))
 * ```
 *
 * @since 0.1.0
 * @category combinators
 */
export const priority: Setter<Priority> = setter((priority, self) =>
  replaceFields(self, ["x-priority", "priority", "importance"], priorities[priority])
)

/**
 * Declares that a program wrote the message (RFC 3834 section 5), so that no other program answers it: no vacation notes,
 * and no loops. For notifications and receipts.
 *
 * @example
 * ```ts
 * import { Message } from "@effect-mail/core"
 *
 * Message.empty.pipe(Message.subject("Your receipt"), Message.autoGenerated)
 * ```
 *
 * @since 0.1.0
 * @category combinators
 */
export const autoGenerated = (self: Message): Message =>
  change(self, (self) =>
    replaceFields(self, ["auto-submitted", "x-auto-response-suppress"], {
      "Auto-Submitted": "auto-generated",
      "X-Auto-Response-Suppress": "All"
    }))

/**
 * Sets the identifier of the mailing list (RFC 2919), a dotted name.
 *
 * Sending fails with `BadHeaderError` for anything else.
 *
 * @example
 * ```ts
 * import { Message } from "@effect-mail/core"
 *
 * Message.empty.pipe(Message.listId("news.example.com"))
 * ```
 *
 * @since 0.1.0
 * @category combinators
 */
export const listId: Setter<string> = setter((listId) => ({ listId: Option.some(listId) }))

/**
 * Adds ways to unsubscribe (RFC 2369): `https:` and `mailto:` URLs. An `https:` URL also announces that one POST
 * unsubscribes (RFC 8058), which large mailbox providers require of bulk mail.
 *
 * Sending fails with `BadHeaderError` for any other URL.
 *
 * @example
 * ```ts
 * import { Message } from "@effect-mail/core"
 *
 * Message.empty.pipe(Message.listUnsubscribe("https://example.com/unsubscribe?id=42"))
 * ```
 *
 * @since 0.1.0
 * @category combinators
 */
export const listUnsubscribe: Setter<OneOrMore<string>> = setter((urls, self) => ({
  listUnsubscribe: Copied.append(self.listUnsubscribe, urls, Copied.same)
}))

/**
 * Sets the charset of text, html and text alternatives. Default: `charset` of `MailConfig`.
 *
 * Sending fails with `InvalidMessageError` where it cannot hold a text.
 *
 * @example
 * ```ts
 * import { Message } from "@effect-mail/core"
 *
 * Message.empty.pipe(Message.text("Grüße"), Message.charset("iso-8859-1"))
 * ```
 *
 * @since 0.1.0
 * @category combinators
 */
export const charset: Setter<Charset> = setter((charset) => ({ charset: Option.some(charset) }))

/**
 * Asks for delivery reports (RFC 3461). A server that does not offer DSN gets the message without the request.
 *
 * Sending fails with `InvalidMessageError` for other values than the type allows, and with `BadHeaderError` for an invalid
 * `envelopeId`.
 *
 * @example
 * ```ts
 * import { Message } from "@effect-mail/core"
 *
 * Message.empty.pipe(Message.deliveryNotification({ notify: ["failure", "delay"], return: "headers" }))
 * ```
 *
 * @since 0.1.0
 * @category combinators
 */
export const deliveryNotification: Setter<DeliveryNotification> = setter((notification) => ({
  deliveryNotification: Option.some(Copied.notification(notification))
}))

/**
 * Demands that every server in transit encrypts the message, or does not relay it (RFC 8689).
 *
 * Sending fails with `CapabilityError` where the server does not offer REQUIRETLS.
 *
 * @example
 * ```ts
 * import { Message } from "@effect-mail/core"
 *
 * Message.empty.pipe(Message.subject("Your code"), Message.requireTls)
 * ```
 *
 * @since 0.1.0
 * @category combinators
 */
export const requireTls = (self: Message): Message => change(self, () => ({ requireTls: true }))

/**
 * Annotates the message for a mail provider. It replaces an earlier annotation of the same key.
 *
 * Sending fails with `InvalidMessageError` for a value that `Annotations.Annotations` does not allow, and with
 * `CapabilityError` by a backend that does not carry the annotation.
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
    change(self, ({ annotations }) => ({ annotations: Copied.annotations({ ...annotations, [name]: value }) }))
)

/**
 * One message for each row: equal but for what `personal` changes. The attachments are those of `self`, so they are encoded
 * once for all messages.
 *
 * With `key` the result has pairs of a key and a message, as `Mail.sendStream` takes them.
 *
 * Fails as the rows do. A message that cannot be sent is refused when it is sent, and the others are sent.
 *
 * @example
 * ```ts
 * import { Mail, Message, Template } from "@effect-mail/core"
 * import { Stream } from "effect"
 *
 * interface Reader {
 *   readonly email: string
 *   readonly name: string
 * }
 *
 * const { html, text, url } = Template.make<Reader>()
 *
 * const newsletter = Message.make({ from: "news@example.com", listId: "news.example.com" })
 *
 * const mailing = (readers: Stream.Stream<Reader>) =>
 *   Message.personalize(newsletter, readers, {
 *     to: ({ email }) => email,
 *     subject: text`News for ${"name"}`,
 *     text: text`Hello ${"name"}`,
 *     html: html`<p>Hello <b>${"name"}</b></p>`,
 *     listUnsubscribe: url`https://example.com/unsubscribe/${"email"}`
 *   }).pipe(Mail.sendStream)
 * ```
 *
 * @since 0.1.0
 * @category personalizing
 */
export const personalize = <Row, E = never, R = never, Key = never>(
  self: Message,
  rows: Stream.Stream<Row, E, R> | Iterable<Row>,
  personal: Personalizing.Personal<Row, Key>
): Stream.Stream<Personalizing.Personalized<Key>, E, R> =>
  Personalizing.each(rows, (row) => {
    const message = change(self, () => Personalizing.changes(personal, row))
    return Personalizing.withKey(personal, row, personal.change === undefined ? message : personal.change(message, row))
  })

/**
 * The recipients: to, then cc, then bcc, without names and without duplicates. What is not an address is returned as it was
 * written.
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
 * Message.bodyContains(message, "code is 1234") // false: the html has tags in between
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
 * Checks everything that can be checked before sending, and returns the message. What passes is what `Mail.send` sends under
 * these settings. Default: `MailConfig.defaults`; `Mail.validate` uses those of the running effect. Every backend does the
 * same check before it connects.
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
