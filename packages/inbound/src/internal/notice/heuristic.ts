import * as Address from "./address.js"
import { defined, type Recipient } from "./deliveryStatus.js"
import { type Field, valuesOf } from "./header.js"
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

const copyBegins = /^(?:---? |-{4,}|--- Below this line)/

/** Paragraphs that begin with an address, as those of qmail (QSBMF) and old Postfix. */
const byParagraph = (text: string): ReadonlyArray<Recipient> => {
  const recipients: Array<Recipient> = []
  let address: string | undefined
  let lines: Array<string> = []
  const close = (): void => {
    if (address !== undefined) recipients.push(recipient(address, lines.join(" ")))
    address = undefined
    lines = []
  }
  for (const line of text.split(/\r\n|\n|\r/)) {
    const start = /^<([^<>\s]{3,320})>:?(.*)$/.exec(line)
    if (copyBegins.test(line)) break
    if (start !== null && Address.isAddress(start[1] ?? "")) {
      close()
      address = start[1]
      lines.push(start[2] ?? "")
    } else if (line.trim() === "") close()
    else if (address !== undefined) lines.push(line)
  }
  close()
  return recipients
}

const introductions =
  /^Hi\. This is the qmail-send program|I wasn't able to deliver your message|could not be delivered to one or more|I'm sorry to have to inform you|mail system at host/im

/** What a report in no standard form says, in the three forms that are certain enough. */
export const read = (fields: ReadonlyArray<Field>, wholeText: string): ReadonlyArray<Recipient> => {
  if (!isFromDaemon(fields)) return []
  const text = wholeText.slice(0, longestText)
  const named = byHeader(fields, text)
  if (named.length > 0) return named
  return introductions.test(text) ? byParagraph(text) : []
}
