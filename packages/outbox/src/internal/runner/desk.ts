import type * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import type { OutboxError } from "../../OutboxError.js"
import * as OutboxMetrics from "../../OutboxMetrics.js"
import type { Claimed, Hold, Service, Settlement as Settled } from "../model/service.js"
import * as Settlement from "../model/settlement.js"
import * as Hand from "./hand.js"
import type { Resolved } from "./options.js"
import * as Turns from "./pace/turns.js"

/** So many messages go into one statement. */
const most = 256

/** A settlement, and the message in hand that is dropped when it is recorded. */
interface Kept extends Settled {
  readonly item: Claimed
}

/**
 * What a runner records of its messages. Nothing here needs a fiber of its own, or waits.
 *
 * - `start`: whether the message is still held, and `sending` from now on
 * - `settle`: is recorded in the background, tried as often as it takes while this runner lives; what was settled before is left
 * - `forget`: the message is another's
 */
export interface Desk {
  readonly hand: Hand.Hand
  readonly start: Turns.Turns<Kept>["start"]
  readonly settle: (item: Claimed, verdict: Settlement.Verdict, detail?: string) => void
  readonly giveBack: (item: Claimed, delay: number, error?: string) => void
  readonly forget: (item: Claimed) => void
}

/** Counts attempts: a series of its own for each mailer and state, which is made once. */
const counting = (): (settlements: ReadonlyArray<Kept>) => Effect.Effect<void> => {
  const series = new Map<string, Metric.Metric.Counter<number>>()
  const of = (mailer: string, state: string): Metric.Metric.Counter<number> => {
    const key = `${state} ${mailer}`
    const metric = series.get(key) ??
      OutboxMetrics.attempts.pipe(Metric.tagged("outbox.mailer", mailer), Metric.tagged("outbox.state", state))
    series.set(key, metric)
    return metric
  }
  return (settlements) => {
    const counts = new Map<Metric.Metric.Counter<number>, number>()
    for (const { item: { mailer }, state } of settlements) {
      const metric = of(mailer, state)
      counts.set(metric, 1 + (counts.get(metric) ?? 0))
    }
    return Effect.forEach(counts, ([metric, count]) => Metric.update(metric, count), { discard: true })
  }
}

/** How long what the database refuses is tried again: a disk that is full may be emptied. */
const refusedFor = "10 minutes"

/**
 * Renews the leases of what is in hand, by id: what this runner no longer knows of is not kept for ever. Of a message that
 * was claimed again only the newest fence can be held.
 */
const renewing = (store: Service, hand: Hand.Hand, lease: number): Effect.Effect<void> =>
  Effect.gen(function*() {
    const held = hand.all()
    if (held.length === 0) return
    const newest = new Map<Claimed["id"], number>()
    for (const { item: { fence, id } } of held) newest.set(id, Math.max(fence, newest.get(id) ?? 0))
    const kept = new Set<string>(yield* store.renew([...newest].map(([id, fence]) => ({ id, fence })), lease))
    const isKept = ({ fence, id }: Claimed): boolean => kept.has(id) && newest.get(id) === fence
    const stillHeld = new Set(hand.all().map(({ item }) => item))
    const lost = held.filter(({ item }) => !isKept(item) && stillHeld.has(item))
    for (const { isTaken, item } of lost) {
      yield* Metric.update(OutboxMetrics.leaseLosses.pipe(Metric.tagged("outbox.mailer", item.mailer)), 1)
      if (!isTaken) hand.drop(item)
    }
  }).pipe(Effect.catchAllCause((cause) => Effect.logWarning("Leases could not be renewed", cause)))

export const make = (
  store: Service,
  settings: Resolved,
  owner: string
): Effect.Effect<Desk, never, Scope.Scope> =>
  Effect.gen(function*() {
    const scope = yield* Effect.scope
    const hand = Hand.make()
    const again = Schedule.union(Schedule.exponential("100 millis"), Schedule.spaced("2 seconds"))
    const count = counting()
    const drop = (batch: ReadonlyArray<Kept>): Effect.Effect<void> =>
      Effect.sync(() => {
        for (const { item } of batch) hand.drop(item)
      })
    const settled = (batch: ReadonlyArray<Kept>): Effect.Effect<void> => Effect.ensuring(count(batch), drop(batch))
    const tryAgain = (batch: ReadonlyArray<Kept>): Effect.Effect<void> => {
      const recorded = Effect.retry(store.settle(batch), { schedule: again, while: ({ isRefused }) => !isRefused })
      return batch.length > 1
        ? Effect.matchCauseEffect(recorded, {
          onSuccess: () => settled(batch),
          onFailure: () => Effect.forEach(batch, (one) => tryAgain([one]), { concurrency: "unbounded", discard: true })
        })
        : recorded.pipe(
          Effect.retry({ schedule: Schedule.upTo(again, refusedFor) }),
          Effect.catchAllCause((cause) => Effect.logError("What became of a message could not be recorded", cause)),
          Effect.zipRight(settled(batch))
        )
    }
    /** What cannot be recorded yet must not hold up what comes after it. */
    const later = (batch: ReadonlyArray<Kept>, cause: Cause.Cause<OutboxError>): Effect.Effect<void> =>
      Effect.logWarning("What became of a message could not be recorded yet", cause).pipe(
        Effect.zipRight(Effect.forkIn(Effect.delay(tryAgain(batch), "100 millis"), scope)),
        Effect.asVoid
      )
    /** What the database refuses is asked for item by item, so that one cannot hold up the others. */
    const settle = (batch: ReadonlyArray<Kept>): Effect.Effect<void> =>
      Effect.matchCauseEffect(store.settle(batch), {
        onSuccess: () => settled(batch),
        onFailure: (cause) =>
          batch.length > 1 && Turns.isRefused(cause)
            ? Effect.forEach(batch, (one) => settle([one]), { discard: true })
            : later(batch, cause)
      })
    const start = (holds: ReadonlyArray<Hold>) => store.start(holds, owner, settings.lease)
    /** What the database refuses to do together is done apart, so that a start is never refused for a settlement. */
    const both = (starts: ReadonlyArray<Hold>, settlements: ReadonlyArray<Kept>) =>
      store.record({ starts: { holds: starts, owner, lease: settings.lease }, settlements }).pipe(
        Effect.matchCauseEffect({
          onSuccess: ({ started }) => Effect.as(settled(settlements), started),
          onFailure: (cause) =>
            Turns.isRefused(cause)
              ? Effect.zipRight(settle(settlements), start(starts))
              : Effect.zipRight(later(settlements, cause), Effect.failCause(cause))
        })
      )
    const turns = yield* Turns.make<Kept>(most, ({ settlements, starts }) =>
      starts.length === 0
        ? Effect.as(settle(settlements), { started: [] })
        : Effect.map(
          settlements.length === 0 ? start(starts) : both(starts, settlements),
          (started) => ({ started })
        ))
    yield* Effect.forkScoped(
      Effect.repeat(renewing(store, hand, settings.lease), Schedule.spaced(Math.max(1, settings.lease / 3)))
    )
    const end = (item: Claimed, verdict: Settlement.Verdict, detail: string | undefined): void => {
      if (hand.settling(item)) turns.settle({ ...verdict, id: item.id, fence: item.fence, owner, detail, item })
    }
    return {
      hand,
      start: turns.start,
      settle: end,
      giveBack: (item, delay, error) => end(item, Settlement.returned(item.recipients, delay, error), undefined),
      forget: hand.drop
    }
  })
