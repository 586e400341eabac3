import { Readable } from "node:stream"

const pieceSize = 64 * 1024

/**
 * The message as nodemailer reads it. It is read only after 354, and the final dot can have gone out only when its end
 * was read: that is the proof of what was and was not sent.
 *
 * @internal
 */
export class Body extends Readable {
  /** When the first octet was asked for, in milliseconds. */
  startedAt: number | undefined
  /** When the end was read, so that the final dot may have gone out, in milliseconds. */
  endedAt: number | undefined
  private demand: (() => void) | undefined
  private isWanted = false

  /** `onActivity` is told of every piece that is wanted or handed over, and tells the time. */
  constructor(private readonly onActivity: () => number) {
    super({ highWaterMark: pieceSize })
    this.once("end", () => {
      this.endedAt = onActivity()
    })
  }

  get isStarted(): boolean {
    return this.startedAt !== undefined
  }

  get isEnded(): boolean {
    return this.endedAt !== undefined
  }

  /** Whether the reader waits for octets that are not there yet, or did when it gave up. */
  get isStarving(): boolean {
    return this.isWanted
  }

  override _read(): void {
    this.isWanted = true
    const now = this.onActivity()
    this.startedAt ??= now
    const { demand } = this
    this.demand = undefined
    demand?.()
  }

  /** Calls back once, when the reader wants octets. */
  private whenWanted(demand: () => void): void {
    if (this.isWanted) demand()
    else this.demand = demand
  }

  /** Hands over octets in pieces as they are wanted, and calls back after the last. */
  giveAll(octets: Uint8Array, done: () => void): void {
    this.whenWanted(() => {
      this.give(octets.subarray(0, pieceSize))
      const rest = octets.subarray(pieceSize)
      if (rest.length === 0) return done()
      // A turn of the event loop for each piece: a server that refuses half-way is heard before the end is read.
      setImmediate(() => this.giveAll(rest, done))
    })
  }

  /** Hands over the end as it is wanted. */
  giveEnd(): void {
    this.whenWanted(() => this.give(null))
  }

  /** Hands over octets, or the end. Only to be called when they are wanted. */
  private give(octets: Uint8Array | null): void {
    this.isWanted = false
    this.onActivity()
    if (!this.destroyed) this.push(octets)
  }
}
