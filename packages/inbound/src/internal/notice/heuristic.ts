import * as Address from "./address.js"
import { defined, type Recipient } from "./deliveryStatus.js"
import { type Field, valuesOf } from "./header.js"
import * as Listed from "./listed.js"
import * as Transcript from "./transcript.js"
import * as Verdict from "./verdict.js"

const longestText = 64 * 1024

/** Whether the fields are those of a program that reports: no person writes them. */
export const isFromDaemon = (fields: ReadonlyArray<Field>): boolean =>
  fields.some(({ name, value }) =>
    (name === "return-path" && /^<\s*>/.test(value)) ||
    (name === "from" && /mailer-daemon|postmaster|mail delivery (?:sub)?system/i.test(value)) ||
    name === "x-failed-recipients"
  )

const recipient = (address: string, text: string): Recipient => {
  const diagnostic = text.replace(/\s+/g, " ").trim().slice(0, 1000)
  const status = Verdict.statusIn(diagnostic)
  const reply = Verdict.replyIn(diagnostic)
  const isDelayed = (status ?? reply ?? "").startsWith("4")
  return defined<Recipient>({
    recipient: address,
    originalRecipient: undefined,
    action: "failed",
    status,
    reply,
    diagnostic: diagnostic === "" ? undefined : diagnostic,
    remoteMta: undefined,
    kind: isDelayed ? "Soft" : verdict(status, diagnostic)
  })
}

/** A text in prose has no status as often as not: what it says then counts alone. */
const verdict = (status: string | undefined, diagnostic: string): "Hard" | "Soft" =>
  status === undefined
    ? (Verdict.saysNoSuchRecipient(diagnostic) ? "Hard" : "Soft")
    : Verdict.failed(status, diagnostic)

/** Exim and Gmail name them in the header. The text tells why. */
const byHeader = (fields: ReadonlyArray<Field>, text: string): ReadonlyArray<Recipient> => {
  const addresses = valuesOf(fields, "x-failed-recipients").flatMap((value) => value.split(","))
    .map((part) => part.trim()).filter(Address.isAddress)
  const [only] = addresses
  return addresses.length === 1 && only !== undefined
    ? [recipient(only, reasonIn(text, only))]
    : addresses.map((address) => recipient(address, ""))
}

/** What comes behind the address, up to the copy of the message. */
const reasonIn = (text: string, address: string): string => {
  const at = text.indexOf(address)
  const rest = at < 0 ? "" : text.slice(at + address.length, at + address.length + 2000)
  return rest.split(/^-{4,}|----- Original|This is a copy/m)[0] ?? ""
}

/** Where the copy of the message begins, whose addresses mean nothing. */
const copyBegins = new RegExp(
  [
    "^[ \\t]*[-=*#]{2,}.*(?:unsent|original|returned|undelivered|message (?:header|text|follows)|copy|end of message)",
    "^--- Below this line|^This is a copy of|^Original message follows|^Received: (?:from|by) "
  ].join("|"),
  "i"
)

const untilCopy = (text: string): ReadonlyArray<string> => {
  const lines = text.split(/\r\n|\n|\r/)
  const end = lines.findIndex((line) => copyBegins.test(line.slice(0, 200)))
  return end < 0 ? lines : lines.slice(0, end)
}

const introductions =
  /^Hi\. This is the qmail-send program|I wasn't able to deliver your message|could not be delivered to one or more|I'm sorry to have to inform you|mail system at host/im

/** Without an introduction that is known, a paragraph counts where a server is quoted in it. */
const paragraphs = (
  text: string,
  lines: ReadonlyArray<string>,
  isRecipient: (address: string) => boolean
): ReadonlyArray<Transcript.Said> => {
  const found = Listed.readParagraphs(lines, isRecipient)
  return introductions.test(text) ? found : found.filter(({ words }) => Verdict.replyIn(words) !== undefined)
}

/** What a report in prose says, by the forms that name a recipient beyond doubt. */
const byProse = (text: string, isRecipient: (address: string) => boolean): ReadonlyArray<Recipient> => {
  const lines = untilCopy(text)
  const said = Transcript.read(lines, isRecipient)
  const inParagraphs = paragraphs(text, lines, isRecipient)
  const listed = inParagraphs.length > 0 ? inParagraphs : Listed.read(lines, isRecipient)
  const found = listed.length > 0 ? listed : said
  const replies = new Map(said.map(({ address, words }) => [address, words]))
  // Where there is one recipient, a reply that names none is about that one.
  const onlyReply = found.length > 1 ? "" : Transcript.firstReply(lines)
  return found.map(({ address, words }) => {
    const own = replies.get(address) ?? words
    const hasReply = Verdict.replyIn(own) !== undefined || Verdict.statusIn(own) !== undefined
    return recipient(address, hasReply || onlyReply === "" ? own : onlyReply)
  })
}

/**
 * What a report in no standard form says. `sentTo` are the addresses that it came to: these are the sender of the message, and
 * never the recipient.
 */
export const read = (
  fields: ReadonlyArray<Field>,
  wholeText: string,
  sentTo: ReadonlyArray<string>
): ReadonlyArray<Recipient> => {
  if (!isFromDaemon(fields)) return []
  const text = wholeText.slice(0, longestText)
  const named = byHeader(fields, text)
  if (named.length > 0) return named
  const senders = new Set(sentTo.map((address) => address.toLowerCase()))
  return byProse(text, (address) => Address.isAddress(address) && !senders.has(address.toLowerCase()))
}
