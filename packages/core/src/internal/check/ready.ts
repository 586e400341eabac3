import * as Either from "effect/Either"
import type { Envelope } from "../../Envelope.js"
import { cr, lf, maxLine } from "../mime/lines.js"
import { checkMessageId } from "./fields.js"

const notCrlf = "a line does not end in CRLF"

/** What is wrong with the lines of a message (RFC 5321 section 2.3.8), of which the octets come piece by piece. */
export class LineCheck {
  private length = 0
  private isAfterCr = false
  private isEmpty = true

  constructor(private readonly eightBit: boolean) {}

  /** The fault of the octets so far. */
  update(octets: Uint8Array): string | undefined {
    let { isAfterCr, length } = this
    for (let i = 0; i < octets.length; i++) {
      const octet = octets[i] ?? 0
      if (isAfterCr) {
        if (octet !== lf) return notCrlf
        isAfterCr = false
        length = 0
      } else if (octet === cr) isAfterCr = true
      else if (octet === lf) return notCrlf
      else if (octet === 0) return "there is a NUL"
      else if (octet > 127 && !this.eightBit) return "there is an octet above 127, and eightBit is false"
      else if (++length > maxLine) return "a line is longer than 998 octets"
    }
    this.isAfterCr = isAfterCr
    this.length = length
    this.isEmpty &&= octets.length === 0
    return undefined
  }

  /** The fault of the end. */
  finish(): string | undefined {
    if (this.isAfterCr) return notCrlf
    return this.isEmpty || this.length > 0 ? "the last line does not end in CRLF" : undefined
  }
}

const lineFault = (octets: Uint8Array, eightBit: boolean): string | undefined => {
  const check = new LineCheck(eightBit)
  return check.update(octets) ?? check.finish()
}

/** Where the header ends: at an empty line; -1 without one. */
export const headerEnd = (octets: Uint8Array): number => {
  for (let at = octets.indexOf(lf); at >= 0; at = octets.indexOf(lf, at + 1)) {
    if (octets[at + 1] === cr && octets[at + 2] === lf) return at - 1
  }
  return -1
}

const fieldLine = /^([\x21-\x39\x3b-\x7e]+):(.*)$/s
/** RFC 5322 section 3.6, RFC 2045 section 3. */
const onlyOnce = new Set([
  "date",
  "from",
  "sender",
  "reply-to",
  "to",
  "cc",
  "message-id",
  "in-reply-to",
  "references",
  "subject",
  "mime-version",
  "content-type",
  "content-transfer-encoding"
])
const blindCopy = /^(?:resent-)?bcc$/

/** The fields by their names in lower case; undefined where a line belongs to no field. */
export const readFields = (header: string): ReadonlyMap<string, ReadonlyArray<string>> | undefined => {
  const fields = new Map<string, Array<string>>()
  let last: Array<string> = []
  for (const line of header.split("\r\n")) {
    const isContinued = line.startsWith(" ") || line.startsWith("\t")
    const match = isContinued ? null : fieldLine.exec(line)
    if (match !== null) {
      const name = (match[1] ?? "").toLowerCase()
      last = fields.get(name) ?? []
      last.push(match[2] ?? "")
      fields.set(name, last)
    } else if (isContinued && last.length > 0) last[last.length - 1] += line
    else return undefined
  }
  return fields
}

const headerFault = (octets: Uint8Array, messageId: string, { smtpUtf8 }: Envelope): string | undefined => {
  const end = headerEnd(octets)
  if (end < 0) return "there is no header"
  const header = octets.subarray(0, end)
  if (!smtpUtf8 && header.some((octet) => octet > 127)) return "the header is not ASCII, and smtpUtf8 is false"
  const fields = readFields(new TextDecoder("utf-8", { ignoreBOM: true }).decode(header))
  if (fields === undefined) return "a line of the header is not a field"
  for (const [name, values] of fields) {
    if (blindCopy.test(name)) return "the header names blind copies"
    if (values.length > 1 && onlyOnce.has(name)) return "a field appears twice"
  }
  if (!fields.has("from") || !fields.has("date")) return "the header has no From or no Date"
  return fields.get("message-id")?.[0]?.trim() === messageId ? undefined : "the Message-ID is not that of the header"
}

const idFault = (messageId: string): string | undefined =>
  Either.isLeft(checkMessageId("Message-ID", messageId)) || !messageId.startsWith("<")
    ? "the Message-ID is not valid"
    : undefined

/** What is wrong with the header of a stored message, whose other octets are checked as they come. */
export const headFault = (head: Uint8Array, messageId: string, envelope: Envelope): string | undefined =>
  idFault(messageId) ?? headerFault(head, messageId, envelope)

/** What is wrong with the stored bytes of a message; undefined where they can be sent unchanged. */
export const fault = (octets: Uint8Array, messageId: string, envelope: Envelope): string | undefined =>
  idFault(messageId) ?? lineFault(octets, envelope.eightBit) ?? headerFault(octets, messageId, envelope)
