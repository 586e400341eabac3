/** RFC 2047 section 2: no encoded-word is longer than this. */
const longest = 75
const overhead = "=?utf-8?Q??=".length

const encoder = new TextEncoder()
const hex = Array.from({ length: 256 }, (_, octet) => `=${octet.toString(16).toUpperCase().padStart(2, "0")}`)
// RFC 2047 section 5 (3): the set that is safe in a phrase, and so everywhere.
const safe = /[A-Za-z0-9!*+\-/]/

const qCharacter = (char: string): string => {
  if (char === " ") return "_"
  if (safe.test(char)) return char
  let encoded = ""
  for (const octet of encoder.encode(char)) encoded += hex[octet]
  return encoded
}

const base64 = (octets: Uint8Array): string => btoa(String.fromCharCode(...octets))

/**
 * A text as encoded-words (RFC 2047) in the shorter of its two encodings. No word is longer than 75 octets, the first
 * not longer than `first`, and no character is split.
 *
 * @internal
 */
export const encodeWords = (text: string, first = longest): ReadonlyArray<string> => {
  const characters = Array.from(text)
  const quoted = characters.map(qCharacter)
  const quotedLength = quoted.reduce((sum, piece) => sum + piece.length, 0)
  const octetLength = encoder.encode(text).length
  const isQuoted = quotedLength <= Math.ceil(octetLength / 3) * 4
  const words: Array<string> = []
  let piece = ""
  let size = 0
  const room = () => Math.min(longest, words.length === 0 ? first : longest) - overhead
  const flush = () => {
    words.push(isQuoted ? `=?utf-8?Q?${piece}?=` : `=?utf-8?B?${base64(encoder.encode(piece))}?=`)
    piece = ""
    size = 0
  }
  characters.forEach((char, i) => {
    const next = isQuoted ? quoted[i] ?? "" : char
    const width = isQuoted ? next.length : encoder.encode(char).length
    const total = size + width
    if (size > 0 && (isQuoted ? total : Math.ceil(total / 3) * 4) > room()) flush()
    piece += next
    size += width
  })
  flush()
  return words
}
