import type { Rule } from "../../../SmtpScript.js"
import type { MessageSink } from "../options.js"

const dot = 46
const lineFeed = 10
const carriageReturn = 13

/** A message on its way: counts its octets, and takes out the dots of RFC 5321 section 4.5.2. */
export class Body {
  /** The rules for BODY that were played. */
  readonly played = new Set<Rule>()
  sink: MessageSink | undefined
  hasSinkFailed = false
  private kept: Array<Uint8Array> = []
  private octets = 0
  private stuffed = 0
  private lineOctets = 0
  private maxLine = 0
  private isLineStart = true
  private endsWithReturn = false

  /** How many octets came, dots included. */
  get length(): number {
    return this.octets
  }

  /** How many octets the message has (RFC 1870 section 3): dots that were put before others do not count. */
  get size(): number {
    return this.octets - this.stuffed
  }

  /** The octets of the longest line so far, without its CRLF. */
  get longestLine(): number {
    return Math.max(this.maxLine, this.lineOctets - (this.endsWithReturn ? 1 : 0))
  }

  get bytes(): Uint8Array {
    return new Uint8Array(Buffer.concat(this.kept))
  }

  keep(octets: Uint8Array): void {
    this.kept.push(octets)
  }

  /** Frees what was kept of a message that is over a limit. */
  forget(): void {
    this.kept = []
  }

  /** Takes the next octets, which may end anywhere, and gives them without the dots of DATA. */
  take(octets: Uint8Array, isStuffed = true): Uint8Array {
    this.octets += octets.length
    if (octets.length === 0) return octets
    const pieces: Array<Uint8Array> = []
    let from = 0
    let counted = 0
    const startLine = (at: number): void => {
      if (isStuffed && octets[at] === dot) {
        pieces.push(octets.subarray(from, at))
        from = at + 1
      }
    }
    const endLine = (at: number): void => {
      this.maxLine = Math.max(this.maxLine, this.lineOctets + at - counted - 1)
      this.lineOctets = 0
      counted = at + 1
      startLine(at + 1)
    }
    if (this.isLineStart) startLine(0)
    for (let at = octets.indexOf(lineFeed); at >= 0; at = octets.indexOf(lineFeed, at + 1)) {
      if (at === 0 ? this.endsWithReturn : octets[at - 1] === carriageReturn) endLine(at)
    }
    this.lineOctets += octets.length - counted
    this.isLineStart = counted === octets.length
    this.endsWithReturn = octets[octets.length - 1] === carriageReturn
    if (pieces.length === 0) return octets
    this.stuffed += pieces.length
    pieces.push(octets.subarray(from))
    return Buffer.concat(pieces)
  }
}
