const lf = 10
const dot = 46
const lineAndDot = Buffer.from("\n.")
const justDot = Buffer.from(".")
const end = Buffer.from(".\r\n")
const endOfLineAndEnd = Buffer.from("\r\n.\r\n")

const view = (octets: Uint8Array): Buffer => Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength)

/** Puts a dot before each dot that starts a line (RFC 5321 section 4.5.2). */
const stuff = (octets: Buffer, isLineStart: boolean): ReadonlyArray<Buffer> => {
  const isFirst = isLineStart && octets[0] === dot
  const pieces: Array<Buffer> = isFirst ? [justDot] : []
  let from = 0
  for (let at = octets.indexOf(lineAndDot); at >= 0; at = octets.indexOf(lineAndDot, at + 1)) {
    pieces.push(octets.subarray(from, at + 2))
    from = at + 1
  }
  pieces.push(from === 0 ? octets : octets.subarray(from))
  return pieces
}

/** A whole message as it goes behind 354: dots stuffed, and the end of the data behind it. */
export const whole = (octets: Uint8Array): Uint8Array => {
  const message = view(octets)
  const endsLine = message.length === 0 || message[message.length - 1] === lf
  return Buffer.concat([...stuff(message, true), endsLine ? end : endOfLineAndEnd])
}

/** Stuffs the dots of a message that comes in pieces. */
export class DotStuffer {
  private isLineStart = true

  stuff(octets: Uint8Array): Buffer {
    if (octets.length === 0) return view(octets)
    const pieces = stuff(view(octets), this.isLineStart)
    this.isLineStart = octets[octets.length - 1] === lf
    const [only] = pieces
    return pieces.length === 1 && only !== undefined ? only : Buffer.concat(pieces)
  }

  /** What ends the data. */
  get end(): Uint8Array {
    return this.isLineStart ? end : endOfLineAndEnd
  }
}
