import type { Delivery, MailSession } from "@effect-mail/core/MailBackend"
import type { BackendError } from "@effect-mail/core/MailError"
import * as MailMetrics from "@effect-mail/core/MailMetrics"
import type { Outgoing } from "@effect-mail/core/Outgoing"
import type * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as MetricLabel from "effect/MetricLabel"
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
  /** When its holder gave it back, in milliseconds. */
  private idleSince = 0

  constructor(private readonly settings: Settings, private readonly gauge: Gauge) {}

  /** Until when its connection may wait for somebody, in milliseconds. */
  get idleUntil(): number {
    return this.idleSince + this.settings.pool.idleTimeout
  }

  /** Takes note of being given back. Nobody else gets a connection that stopped half-way. */
  release(now: number): void {
    this.idleSince = now
    this.connection?.abandonUnlessReady()
  }

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

/** The places, of which there are at most `maxConnections`. */
class Places {
  private readonly gauge: Gauge
  private readonly permits: Effect.Semaphore
  /** Those that nobody holds, the one that was given back last at the end: it is the next to be taken. */
  private readonly idle: Array<Slot> = []
  private isClosed = false

  constructor(private readonly settings: Settings, private readonly clock: Clock.Clock) {
    this.gauge = new Gauge(settings.host)
    this.permits = Effect.unsafeMakeSemaphore(settings.pool.maxConnections)
  }

  /** A place for as long as the scope is open, with a connection. */
  get take(): Effect.Effect<MailSession, BackendError, Scope.Scope> {
    return Effect.uninterruptibleMask((restore) =>
      Effect.flatMap(Effect.zipLeft(Effect.scope, restore(this.permits.take(1))), (scope) => {
        if (this.isClosed) return Effect.zipRight(this.permits.release(1), Effect.interrupt)
        const slot = this.idle.pop() ?? new Slot(this.settings, this.gauge)
        this.gauge.change(0, 1)
        const giveBack = Effect.suspend(() => {
          this.gauge.change(0, -1)
          slot.release(this.now())
          this.idle.push(slot)
          return this.permits.release(1)
        })
        return Effect.zipRight(Scope.addFinalizer(scope, giveBack), Effect.as(restore(slot.open), slot))
      })
    )
  }

  private readonly now = (): number => this.clock.unsafeCurrentTimeMillis()

  /** It takes a permit to close one: there are never more connections than places. */
  private get closeUnused(): Effect.Effect<void> {
    return this.permits.withPermits(1)(Effect.uninterruptible(Effect.suspend(() => {
      const [oldest] = this.idle
      if (oldest === undefined || oldest.idleUntil > this.now()) return Effect.void
      this.idle.shift()
      return oldest.clear
    })))
  }

  /** Closes connections that nobody has used for a while. */
  readonly tidy: Effect.Effect<never> = Effect.suspend(() => {
    const unused = this.idle.filter((slot) => slot.idleUntil <= this.now())
    return Effect.forEach(unused, () => this.closeUnused, { concurrency: "unbounded", discard: true }).pipe(
      Effect.zipRight(Effect.suspend(() => {
        const next = this.idle[0]?.idleUntil ?? this.now() + this.settings.pool.idleTimeout
        return Effect.sleep(Math.max(0, next - this.now()))
      })),
      Effect.zipRight(this.tidy)
    )
  })

  /** Waits for those who still send, and closes all connections. */
  get close(): Effect.Effect<void> {
    return Effect.suspend(() => {
      this.isClosed = true
      return this.permits.withPermits(this.settings.pool.maxConnections)(
        Effect.suspend(() =>
          Effect.forEach(this.idle, (slot) => slot.clear, { concurrency: "unbounded", discard: true })
        )
      )
    })
  }
}

/**
 * Sessions over at most `maxConnections` connections: none is made before it is needed, and those that nobody used for a
 * while are closed.
 *
 * @internal
 */
export const make = (
  settings: Settings
): Effect.Effect<Effect.Effect<MailSession, BackendError, Scope.Scope>, never, Scope.Scope> =>
  Effect.gen(function*() {
    const places = new Places(settings, yield* Effect.clock)
    yield* Effect.addFinalizer(() => places.close)
    yield* Effect.forkScoped(places.tidy)
    return places.take
  })
