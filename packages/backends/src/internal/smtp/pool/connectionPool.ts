import type { DeliverOptions, Delivery, MailSession } from "@effect-mail/core/MailBackend"
import type { BackendError } from "@effect-mail/core/MailError"
import type { Outgoing } from "@effect-mail/core/Outgoing"
import type * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Scope from "effect/Scope"
import * as Connection from "../connection/connection.js"
import type { Resolved } from "../options.js"
import { Gauge } from "./gauge.js"
import { type Connect, type ConnectFailed, PooledConnection } from "./pooledConnection.js"

/** After a connection failed while others work, the pool opens no further one for this long, in milliseconds. */
const cooldown = 1000

type Use = "alone" | "shared"

/** A sender that waits for a connection; `error` if it has tried to make one. */
interface Waiter {
  readonly error: BackendError | undefined
  readonly resume: (outcome: Effect.Effect<void, BackendError>) => void
}

/**
 * At most `maxConnections` connections. A session has a connection exclusively. A single message takes an idle one, else
 * opens one more, else goes behind the messages of another sender.
 */
export class ConnectionPool {
  private readonly gauge: Gauge
  private readonly connections = new Set<PooledConnection>()
  /** Connections without a sender. The one released last is taken first, so that the others reach their idle time-out. */
  private readonly idle: Array<PooledConnection> = []
  private readonly waiters: Array<Waiter> = []
  private isClosed = false
  private growsAfter = 0

  constructor(
    private readonly connect: Connect,
    private readonly settings: Resolved,
    private readonly clock: Clock.Clock
  ) {
    this.gauge = new Gauge(settings.host)
  }

  private now(): number {
    return this.clock.unsafeCurrentTimeMillis()
  }

  private get mayGrow(): boolean {
    return this.connections.size < this.settings.pool.maxConnections &&
      (this.growsAfter <= this.now() || this.connections.size === 0)
  }

  private grow(): PooledConnection | undefined {
    if (!this.mayGrow) return undefined
    const { gauge, settings: { pool: { maxMessages } } } = this
    const connection = new PooledConnection(this.connect, maxMessages, gauge, () => this.wakeForRoom())
    this.connections.add(connection)
    return connection
  }

  /** The connection with the fewest senders, among those that take one more. */
  private get leastUsed(): PooledConnection | undefined {
    let least: PooledConnection | undefined
    for (const connection of this.connections) {
      if (connection.room > 0 && (least === undefined || connection.load < least.load)) least = connection
    }
    return least
  }

  private tryAcquire(use: Use): PooledConnection | undefined {
    const connection = this.idle.pop() ?? this.grow() ?? (use === "shared" ? this.leastUsed : undefined)
    connection?.acquire(use === "alone")
    return connection
  }

  private release(connection: PooledConnection): void {
    connection.release(this.now())
    if (!connection.isInUse) {
      if (connection.isConnected) this.idle.push(connection)
      else this.connections.delete(connection)
    }
    this.wakeNext()
  }

  private wakeNext(): void {
    this.waiters.shift()?.resume(Effect.void)
  }

  /** Wakes a waiter if it can go behind the messages of another sender. It wakes the next one in turn. */
  private wakeForRoom(): void {
    if (this.leastUsed !== undefined) this.wakeNext()
  }

  /** Waits until another sender releases its connection. */
  private awaitTurn(error?: BackendError): Effect.Effect<void, BackendError> {
    return Effect.async((resume) => {
      const waiter = { error, resume }
      this.waiters.push(waiter)
      return Effect.sync(() => {
        const at = this.waiters.indexOf(waiter)
        if (at >= 0) this.waiters.splice(at, 1)
        // The waiter was woken and is interrupted: the next one takes its turn.
        else this.wakeNext()
      })
    })
  }

  /** Waits for a turn. A sender that could not connect waits no longer than the time limit of a message. */
  private awaitLimitedTurn(error?: BackendError): Effect.Effect<void, BackendError> {
    const turn = Effect.interruptible(this.awaitTurn(error))
    return error === undefined ? turn : Effect.timeoutFail(turn, {
      duration: this.settings.timeouts.send,
      onTimeout: () => {
        // The waiter may have been woken in the same turn of the event loop.
        this.wakeNext()
        return error
      }
    })
  }

  /** A connection, at once or after waiting. Waiters come first. */
  private acquire(use: Use, error?: BackendError, isWoken = false): Effect.Effect<PooledConnection, BackendError> {
    return Effect.suspend(() => {
      if (this.isClosed) {
        this.wakeNext()
        return Effect.interrupt
      }
      const connection = isWoken || this.waiters.length === 0 ? this.tryAcquire(use) : undefined
      if (connection === undefined) {
        return Effect.flatMap(this.awaitLimitedTurn(error), () => this.acquire(use, error, true))
      }
      this.wakeForRoom()
      return Effect.succeed(connection)
    })
  }

  /** A connection for as long as the scope is open. */
  get session(): Effect.Effect<MailSession, BackendError, Scope.Scope> {
    return Effect.uninterruptibleMask((restore) =>
      Effect.flatMap(Effect.scope, (scope) =>
        Effect.flatMap(this.acquire("alone"), (connection) => {
          const session: MailSession = {
            window: this.settings.window,
            deliver: (outgoing, options) =>
              Effect.catchIf(connection.deliver(outgoing, options), isConnectFailed, failed)
          }
          return Scope.addFinalizer(scope, Effect.sync(() => this.release(connection))).pipe(
            Effect.zipRight(Effect.catchAll(restore(connection.open), failed)),
            Effect.as(session)
          )
        }))
    )
  }

  /**
   * Delivers one message over the connection that is free first. `failed` is why none could be made for it, if that was
   * tried.
   */
  deliver(outgoing: Outgoing, options?: DeliverOptions, failed?: BackendError): Effect.Effect<Delivery, BackendError> {
    return Effect.catchIf(
      Effect.uninterruptibleMask((restore) =>
        Effect.flatMap(
          this.acquire("shared", failed),
          (connection) =>
            Effect.ensuring(restore(connection.deliver(outgoing, options)), Effect.sync(() => this.release(connection)))
        )
      ),
      isConnectFailed,
      ({ error }) => {
        // While other connections work, the message waits for one of them.
        if (!this.hasUsable) return this.failAll(error)
        this.growsAfter = this.now() + cooldown
        return this.deliver(outgoing, options, error)
      }
    )
  }

  private get hasUsable(): boolean {
    for (const connection of this.connections) if (connection.isUsable) return true
    return false
  }

  /** No connection works, and none can be made: all senders that tried fail. */
  private failAll(error: BackendError): Effect.Effect<never, BackendError> {
    const hasTried = (waiter: Waiter) => waiter.error !== undefined
    for (const waiter of this.waiters.filter(hasTried)) {
      this.waiters.splice(this.waiters.indexOf(waiter), 1)
      if (waiter.error !== undefined) waiter.resume(Effect.fail(waiter.error))
    }
    return Effect.fail(error)
  }

  /** Closes connections that were idle for `idleTimeout`. */
  readonly closeIdle: Effect.Effect<never> = Effect.suspend(() => {
    const { idleTimeout } = this.settings.pool
    const until = this.now() - idleTimeout
    const expired = this.idle.filter(({ idleSince }) => idleSince <= until)
    for (const connection of expired) this.idle.splice(this.idle.indexOf(connection), 1)
    const next = (this.idle[0]?.idleSince ?? this.now()) + idleTimeout
    return Effect.forEach(expired, (connection) => this.remove(connection), { concurrency: "unbounded", discard: true })
      .pipe(
        Effect.zipRight(Effect.suspend(() => Effect.sleep(Math.max(1, next - this.now())))),
        Effect.zipRight(this.closeIdle)
      )
  })

  private remove(connection: PooledConnection): Effect.Effect<void> {
    return Effect.uninterruptible(Effect.ensuring(
      connection.disconnect,
      Effect.sync(() => {
        this.connections.delete(connection)
        this.wakeNext()
      })
    ))
  }

  /** Waits until no connection has a sender, and closes all connections. */
  readonly close: Effect.Effect<void> = Effect.suspend(() => {
    this.isClosed = true
    const isInUse = (): boolean => this.idle.length < this.connections.size
    const waiting = Effect.suspend((): Effect.Effect<void> =>
      isInUse() ? Effect.zipRight(Effect.ignore(this.awaitTurn()), waiting) : Effect.void
    )
    return Effect.zipRight(
      waiting,
      Effect.suspend(() =>
        Effect.forEach(this.idle.splice(0), (connection) => this.remove(connection), {
          concurrency: "unbounded",
          discard: true
        })
      )
    )
  })
}

const isConnectFailed = (error: BackendError | ConnectFailed): error is ConnectFailed => error._tag === "ConnectFailed"

const failed = ({ error }: ConnectFailed): Effect.Effect<never, BackendError> => Effect.fail(error)

/** A pool that is closed with the scope. */
export const make = (settings: Resolved): Effect.Effect<ConnectionPool, never, Scope.Scope> =>
  Effect.gen(function*() {
    const connect = Connection.make(settings, yield* Effect.runtime<never>())
    const pool = new ConnectionPool(connect, settings, yield* Effect.clock)
    const scope = yield* Effect.scope
    yield* Scope.addFinalizer(scope, pool.close)
    yield* Effect.forkIn(pool.closeIdle, scope)
    return pool
  })
