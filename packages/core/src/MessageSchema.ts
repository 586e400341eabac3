/**
 * Messages as data: for queues and stores that hold messages before they are sent. What is checked, rendered and signed already
 * is stored by `Outgoing.Frozen`.
 *
 * @since 0.1.0
 */
import * as Option from "effect/Option"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import * as Address from "./Address.js"
import * as Attachment from "./Attachment.js"
import * as Envelope from "./Envelope.js"
import * as MessageModule from "./Message.js"

/**
 * @since 0.1.0
 * @category schemas
 */
export const FromSelf: Schema.Schema<MessageModule.Message> = Schema.declare(MessageModule.isMessage, {
  identifier: "Message"
})

const AddressInput = Schema.Union(
  Schema.String,
  Schema.Struct({ address: Schema.String, name: Schema.optionalWith(Schema.String, { exact: true }) })
)

/** What JSON cannot hold is base64. */
const Octets = Schema.Struct({ base64: Schema.Uint8ArrayFromBase64 })

const Content = Schema.Union(Schema.String, Octets)

const Headers = Schema.Array(Schema.Tuple(Schema.String, Schema.String))

const text = Schema.optionalWith(Schema.String, { exact: true })

const optionalFlag = Schema.optionalWith(Schema.Boolean, { exact: true })

const described = {
  filename: text,
  contentType: text,
  disposition: Schema.Literal("attachment", "inline"),
  contentId: text,
  headers: Headers
}

const StoredBytes = Schema.Struct({ _tag: Schema.Literal("Bytes"), ...described, content: Octets })

const StoredText = Schema.Struct({ _tag: Schema.Literal("Text"), ...described, content: Schema.String })

interface EncodedEmbedded extends Omit<typeof StoredText.Encoded, "_tag" | "content"> {
  readonly _tag: "Embedded"
  readonly content: typeof Octets.Encoded | Encoded
}

const StoredEmbedded = Schema.Struct({
  _tag: Schema.Literal("Embedded"),
  ...described,
  content: Schema.Union(Octets, Schema.suspend((): Schema.Schema<MessageModule.Message, Encoded> => Message))
})

const Stored = Schema.Struct({
  format: Schema.Literal(1),
  from: Schema.optionalWith(AddressInput, { exact: true }),
  envelopeFrom: Schema.optionalWith(AddressInput, { exact: true }),
  to: Schema.Array(AddressInput),
  cc: Schema.Array(AddressInput),
  bcc: Schema.Array(AddressInput),
  replyTo: Schema.Array(AddressInput),
  subject: Schema.String,
  text,
  html: text,
  alternatives: Schema.Array(Schema.Struct({ contentType: Schema.String, content: Content, isReady: optionalFlag })),
  attachments: Schema.Array(Schema.Union(StoredBytes, StoredText, StoredEmbedded)),
  headers: Headers,
  date: Schema.optionalWith(Schema.Union(Schema.DateTimeZoned, Schema.DateTimeUtc), { exact: true }),
  messageId: text,
  inReplyTo: text,
  references: Schema.Array(Schema.String),
  listId: text,
  listUnsubscribe: Schema.Array(Schema.String),
  charset: Schema.optionalWith(Schema.Literal("utf-8", "iso-8859-1", "us-ascii"), { exact: true }),
  deliveryNotification: Schema.optionalWith(Envelope.Notification, { exact: true }),
  requireTls: Schema.Boolean
})

type StoredMessage = typeof Stored.Type

/**
 * A message in JSON. `format` is the version of this form.
 *
 * @since 0.1.0
 * @category models
 */
export interface Encoded extends Omit<typeof Stored.Encoded, "attachments"> {
  readonly attachments: ReadonlyArray<typeof StoredBytes.Encoded | typeof StoredText.Encoded | EncodedEmbedded>
}

const storedAddress = (input: Address.Input): typeof AddressInput.Type => {
  if (typeof input === "string") return input
  const address = Address.isAddress(input) ? Address.addrSpec(input) : input.address
  const name = Address.isAddress(input) ? Option.getOrUndefined(input.name) : input.name
  return name === undefined ? { address } : { address, name }
}

const storedContent = (content: string | Uint8Array) => typeof content === "string" ? content : { base64: content }

/** What is there of some options, by their names. */
const present = <A>(name: string, option: Option.Option<A>): Record<string, A> =>
  Option.isSome(option) ? { [name]: option.value } : {}

const describe = (attachment: Attachment.Attachment) => ({
  ...present("filename", attachment.filename),
  ...present("contentType", attachment.contentType),
  ...present("contentId", attachment.contentId),
  disposition: attachment.disposition,
  headers: attachment.headers
})

const storedAttachment = (attachment: Attachment.Attachment): StoredMessage["attachments"][number] | undefined => {
  const fields = describe(attachment)
  switch (attachment._tag) {
    case "Bytes":
      return { _tag: "Bytes", ...fields, content: { base64: attachment.content } }
    case "Text":
      return { _tag: "Text", ...fields, content: attachment.content }
    case "Embedded":
      return {
        _tag: "Embedded",
        ...fields,
        content: MessageModule.isMessage(attachment.content) ? attachment.content : { base64: attachment.content }
      }
    case "Streamed":
      return undefined
  }
}

const toStored = (message: MessageModule.Message): StoredMessage | undefined => {
  const attachments = message.attachments.map(storedAttachment)
  if (attachments.includes(undefined)) return undefined
  return {
    format: 1,
    ...present("from", Option.map(message.from, storedAddress)),
    ...present("envelopeFrom", Option.map(message.envelopeFrom, storedAddress)),
    to: message.to.map(storedAddress),
    cc: message.cc.map(storedAddress),
    bcc: message.bcc.map(storedAddress),
    replyTo: message.replyTo.map(storedAddress),
    subject: message.subject,
    ...present("text", message.text),
    ...present("html", message.html),
    alternatives: message.alternatives.map(({ content, contentType, isReady }) => ({
      contentType,
      content: storedContent(content),
      ...isReady === undefined ? {} : { isReady }
    })),
    attachments: attachments.flatMap((attachment) => attachment === undefined ? [] : [attachment]),
    headers: message.headers,
    ...present("date", message.date),
    ...present("messageId", message.messageId),
    ...present("inReplyTo", message.inReplyTo),
    references: message.references,
    ...present("listId", message.listId),
    listUnsubscribe: message.listUnsubscribe,
    ...present("charset", message.charset),
    ...present("deliveryNotification", message.deliveryNotification),
    requireTls: message.requireTls
  }
}

const toContent = (content: typeof Content.Type): string | Uint8Array =>
  typeof content === "string" ? content : content.base64

const fromAttachment = (stored: StoredMessage["attachments"][number]): Attachment.Attachment => {
  switch (stored._tag) {
    case "Bytes":
      return Attachment.bytes(stored.content.base64, stored)
    case "Text":
      return Attachment.text(stored.content, stored)
    case "Embedded":
      return Attachment.message(
        MessageModule.isMessage(stored.content) ? stored.content : stored.content.base64,
        stored
      )
  }
}

const fromStored = (stored: StoredMessage): MessageModule.Message =>
  MessageModule.make({
    ...stored,
    alternatives: stored.alternatives.map(({ content, contentType, isReady }) => ({
      contentType,
      isReady,
      content: toContent(content)
    })),
    attachments: stored.attachments.map(fromAttachment)
  })

/**
 * A codec between a message and JSON, in which octets are base64. What is decoded is checked when it is sent, as every message
 * is.
 *
 * Encoding fails with a `ParseError` for an attachment that is a stream, which may give other octets the next time: read it
 * first, or store the message by `Outgoing.freeze`.
 *
 * @example
 * ```ts
 * import { type Message, MessageSchema } from "@effect-mail/core"
 * import { Schema } from "effect"
 *
 * const toJson = (message: Message.Message) => Schema.encode(Schema.parseJson(MessageSchema.Message))(message)
 * const fromJson = (json: string) => Schema.decode(Schema.parseJson(MessageSchema.Message))(json)
 * ```
 *
 * @since 0.1.0
 * @category schemas
 */
export const Message: Schema.Schema<MessageModule.Message, Encoded> = Schema.transformOrFail(Stored, FromSelf, {
  strict: true,
  decode: (stored) => ParseResult.succeed(fromStored(stored)),
  encode: (message, _, ast) => {
    const stored = toStored(message)
    return stored === undefined
      ? ParseResult.fail(new ParseResult.Type(ast, message, "an attachment is a stream, which cannot be stored"))
      : ParseResult.succeed(stored)
  }
})
