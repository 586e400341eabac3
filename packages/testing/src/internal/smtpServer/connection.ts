import * as Effect from "effect/Effect"
import type * as net from "node:net"
import * as tls from "node:tls"
import type { Certificate } from "../../TestCertificates.js"

/** What a connection tells its session. */
export interface ConnectionEvents {
  /** The client has closed its side. */
  readonly onLeave: () => void
  /** Octets are to be written, perhaps in pieces. */
  readonly onSay: (octets: Uint8Array) => void
  /** A piece was written. */
  readonly onWrite: (octets: Uint8Array) => void
}

/** How the octets of a write reach the client: as a whole, or in pieces that do not arrive together. */
export type Delivery = "whole" | "line" | "byte"

/** Octets of a message, or its end. */
export interface Piece {
  readonly octets: Uint8Array
  readonly isEnd: boolean
}

const nothing = Buffer.alloc(0)
const maxUnread = 1024 * 1024
/** After so many pieces the rest is written as a whole: a reply of megabytes must not take seconds. */
const maxPieces = 512

const lineEnd = (octets: Uint8Array, from: number): number => {
  const at = octets.indexOf(10, from)
  return at < 0 ? octets.length : at + 1
}

/** After two turns of the event loop earlier octets have arrived: the first may end before the loop polls sockets. */
const turn = Effect.async<void>((resume) => {
  let immediate = setImmediate(() => {
    immediate = setImmediate(() => resume(Effect.void))
  })
  return Effect.sync(() => clearImmediate(immediate))
})

/** One connection: octets in, octets out, in clear text or encrypted. */
export class Connection {
  private socket: net.Socket
  private unread: Buffer = nothing
  private wake: (() => void) | undefined
  private isDeaf = false
  private isStopped = false
  private isHeldOpen = false
  /** The rest of a line that was too long is on its way. */
  private isSkipping = false

  constructor(
    private readonly tcp: net.Socket,
    private readonly delivery: Delivery,
    private readonly events: ConnectionEvents
  ) {
    this.socket = tcp
    tcp.on("error", () => undefined)
    this.listen(tcp)
  }

  get isSecure(): boolean {
    return this.socket !== this.tcp
  }

  private listen(socket: net.Socket): void {
    socket.on("data", this.receive)
    socket.on("end", this.end)
  }

  private readonly receive = (octets: Buffer): void => {
    if (this.isDeaf) return
    this.unread = this.unread.length === 0 ? octets : Buffer.concat([this.unread, octets])
    if (this.unread.length > maxUnread) this.socket.pause()
    this.wake?.()
  }

  private readonly end = (): void => {
    this.events.onLeave()
    if (!this.isHeldOpen) this.socket.end()
  }

  /** Waits until the unread octets parse, and takes what was parsed. */
  private take<A>(parse: (unread: Buffer) => readonly [whole: A, length: number] | undefined): Effect.Effect<A> {
    return Effect.async((resume) => {
      const attempt = (): void => {
        const parsed = parse(this.unread)
        this.wake = undefined
        if (parsed !== undefined) {
          this.unread = this.unread.subarray(parsed[1])
          return resume(Effect.succeed(parsed[0]))
        }
        this.wake = attempt
        if (!this.isStopped && this.socket.isPaused()) this.socket.resume()
      }
      attempt()
      return Effect.sync(() => {
        this.wake = undefined
      })
    })
  }

  /** The next line, without its CRLF; or the beginning of one that is longer than `maxLength` octets. */
  takeLine(maxLength: number): Effect.Effect<Uint8Array> {
    return this.take((unread) => {
      const start = this.isSkipping ? this.skipLine(unread) : 0
      if (start === undefined) return undefined
      const end = unread.indexOf("\r\n", start)
      if (end >= 0) return [unread.subarray(start, end), end + 2]
      // The last octet may be the CR of the end.
      if (unread.length - start <= maxLength + 1) return undefined
      this.isSkipping = true
      return [unread.subarray(start, unread.length - 1), unread.length - 1]
    })
  }

  /** Where the line after the one that was too long starts, if its end has come. */
  private skipLine(unread: Buffer): number | undefined {
    const end = unread.indexOf("\r\n")
    if (end >= 0) {
      this.isSkipping = false
      return end + 2
    }
    this.unread = unread.subarray(Math.max(0, unread.length - 1))
    return undefined
  }

  /**
   * The next octets of a message that cannot be part of its end, or the end. The caller says whether a line starts
   * here.
   */
  takeData(isLineStart: boolean): Effect.Effect<Piece> {
    return this.take<Piece>((unread) => {
      if (isLineStart && unread.indexOf(".\r\n") === 0) return [{ octets: nothing, isEnd: true }, 3]
      const end = unread.indexOf("\r\n.\r\n")
      if (end >= 0) return [{ octets: unread.subarray(0, end + 2), isEnd: true }, end + 5]
      const sure = unread.length - 4
      return sure > 0 ? [{ octets: unread.subarray(0, sure), isEnd: false }, sure] : undefined
    })
  }

  /** The next octets of a chunk of which `left` octets are missing. */
  takeChunk(left: number): Effect.Effect<Uint8Array> {
    return this.take((unread) => {
      const length = Math.min(left, unread.length)
      return length > 0 ? [unread.subarray(0, length), length] : undefined
    })
  }

  private writeNow(octets: Uint8Array): void {
    if (!this.socket.writable) return
    this.events.onWrite(octets)
    this.socket.write(octets)
  }

  write(octets: Uint8Array): Effect.Effect<void> {
    const { delivery } = this
    return Effect.gen(this, function*() {
      this.events.onSay(octets)
      if (delivery === "whole") return this.writeNow(octets)
      for (let at = 0, count = 1; at < octets.length; count++) {
        if (count > 1) yield* turn
        const end = count >= maxPieces ? octets.length : delivery === "byte" ? at + 1 : lineEnd(octets, at)
        this.writeNow(octets.subarray(at, end))
        at = end
      }
    })
  }

  /** The handshake. It never ends if it fails, because that closes the connection. */
  startTls({ cert, key }: Certificate): Effect.Effect<void> {
    return Effect.async((resume) => {
      this.tcp.off("data", this.receive)
      this.tcp.off("end", this.end)
      // The client may start the handshake before the reply to STARTTLS is written as a whole.
      if (this.unread.length > 0) this.tcp.unshift(this.unread)
      this.unread = nothing
      const socket = new tls.TLSSocket(this.tcp, { isServer: true, cert, key })
      socket.on("error", () => undefined)
      socket.once("secure", () => resume(Effect.void))
      this.socket = socket
      this.listen(socket)
    })
  }

  /** Waits for octets, and drops them. */
  readonly takeAnything: Effect.Effect<void> = Effect.suspend(() =>
    this.take((unread) => unread.length > 0 ? [undefined, unread.length] : undefined)
  )

  /** From now on nothing is written and all input is dropped; the connection stays open. */
  readonly hang: Effect.Effect<never> = Effect.suspend(() => {
    this.isHeldOpen = true
    return this.ignore
  })

  private readonly ignore: Effect.Effect<never> = Effect.suspend(() => {
    this.isDeaf = true
    this.unread = nothing
    if (!this.isStopped) this.socket.resume()
    return Effect.never
  })

  readonly fin: Effect.Effect<never> = Effect.suspend(() => {
    this.socket.end()
    return this.ignore
  })

  readonly rst: Effect.Effect<never> = Effect.suspend(() => {
    this.tcp.resetAndDestroy()
    return Effect.never
  })

  /** Closes both sides as soon as everything is written. */
  readonly close: Effect.Effect<never> = Effect.suspend(() => {
    this.isDeaf = true
    this.unread = nothing
    this.socket.destroySoon()
    return Effect.never
  })

  readonly destroy: Effect.Effect<void> = Effect.sync(() => {
    this.tcp.destroy()
  })

  readonly stopReading: Effect.Effect<void> = Effect.sync(() => {
    this.isStopped = true
    this.socket.pause()
  })
}
