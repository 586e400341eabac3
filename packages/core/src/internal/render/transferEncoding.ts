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

/** How many octets CRLF for every line end adds. The native search skips what is between them. */
const addedByLineEnds = (octets: Uint8Array): number => {
  let added = 0
  for (let at = octets.indexOf(lf); at >= 0; at = octets.indexOf(lf, at + 1)) if (octets[at - 1] !== cr) added++
  for (let at = octets.indexOf(cr); at >= 0; at = octets.indexOf(cr, at + 1)) if (octets[at + 1] !== lf) added++
  return added
}

const copyByOctet = (result: Uint8Array, octets: Uint8Array): void => {
  let at = 0
  for (let i = 0; i < octets.length; i++) {
    const octet = octets[i]
    if (octet === lf || octet === cr) {
      result[at++] = cr
      result[at++] = lf
      if (octet === cr && octets[i + 1] === lf) i++
    } else result[at++] = octet
  }
}

/** Copies what has no CR: each line in one go. */
const copyByLine = (result: Uint8Array, octets: Uint8Array): void => {
  let at = 0
  let start = 0
  for (let end = octets.indexOf(lf); end >= 0; end = octets.indexOf(lf, start)) {
    result.set(octets.subarray(start, end), at)
    at += end - start
    result[at++] = cr
    result[at++] = lf
    start = end + 1
  }
  result.set(octets.subarray(start), at)
}

const shortLine = 32

/**
 * Text with every line end as CRLF.
 *
 * @internal
 */
export const canonical = (
  octets: Uint8Array,
  allocate = (length: number): Uint8Array => new Uint8Array(length)
): Uint8Array => {
  const added = addedByLineEnds(octets)
  if (added === 0) return octets
  const result = allocate(octets.length + added)
  const copy = added * shortLine > octets.length || octets.includes(cr) ? copyByOctet : copyByLine
  copy(result, octets)
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

const countBeyondAscii = (octets: Uint8Array): number => {
  let count = 0
  for (let i = 0; i < octets.length; i++) count += octets[i] >> 7
  return count
}

/** Whether people could read most of the octets, were they shown as they are. */
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
    // Most octets stand for themselves, with many more of them on the line; so do blanks that others follow.
    const most = Math.min(octets.length, i + longestEncodedLine - 1 - column)
    const from = i
    for (; i < most; i++) {
      const octet = octets[i]
      const kind = kinds[octet]
      if (kind !== Literal && (kind !== Blank || i + 1 === octets.length || kinds[octets[i + 1]] === LineEnd)) break
      out[at++] = octet
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
const lines = new ByteWriter(16 * 1024)

const inLines = (length: number): Uint8Array => {
  lines.clear().reserve(length)
  lines.length = length
  return lines.written
}

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
    return { encoding: "7bit", octets: lineEnds === "text" ? canonical(octets, inLines) : octets }
  }
  const toLines = () => lineEnds === "text" ? canonical(octets, inLines) : octets
  const beyondAscii = countBeyondAscii(octets)
  const asBase64 = (whole: Uint8Array): Encoded => {
    Base64.write(scratch.clear(), whole)
    return { encoding: "base64", octets: scratch.written }
  }
  // Quoted-printable takes three characters for each of these: where that is too much already, it need not be tried.
  const isTooMuch = (length: number) => length + beyondAscii * 2 > Base64.encodedLength(length)
  if (isTooMuch(octets.length)) {
    const whole = toLines()
    if (isTooMuch(whole.length) && !isReadable(whole, beyondAscii)) return asBase64(whole)
  }
  writeQuotedPrintable(scratch.clear(), octets, lineEnds)
  if (scratch.length > Base64.encodedLength(octets.length)) {
    const whole = toLines()
    if (scratch.length > Base64.encodedLength(whole.length) && !isReadable(whole, beyondAscii)) return asBase64(whole)
  }
  return { encoding: "quoted-printable", octets: scratch.written }
}
