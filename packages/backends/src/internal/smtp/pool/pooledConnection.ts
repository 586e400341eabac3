import type { DeliverOptions, Delivery } from "@effect-mail/core/MailBackend"
import type { BackendError } from "@effect-mail/core/MailError"
import type { Outgoing } from "@effect-mail/core/Outgoing"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import type { Channel } from "../connection/channel.js"
import { deliver, type GivenUp } from "../connection/delivery.js"
import type { Gauge } from "./gauge.js"

/** No connection could be made: nothing of the message was sent. */
export class ConnectFailed {
  readonly _tag = "ConnectFailed"
  constructor(readonly error: BackendError) {}
}

/** Makes a connection that is closed with its scope. */
export type Connect = Effect.Effect<Channel, BackendError, Scope.Scope>

/** A message is tried on so many connections that end before the server accepts DATA. */
const maxTries = 3

/**
 * A permit of the pool and its lazily opened connection. The sender connects, so connecting is interruptible, and a broken
 * connection is replaced without releasing the permit.
 */
export class PooledConnection {
  private channel: Channel | undefined
  private scope: Scope.CloseableScope | undefined
  private submitted = 0
  private isConnecting = false
  private readonly connecting = Effect.unsafeMakeSemaphore(1)
  private senders = 0
  private isExclusive = false
  private leftAt = 0

  constructor(
    private readonly make: Connect,
    private readonly maxMessages: number,
    private readonly gauge: Gauge,
    private readonly connected: () => void
  ) {}

  get isConnected(): boolean {
    return this.channel !== undefined
  }

  get isInUse(): boolean {
    return this.senders > 0
  }

  /** When the last sender released it, in milliseconds. */
  get idleSince(): number {
    return this.leftAt
  }

  /** How many messages another sender may still put behind those under way; none where a sender has it exclusively. */
  get room(): number {
    return this.isExclusive || !this.isInUse ? 0 : Math.max(0, this.depth - this.senders)
  }

  get load(): number {
    return this.senders
  }

  /** Adds a sender. */
  acquire(isExclusive: boolean): void {
    this.isExclusive = isExclusive
    if (this.senders++ === 0) this.gauge.change(0, 1)
  }

  /** Removes a sender. After the last one the connection is idle; a session that stopped half-way is closed. */
  release(now: number): void {
    this.senders--
    if (this.senders > 0) return
    this.gauge.change(0, -1)
    this.leftAt = now
    if (this.channel?.session.isReusable === false) this.channel.session.close()
    this.channel?.session.resetFirst()
  }

  /** Whether it has a connection that can take messages, or is making one. */
  get isUsable(): boolean {
    return this.isConnecting || this.channel?.session.isUsable === true
  }

  /** How many messages it may have under way, or waiting behind those. */
  private get depth(): number {
    return this.channel?.session.isUsable === true ? this.channel.depth : 1
  }

  /** Closes the connection, if there is one. */
  readonly disconnect: Effect.Effect<void> = Effect.suspend(() => {
    const { scope } = this
    this.channel = undefined
    this.scope = undefined
    if (scope === undefined) return Effect.void
    this.gauge.change(-1, 0)
    return Scope.close(scope, Exit.void)
  })

  private readonly connect: Effect.Effect<Channel, ConnectFailed> = Effect.uninterruptibleMask((restore) =>
    Effect.flatMap(Scope.make(), (scope) =>
      restore(Scope.extend(this.make, scope)).pipe(
        Effect.onError(() => Scope.close(scope, Exit.void)),
        Effect.mapBoth({
          onFailure: (error) => new ConnectFailed(error),
          onSuccess: (channel) => {
            this.channel = channel
            this.scope = scope
            this.submitted = 0
            this.gauge.change(1, 0)
            this.connected()
            return channel
          }
        })
      ))
  )

  private get usable(): Channel | undefined {
    return this.channel?.session.isUsable === true && this.submitted < this.maxMessages ? this.channel : undefined
  }

  /** Waits until the messages of the old connection are answered, and makes a new connection. */
  private readonly reconnect: Effect.Effect<Channel, ConnectFailed> = Effect.suspend(() => {
    if (this.usable !== undefined) return Effect.succeed(this.usable)
    const { channel } = this
    return (channel === undefined ? Effect.void : channel.drained).pipe(
      Effect.zipRight(this.disconnect),
      Effect.zipRight(Effect.suspend(() => {
        this.isConnecting = true
        return Effect.ensuring(
          this.connect,
          Effect.sync(() => {
            this.isConnecting = false
          })
        )
      }))
    )
  })

  /** The current connection, or a new one. */
  readonly open: Effect.Effect<Channel, ConnectFailed> = Effect.suspend(() =>
    this.usable === undefined ? this.connecting.withPermits(1)(this.reconnect) : Effect.succeed(this.usable)
  )

  /** Delivers over the connection, or over a new one if it ends before the server accepts DATA. */
  deliver(
    outgoing: Outgoing,
    options?: DeliverOptions,
    tries = maxTries
  ): Effect.Effect<Delivery, BackendError | ConnectFailed> {
    return Effect.flatMap(this.open, (channel) => {
      this.submitted++
      return Effect.catchIf(
        deliver(channel, outgoing, options),
        (error): error is GivenUp => error._tag === "GivenUp",
        ({ error }) => tries === 1 ? Effect.fail(error) : this.deliver(outgoing, options, tries - 1)
      )
    })
  }
}
