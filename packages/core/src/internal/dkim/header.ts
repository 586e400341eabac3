import { relaxedValue } from "./canonical.js"

/** A field of a rendered header. Characters are octets. */
export interface RawField {
  readonly name: string
  readonly value: string
}

const lf = 10
const cr = 13

/** The index of the body, after the first empty line; -1 where there is no empty line yet. */
export const bodyStart = (octets: Uint8Array): number => {
  if (octets[0] === cr && octets[1] === lf) return 2
  for (let at = octets.indexOf(lf); at >= 0; at = octets.indexOf(lf, at + 1)) {
    if (octets[at + 1] === cr && octets[at + 2] === lf) return at + 3
  }
  return -1
}

const pieceLength = 4096

const decoder = new TextDecoder("utf-8", { ignoreBOM: true })
const encoder = new TextEncoder()

/** Octets as characters of the same code, without decoding, because octets are signed. Most headers are ASCII. */
const characters = (octets: Uint8Array): string => {
  const ascii = decoder.decode(octets)
  if (ascii.length === octets.length && !ascii.includes("\ufffd")) return ascii
  let text = ""
  for (let i = 0; i < octets.length; i += pieceLength) {
    text += String.fromCharCode(...octets.subarray(i, i + pieceLength))
  }
  return text
}

/** The octets that are the characters of a text. */
export const toOctets = (text: string): Uint8Array<ArrayBuffer> => {
  const ascii = encoder.encode(text)
  if (ascii.length === text.length) return ascii
  const octets = new Uint8Array(text.length)
  for (let i = 0; i < text.length; i++) octets[i] = text.charCodeAt(i)
  return octets
}

/** The fields of a header, in their order, with the names in lower case. A line that belongs to no field is left out. */
export const readFields = (header: Uint8Array): ReadonlyArray<RawField> =>
  characters(header).split(/\r\n(?![\t ])/).flatMap((line) => {
    const colon = line.indexOf(":")
    return colon < 1 ? [] : [{
      name: line.slice(0, colon).trimEnd().toLowerCase(),
      value: line.slice(colon + 1)
    }]
  })

const signed = [
  "from",
  "to",
  "cc",
  "reply-to",
  "subject",
  "date",
  "message-id",
  "in-reply-to",
  "references",
  "mime-version",
  "content-type",
  "content-transfer-encoding",
  "list-id",
  "list-unsubscribe",
  "list-unsubscribe-post"
]

/** Signed once more than they occur, so that no further one can be added. Mailing lists add the other fields. */
const oversigned = [
  "from",
  "to",
  "cc",
  "reply-to",
  "subject",
  "date",
  "message-id",
  "mime-version",
  "content-type",
  "content-transfer-encoding"
]

/** The list `h=` of a header: names in lower case, as often as they are signed. */
export const signedNames = (fields: ReadonlyArray<RawField>, except: ReadonlySet<string>): ReadonlyArray<string> => {
  const names: Array<string> = []
  for (const name of signed) {
    for (const field of fields) {
      if (field.name === name) names.push(name)
    }
  }
  for (const name of oversigned) names.push(name)
  return except.size === 0 ? names : names.filter((name) => !except.has(name))
}

/** The fields that a list `h=` means, canonical, those at the bottom first (RFC 6376 section 5.4.2). */
export const canonicalHeader = (fields: ReadonlyArray<RawField>, names: ReadonlyArray<string>): string => {
  const left = new Map<string, number>()
  let header = ""
  for (const name of names) {
    let i = left.get(name) ?? fields.length
    do i--
    while (i >= 0 && fields[i]?.name !== name)
    left.set(name, Math.max(i, 0))
    const field = fields[i]
    if (field !== undefined) header += `${name}:${relaxedValue(field.value)}\r\n`
  }
  return header
}

/** The domain of the author, in lower case; undefined where the header names no author. */
export const authorDomain = (fields: ReadonlyArray<RawField>): string | undefined => {
  const from = fields.find(({ name }) => name === "from")
  if (from === undefined) return undefined
  const value = relaxedValue(from.value)
  const at = value.lastIndexOf("@")
  return at < 0 ? undefined : value.slice(at + 1).replace(/>$/, "").toLowerCase()
}

const tag = (name: string, field: RawField): string | undefined =>
  relaxedValue(field.value).split(";").map((part) => part.trim().split("=")).find(([key]) => key?.trim() === name)?.[1]
    ?.trim()

/** Whether a key has signed the message before. */
export const isSignedBy = (
  fields: ReadonlyArray<RawField>,
  { domain, selector }: { readonly domain: string; readonly selector: string }
): boolean =>
  fields.some((field) =>
    field.name === "dkim-signature" && tag("d", field)?.toLowerCase() === domain && tag("s", field) === selector
  )
