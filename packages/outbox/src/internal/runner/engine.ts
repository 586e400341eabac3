import type * as MailBackend from "@effect-mail/core/MailBackend"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Metric from "effect/Metric"
import * as Option from "effect/Option"
import * as Queue from "effect/Queue"
import * as Random from "effect/Random"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { OutboxError } from "../../OutboxError.js"
import type * as OutboxMessage from "../../OutboxMessage.js"
import * as OutboxMetrics from "../../OutboxMetrics.js"
import type { Claimed, Reaped, Service } from "../model/service.js"
import type { Crew } from "./attempt.js"
import * as Desk from "./desk.js"
import type { Resolved } from "./options.js"
import * as Circuit from "./pace/circuit.js"
import * as Limits from "./pace/limits.js"
import * as Worker from "./worker.js"

/**
 * A mailer, and the backend that sends for it.
 */
export interface Mailer {
  readonly name: string
  readonly backend: MailBackend.Service
}

/** Which lanes to claim from: all, or those that are held at the moment. */
export type Lanes = () => ReadonlyArray<number> | undefined

/**
 * - `turn`: claims once for each mailer, and hands over; how many were claimed
 * - `loop`: claims again and again
 * - `drain`: until nothing is due and nothing is in hand
 */
export interface Engine {
  readonly loop: Effect.Effect<never>
  readonly drain: Effect.Effect<void, OutboxError>
}

interface Station {
  readonly name: string
  readonly queue: Queue.Queue<Claimed>
  readonly woken: Queue.Queue<void>
}

const reap = (store: Service, settings: Resolved): Effect.Effect<Reaped, OutboxError> =>
  Effect.tap(store.reap({ resendLost: settings.resendUnknown }), ({ lost }) => Metric.update(OutboxMetrics.lost, lost))

/** `known` holds the gauges that were set: what is no longer counted is 0. */
const gauges = (store: Service, known: Map<string, OutboxMessage.Count>): Effect.Effect<void, OutboxError> =>
  Effect.gen(function*() {
    const { counts, oldestDue } = yield* store.counts
    const now = yield* store.now
    const all = new Map([...known].map(([key, one]) => [key, { ...one, count: 0 }]))
    for (const one of counts) {
      known.set(`${one.state} ${one.mailer}`, one)
      all.set(`${one.state} ${one.mailer}`, one)
    }
    for (const { count, mailer, state } of all.values()) {
      const gauge = OutboxMetrics.messages.pipe(
        Metric.tagged("outbox.mailer", mailer),
        Metric.tagged("outbox.state", state)
      )
      yield* Metric.set(gauge, count)
    }
    const oldest = Option.match(oldestDue, { onNone: () => 0, onSome: ({ epochMillis }) => (now - epochMillis) / 1000 })
    yield* Metric.set(OutboxMetrics.oldestDue, oldest)
  })

/** What goes on beside the deliveries must not end with a database that is away for a while. */
const persist = <A>(what: string, self: Effect.Effect<A, OutboxError>): Effect.Effect<void> =>
  Effect.catchAllCause(Effect.asVoid(self), (cause) => Effect.logWarning(`The outbox could not ${what}`, cause))

const every = (interval: number, self: Effect.Effect<void>): Effect.Effect<void> =>
  Effect.asVoid(Effect.repeat(self, Schedule.spaced(interval)))

/** How often to look for what is kept for too long, in ms. */
const retainEvery = 60_000

/** Gives back what no worker has begun, and waits for the rest. */
const stop = (desk: Desk.Desk, within: number): Effect.Effect<void> =>
  Effect.suspend(() => {
    for (const { item } of desk.hand.all()) if (desk.hand.take(item)) desk.giveBack(item, 0)
    return Effect.timeoutOption(Effect.interruptible(desk.hand.isEmpty), within)
  })

/**
 * The workers of a runner, with what they need, for as long as the scope is open. When it closes, what is on its way is
 * waited for, and what is not goes back.
 */
export const make = (
  store: Service,
  settings: Resolved,
  mailers: ReadonlyArray<Mailer>,
  lanes: Lanes,
  name: string | undefined
): Effect.Effect<Engine, never, Scope.Scope> =>
  Effect.gen(function*() {
    const owner = name ?? `runner-${(yield* Random.nextIntBetween(0, 2 ** 40)).toString(36)}`
    const desk = yield* Desk.make(store, settings, owner)
    yield* Effect.addFinalizer(() => Effect.timeoutOption(Effect.interruptible(desk.hand.isEmpty), "5 seconds"))
    const limits = Limits.make(settings.limits)
    const stations = yield* Effect.forEach(mailers, ({ backend, name }) =>
      Effect.gen(function*() {
        const station: Station = {
          name,
          queue: yield* Queue.bounded<Claimed>(2 * settings.connections),
          woken: yield* Queue.sliding<void>(1)
        }
        const crew: Crew = {
          mailer: name,
          driver: backend.driver,
          store,
          desk,
          settings,
          circuit: Circuit.make(store, name),
          limits,
          lines: new Set(),
          findingOut: yield* Effect.makeSemaphore(1),
          telling: "unknown"
        }
        for (let i = 0; i < settings.connections; i++) {
          yield* Effect.forkScoped(Effect.scoped(Worker.run(crew, station.queue)))
        }
        return station
      }))
    yield* Effect.addFinalizer(() => stop(desk, settings.stopWithin))

    /** From the lanes of this moment. What was claimed is in hand before anything can interrupt. */
    const claim = (station: Station): Effect.Effect<ReadonlyArray<Claimed>, OutboxError> =>
      Effect.uninterruptible(Effect.tap(
        Effect.suspend(() =>
          store.claim({
            owner,
            mailer: station.name,
            lanes: lanes(),
            limit: 4 * settings.connections,
            lease: settings.lease
          })
        ),
        (items) => Effect.sync(() => desk.hand.add(items))
      ))
    const wake = Effect.forEach(stations, ({ woken }) => Queue.offer(woken, undefined), { discard: true })
    const rest = ({ woken }: Station) => Effect.race(Queue.take(woken), Effect.sleep(settings.poll))
    const feed = (station: Station): Effect.Effect<never> =>
      Effect.forever(
        Effect.matchCauseEffect(claim(station), {
          onFailure: (cause) => Effect.zipRight(Effect.logWarning("The outbox could not claim", cause), rest(station)),
          onSuccess: (items) => items.length === 0 ? rest(station) : Queue.offerAll(station.queue, items)
        })
      )
    const reaping = persist(
      "look for what is due",
      Effect.flatMap(reap(store, settings), ({ due, returned }) => due + returned > 0 ? wake : Effect.void)
    )
    const { countEvery, retention } = settings
    const chores = [
      every(settings.poll, reaping),
      Stream.runForEach(store.wake, () => wake),
      ...retention === undefined ? [] : [every(retainEvery, persist("remove what is old", store.retain(retention)))],
      ...countEvery === undefined ? [] : [every(countEvery, persist("count", gauges(store, new Map())))]
    ]
    /** Claims ahead of the workers, until nothing is due; how many were claimed. */
    const exhaust = (station: Station): Effect.Effect<number, OutboxError> =>
      Effect.iterate({ last: 1, total: 0 }, {
        while: ({ last }) => last > 0,
        body: ({ total }) =>
          Effect.flatMap(
            claim(station),
            (items) =>
              Effect.as(Queue.offerAll(station.queue, items), { last: items.length, total: total + items.length })
          )
      }).pipe(Effect.map(({ total }) => total))
    const drain: Effect.Effect<void, OutboxError> = Effect.gen(function*() {
      yield* reap(store, settings)
      const claimed = yield* Effect.forEach(stations, exhaust, { concurrency: "unbounded" })
      yield* desk.hand.isEmpty
      if (claimed.some((count) => count > 0)) yield* drain
    })
    return {
      loop: Effect.scoped(Effect.gen(function*() {
        const fibers = yield* Effect.forEach([...chores, ...stations.map(feed)], (fiber) => Effect.forkScoped(fiber))
        yield* Fiber.awaitAll(fibers)
        return yield* Effect.never
      })),
      drain
    }
  })
