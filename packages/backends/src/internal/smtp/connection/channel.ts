import type * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import type * as net from "node:net"
import type { Resolved } from "../options.js"
import type { Failure } from "../protocol/handshake/handshake.js"
import type { Exchange } from "../protocol/handshake/sasl.js"
import { Session } from "../protocol/session.js"
import * as Socket from "./socket.js"
import type { Delivery } from "./supervisedTransaction.js"

/** Runs a session over a socket, in the socket's callbacks. Time limits are kept by Effect's clock. */
export class Channel {
  readonly session: Session<Delivery>
  /** When a reply or a piece of a message was last taken, in milliseconds. */
  private lastActivity: number
  private cause: Error | undefined
  private isCorked = false
  private onHandshakeEnd: ((failure?: Failure) => void) | undefined
  /** How the handshake ended, if nothing awaited it yet. */
  private handshakeEnd: { readonly failure?: Failure } | undefined
  private onDrained: (() => void) | undefined
  private onClosed: (() => void) | undefined

  constructor(readonly settings: Resolved, readonly clock: Clock.Clock, private socket: net.Socket) {
    this.lastActivity = clock.unsafeCurrentTimeMillis()
    this.session = new Session<Delivery>(settings, {
      write: (octets) => this.write(octets),
      encrypt: () => this.encrypt(),
      close: () => {
        this.socket.destroy()
        this.onClosed?.()
        this.onDrained?.()
      },
      handshakeEnded: (failure) => {
        if (this.onHandshakeEnd === undefined) this.handshakeEnd = failure === undefined ? {} : { failure }
        else this.onHandshakeEnd(failure)
      },
      progressed: (delivery) => delivery.note(this.noteActivity()),
      dataAccepted: (delivery) => delivery.dataAccepted(),
      over: (delivery) => {
        delivery.settled()
        if (this.session.current === undefined) this.onDrained?.()
      }
    })
    const { auth } = settings
    if (auth !== undefined && "password" in auth) this.session.addSecret(auth.user, Redacted.value(auth.password))
    if (settings.tls === "implicit") this.encrypt()
    else this.listen(socket)
  }

  private listen(socket: net.Socket): void {
    this.socket = socket
    socket.on("data", (octets: Buffer) => {
      this.corkWrites()
      if (this.session.receive(octets)) this.noteActivity()
    })
    socket.on("end", this.lost)
    socket.on("close", this.lost)
    socket.on("error", (error) => {
      this.cause ??= error
    })
  }

  private encrypt(): void {
    const plain = this.socket
    for (const event of ["data", "end", "close"]) plain.removeAllListeners(event)
    this.listen(Socket.encrypt(plain, this.settings, () => {
      this.noteActivity()
      this.session.encrypted()
    }))
  }

  private readonly lost = (): void => {
    this.session.lost(this.cause === undefined ? undefined : this.sanitizeError(this.cause))
  }

  /** Keeps the message and code of an error. Errors of TLS also hold certificates with circular references. */
  private sanitizeError(error: Error): Error {
    const code = Predicate.hasProperty(error, "code") ? error.code : undefined
    return Object.assign(new Error(this.session.redact(error.message)), { code })
  }

  /** Restarts the time limits; gives the current time in milliseconds. */
  noteActivity(): number {
    this.lastActivity = this.clock.unsafeCurrentTimeMillis()
    return this.lastActivity
  }

  /** Writes octets; calls back when the kernel has them, and never if the connection has ended. */
  write(octets: Uint8Array | string, onTaken?: () => void): void {
    if (this.socket.destroyed) return
    if (onTaken === undefined) this.socket.write(octets)
    else this.socket.write(octets, (error) => error ? undefined : onTaken())
  }

  /**
   * Writes of one turn of the event loop leave in one segment: the next message of the sender that was just answered
   * leaves together with the content of the message behind.
   */
  private corkWrites(): void {
    if (this.isCorked) return
    const { socket } = this
    this.isCorked = true
    socket.cork()
    setImmediate(() => {
      this.isCorked = false
      socket.uncork()
    })
  }

  private awaitHandshake(start: () => void): Effect.Effect<void, Failure> {
    return Effect.async((resume) => {
      const end = (failure?: Failure): void => {
        this.onHandshakeEnd = undefined
        resume(failure === undefined ? Effect.void : Effect.fail(failure))
      }
      const { handshakeEnd } = this
      if (handshakeEnd !== undefined) {
        this.handshakeEnd = undefined
        return end(handshakeEnd.failure)
      }
      this.onHandshakeEnd = end
      this.noteActivity()
      start()
    })
  }

  /** Greeting, EHLO and STARTTLS. */
  readonly greeted: Effect.Effect<void, Failure> = this.awaitHandshake(() => undefined)

  login(exchange: Exchange, user: string, secret: string): Effect.Effect<void, Failure> {
    return this.awaitHandshake(() => this.session.login(exchange, user, secret))
  }

  /** How many messages may be submitted at once. */
  get depth(): number {
    return this.session.isPipelined ? this.settings.window : 1
  }

  /** Waits until every message is answered. */
  readonly drained: Effect.Effect<void> = Effect.async((resume) => {
    if (this.session.current === undefined) return resume(Effect.void)
    this.onDrained = () => {
      this.onDrained = undefined
      resume(Effect.void)
    }
  })

  /** The deadline of what is awaited, in milliseconds. */
  private get deadline(): number {
    const { awaited, current } = this.session
    if (awaited === undefined) return Infinity
    return Math.min(this.lastActivity + this.settings.timeouts[awaited], current?.deadline ?? Infinity)
  }

  /** Ends what exceeds its deadline. Deadlines change, so that no sleep is longer than the shortest limit. */
  readonly watch: Effect.Effect<never> = Effect.suspend(() => {
    const { command, greeting, reply, send } = this.settings.timeouts
    const minLimit = Math.min(greeting, command, reply, send)
    const look = Effect.sync(() => {
      const left = this.deadline - this.clock.unsafeCurrentTimeMillis()
      if (left > 0) return Math.min(left, minLimit)
      const { current } = this.session
      if (current?.stall === undefined) this.session.timedOut()
      else this.session.fail(current, current.stall)
      return minLimit
    })
    return Effect.forever(Effect.flatMap(look, (millis) => this.clock.sleep(Duration.millis(millis))))
  })

  /** Sends QUIT if the session allows it, and closes within the time limit. */
  readonly close: Effect.Effect<void> = Effect.suspend(() => {
    const quit = Effect.async<void>((resume) => {
      if (!this.session.isOpen) return resume(Effect.void)
      this.onClosed = () => resume(Effect.void)
      this.session.quit()
    })
    return Effect.ensuring(
      Effect.asVoid(Effect.timeoutOption(Effect.interruptible(quit), this.settings.timeouts.close)),
      Effect.sync(() => this.session.close())
    )
  })
}
