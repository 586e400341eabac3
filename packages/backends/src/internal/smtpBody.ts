import { Readable } from "node:stream"

const pieceSize = 64 * 1024

/**
 * The message as nodemailer reads it. It is read only after 354, and the final dot can have gone out only when its end
 * was read: that is the proof of what was and was not sent.
 *
 * @internal
 */
export class Body extends Readable {
  /** Whether the first octet was asked for. */
  isStarted = false
  /** Whether the end was read, so that the final dot may have gone out. */
  isEnded = false
  private demand: (() => void) | undefined
  private isWanted = false

  constructor(private readonly onActivity: () => void) {
    super({ highWaterMark: pieceSize })
    this.once("end", () => {
      this.isEnded = true
      onActivity()
    })
  }

  /** Whether the reader waits for octets that are not there yet. */
  get isStarving(): boolean {
    return this.isWanted && !this.destroyed
  }

  override _read(): void {
    this.isStarted = true
    this.isWanted = true
    this.onActivity()
    const { demand } = this
    this.demand = undefined
    demand?.()
  }

  /** Calls back once, when the reader wants octets. */
  whenWanted(demand: () => void): void {
    if (this.isWanted) demand()
    else this.demand = demand
  }

  /** Hands over the whole message as it is wanted. */
  giveAll(octets: Uint8Array): void {
    this.whenWanted(() => {
      this.give(octets.subarray(0, pieceSize))
      const rest = octets.subarray(pieceSize)
      if (rest.length === 0) return this.whenWanted(() => this.give(null))
      // A turn of the event loop for each piece: a server that refuses half-way is heard before the end is read.
      setImmediate(() => this.giveAll(rest))
    })
  }

  /** Hands over octets, or the end. Only to be called when they are wanted. */
  give(octets: Uint8Array | null): void {
    this.isWanted = false
    this.onActivity()
    if (!this.destroyed) this.push(octets)
  }
}
