import { ByteWriter } from "../../value/byteWriter.js"
import * as Base64 from "./base64.js"

/** RFC 2047 section 2: the length that an encoded-word must not exceed. */
const maxWord = 75
const overhead = "=?utf-8?Q??=".length

/** Reused to avoid allocation. */
const textBuffer = new ByteWriter(1024)
const decoder = new TextDecoder()

// RFC 2047 section 5 (3): the set that is safe in a phrase, and so everywhere.
const safe = new Set(new TextEncoder().encode("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!*+-/"))

/** Every octet in the Q encoding. */
const quoted: ReadonlyArray<string> = Array.from({ length: 256 }, (_, octet) => {
  if (octet === 32) return "_"
  return safe.has(octet) ? String.fromCharCode(octet) : `=${octet.toString(16).toUpperCase().padStart(2, "0")}`
})

/** The number of octets of the UTF-8 character that starts with this one. */
export const characterWidth = (lead: number): number => lead < 0xc0 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4

const word = new ByteWriter(maxWord)

const base64 = (octets: Uint8Array): string => {
  Base64.write(word.clear(), octets)
  return decoder.decode(word.written)
}

const quotedWords = (octets: Uint8Array, first: number): ReadonlyArray<string> => {
  const words: Array<string> = []
  let piece = ""
  let room = first - overhead
  for (let at = 0; at < octets.length;) {
    const end = at + characterWidth(octets[at])
    let character = ""
    for (; at < end; at++) character += quoted[octets[at]]
    if (piece !== "" && piece.length + character.length > room) {
      words.push(`=?utf-8?Q?${piece}?=`)
      piece = ""
      room = maxWord - overhead
    }
    piece += character
  }
  words.push(`=?utf-8?Q?${piece}?=`)
  return words
}

const base64Words = (octets: Uint8Array, first: number): ReadonlyArray<string> => {
  const words: Array<string> = []
  let start = 0
  let room = Math.floor((first - overhead) / 4) * 3
  for (let at = 0; at < octets.length;) {
    const end = at + characterWidth(octets[at])
    if (at > start && end - start > room) {
      words.push(`=?utf-8?B?${base64(octets.subarray(start, at))}?=`)
      start = at
      room = Math.floor((maxWord - overhead) / 4) * 3
    }
    at = end
  }
  words.push(`=?utf-8?B?${base64(octets.subarray(start))}?=`)
  return words
}

/**
 * A text as encoded-words (RFC 2047) in the shorter of its two encodings. No word is longer than 75 octets, the first is
 * not longer than `first`, and no character is split.
 */
export const encodeWords = (text: string, first = maxWord): ReadonlyArray<string> => {
  textBuffer.clear().text(text)
  const octets = textBuffer.written
  let quotedLength = 0
  for (const octet of octets) quotedLength += quoted[octet].length
  return quotedLength <= Math.ceil(octets.length / 3) * 4
    ? quotedWords(octets, Math.min(first, maxWord))
    : base64Words(octets, Math.min(first, maxWord))
}
