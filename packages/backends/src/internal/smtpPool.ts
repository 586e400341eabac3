import type { MailSession } from "@effect-mail/core/MailBackend"
import type { BackendError } from "@effect-mail/core/MailError"
import type { Outgoing } from "@effect-mail/core/Outgoing"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Pool from "effect/Pool"
import * as Scope from "effect/Scope"
import * as Connection from "./smtpConnection.js"
import type { Settings } from "./smtpOptions.js"

/**
 * A place in the pool. The pool hands out places, which cost nothing, and the connection is made by who holds the place:
 * so it can be interrupted while it connects, and a broken connection is replaced without the place being given up.
 */
class Slot {
  private connection: Connection.Connection | undefined
  private scope: Scope.CloseableScope | undefined

  constructor(private readonly settings: Settings) {}

  /** Closes the connection, if there is one. */
  readonly clear: Effect.Effect<void> = Effect.suspend(() => {
    const { scope } = this
    this.connection = undefined
    this.scope = undefined
    return scope === undefined ? Effect.void : Scope.close(scope, Exit.void)
  })

  private readonly connect: Effect.Effect<Connection.Connection, BackendError> = Effect.uninterruptibleMask((restore) =>
    Effect.flatMap(Scope.make(), (scope) =>
      restore(Scope.extend(Connection.make(this.settings), scope)).pipe(
        Effect.onError(() => Scope.close(scope, Exit.void)),
        Effect.tap((connection) =>
          Effect.sync(() => {
            this.connection = connection
            this.scope = scope
          })
        )
      ))
  )

  /** The connection that is there, if the server still answers on it, or a new one. */
  readonly ready: Effect.Effect<Connection.Connection, BackendError> = Effect.suspend(() => {
    const { connection } = this
    const fresh = Effect.zipRight(this.clear, this.connect)
    return connection === undefined || !connection.isUsable
      ? fresh
      : Effect.catchAll(Effect.as(connection.reset, connection), () => fresh)
  })

  /** The connection for the next message of one session. */
  readonly next: Effect.Effect<Connection.Connection, BackendError> = Effect.suspend(() =>
    this.connection?.isUsable === true ? Effect.succeed(this.connection) : this.ready
  )
}

const session = (slot: Slot): MailSession => ({
  deliver: (outgoing: Outgoing) => Effect.flatMap(slot.next, (connection) => connection.deliver(outgoing))
})

/**
 * Sessions over at most `maxConnections` connections: none is made before it is needed, and those that nobody used for a
 * while are closed.
 *
 * @internal
 */
export const make = (
  settings: Settings
): Effect.Effect<Effect.Effect<MailSession, BackendError, Scope.Scope>, never, Scope.Scope> =>
  Effect.map(
    Pool.makeWithTTL({
      acquire: Effect.acquireRelease(Effect.sync(() => new Slot(settings)), (slot) => slot.clear),
      min: 0,
      max: settings.pool.maxConnections,
      timeToLive: settings.pool.idleTimeout,
      timeToLiveStrategy: "usage"
    }),
    (pool) => Effect.flatMap(Pool.get(pool), (slot) => Effect.as(slot.ready, session(slot)))
  )
