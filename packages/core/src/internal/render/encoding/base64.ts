import { cr, lf } from "../../mime/lines.js"
import { base64Length, base64Line, octetsPerBase64Line as octetsPerLine } from "../../mime/size.js"
import type { ByteWriter } from "../../value/byteWriter.js"

const lineWithEnd = base64Line + 2
const padding = 61

const alphabet = new TextEncoder().encode("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")

/** The length of `count` octets from `Encoder`: every full line has a line end, also the last one. */
export const streamedLength = (count: number): number =>
  Math.floor(count / octetsPerLine) * lineWithEnd + base64Length(count % octetsPerLine)

/** Encodes octets that fit into one line. Returns the position of its end. */
const encodeLine = (out: Uint8Array, at: number, octets: Uint8Array, start: number, end: number): number => {
  let i = start
  for (; i + 2 < end; i += 3) {
    const group = (octets[i] << 16) | (octets[i + 1] << 8) | octets[i + 2]
    out[at++] = alphabet[group >> 18]
    out[at++] = alphabet[(group >> 12) & 63]
    out[at++] = alphabet[(group >> 6) & 63]
    out[at++] = alphabet[group & 63]
  }
  if (i < end) {
    const isPair = i + 1 < end
    const group = (octets[i] << 16) | (isPair ? octets[i + 1] << 8 : 0)
    out[at++] = alphabet[group >> 18]
    out[at++] = alphabet[(group >> 12) & 63]
    out[at++] = isPair ? alphabet[(group >> 6) & 63] : padding
    out[at++] = padding
  }
  return at
}

/** Encodes all full lines, each with its line end. Returns the position of the last end. */
const encodeLines = (out: Uint8Array, at: number, octets: Uint8Array, start: number, end: number): number => {
  for (let line = start; line + octetsPerLine <= end; line += octetsPerLine) {
    at = encodeLine(out, at, octets, line, line + octetsPerLine)
    out[at++] = cr
    out[at++] = lf
  }
  return at
}

/** Base64 in lines of 76 characters, without a line end after the last. */
export const write = (writer: ByteWriter, octets: Uint8Array): void => {
  writer.reserve(base64Length(octets.length))
  const lines = Math.max(0, Math.ceil(octets.length / octetsPerLine) - 1)
  const at = encodeLines(writer.octets, writer.length, octets, 0, lines * octetsPerLine)
  writer.length = encodeLine(writer.octets, at, octets, lines * octetsPerLine, octets.length)
}

/** Base64 of octets that come in pieces. A partial line is kept for the next piece. */
export class Encoder {
  private readonly waiting = new Uint8Array(octetsPerLine)
  private count = 0

  /** `allocate` gives the memory for each piece. */
  constructor(private readonly allocate: (length: number) => Uint8Array) {}

  /** The full lines, each with its line end. */
  encode(octets: Uint8Array): Uint8Array {
    const lines = Math.floor((this.count + octets.length) / octetsPerLine)
    const encoded = this.allocate(lines * lineWithEnd)
    const start = lines === 0 || this.count === 0 ? 0 : octetsPerLine - this.count
    let at = 0
    if (start > 0) {
      this.waiting.set(octets.subarray(0, start), this.count)
      at = encodeLines(encoded, at, this.waiting, 0, octetsPerLine)
      this.count = 0
    }
    encodeLines(encoded, at, octets, start, octets.length)
    const rest = lines === 0 ? octets : octets.subarray(octets.length - (octets.length - start) % octetsPerLine)
    this.waiting.set(rest, this.count)
    this.count += rest.length
    return encoded
  }

  /** The last line, which has no line end. */
  finish(): Uint8Array {
    const encoded = this.allocate(base64Length(this.count))
    encodeLine(encoded, 0, this.waiting, 0, this.count)
    return encoded
  }
}
