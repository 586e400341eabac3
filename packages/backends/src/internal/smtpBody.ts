import * as Effect from "effect/Effect"
import type { Link } from "./smtpLink.js"

const pieceSize = 64 * 1024
const lf = 10
const dot = 46
const lineAndDot = Buffer.from("\n.")
const end = Buffer.from(".\r\n")

const view = (octets: Uint8Array): Buffer => Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength)

/** RFC 5321 section 4.5.2: a dot that begins a line stands for itself only after another dot. */
const stuff = (octets: Buffer, isLineStart: boolean): Buffer => {
  const isFirst = isLineStart && octets[0] === dot
  let at = octets.indexOf(lineAndDot)
  if (!isFirst && at < 0) return octets
  const pieces: Array<Buffer> = isFirst ? [end.subarray(0, 1)] : []
  let from = 0
  for (; at >= 0; at = octets.indexOf(lineAndDot, at + 1)) {
    pieces.push(octets.subarray(from, at + 2))
    from = at + 1
  }
  pieces.push(octets.subarray(from))
  return Buffer.concat(pieces)
}

/**
 * The message on its way to the server. Nothing of it is written before the server has asked for it, and the final dot is
 * written last: that is the proof of what was and was not sent.
 *
 * @internal
 */
export class Body {
  /** When the server asked for the message, in milliseconds. */
  startedAt: number | undefined
  /** When its end was written, so that the server may have taken it, in milliseconds. */
  endedAt: number | undefined
  private isLineStart = true
  private isWriting = false

  constructor(private readonly link: Link) {}

  get isStarted(): boolean {
    return this.startedAt !== undefined
  }

  get isEnded(): boolean {
    return this.endedAt !== undefined
  }

  /** Whether the server waits for octets that are not there yet. */
  get isStarving(): boolean {
    return this.isStarted && !this.isEnded && !this.isWriting
  }

  start(): void {
    this.startedAt = this.link.touch()
  }

  private encode(octets: Uint8Array): Buffer {
    if (octets.length === 0) return end.subarray(0, 0)
    const stuffed = stuff(view(octets), this.isLineStart)
    this.isLineStart = octets[octets.length - 1] === lf
    return stuffed
  }

  /** Writes octets, no faster than the server takes them. They are not needed any more when it is done. */
  write(octets: Uint8Array): Effect.Effect<void> {
    return Effect.async<void>((resume) => {
      const stuffed = this.encode(octets)
      let written = 0
      let isOver = false
      const writePiece = (): void => {
        if (isOver) return
        const piece = stuffed.subarray(written, written + pieceSize)
        written += piece.length
        this.link.write(piece, proceed)
      }
      const proceed = (): void => {
        this.link.touch()
        // A turn of the event loop for each piece: a server that refuses half-way is heard before the end is written.
        if (written < stuffed.length) setImmediate(writePiece)
        else finish()
      }
      const finish = (): void => {
        this.isWriting = false
        resume(Effect.void)
      }
      this.isWriting = true
      writePiece()
      return Effect.sync(() => {
        isOver = true
      })
    })
  }

  /** Whether octets and the end of the message go in one write. */
  static isShort(octets: Uint8Array): boolean {
    return octets.length <= pieceSize
  }

  /** Writes the last octets, and the end of the message. */
  finish(octets: Uint8Array): void {
    const last = this.encode(octets)
    this.link.write(Buffer.concat([last, this.isLineStart ? end : Buffer.concat([Buffer.from("\r\n"), end])]))
    this.endedAt = this.link.touch()
  }
}
