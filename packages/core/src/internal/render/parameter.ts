import { characterWidth } from "./encoding/encodedWord.js"

/** RFC 2231: the length of one segment of a parameter that keeps its line below 78 octets. */
const maxSegment = 50

const encoder = new TextEncoder()
const token = /^[A-Za-z0-9!#$&+\-.^_`{|}~]+$/
// Readers disagree about quotes, backslashes, percent signs and encoded-words inside quotes.
const quotable = /^(?! )(?!.* $)(?!.*(?: {2}|=\?))[\x20\x21\x23\x24\x26\x28-\x5b\x5d-\x7e]+$/
const attributeCharacter = /[A-Za-z0-9!#$&+\-.^_`{|}~]/

/** Every octet in the extended notation. */
const extended: ReadonlyArray<string> = Array.from({ length: 256 }, (_, octet) => {
  const char = String.fromCharCode(octet)
  return attributeCharacter.test(char) ? char : `%${octet.toString(16).toUpperCase().padStart(2, "0")}`
})

const segments = (value: string): ReadonlyArray<string> => {
  const found: Array<string> = []
  let segment = "utf-8''"
  const octets = encoder.encode(value)
  for (let at = 0; at < octets.length;) {
    const end = at + characterWidth(octets[at])
    let next = ""
    for (; at < end; at++) next += extended[octets[at]]
    if (segment.length + next.length > maxSegment) {
      found.push(segment)
      segment = ""
    }
    segment += next
  }
  found.push(segment)
  return found
}

export const isPlain = (value: string): boolean =>
  value.length <= maxSegment && (token.test(value) || quotable.test(value))

/**
 * A parameter as the tokens of a structured field, without semicolons: plain or quoted where all readers agree on
 * the meaning, else by RFC 2231, in continuations where it is long.
 */
export const format = (name: string, value: string): ReadonlyArray<string> => {
  if (value.length <= maxSegment) {
    if (token.test(value)) return [`${name}=${value}`]
    if (quotable.test(value)) return [`${name}="${value}"`]
  }
  const parts = segments(value)
  return parts.length === 1
    ? [`${name}*=${parts[0]}`]
    : parts.map((part, i) => `${name}*${i}*=${part}`)
}

/** A quoted parameter of printable ASCII, for the values of a Content-Type that its author wrote. */
export const formatAscii = (name: string, value: string): string =>
  token.test(value) ? `${name}=${value}` : `${name}="${value.replace(/["\\]/g, "\\$&")}"`

/** How much of each end of a long name is used: normalizing a long run of marks takes quadratic time. */
const maxEnd = 200

/** A name for readers that do not support RFC 2231: ASCII, short, with its extension. */
export const fallback = (filename: string): string => {
  const short = filename.length <= 2 * maxEnd
    ? filename
    : filename.slice(0, maxEnd) + filename.slice(-maxEnd)
  const ascii = short.normalize("NFKD").replace(/\p{M}/gu, "").replace(/[^A-Za-z0-9 ._-]/gu, "_")
    .replace(/ {2,}/g, " ").trim().replace(/^(?:\.+|$)/, "_")
  const dot = ascii.lastIndexOf(".")
  const extension = dot > 0 && ascii.length - dot <= 10 ? ascii.slice(dot) : ""
  return ascii.length <= maxSegment ? ascii : ascii.slice(0, maxSegment - extension.length) + extension
}
