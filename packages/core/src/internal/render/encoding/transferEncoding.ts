import { canonical, cr, lf, preferredLine } from "../../mime/lines.js"
import { base64Length } from "../../mime/size.js"
import { ByteWriter } from "../../value/byteWriter.js"
import * as Base64 from "./base64.js"

/** RFC 2045 section 6: how octets become lines of ASCII. */
export type TransferEncoding = "7bit" | "quoted-printable" | "base64"

/** RFC 2045 section 6.7: the length that a line must not exceed, without its CRLF. */
const maxEncodedLine = 76

const tab = 9
const space = 32
const equals = 61

const hexDigits = new TextEncoder().encode("0123456789ABCDEF")

/** How quoted-printable writes an octet. */
const Literal = 0
const Escaped = 1
const Blank = 2
const LineEnd = 3

const tilde = 126

const kinds = Uint8Array.from({ length: 256 }, (_, octet) => {
  if (octet === cr || octet === lf) return LineEnd
  if (octet === space || octet === tab) return Blank
  return octet > space && octet < 127 && octet !== equals ? Literal : Escaped
})

/** 1 for the octets that a text may hold unencoded: printable ASCII, blanks and line ends. */
const plain = Uint8Array.from(
  { length: 256 },
  (_, octet) => (octet >= space && octet < 127) || octet === tab || octet === cr || octet === lf ? 1 : 0
)

/**
 * What line ends mean:
 *
 * - `text`: a new line; on the wire each of them is CRLF (RFC 2046 section 4.1.1)
 * - `exact`: themselves; on the wire only CRLF may remain a line end
 */
export type LineEnds = "text" | "exact"

/** The number of octets of the line end at `i`; 0 without one. */
const lineEndWidth = (octets: Uint8Array, i: number, lineEnds: LineEnds): number => {
  if (octets[i] === cr && octets[i + 1] === lf) return 2
  return lineEnds === "text" && (octets[i] === cr || octets[i] === lf) ? 1 : 0
}

const isAtEnd = (octets: Uint8Array, i: number, lineEnds: LineEnds): boolean =>
  i >= octets.length || lineEndWidth(octets, i, lineEnds) > 0

/** Whether octets need no encoding: printable ASCII in short lines. */
const isSevenBit = (octets: Uint8Array, lineEnds: LineEnds): boolean => {
  let line = 0
  for (let i = 0; i < octets.length; i++) {
    const octet = octets[i]
    if (plain[octet] === 0) return false
    if (octet !== cr && octet !== lf) {
      if (++line > preferredLine) return false
      continue
    }
    const width = lineEndWidth(octets, i, lineEnds)
    if (width === 0) return false
    line = 0
    i += width - 1
  }
  return true
}

const countBeyondAscii = (octets: Uint8Array): number => {
  let count = 0
  for (let i = 0; i < octets.length; i++) count += octets[i] >> 7
  return count
}

const sampleStep = 17

/** Whether a tenth or more of a sample is beyond ASCII: cheaper than to count, and decides only what is tried first. */
const isOftenBeyondAscii = (octets: Uint8Array): boolean => {
  let count = 0
  for (let i = 0; i < octets.length; i += sampleStep) count += octets[i] >> 7
  return count * 10 * sampleStep > octets.length
}

/** Whether a person could read most of the octets without decoding. */
const isReadable = (octets: Uint8Array, beyondAscii: number): boolean => {
  if (beyondAscii * 2 > octets.length) return false
  let line = 0
  for (let i = 0; i < octets.length; i++) {
    const octet = octets[i]
    if (octet <= 127 && plain[octet] === 0) return false
    line = octet === lf ? 0 : line + 1
    if (line > preferredLine + 1) return false
  }
  return true
}

const writeQuotedPrintable = (writer: ByteWriter, octets: Uint8Array, lineEnds: LineEnds): void => {
  writer.reserve(octets.length * 4 + 16)
  const out = writer.octets
  let at = writer.length
  let column = 0
  for (let i = 0; i < octets.length; i++) {
    // Most octets are written as they are, many of them in a row.
    const max = Math.min(octets.length, i + maxEncodedLine - 1 - column)
    const from = i
    for (; i < max; i++) {
      const octet = octets[i]
      if (octet < space || octet > tilde || octet === equals) break
      out[at++] = octet
    }
    // A blank at the end of a line is escaped.
    if (i > from && octets[i - 1] === space && (i === octets.length || kinds[octets[i]] === LineEnd)) {
      i--
      at--
    }
    column += i - from
    if (i === octets.length) break
    const octet = octets[i]
    let kind = kinds[octet]
    if (kind === LineEnd) {
      const width = lineEndWidth(octets, i, lineEnds)
      if (width > 0) {
        out[at++] = cr
        out[at++] = lf
        column = 0
        i += width - 1
        continue
      }
      kind = Escaped
    } else if (kind === Blank) kind = isAtEnd(octets, i + 1, lineEnds) ? Escaped : Literal
    const end = column + (kind === Literal ? 1 : 3)
    // The last column is for the soft line break, unless the line ends there.
    if (end >= maxEncodedLine && (end > maxEncodedLine || !isAtEnd(octets, i + 1, lineEnds))) {
      out[at++] = equals
      out[at++] = cr
      out[at++] = lf
      column = 0
    }
    if (kind === Literal) {
      out[at++] = octet
      column++
    } else {
      out[at++] = equals
      out[at++] = hexDigits[octet >> 4]
      out[at++] = hexDigits[octet & 15]
      column += 3
    }
  }
  writer.length = at
}

/** Octets in a transfer encoding. */
export interface Encoded {
  readonly encoding: TransferEncoding
  readonly octets: Uint8Array
}

/** Reused to avoid allocation: the content is valid until the next use. */
const encodingBuffer = new ByteWriter(16 * 1024)
const lineBuffer = new ByteWriter(16 * 1024)

const inLines = (length: number): Uint8Array => {
  lineBuffer.clear().reserve(length)
  lineBuffer.length = length
  return lineBuffer.written
}

/**
 * Octets in the best encoding: none where none is needed, else the shorter one. Short lines of mostly Latin letters stay
 * readable even where base64 is shorter, since filters distrust base64.
 *
 * The result is valid until the next call, which reuses the buffer.
 */
export const encode = (octets: Uint8Array, lineEnds: LineEnds): Encoded => {
  if (isSevenBit(octets, lineEnds)) {
    return { encoding: "7bit", octets: lineEnds === "text" ? canonical(octets, inLines) : octets }
  }
  const toLines = () => lineEnds === "text" ? canonical(octets, inLines) : octets
  const asBase64 = (whole: Uint8Array): Encoded => {
    Base64.write(encodingBuffer.clear(), whole)
    return { encoding: "base64", octets: encodingBuffer.written }
  }
  // Quoted-printable takes three octets for each octet beyond ASCII: where that alone is too long, it is not tried.
  if (isOftenBeyondAscii(octets)) {
    const beyondAscii = countBeyondAscii(octets)
    const isTooMuch = (length: number) => length + beyondAscii * 2 > base64Length(length)
    if (isTooMuch(octets.length)) {
      const whole = toLines()
      if (isTooMuch(whole.length) && !isReadable(whole, beyondAscii)) return asBase64(whole)
    }
  }
  writeQuotedPrintable(encodingBuffer.clear(), octets, lineEnds)
  if (encodingBuffer.length > base64Length(octets.length)) {
    const whole = toLines()
    if (encodingBuffer.length > base64Length(whole.length) && !isReadable(whole, countBeyondAscii(octets))) {
      return asBase64(whole)
    }
  }
  return { encoding: "quoted-printable", octets: encodingBuffer.written }
}
