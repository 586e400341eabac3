import type * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import type * as net from "node:net"
import type { Resolved } from "./options.js"
import type { Failure } from "./protocol/handshake.js"
import type { Exchange } from "./protocol/sasl.js"
import { Session } from "./protocol/session.js"
import * as Socket from "./socket.js"
import type { Delivery } from "./supervisedTransaction.js"

/**
 * A session over a socket: gives it what the server sends, and the server what it writes, in the socket's own turn. Time
 * limits are kept by Effect's clock.
 */
export class Channel {
  readonly session: Session<Delivery>
  /** When a reply or a piece of a message was last taken, in milliseconds. */
  private lastActivity: number
  private cause: Error | undefined
  private isGathering = false
  private onShaken: ((failure?: Failure) => void) | undefined
  /** How the handshake ended, where nothing waited for it. */
  private shaken: { readonly failure?: Failure } | undefined
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
      shaken: (failure) => {
        if (this.onShaken === undefined) this.shaken = failure === undefined ? {} : { failure }
        else this.onShaken(failure)
      },
      progressed: (delivery) => delivery.note(this.touch()),
      asked: (delivery) => delivery.asked(),
      over: (delivery) => {
        delivery.settled()
        if (this.session.current === undefined) this.onDrained?.()
      }
    })
    const { auth } = settings
    if (auth !== undefined && "password" in auth) this.session.conceal(auth.user, Redacted.value(auth.password))
    if (settings.tls === "implicit") this.encrypt()
    else this.listen(socket)
  }

  private listen(socket: net.Socket): void {
    this.socket = socket
    socket.on("data", (octets: Buffer) => {
      this.gather()
      if (this.session.receive(octets)) this.touch()
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
      this.touch()
      this.session.encrypted()
    }))
  }

  private readonly lost = (): void => {
    this.session.lost(this.cause === undefined ? undefined : this.tell(this.cause))
  }

  /** What can be told of an error. Those of TLS carry whole certificates that refer to themselves. */
  private tell(error: Error): Error {
    const code = Predicate.hasProperty(error, "code") ? error.code : undefined
    return Object.assign(new Error(this.session.show(error.message)), { code })
  }

  /** The time limits count from now. */
  touch(): number {
    this.lastActivity = this.clock.unsafeCurrentTimeMillis()
    return this.lastActivity
  }

  /** Writes octets, and tells when they were taken. Where the connection has ended it never does. */
  write(octets: Uint8Array | string, onTaken?: () => void): void {
    if (this.socket.destroyed) return
    if (onTaken === undefined) this.socket.write(octets)
    else this.socket.write(octets, (error) => error ? undefined : onTaken())
  }

  /**
   * What is written in this turn of the event loop goes out together: so the sender of the message that was just answered
   * can have its next one go out with the content of the one behind.
   */
  private gather(): void {
    if (this.isGathering) return
    const { socket } = this
    this.isGathering = true
    socket.cork()
    setImmediate(() => {
      this.isGathering = false
      socket.uncork()
    })
  }

  private awaitHandshake(start: () => void): Effect.Effect<void, Failure> {
    return Effect.async((resume) => {
      const end = (failure?: Failure): void => {
        this.onShaken = undefined
        resume(failure === undefined ? Effect.void : Effect.fail(failure))
      }
      const { shaken } = this
      if (shaken !== undefined) {
        this.shaken = undefined
        return end(shaken.failure)
      }
      this.onShaken = end
      this.touch()
      start()
    })
  }

  /** Greeting, EHLO and STARTTLS. */
  readonly greeted: Effect.Effect<void, Failure> = this.awaitHandshake(() => undefined)

  login(exchange: Exchange, user: string, secret: string): Effect.Effect<void, Failure> {
    return this.awaitHandshake(() => this.session.login(exchange, user, secret))
  }

  /** How many messages it may be given at once. */
  get depth(): number {
    return this.session.isPipelined ? this.settings.window : 1
  }

  /** Waits until no message is under way. */
  readonly drained: Effect.Effect<void> = Effect.async((resume) => {
    if (this.session.current === undefined) return resume(Effect.void)
    this.onDrained = () => {
      this.onDrained = undefined
      resume(Effect.void)
    }
  })

  /** When what is awaited will have taken too long, in milliseconds. */
  private get due(): number {
    const { awaited, current } = this.session
    if (awaited === undefined) return Infinity
    return Math.min(this.lastActivity + this.settings.timeouts[awaited], current?.deadline ?? Infinity)
  }

  /** Ends what takes too long. A limit may change meanwhile: no sleep is longer than the shortest. */
  readonly watch: Effect.Effect<never> = Effect.suspend(() => {
    const { command, greeting, reply, send } = this.settings.timeouts
    const shortest = Math.min(greeting, command, reply, send)
    const look = Effect.sync(() => {
      const left = this.due - this.clock.unsafeCurrentTimeMillis()
      if (left > 0) return Math.min(left, shortest)
      const { current } = this.session
      if (current?.stall === undefined) this.session.timedOut()
      else this.session.fail(current, current.stall)
      return shortest
    })
    return Effect.forever(Effect.flatMap(look, (millis) => this.clock.sleep(Duration.millis(millis))))
  })

  /** Says QUIT where that is possible, and closes within the limit whatever the server does. */
  readonly close: Effect.Effect<void> = Effect.suspend(() => {
    const farewell = Effect.async<void>((resume) => {
      if (!this.session.isOpen) return resume(Effect.void)
      this.onClosed = () => resume(Effect.void)
      this.session.quit()
    })
    return Effect.ensuring(
      Effect.asVoid(Effect.timeoutOption(Effect.interruptible(farewell), this.settings.timeouts.close)),
      Effect.sync(() => this.session.close())
    )
  })
}
