import * as MailReader from "../../../MailReader.js"
import { isInline } from "../../mail/contents.js"
import { plainOf, textOf } from "../../mail/decode.js"
import type { Counts, Summary, Transmission, Verdict } from "../model/message.js"

/** Header values are shown so far. */
export const maxShown = 2_000
const maxNamed = 3
const previewOctets = 4_096
const previewLength = 160

export const shown = (text: string): string => text.length > maxShown ? `${text.slice(0, maxShown)}…` : text

const countsOf = (verdicts: ReadonlyArray<Verdict>): Counts => {
  const count = (verdict: Verdict): number => verdicts.filter((one) => one === verdict).length
  return {
    accepted: count("accepted"),
    deferred: count("deferred"),
    refused: count("refused"),
    unknown: count("unknown"),
    waiting: count("waiting"),
    failed: count("failed")
  }
}

/** Entities that text may be full of; the others stay as they are in a preview of one line. */
const entities: Readonly<Record<string, string>> = { amp: "&", gt: ">", lt: "<", nbsp: " ", quot: "\"" }

const plainTextOf = (html: string): string =>
  html.replace(/<(style|script|head|title)\b[^>]*>[^]*?<\/\1\s*>/gi, " ").replace(/<[^>]*>?/g, " ")
    .replace(/&(amp|gt|lt|nbsp|quot);/g, (_, name: string) => entities[name] ?? " ")

/** The first words of a message; only the start of its body is decoded. */
const previewOf = (mail: MailReader.Mail): string => {
  const part = mail.text ?? mail.html
  if (part === undefined) return ""
  const start = { ...part, end: Math.min(part.end, part.bodyStart + previewOctets) }
  const text = part === mail.text ? plainOf(mail.octets, start) : plainTextOf(textOf(mail.octets, start))
  return text.replace(/\s+/g, " ").trim().slice(0, previewLength)
}

const keyOf = (address: string): string => address.trim().toLowerCase()

/** The header field that names an address of the envelope. */
export const fieldOf = (mail: MailReader.Mail): (address: string) => string => {
  const named = new Map<string, string>()
  for (const field of ["To", "Cc", "Bcc"]) {
    for (const { address } of MailReader.addresses(mail, field)) {
      if (!named.has(keyOf(address))) named.set(keyOf(address), field === "Bcc" ? "Bcc, in the header" : field)
    }
  }
  // Without a message there is no header that could name anybody.
  const otherwise = mail.octets.length === 0 ? "" : "Bcc"
  return (address) => named.get(keyOf(address)) ?? otherwise
}

const noteOf = ({ outcome, recipients, reply }: Transmission, mail: MailReader.Mail): string => {
  if (outcome.verdict === "unknown" || outcome.verdict === "failed") return outcome.detail
  const refused = recipients.find(({ verdict }) => verdict === "refused" || verdict === "deferred")
  if (recipients.length === 1 && refused !== undefined) return refused.reply
  if (outcome.verdict === "refused" && reply !== "" && !reply.startsWith("2")) return reply
  return mail.html === undefined && mail.text !== undefined ? "text only" : ""
}

const tagsOf = (mail: MailReader.Mail): ReadonlyArray<string> =>
  (MailReader.header(mail, "X-Tags") ?? "").split(",").map((tag) => tag.trim().slice(0, 60)).filter((tag) => tag !== "")
    .slice(0, 20)

/** What the list shows of a message. */
export const summaryOf = (id: number, mail: MailReader.Mail, transmission: Transmission, isRead: boolean): Summary => {
  const field = fieldOf(mail)
  const names = new Map(
    ["To", "Cc"].flatMap((name) => MailReader.addresses(mail, name))
      .map(({ address, name }): [string, string] => [keyOf(address), name === "" ? address : name])
  )
  const isHidden = ({ address }: { readonly address: string }): boolean => field(address).startsWith("Bcc")
  const hidden = transmission.recipients.filter(isHidden).length
  const visible = transmission.recipients.filter((recipient) => !isHidden(recipient))
  const [from] = MailReader.addresses(mail, "From")
  return {
    id,
    time: transmission.time,
    source: transmission.source,
    subject: shown(MailReader.header(mail, "Subject") ?? ""),
    from: from === undefined
      ? { name: "", address: shown(transmission.from) }
      : { name: shown(from.name), address: shown(from.address) },
    to: visible.slice(0, maxNamed).map(({ address }) => shown(names.get(keyOf(address)) ?? address)),
    recipients: transmission.recipients.length,
    hidden,
    size: mail.octets.length,
    files: mail.files.filter((part) => !isInline(part)).length,
    counts: countsOf(transmission.recipients.map(({ verdict }) => verdict)),
    note: shown(noteOf(transmission, mail)),
    preview: previewOf(mail),
    tags: tagsOf(mail),
    isRead
  }
}
