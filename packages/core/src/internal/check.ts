import * as DateTime from "effect/DateTime"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Address from "../Address.js"
import type * as DeliveryReport from "../DeliveryReport.js"
import type { MessageError } from "../MailError.js"
import { BadHeaderError, InvalidMessageError } from "../MailError.js"
import type * as Message from "../Message.js"
import { control, splitList } from "./addressSyntax.js"
import { type Charset, isCharset } from "./charset.js"
import * as CheckBody from "./checkBody.js"
import type { Entity } from "./entity.js"
import type { Field } from "./field.js"
import * as Syntax from "./headerSyntax.js"
import { someContent } from "./part.js"
import { recipientKey } from "./recipientKey.js"

type Checked<A> = Either.Either<A, MessageError>

/**
 * What a message may leave to the settings.
 *
 * @internal
 */
export interface Settings {
  readonly defaultFrom: Option.Option<Address.Input>
  readonly charset: Charset
  readonly maxRecipients: number
}

/**
 * @internal
 */
export const defaults: Settings = {
  defaultFrom: Option.some("webmaster@localhost"),
  charset: "utf-8",
  maxRecipients: 1000
}

/**
 * A message that was checked: what stands in its bytes, and its envelope.
 *
 * @internal
 */
export interface Result {
  readonly entity: Entity
  readonly envelope: DeliveryReport.Envelope
  /** Whether the bytes hold octets above 127 that no transfer encoding may hide (RFC 6152). */
  readonly eightBit: boolean
}

const fail = (error: MessageError): Checked<never> => Either.left(error)

const writtenText = (input: Address.Input): string => {
  if (typeof input === "string") return input
  if (!Predicate.hasProperty(input, "address")) return ""
  return [input.address, input.name].filter((part) => typeof part === "string").join(" ")
}

/** An address that stands in a header field: a control character in it is an attack on the header. */
const checkAddress = (field: string, input: Address.Input): Checked<Address.Address> => {
  const address = Address.fromInput(input, field)
  return Either.isLeft(address) && field !== "Bcc" && control.test(writtenText(input))
    ? fail(new BadHeaderError({ field, reason: "the address holds a control character" }))
    : address
}

const checkAddresses = (
  field: string,
  inputs: ReadonlyArray<Address.Input>
): Checked<ReadonlyArray<Address.Address>> => {
  const checked: Array<Address.Address> = []
  for (const input of inputs) {
    const address = checkAddress(field, input)
    if (Either.isLeft(address)) return fail(address.left)
    checked.push(address.right)
  }
  return Either.right(checked)
}

const checkAddressList = (field: string, value: string): Checked<ReadonlyArray<Address.Address>> => {
  const text = Syntax.checkText(field, value)
  return Either.isLeft(text) ? fail(text.left) : checkAddresses(field, splitList(value))
}

/** The extra header fields, sorted by what they do to the generated ones. */
interface Extras {
  /** Fields that replace the generated one of the same name, by that name in lower case. */
  readonly replacing: ReadonlyMap<string, Field>
  readonly adding: ReadonlyArray<Field>
  readonly date: string | undefined
  readonly messageId: string | undefined
}

const replaceable = new Set(["from", "sender", "to", "cc", "reply-to"])

const checkExtra = (name: string, lowerCaseName: string, value: string): Checked<Field> => {
  switch (Syntax.kindOf(lowerCaseName)) {
    case "refused":
      return Syntax.bad(
        name,
        lowerCaseName === "bcc"
          ? "give blind copies by `bcc`: a Bcc field would show them"
          : "this field is not for the author of a message to write"
      )
    case "mailbox":
      return Either.map(checkAddress(name, value), (address) => ({ _tag: "Addresses", name, addresses: [address] }))
    case "addresses":
      return Either.map(checkAddressList(name, value), (addresses) => ({ _tag: "Addresses", name, addresses }))
    case "date":
      return Either.map(Syntax.checkDate(name, value), (date) => ({ _tag: "Tokens", name, tokens: date.split(" ") }))
    case "messageId":
      return Either.map(Syntax.checkMessageId(name, value), (id) => ({ _tag: "Tokens", name, tokens: [id] }))
    case "messageIds":
      return Either.map(
        Either.flatMap(
          Syntax.checkText(name, value),
          (text) => Syntax.checkMessageIds(name, text.trim().split(/[\t ]+/))
        ),
        (tokens) => ({ _tag: "Tokens", name, tokens })
      )
    case "structured":
      return Either.map(Syntax.checkStructured(name, value), (tokens) => ({ _tag: "Tokens", name, tokens }))
    case "text":
      return Either.map(Syntax.checkText(name, value), (text) => ({ _tag: "Text", name, value: text }))
  }
}

const noExtras: Extras = { replacing: new Map(), adding: [], date: undefined, messageId: undefined }

const checkExtras = (message: Message.Message): Checked<Extras> => {
  if (message.headers.length === 0) return Either.right(noExtras)
  const seen = new Set<string>()
  if (Option.isSome(message.inReplyTo)) seen.add("in-reply-to")
  if (message.references.length > 0) seen.add("references")
  if (Option.isSome(message.listId)) seen.add("list-id")
  if (message.listUnsubscribe.length > 0) seen.add("list-unsubscribe").add("list-unsubscribe-post")
  const generated = new Set(seen)
  const replacing = new Map<string, Field>()
  const adding: Array<Field> = []
  let date: string | undefined
  let messageId: string | undefined
  for (const [writtenName, value] of message.headers) {
    const name = Syntax.checkName(writtenName)
    if (Either.isLeft(name)) return fail(name.left)
    const key = name.right.toLowerCase()
    if (generated.has(key) || (seen.has(key) && !Syntax.mayRepeat(key))) {
      return Syntax.bad(name.right, "the field would stand twice")
    }
    seen.add(key)
    const field = checkExtra(name.right, key, value)
    if (Either.isLeft(field)) return fail(field.left)
    if (key === "date" && field.right._tag === "Tokens") date = field.right.tokens.join(" ")
    else if (key === "message-id" && field.right._tag === "Tokens") messageId = field.right.tokens[0]
    else if (replaceable.has(key)) replacing.set(key, field.right)
    else adding.push(field.right)
  }
  return Either.right({ replacing, adding, date, messageId })
}

const checkListFields = (message: Message.Message, fields: Array<Field>): Checked<void> => {
  if (Option.isSome(message.inReplyTo)) {
    const id = Syntax.checkMessageId("In-Reply-To", message.inReplyTo.value)
    if (Either.isLeft(id)) return fail(id.left)
    fields.push({ _tag: "Tokens", name: "In-Reply-To", tokens: [id.right] })
  }
  if (message.references.length > 0) {
    const ids = Syntax.checkMessageIds("References", message.references)
    if (Either.isLeft(ids)) return fail(ids.left)
    fields.push({ _tag: "Tokens", name: "References", tokens: ids.right })
  }
  if (Option.isSome(message.listId)) {
    const id = Syntax.checkListId(message.listId.value)
    if (Either.isLeft(id)) return fail(id.left)
    fields.push({ _tag: "Tokens", name: "List-Id", tokens: [id.right] })
  }
  if (message.listUnsubscribe.length === 0) return Either.void
  const urls: Array<string> = []
  for (const written of message.listUnsubscribe) {
    const url = Syntax.checkUnsubscribeUrl(written)
    if (Either.isLeft(url)) return fail(url.left)
    urls.push(url.right)
  }
  const tokens = urls.map((url, i) => i < urls.length - 1 ? `${url},` : url)
  fields.push({ _tag: "Tokens", name: "List-Unsubscribe", tokens })
  if (urls.some((url) => /^<https:/i.test(url))) {
    fields.push({ _tag: "Tokens", name: "List-Unsubscribe-Post", tokens: ["List-Unsubscribe=One-Click"] })
  }
  return Either.void
}

const checkSender = (
  message: Message.Message,
  settings: Settings
): Checked<Address.Address> => {
  const input = Option.orElse(message.from, () => settings.defaultFrom)
  return Option.isNone(input)
    ? fail(new InvalidMessageError({ reason: "there is no sender, and no default one is configured" }))
    : checkAddress("From", input.value)
}

const checkReturnPath = (message: Message.Message, from: Address.Address): Checked<Option.Option<Address.Address>> => {
  if (Option.isNone(message.envelopeFrom)) return Either.right(Option.some(from))
  if (message.envelopeFrom.value === "") return Either.right(Option.none())
  return Either.map(Address.fromInput(message.envelopeFrom.value, "MAIL FROM"), Option.some)
}

const checkRecipients = (
  addresses: ReadonlyArray<Address.Address>,
  settings: Settings
): Checked<ReadonlyArray<Address.Address>> => {
  if (addresses.length === 1) return Either.right(addresses)
  const unique = new Map<string, Address.Address>()
  for (const address of addresses) {
    const key = recipientKey(Address.addrSpec(address))
    if (!unique.has(key)) unique.set(key, address)
  }
  return unique.size > settings.maxRecipients
    ? fail(
      new InvalidMessageError({
        reason: `there are ${unique.size} recipients: one message may have ${settings.maxRecipients}`
      })
    )
    : Either.right(Array.from(unique.values()))
}

/** RFC 5322 section 3.3: a year has four digits, and mail began after 1900. */
const checkSentDate = (date: DateTime.DateTime | undefined): Checked<DateTime.DateTime | undefined> => {
  if (date === undefined) return Either.right(date)
  if (!DateTime.isDateTime(date)) return Syntax.bad("Date", "the value is not a DateTime")
  const { year } = DateTime.toParts(date)
  return year >= 1900 && year <= 9999 ? Either.right(date) : Syntax.bad("Date", "the year is not within 1900 and 9999")
}

const isUtf8 = (fields: ReadonlyArray<Field>): boolean =>
  fields.some((field) => field._tag === "Addresses" && field.addresses.some(Address.needsSmtpUtf8))

/**
 * Checks a message as a whole: every address, every header field, every part. The first thing that is wrong is the
 * error. Nothing here depends on the time, on chance or on a backend.
 *
 * @internal
 */
export const check = (message: Message.Message, settings: Settings): Checked<Result> => {
  const from = checkSender(message, settings)
  if (Either.isLeft(from)) return fail(from.left)
  const returnPath = checkReturnPath(message, from.right)
  if (Either.isLeft(returnPath)) return fail(returnPath.left)
  const to = checkAddresses("To", message.to)
  if (Either.isLeft(to)) return fail(to.left)
  const cc = checkAddresses("Cc", message.cc)
  if (Either.isLeft(cc)) return fail(cc.left)
  const bcc = checkAddresses("Bcc", message.bcc)
  if (Either.isLeft(bcc)) return fail(bcc.left)
  const replyTo = checkAddresses("Reply-To", message.replyTo)
  if (Either.isLeft(replyTo)) return fail(replyTo.left)
  const recipients = checkRecipients([...to.right, ...cc.right, ...bcc.right], settings)
  if (Either.isLeft(recipients)) return fail(recipients.left)
  const subject = Syntax.checkText("Subject", message.subject)
  if (Either.isLeft(subject)) return fail(subject.left)
  const extras = checkExtras(message)
  if (Either.isLeft(extras)) return fail(extras.left)

  const fields: Array<Field> = []
  const addresses = (name: string, list: ReadonlyArray<Address.Address>): void => {
    const replacement = extras.right.replacing.get(name.toLowerCase())
    if (replacement !== undefined) fields.push(replacement)
    else if (list.length > 0) fields.push({ _tag: "Addresses", name, addresses: list })
  }
  addresses("From", [from.right])
  addresses("Sender", [])
  addresses("To", to.right)
  addresses("Cc", cc.right)
  addresses("Reply-To", replyTo.right)
  fields.push({ _tag: "Text", name: "Subject", value: message.subject })
  const listFields = checkListFields(message, fields)
  if (Either.isLeft(listFields)) return fail(listFields.left)
  fields.push(...extras.right.adding)

  const messageId = extras.right.messageId === undefined && Option.isSome(message.messageId)
    ? Syntax.checkMessageId("Message-ID", message.messageId.value)
    : Either.right(extras.right.messageId)
  if (Either.isLeft(messageId)) return fail(messageId.left)
  const date: Checked<DateTime.DateTime | string | undefined> = extras.right.date === undefined
    ? checkSentDate(Option.getOrUndefined(message.date))
    : Either.right(extras.right.date)
  if (Either.isLeft(date)) return fail(date.left)
  const charset = Option.getOrElse(message.charset, () => settings.charset)
  if (!isCharset(charset)) {
    return fail(new InvalidMessageError({ reason: "the charset is not utf-8, iso-8859-1 or us-ascii" }))
  }
  const body = CheckBody.checkBody(
    message,
    charset,
    (embedded) => Either.map(check(embedded, settings), (result) => result.entity)
  )
  if (Either.isLeft(body)) return fail(body.left)

  const smtpUtf8 = isUtf8(fields) ||
    someContent(body.right, (content) => content._tag === "Entity" && content.entity.smtpUtf8)
  const envelopeAddresses = [...Option.toArray(returnPath.right), ...recipients.right]
  return Either.right({
    entity: {
      from: from.right,
      fields,
      messageId: messageId.right,
      date: date.right,
      body: body.right,
      smtpUtf8
    },
    envelope: {
      from: Option.match(returnPath.right, { onNone: () => "", onSome: Address.addrSpec }),
      to: recipients.right.map(Address.addrSpec),
      smtpUtf8: smtpUtf8 || envelopeAddresses.some(Address.needsSmtpUtf8)
    },
    eightBit: smtpUtf8 || someContent(body.right, (content) => content._tag === "Raw" && content.isEightBit)
  })
}
