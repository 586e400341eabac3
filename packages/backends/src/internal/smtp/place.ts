import type { DeliverOptions, Delivery } from "@effect-mail/core/MailBackend"
import type { BackendError } from "@effect-mail/core/MailError"
import type { Outgoing } from "@effect-mail/core/Outgoing"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import type { Channel } from "./channel.js"
import { deliver, type GivenUp } from "./delivery.js"
import type { Gauge } from "./gauge.js"

/** No connection could be made: none of the message was sent. */
export class ConnectFailed {
  readonly _tag = "ConnectFailed"
  constructor(readonly error: BackendError) {}
}

/** Makes a connection that is closed with its scope. */
export type Connect = Effect.Effect<Channel, BackendError, Scope.Scope>

/** How many connections a message is tried on that end before the server asks for it. */
const maxTries = 3

/**
 * A place in the pool, and its connection, which is made when it is needed, and again when it is of no use any more. Its
 * senders connect, so that connecting can be interrupted, and a broken connection is replaced without the place being
 * given up.
 */
export class Place {
  private channel: Channel | undefined
  private scope: Scope.CloseableScope | undefined
  private submitted = 0
  private isConnecting = false
  private readonly turn = Effect.unsafeMakeSemaphore(1)
  /** How many senders it has. */
  users = 0
  /** Whether its sender has it alone. */
  isExclusive = false
  /** When the last sender left, in milliseconds. */
  idleSince = 0

  constructor(
    private readonly make: Connect,
    private readonly maxMessages: number,
    private readonly gauge: Gauge,
    private readonly connected: () => void
  ) {}

  get hasConnection(): boolean {
    return this.channel !== undefined
  }

  /** Whether it has a connection that works, or is about to. */
  get isHopeful(): boolean {
    return this.isConnecting || this.channel?.session.isUsable === true
  }

  /** How many messages it may have under way, or waiting behind those. */
  get depth(): number {
    return this.channel?.session.isUsable === true ? this.channel.depth : 1
  }

  /** Other senders get the connection. One that stopped half-way they do not. */
  rest(now: number): void {
    this.idleSince = now
    if (this.channel?.session.isReusable === false) this.channel.session.close()
    this.channel?.session.doubt()
  }

  /** Closes the connection, if there is one. */
  readonly clear: Effect.Effect<void> = Effect.suspend(() => {
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

  /** Waits for the messages of the old connection, and makes a new one. */
  private readonly replaced: Effect.Effect<Channel, ConnectFailed> = Effect.suspend(() => {
    if (this.usable !== undefined) return Effect.succeed(this.usable)
    const { channel } = this
    return (channel === undefined ? Effect.void : channel.drained).pipe(
      Effect.zipRight(this.clear),
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

  /** The connection that is there, or a new one. */
  readonly open: Effect.Effect<Channel, ConnectFailed> = Effect.suspend(() =>
    this.usable === undefined ? this.turn.withPermits(1)(this.replaced) : Effect.succeed(this.usable)
  )

  /** Delivers over the connection, or over another one where it ends before the server asks for the message. */
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
