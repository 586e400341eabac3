import { preferredLine } from "../mime/lineLength.js"
import { ByteWriter } from "../value/byteWriter.js"
import * as Base64 from "./base64.js"

/**
 * RFC 2045 section 6: how octets become lines of ASCII.
 *
 * @internal
 */
export type TransferEncoding = "7bit" | "quoted-printable" | "base64"

/** RFC 2045 section 6.7: the longest line, without its CRLF. */
const longestEncodedLine = 76

const cr = 13
const lf = 10
const tab = 9
const space = 32
const equals = 61

const hexDigits = new TextEncoder().encode("0123456789ABCDEF")

/** What quoted-printable makes of an octet. */
const Literal = 0
const Escaped = 1
const Blank = 2
const LineEnd = 3

const kinds = Uint8Array.from({ length: 256 }, (_, octet) => {
  if (octet === cr || octet === lf) return LineEnd
  if (octet === space || octet === tab) return Blank
  return octet > space && octet < 127 && octet !== equals ? Literal : Escaped
})

/** 1 for the octets that a text may hold as they are: printable ASCII, blanks and line ends. */
const plain = Uint8Array.from(
  { length: 256 },
  (_, octet) => (octet >= space && octet < 127) || octet === tab || octet === cr || octet === lf ? 1 : 0
)

/**
 * What line ends mean:
 *
 * - `text`: a new line, however they are written; on the wire each is CRLF (RFC 2046 section 4.1.1)
 * - `exact`: themselves; only CRLF may stand for a line end on the wire
 *
 * @internal
 */
export type LineEnds = "text" | "exact"

/**
 * Text with every line end as CRLF.
 *
 * @internal
 */
export const canonical = (octets: Uint8Array): Uint8Array => {
  let added = 0
  for (let i = 0; i < octets.length; i++) {
    const octet = octets[i]
    if (octet > cr) continue
    if (octet === lf && octets[i - 1] !== cr) added++
    else if (octet === cr && octets[i + 1] !== lf) added++
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

/** How many octets the line end at `i` takes; 0 where none is. */
const lineEndWidth = (octets: Uint8Array, i: number, lineEnds: LineEnds): number => {
  if (octets[i] === cr && octets[i + 1] === lf) return 2
  return lineEnds === "text" && (octets[i] === cr || octets[i] === lf) ? 1 : 0
}

const isAtEnd = (octets: Uint8Array, i: number, lineEnds: LineEnds): boolean =>
  i >= octets.length || lineEndWidth(octets, i, lineEnds) > 0

/** Whether octets may go as they are: printable ASCII in short lines. */
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

/** Whether people could read most of the octets, were they shown as they are. */
const isReadable = (octets: Uint8Array): boolean => {
  let beyondAscii = 0
  let line = 0
  for (let i = 0; i < octets.length; i++) {
    const octet = octets[i]
    if (octet > 127) beyondAscii++
    else if (plain[octet] === 0) return false
    line = octet === lf ? 0 : line + 1
    if (line > preferredLine + 1) return false
  }
  return beyondAscii * 2 <= octets.length
}

const writeQuotedPrintable = (writer: ByteWriter, octets: Uint8Array, lineEnds: LineEnds): void => {
  writer.reserve(octets.length * 4 + 16)
  const out = writer.octets
  let at = writer.length
  let column = 0
  for (let i = 0; i < octets.length; i++) {
    // Most octets stand for themselves, with many more of them on the line.
    while (column < longestEncodedLine - 1 && kinds[octets[i]] === Literal) {
      out[at++] = octets[i++]
      column++
    }
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
    // The last column is for the soft line break, unless the line ends there anyway.
    if (end >= longestEncodedLine && (end > longestEncodedLine || !isAtEnd(octets, i + 1, lineEnds))) {
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

/**
 * Octets in a transfer encoding.
 *
 * @internal
 */
export interface Encoded {
  readonly encoding: TransferEncoding
  readonly octets: Uint8Array
}

/** Kept between messages, so that none has to make one: what is in it counts only until the next use. */
const scratch = new ByteWriter(16 * 1024)

/**
 * Octets in the encoding that suits them: none where none is needed, else the shorter one. Short lines that are Latin
 * letters for the most part stay readable all the same, since filters distrust what base64 hides.
 *
 * The result is to be copied before anything else is encoded.
 *
 * @internal
 */
export const encode = (octets: Uint8Array, lineEnds: LineEnds): Encoded => {
  if (isSevenBit(octets, lineEnds)) {
    return { encoding: "7bit", octets: lineEnds === "text" ? canonical(octets) : octets }
  }
  scratch.clear()
  writeQuotedPrintable(scratch, octets, lineEnds)
  const whole = scratch.length > Base64.encodedLength(octets.length) && lineEnds === "text" ? canonical(octets) : octets
  if (scratch.length <= Base64.encodedLength(whole.length) || isReadable(whole)) {
    return { encoding: "quoted-printable", octets: scratch.written }
  }
  scratch.clear()
  Base64.write(scratch, whole)
  return { encoding: "base64", octets: scratch.written }
}
