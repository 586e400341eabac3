/**
 * What a message means to a reader, without anything that two correct writers may do differently: folding, encodings,
 * boundaries, the order of fields of different names, the last line end of a text.
 */
import { createHash } from "node:crypto"
import * as MimeReader from "./MimeReader.js"

export interface Mailbox {
  readonly name: string
  readonly addr: string
}

/** A part with what it holds: a text to show, octets, a message, or further parts. */
export interface Part {
  readonly type: string
  readonly params?: Readonly<Record<string, string>> | undefined
  readonly disposition?: string | undefined
  readonly filename?: string | undefined
  readonly contentId?: string | undefined
  readonly text?: string | undefined
  readonly octets?: { readonly size: number; readonly sha256: string } | undefined
  readonly message?: Meaning | undefined
  readonly children?: ReadonlyArray<Part> | undefined
}

export interface Meaning {
  /** Every field that is not about MIME and holds no addresses, by name. */
  readonly headers: ReadonlyArray<readonly [name: string, value: string]>
  readonly addresses: Readonly<Record<string, ReadonlyArray<ReadonlyArray<Mailbox>>>>
  readonly body: Part
}

const addressFields = new Set([
  "from",
  "sender",
  "reply-to",
  "to",
  "cc",
  "bcc",
  "resent-from",
  "resent-sender",
  "resent-to",
  "resent-cc",
  "resent-bcc"
])

const mimeFields = new Set([
  "content-type",
  "content-transfer-encoding",
  "content-disposition",
  "content-id",
  "content-description",
  "mime-version"
])

const date =
  /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d{2} (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} \d{2}:\d{2}:\d{2} [+-]\d{4}$/
const messageId = /^<[^<>@\s]+@[^<>@\s]+>$/

/** What differs on every run is only asked to be well formed. */
const anyDate = "<a date>"
export const anyId = "<an id>"

const value = (name: string, text: string): string => {
  if (name === "date" && date.test(text)) return anyDate
  if (name === "message-id" && messageId.test(text)) return anyId
  return text
}

const byName = (a: readonly [string, string], b: readonly [string, string]): number =>
  a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0

const fromUtf8 = (octets: string): string =>
  new TextDecoder("utf-8", { fatal: true }).decode(MimeReader.octetsOf(octets))

const readHeaders = (entity: MimeReader.Entity): Pick<Meaning, "headers" | "addresses"> => {
  const headers: Array<readonly [string, string]> = []
  const addresses: Record<string, Array<ReadonlyArray<Mailbox>>> = {}
  for (const header of entity.headers) {
    const name = header.name.toLowerCase()
    if (mimeFields.has(name)) continue
    if (addressFields.has(name)) {
      const found = addresses[name] ??= []
      found.push(
        MimeReader.mailboxes(header.value.trim()).map(({ address, name }) => ({
          name: name.replace(/\s+/g, " ").trim(),
          addr: fromUtf8(address)
        }))
      )
    } else {
      const text = MimeReader.decodeWords(header.value).replace(/[ \t]+/g, " ").trim()
      headers.push([name, value(name, text)])
    }
  }
  return { headers: headers.sort(byName), addresses }
}

export const withoutLastLineEnds = (text: string): string => text.replaceAll("\r\n", "\n").replace(/\n+$/, "")

export const digest = (octets: Uint8Array): NonNullable<Part["octets"]> => ({
  size: octets.length,
  sha256: createHash("sha256").update(octets).digest("hex")
})

const parametersOf = (entity: MimeReader.Entity): Part["params"] => {
  const params: Record<string, string> = {}
  for (const [name, value] of entity.parameters) if (name !== "boundary" && name !== "name") params[name] = value
  if (entity.type.startsWith("text/")) params["charset"] = (params["charset"] ?? "us-ascii").toLowerCase()
  return Object.keys(params).length === 0 ? undefined : params
}

const contentOf = (entity: MimeReader.Entity): Pick<Part, "text" | "octets" | "message" | "children"> => {
  if (entity.boundary !== undefined) return { children: entity.children.map(readPart) }
  if (entity.type === "message/rfc822") return { message: read(entity.octets) }
  if (!entity.type.startsWith("text/")) return { octets: digest(entity.octets) }
  const text = withoutLastLineEnds(MimeReader.textOf(entity))
  const isShown = entity.disposition !== "attachment" && entity.filename === undefined
  return isShown ? { text } : { octets: digest(new TextEncoder().encode(text)) }
}

const readPart = (entity: MimeReader.Entity): Part => ({
  type: entity.type,
  params: parametersOf(entity),
  disposition: entity.disposition,
  filename: entity.filename,
  contentId: MimeReader.header(entity, "Content-ID"),
  ...contentOf(entity)
})

/** Reads a message by the strict reader. */
export const read = (message: Uint8Array): Meaning => {
  const entity = MimeReader.read(message)
  return { ...readHeaders(entity), body: readPart(entity) }
}
