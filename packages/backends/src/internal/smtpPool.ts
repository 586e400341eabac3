import type { Delivery, MailSession } from "@effect-mail/core/MailBackend"
import type { BackendError } from "@effect-mail/core/MailError"
import * as MailMetrics from "@effect-mail/core/MailMetrics"
import type { Outgoing } from "@effect-mail/core/Outgoing"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as MetricLabel from "effect/MetricLabel"
import * as Pool from "effect/Pool"
import * as Scope from "effect/Scope"
import * as Connection from "./smtpConnection.js"
import type { Settings } from "./smtpOptions.js"

type Labels = ReadonlyArray<MetricLabel.MetricLabel>

/** How many connections are open, and how many of them somebody is sending over. */
class Gauge {
  private open = 0
  private used = 0
  // One and the same labels each time: a metric finds its gauge by them at once.
  private readonly usedLabels: Labels
  private readonly idleLabels: Labels

  constructor(host: string) {
    const labels = (state: "used" | "idle"): Labels => [
      MetricLabel.make("server.address", host),
      MetricLabel.make("mail.connection.state", state)
    ]
    this.usedLabels = labels("used")
    this.idleLabels = labels("idle")
  }

  /** Notes that connections came or went. */
  change(open: number, used: number): void {
    this.open += open
    this.used += used
    MailMetrics.connections.unsafeUpdate(this.used, this.usedLabels)
    MailMetrics.connections.unsafeUpdate(Math.max(0, this.open - this.used), this.idleLabels)
  }
}

/**
 * A place in the pool. The pool hands out places, which cost nothing, and the connection is made by who holds the place:
 * so it can be interrupted while it connects, and a broken connection is replaced without the place being given up.
 */
class Slot {
  private connection: Connection.Connection | undefined
  private scope: Scope.CloseableScope | undefined

  constructor(private readonly settings: Settings, readonly gauge: Gauge) {}

  /** Closes the connection, if there is one. */
  readonly clear: Effect.Effect<void> = Effect.suspend(() => {
    const { scope } = this
    this.connection = undefined
    this.scope = undefined
    if (scope === undefined) return Effect.void
    this.gauge.change(-1, 0)
    return Scope.close(scope, Exit.void)
  })

  private readonly connect: Effect.Effect<Connection.Connection, BackendError> = Effect.uninterruptibleMask((restore) =>
    Effect.flatMap(Scope.make(), (scope) =>
      restore(Scope.extend(Connection.make(this.settings), scope)).pipe(
        Effect.onError(() => Scope.close(scope, Exit.void)),
        Effect.tap((connection) => {
          this.connection = connection
          this.scope = scope
          this.gauge.change(1, 0)
        })
      ))
  )

  private readonly replaced: Effect.Effect<Connection.Connection, BackendError> = Effect.zipRight(
    Effect.suspend(() => this.clear),
    Effect.suspend(() => this.connect)
  )

  /** The connection that is there, or a new one. */
  private readonly current: Effect.Effect<Connection.Connection, BackendError> = Effect.suspend(() =>
    this.connection?.isUsable === true ? Effect.succeed(this.connection) : this.replaced
  )

  /** Makes ready for a session of somebody else. */
  readonly open: Effect.Effect<void, BackendError> = Effect.map(
    Effect.suspend(() => this.current),
    (connection) => connection.doubt()
  )

  /**
   * Delivers over the connection. One that the server gave up while nobody used it, or on which it was out of step, is
   * replaced: it was not asked for any of the message.
   */
  deliver(outgoing: Outgoing): Effect.Effect<Delivery, BackendError> {
    return Effect.flatMap(this.current, (connection) =>
      Effect.catchIf(
        connection.deliver(outgoing),
        (error) => connection.isReused && !connection.isBodyStarted && wasGivenUp(error),
        () => Effect.flatMap(this.replaced, (fresh) => fresh.deliver(outgoing))
      ))
  }
}

const wasGivenUp = (error: BackendError): boolean =>
  error._tag === "ConnectionError" &&
  (error.reason === "Lost" || error.reason === "Unavailable" || error.reason === "Protocol")

/** A place for as long as the scope is open. */
const inUse = (pool: Pool.Pool<Slot>): Effect.Effect<Slot, never, Scope.Scope> =>
  Effect.uninterruptibleMask((restore) =>
    Effect.flatMap(Effect.zip(restore(Pool.get(pool)), Effect.scope), ([slot, scope]) => {
      slot.gauge.change(0, 1)
      return Effect.as(Scope.addFinalizer(scope, Effect.sync(() => slot.gauge.change(0, -1))), slot)
    })
  )

/**
 * Sessions over at most `maxConnections` connections: none is made before it is needed, and those that nobody used for a
 * while are closed.
 *
 * @internal
 */
export const make = (
  settings: Settings
): Effect.Effect<Effect.Effect<MailSession, BackendError, Scope.Scope>, never, Scope.Scope> => {
  const gauge = new Gauge(settings.host)
  return Effect.map(
    Pool.makeWithTTL({
      acquire: Effect.acquireRelease(Effect.sync(() => new Slot(settings, gauge)), (slot) => slot.clear),
      min: 0,
      max: settings.pool.maxConnections,
      timeToLive: settings.pool.idleTimeout,
      timeToLiveStrategy: "usage"
    }),
    (pool) => Effect.flatMap(inUse(pool), (slot) => Effect.as(slot.open, slot))
  )
}
