import type { DeliverOptions, Delivery, MailSession } from "@effect-mail/core/MailBackend"
import type { BackendError } from "@effect-mail/core/MailError"
import type { Outgoing } from "@effect-mail/core/Outgoing"
import type * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Scope from "effect/Scope"
import * as Connection from "./connection.js"
import { Gauge } from "./gauge.js"
import type { Resolved } from "./options.js"
import type { ConnectFailed } from "./place.js"
import { type Connect, Place } from "./place.js"

/** How long no further connection is tried after one failed beside others that work, in milliseconds. */
const cooldown = 1000

type Use = "alone" | "shared"

/** A sender that waits for a place, and why it got no connection where it has tried. */
interface Waiter {
  readonly error: BackendError | undefined
  readonly resume: (outcome: Effect.Effect<void, BackendError>) => void
}

/**
 * At most `maxConnections` connections, and who sends over them. A session has one alone. A single message takes one that
 * is idle, else opens one more, else goes behind the messages of another.
 */
export class Pool {
  private readonly gauge: Gauge
  private readonly places = new Set<Place>()
  /** Places that are not in use. The one that was left last is taken next, so that what is not needed is closed. */
  private readonly idle: Array<Place> = []
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
    return this.places.size < this.settings.pool.maxConnections &&
      (this.growsAfter <= this.now() || this.places.size === 0)
  }

  private grow(): Place | undefined {
    if (!this.mayGrow) return undefined
    const place = new Place(this.connect, this.settings.pool.maxMessages, this.gauge, () => this.wakeForRoom())
    this.places.add(place)
    return place
  }

  /** The place with the fewest messages, where one may go behind them. */
  private get leastUsed(): Place | undefined {
    let least: Place | undefined
    for (const place of this.places) {
      const hasRoom = !place.isExclusive && place.users > 0 && place.users < place.depth
      if (hasRoom && (least === undefined || place.users < least.users)) least = place
    }
    return least
  }

  private take(use: Use): Place | undefined {
    const place = this.idle.pop() ?? this.grow() ?? (use === "shared" ? this.leastUsed : undefined)
    if (place === undefined) return undefined
    place.isExclusive = use === "alone"
    if (place.users++ === 0) this.gauge.change(0, 1)
    return place
  }

  private leave(place: Place): void {
    place.users--
    if (place.users === 0) {
      this.gauge.change(0, -1)
      place.rest(this.now())
      if (place.hasConnection) this.idle.push(place)
      else this.places.delete(place)
    }
    this.wakeNext()
  }

  private wakeNext(): void {
    this.waiters.shift()?.resume(Effect.void)
  }

  /** Those who wait go behind the messages of others, one after the other, as long as there is room. */
  private wakeForRoom(): void {
    if (this.leastUsed !== undefined) this.wakeNext()
  }

  /** Waits until another sender leaves. */
  private turn(error?: BackendError): Effect.Effect<void, BackendError> {
    return Effect.async((resume) => {
      const waiter = { error, resume }
      this.waiters.push(waiter)
      return Effect.sync(() => {
        const place = this.waiters.indexOf(waiter)
        if (place >= 0) this.waiters.splice(place, 1)
        // It was woken and does not go on: another one can.
        else this.wakeNext()
      })
    })
  }

  /** Waits for another sender to leave, where no connection could be made no longer than a message may take. */
  private limitedTurn(error?: BackendError): Effect.Effect<void, BackendError> {
    const turn = Effect.interruptible(this.turn(error))
    return error === undefined ? turn : Effect.timeoutFail(turn, {
      duration: this.settings.timeouts.send,
      onTimeout: () => {
        // It may have been woken in the same moment.
        this.wakeNext()
        return error
      }
    })
  }

  /** A place, at once or when there is one. Those who wait come first. */
  private acquire(use: Use, error?: BackendError, isWoken = false): Effect.Effect<Place, BackendError> {
    return Effect.suspend(() => {
      if (this.isClosed) {
        this.wakeNext()
        return Effect.interrupt
      }
      const place = isWoken || this.waiters.length === 0 ? this.take(use) : undefined
      if (place === undefined) {
        return Effect.flatMap(this.limitedTurn(error), () => this.acquire(use, error, true))
      }
      this.wakeForRoom()
      return Effect.succeed(place)
    })
  }

  /** A connection for as long as the scope is open. */
  get session(): Effect.Effect<MailSession, BackendError, Scope.Scope> {
    return Effect.uninterruptibleMask((restore) =>
      Effect.flatMap(Effect.scope, (scope) =>
        Effect.flatMap(this.acquire("alone"), (place) => {
          const session: MailSession = {
            window: this.settings.window,
            deliver: (outgoing, options) => Effect.catchIf(place.deliver(outgoing, options), isConnectFailed, failed)
          }
          return Scope.addFinalizer(scope, Effect.sync(() => this.leave(place))).pipe(
            Effect.zipRight(Effect.catchAll(restore(place.open), failed)),
            Effect.as(session)
          )
        }))
    )
  }

  /**
   * Delivers one message over whichever connection is free first. `failed` says why none could be made for it, where that
   * was tried.
   */
  deliver(outgoing: Outgoing, options?: DeliverOptions, failed?: BackendError): Effect.Effect<Delivery, BackendError> {
    return Effect.catchIf(
      Effect.uninterruptibleMask((restore) =>
        Effect.flatMap(
          this.acquire("shared", failed),
          (place) => Effect.ensuring(restore(place.deliver(outgoing, options)), Effect.sync(() => this.leave(place)))
        )
      ),
      isConnectFailed,
      ({ error }) => {
        // Beside connections that work the message waits for one of them.
        if (!this.isHopeful) return this.failAll(error)
        this.growsAfter = this.now() + cooldown
        return this.deliver(outgoing, options, error)
      }
    )
  }

  private get isHopeful(): boolean {
    for (const place of this.places) if (place.isHopeful) return true
    return false
  }

  /** No connection is there, and none can be had: all who tried fail. */
  private failAll(error: BackendError): Effect.Effect<never, BackendError> {
    const hasTried = (waiter: Waiter) => waiter.error !== undefined
    for (const waiter of this.waiters.filter(hasTried)) {
      this.waiters.splice(this.waiters.indexOf(waiter), 1)
      if (waiter.error !== undefined) waiter.resume(Effect.fail(waiter.error))
    }
    return Effect.fail(error)
  }

  /** Closes connections that were not used for a while. */
  readonly closeIdle: Effect.Effect<never> = Effect.suspend(() => {
    const { idleTimeout } = this.settings.pool
    const until = this.now() - idleTimeout
    const expired = this.idle.filter(({ idleSince }) => idleSince <= until)
    for (const place of expired) this.idle.splice(this.idle.indexOf(place), 1)
    const next = (this.idle[0]?.idleSince ?? this.now()) + idleTimeout
    return Effect.forEach(expired, (place) => this.remove(place), { concurrency: "unbounded", discard: true }).pipe(
      Effect.zipRight(Effect.suspend(() => Effect.sleep(Math.max(1, next - this.now())))),
      Effect.zipRight(this.closeIdle)
    )
  })

  private remove(place: Place): Effect.Effect<void> {
    return Effect.uninterruptible(Effect.ensuring(
      place.clear,
      Effect.sync(() => {
        this.places.delete(place)
        this.wakeNext()
      })
    ))
  }

  /** Waits for those who still send, and closes all connections. */
  readonly close: Effect.Effect<void> = Effect.suspend(() => {
    this.isClosed = true
    const isInUse = (): boolean => this.idle.length < this.places.size
    const waiting = Effect.suspend((): Effect.Effect<void> =>
      isInUse() ? Effect.zipRight(Effect.ignore(this.turn()), waiting) : Effect.void
    )
    return Effect.zipRight(
      waiting,
      Effect.suspend(() =>
        Effect.forEach(this.idle.splice(0), (place) => this.remove(place), { concurrency: "unbounded", discard: true })
      )
    )
  })
}

const isConnectFailed = (error: BackendError | ConnectFailed): error is ConnectFailed => error._tag === "ConnectFailed"

const failed = ({ error }: ConnectFailed): Effect.Effect<never, BackendError> => Effect.fail(error)

/** A pool that is closed with the scope. */
export const make = (settings: Resolved): Effect.Effect<Pool, never, Scope.Scope> =>
  Effect.gen(function*() {
    const connect = Connection.make(settings, yield* Effect.runtime<never>())
    const pool = new Pool(connect, settings, yield* Effect.clock)
    const scope = yield* Effect.scope
    yield* Scope.addFinalizer(scope, pool.close)
    yield* Effect.forkIn(pool.closeIdle, scope)
    return pool
  })
