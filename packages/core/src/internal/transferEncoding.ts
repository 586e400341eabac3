import type { ByteWriter } from "./byteWriter.js"
import { preferredLine } from "./lineLength.js"

/**
 * RFC 2045 section 6: how octets become lines of ASCII.
 *
 * @internal
 */
export type TransferEncoding = "7bit" | "quoted-printable" | "base64"

/** RFC 2045 sections 6.7 and 6.8: the longest line of an encoding, without its CRLF. */
const longestEncodedLine = 76
const octetsPerLine = longestEncodedLine / 4 * 3

const cr = 13
const lf = 10
const tab = 9
const space = 32
const equals = 61

const base64Alphabet = new TextEncoder().encode("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
const hexDigits = new TextEncoder().encode("0123456789ABCDEF")

/** 1 for the octets that quoted-printable may leave as they are wherever they stand. */
const literal = Uint8Array.from({ length: 256 }, (_, octet) => octet > space && octet < 127 && octet !== equals ? 1 : 0)

/**
 * The length of `count` octets in base64, line ends included.
 *
 * @internal
 */
export const base64Length = (count: number): number => {
  const characters = Math.ceil(count / 3) * 4
  return characters + Math.max(0, Math.ceil(characters / longestEncodedLine) - 1) * 2
}

/**
 * Text in canonical form: every line end is CRLF (RFC 2046 section 4.1.1).
 *
 * @internal
 */
export const canonical = (octets: Uint8Array): Uint8Array => {
  let added = 0
  for (let i = 0; i < octets.length; i++) {
    if (octets[i] === lf && octets[i - 1] !== cr) added++
    else if (octets[i] === cr && octets[i + 1] !== lf) added++
  }
  if (added === 0) return octets
  const result = new Uint8Array(octets.length + added)
  let at = 0
  for (let i = 0; i < octets.length; i++) {
    const octet = octets[i]
    if (octet === lf || octet === cr) {
      result[at++] = cr
      result[at++] = lf
      if (octet === cr && octets[i + 1] === lf) i++
    } else result[at++] = octet
  }
  return result
}

const isBlankAtEnd = (octets: Uint8Array, i: number): boolean =>
  i + 1 === octets.length || (octets[i + 1] === cr && octets[i + 2] === lf)

const isLiteral = (octets: Uint8Array, i: number, octet: number): boolean =>
  literal[octet] === 1 || ((octet === space || octet === tab) && !isBlankAtEnd(octets, i))

const isLineEnd = (octets: Uint8Array, i: number, octet: number): boolean => octet === cr && octets[i + 1] === lf

/** Whether a quoted-printable line must end softly before an octet: it may fill the line only if nothing follows there. */
const mustBreak = (octets: Uint8Array, i: number, column: number, width: number): boolean => {
  const end = column + width
  if (end < longestEncodedLine) return false
  const next = i + 1
  const isLast = next >= octets.length || isLineEnd(octets, next, octets[next])
  return end > longestEncodedLine || !isLast
}

/**
 * The encoding for octets in which CRLF, and only CRLF, is a line end: none where none is needed, else the shorter one.
 * Short lines that are Latin letters for the most part stay readable all the same, since filters distrust what base64
 * hides.
 *
 * @internal
 */
export const choose = (octets: Uint8Array): TransferEncoding => {
  let quotedLength = 0
  let column = 0
  let line = 0
  let beyondAscii = 0
  let isReadable = true
  for (let i = 0; i < octets.length; i++) {
    const octet = octets[i]
    if (isLineEnd(octets, i, octet)) {
      quotedLength += 2
      column = 0
      line = 0
      i++
      continue
    }
    line++
    if (octet > 127) beyondAscii++
    else if (octet === 127 || (octet < space && octet !== tab)) isReadable = false
    if (line > preferredLine) isReadable = false
    const width = isLiteral(octets, i, octet) ? 1 : 3
    if (mustBreak(octets, i, column, width)) {
      quotedLength += 3
      column = 0
    }
    quotedLength += width
    column += width
  }
  if (isReadable && beyondAscii === 0) return "7bit"
  if (isReadable && beyondAscii * 2 <= octets.length) return "quoted-printable"
  return quotedLength <= base64Length(octets.length) ? "quoted-printable" : "base64"
}

const writeQuotedPrintable = (writer: ByteWriter, octets: Uint8Array): void => {
  writer.reserve(octets.length * 4 + 16)
  const out = writer.octets
  let at = writer.length
  let column = 0
  for (let i = 0; i < octets.length; i++) {
    const octet = octets[i]
    if (isLineEnd(octets, i, octet)) {
      out[at++] = cr
      out[at++] = lf
      column = 0
      i++
      continue
    }
    const width = isLiteral(octets, i, octet) ? 1 : 3
    if (mustBreak(octets, i, column, width)) {
      out[at++] = equals
      out[at++] = cr
      out[at++] = lf
      column = 0
    }
    if (width === 1) out[at++] = octet
    else {
      out[at++] = equals
      out[at++] = hexDigits[octet >> 4]
      out[at++] = hexDigits[octet & 15]
    }
    column += width
  }
  writer.length = at
}

/**
 * Base64 in lines of 76 characters, without a line end after the last.
 *
 * @internal
 */
export const writeBase64 = (writer: ByteWriter, octets: Uint8Array): void => {
  writer.reserve(base64Length(octets.length))
  const out = writer.octets
  let at = writer.length
  const whole = octets.length - octets.length % 3
  for (let i = 0; i < whole; i += 3) {
    if (i > 0 && i % octetsPerLine === 0) {
      out[at++] = cr
      out[at++] = lf
    }
    const group = (octets[i] << 16) | (octets[i + 1] << 8) | octets[i + 2]
    out[at++] = base64Alphabet[group >> 18]
    out[at++] = base64Alphabet[(group >> 12) & 63]
    out[at++] = base64Alphabet[(group >> 6) & 63]
    out[at++] = base64Alphabet[group & 63]
  }
  const rest = octets.length - whole
  if (rest > 0) {
    if (whole > 0 && whole % octetsPerLine === 0) {
      out[at++] = cr
      out[at++] = lf
    }
    const group = (octets[whole] << 16) | (octets[whole + 1] << 8)
    out[at++] = base64Alphabet[group >> 18]
    out[at++] = base64Alphabet[(group >> 12) & 63]
    out[at++] = rest === 2 ? base64Alphabet[(group >> 6) & 63] : equals
    out[at++] = equals
  }
  writer.length = at
}

/**
 * How many octets of a stream make whole lines of base64.
 *
 * @internal
 */
export const wholeLines = (count: number): number => count - count % octetsPerLine

/**
 * @internal
 */
export const write = (writer: ByteWriter, encoding: TransferEncoding, octets: Uint8Array): void => {
  switch (encoding) {
    case "7bit":
      return writer.write(octets)
    case "quoted-printable":
      return writeQuotedPrintable(writer, octets)
    case "base64":
      return writeBase64(writer, octets)
  }
}
