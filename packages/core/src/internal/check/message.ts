import * as DateTime from "effect/DateTime"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Address from "../../Address.js"
import type * as DeliveryReport from "../../DeliveryReport.js"
import { recipientKey } from "../address/key.js"
import { isMessage, type Message } from "../message/model.js"
import { type Field, isUtf8 } from "../mime/field.js"
import { type Charset, isCharset } from "../mime/syntax/charset.js"
import * as DateField from "../mime/syntax/date.js"
import { type CheckedMessage, hasEightBit, someContent } from "../mime/tree.js"
import { checkAnnotations } from "./annotations.js"
import { checkBody } from "./content/body.js"
import * as Syntax from "./fields.js"
import * as CheckHeaders from "./headers.js"
import { checkAll, type Checked, invalid } from "./result.js"

/** The settings that apply where a message sets nothing. */
export interface Settings {
  readonly defaultFrom: Option.Option<Address.Input>
  readonly charset: Charset
  readonly maxRecipients: number
}

export const defaults: Settings = {
  defaultFrom: Option.some("webmaster@localhost"),
  charset: "utf-8",
  maxRecipients: 1000
}

/** How deep messages may be nested. RFC 5322 has no limit; deeper ones than any reader follows only attack the stack. */
export const maxNested = 100

/** What the check of a message gives: the content of its bytes, and its envelope. */
export interface CheckResult {
  readonly message: CheckedMessage
  readonly envelope: DeliveryReport.Envelope
  /** Whether the bytes hold octets above 127 that no transfer encoding may hide (RFC 6152). */
  readonly eightBit: boolean
}

/** The last author: the next message mostly has the same one. */
let lastAuthor: { readonly written: string; readonly address: Address.Address } | undefined

const checkSender = (message: Message, settings: Settings): Checked<Address.Address> => {
  const input = Option.isSome(message.from) ? message.from : settings.defaultFrom
  if (Option.isNone(input)) {
    return invalid("there is no sender, and no default one is configured")
  }
  const written = input.value
  if (lastAuthor !== undefined && written === lastAuthor.written) return Either.right(lastAuthor.address)
  const address = CheckHeaders.checkAddress("From", written)
  if (typeof written === "string" && Either.isRight(address)) lastAuthor = { written, address: address.right }
  return address
}

const checkReturnPath = (message: Message, from: Address.Address): Checked<Option.Option<Address.Address>> => {
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
    const key = recipientKey(address)
    if (!unique.has(key)) unique.set(key, address)
  }
  return unique.size > settings.maxRecipients
    ? invalid(`there are ${unique.size} recipients: one message may have ${settings.maxRecipients}`)
    : Either.right(Array.from(unique.values()))
}

/** RFC 5322 section 3.3: a year has four digits, and mail began after 1900. */
const checkSentDate = (date: DateTime.DateTime | undefined): Checked<string | undefined> => {
  if (date === undefined) return Either.right(undefined)
  try {
    if (!DateTime.isDateTime(date)) return Syntax.bad("Date", "the value is not a DateTime")
    const { year } = DateTime.toParts(date)
    return year >= 1900 && year <= 9999
      ? Either.right(DateField.format(date))
      : Syntax.bad("Date", "the year is not within 1900 and 9999")
  } catch {
    // An object that only has the type id of a DateTime, or one with a time that is none.
    return Syntax.bad("Date", "the value is not a DateTime")
  }
}

const checkMessageId = (written: Option.Option<string>): Checked<string | undefined> =>
  Option.isNone(written) ? Either.right(undefined) : Syntax.checkMessageId("Message-ID", written.value)

const checkCharset = (message: Message, settings: Settings): Checked<Charset> => {
  const charset = Option.getOrElse(message.charset, () => settings.charset)
  return isCharset(charset)
    ? Either.right(charset)
    : invalid("the charset is not utf-8, iso-8859-1 or us-ascii")
}

const events: ReadonlySet<unknown> = new Set(["success", "failure", "delay"])

const unknownNotification = () =>
  invalid(
    "the delivery notification must have \"never\" or a list of success, failure and delay as notify, and full or headers as return"
  )

/** These values become parts of SMTP commands (RFC 3461), so untyped callers must not choose them freely. */
const checkNotification = (message: Message): Checked<void> => {
  if (Option.isNone(message.deliveryNotification)) return Either.void
  const notification = message.deliveryNotification.value
  if (typeof notification !== "object" || notification === null) return unknownNotification()
  const { envelopeId, notify, return: returned } = notification
  const isKnown = (notify === undefined || notify === "never" ||
    (Array.isArray(notify) && notify.every((event) => events.has(event)))) &&
    (returned === undefined || returned === "full" || returned === "headers")
  if (!isKnown) return unknownNotification()
  return envelopeId === undefined ? Either.void : Either.map(Syntax.checkEnvelopeId(envelopeId), () => undefined)
}

const checkRequireTls = ({ requireTls }: Message): Checked<void> =>
  typeof requireTls === "boolean" ? Either.void : invalid("requireTls is neither true nor false")

const checkHeader = (message: Message, settings: Settings) =>
  checkAll({
    from: checkSender(message, settings),
    to: CheckHeaders.checkAddresses("To", message.to),
    cc: CheckHeaders.checkAddresses("Cc", message.cc),
    bcc: CheckHeaders.checkAddresses("Bcc", message.bcc),
    replyTo: CheckHeaders.checkAddresses("Reply-To", message.replyTo),
    subject: Syntax.checkText("Subject", message.subject),
    custom: CheckHeaders.checkCustomFields(message),
    threadAndList: CheckHeaders.checkThreadAndListFields(message),
    messageId: checkMessageId(message.messageId),
    date: checkSentDate(Option.getOrUndefined(message.date)),
    charset: checkCharset(message, settings),
    notification: checkNotification(message),
    requireTls: checkRequireTls(message),
    annotations: checkAnnotations(message.annotations)
  })

type Header = Either.Either.Right<ReturnType<typeof checkHeader>>

/** The checks that depend on the header. */
const checkEnvelopeAndBody = (
  message: Message,
  settings: Settings,
  { bcc, cc, charset, from, to }: Header,
  depth: number
) =>
  checkAll({
    returnPath: checkReturnPath(message, from),
    recipients: checkRecipients([...to, ...cc, ...bcc], settings),
    body: checkBody(
      message,
      charset,
      (embedded) => Either.map(check(embedded, settings, depth + 1), ({ message }) => message)
    )
  })

type EnvelopeAndBody = Either.Either.Right<ReturnType<typeof checkEnvelopeAndBody>>

const fieldsOf = ({ cc, custom, from, replyTo, subject, threadAndList, to }: Header): ReadonlyArray<Field> => {
  const addresses = (name: string, list: ReadonlyArray<Address.Address>): ReadonlyArray<Field> => {
    const replacement = custom.replacing.get(name.toLowerCase())
    if (replacement !== undefined) return [replacement]
    return list.length === 0 ? [] : [{ _tag: "Addresses", name, addresses: list }]
  }
  return [
    ...addresses("From", [from]),
    ...addresses("Sender", []),
    ...addresses("To", to),
    ...addresses("Cc", cc),
    ...addresses("Reply-To", replyTo),
    { _tag: "Text", name: "Subject", value: subject },
    ...threadAndList,
    ...custom.adding
  ]
}

const assemble = (header: Header, { body, recipients, returnPath }: EnvelopeAndBody): CheckResult => {
  const { custom, date, from, messageId } = header
  const fields = fieldsOf(header)
  const smtpUtf8 = fields.some(isUtf8) ||
    someContent(body, (content) => content._tag === "Embedded" && content.message.smtpUtf8)
  return {
    message: { from, fields, messageId: custom.messageId ?? messageId, date: custom.date ?? date, body, smtpUtf8 },
    envelope: {
      from: Option.match(returnPath, { onNone: () => "", onSome: Address.addrSpec }),
      to: recipients.map(Address.addrSpec),
      smtpUtf8: smtpUtf8 || [...Option.toArray(returnPath), ...recipients].some(Address.needsSmtpUtf8)
    },
    eightBit: smtpUtf8 || hasEightBit(body)
  }
}

/**
 * Checks a message as a whole: every address, every header field, every part. The first thing that is wrong is the
 * error. The result depends on neither time, randomness nor backend.
 */
export const check = (message: Message, settings: Settings, depth = 0): Checked<CheckResult> => {
  if (!isMessage(message)) {
    return invalid("the message was not made by the Message module, or of what could not be read")
  }
  if (depth > maxNested) return invalid(`messages are nested more than ${maxNested} deep`)
  return Either.flatMap(
    checkHeader(message, settings),
    (header) => Either.map(checkEnvelopeAndBody(message, settings, header, depth), (rest) => assemble(header, rest))
  )
}

/** What sending demands beyond the bytes: a recipient, and a sender that was chosen. */
export const checkDemands = (
  message: Message,
  settings: Settings,
  { to }: DeliveryReport.Envelope
): Checked<void> => {
  if (Option.isNone(message.from) && settings.defaultFrom === defaults.defaultFrom) {
    return invalid("there is no sender: give the message one by `from`, or all messages by `MailConfig.defaultFrom`")
  }
  return to.length === 0 ? invalid("there is no recipient: give one by `to`, `cc` or `bcc`") : Either.void
}

/** Checks a message as sending does. */
export const checkSending = (message: Message, settings: Settings): Checked<void> =>
  Either.flatMap(check(message, settings), ({ envelope }) => checkDemands(message, settings, envelope))
