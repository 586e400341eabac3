/**
 * A clock that does not go on until it is set forward, as `TestClock` does, for thousands of histories: it does not look for
 * fibers that have something to do, but lets all of them run a fixed number of times after each sleep that ends.
 */
import { Clock, Deferred, Duration, Effect } from "effect"

export interface ManualClock extends Clock.Clock {
  readonly pass: (ms: number) => Effect.Effect<void>
}

/** More than any fiber here needs to come to its next sleep. */
const rounds = 20

const settle = Effect.replicateEffect(Effect.yieldNow({ priority: 10 }), rounds, { discard: true })

interface Sleeper {
  readonly at: number
  readonly wake: Deferred.Deferred<void>
}

export const make = (start: number): ManualClock => {
  let now = start
  const sleepers = new Set<Sleeper>()
  const nanos = () => BigInt(Math.round(now)) * 1_000_000n
  const pass = (until: number): Effect.Effect<void> =>
    Effect.suspend(() => {
      let next: Sleeper | undefined
      for (const sleeper of sleepers) if (next === undefined || sleeper.at < next.at) next = sleeper
      if (next === undefined || next.at > until) {
        now = until
        return settle
      }
      now = Math.max(now, next.at)
      const due = [...sleepers].filter(({ at }) => at <= now)
      for (const sleeper of due) sleepers.delete(sleeper)
      return Effect.forEach(due, ({ wake }) => Deferred.succeed(wake, undefined), { discard: true }).pipe(
        Effect.zipRight(settle),
        Effect.zipRight(pass(until))
      )
    })
  return {
    [Clock.ClockTypeId]: Clock.ClockTypeId,
    unsafeCurrentTimeMillis: () => now,
    unsafeCurrentTimeNanos: nanos,
    currentTimeMillis: Effect.sync(() => now),
    currentTimeNanos: Effect.sync(nanos),
    sleep: (duration) =>
      Effect.flatMap(Deferred.make<void>(), (wake) => {
        const sleeper = { at: now + Duration.toMillis(duration), wake }
        sleepers.add(sleeper)
        return Effect.onInterrupt(Deferred.await(wake), () => Effect.sync(() => sleepers.delete(sleeper)))
      }),
    pass: (ms) => Effect.suspend(() => pass(now + ms))
  }
}
