/** A link with a delay: a TCP proxy that holds each octet, in each direction, for half of the round trip. */
import { connect, createServer, type Server, type Socket } from "node:net"
import type { Target } from "./Sink.js"

/** Timers are coarse: what is due sooner is waited for in the event loop. */
const coarseMillis = 1.5

/** One direction. Everything comes out in order, each `delay` after it went in, and however much of it there is. */
class Direction {
  private readonly held: Array<{ readonly due: number; readonly deliver: () => void }> = []
  private isWaiting = false

  constructor(private readonly from: Socket, private readonly to: Socket, private readonly delay: number) {
    from.on("data", (octets) => this.hold(() => this.write(octets)))
    from.on("end", () => this.hold(() => to.end()))
    from.on("error", () => this.hold(() => to.resetAndDestroy()))
    // A receiver that takes nothing more holds up the sender, as it would without a link between them.
    to.on("drain", () => from.resume())
  }

  private write(octets: Buffer): void {
    if (!this.to.destroyed && !this.to.write(octets)) this.from.pause()
  }

  private hold(deliver: () => void): void {
    this.held.push({ due: performance.now() + this.delay, deliver })
    if (!this.isWaiting) this.wait()
  }

  private wait(): void {
    const [first] = this.held
    this.isWaiting = first !== undefined
    if (first === undefined) return
    const left = first.due - performance.now() - coarseMillis
    if (left > 0) setTimeout(() => this.release(), left)
    else setImmediate(() => this.release())
  }

  private release(): void {
    const now = performance.now()
    const later = this.held.findIndex(({ due }) => due > now)
    for (const { deliver } of this.held.splice(0, later < 0 ? this.held.length : later)) deliver()
    this.wait()
  }
}

/** Listens on loopback, at a port that is free, for what is to go to `target` and back in `roundTripMillis`. */
export const listen = (target: Target, roundTripMillis: number): Server =>
  createServer({ allowHalfOpen: true, noDelay: true }, (near) => {
    const far = connect({ ...target, allowHalfOpen: true, noDelay: true })
    new Direction(near, far, roundTripMillis / 2)
    new Direction(far, near, roundTripMillis / 2)
  }).listen(0, "127.0.0.1")
