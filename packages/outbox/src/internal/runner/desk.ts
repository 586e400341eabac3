import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import type { OutboxError } from "../../OutboxError.js"
import * as OutboxMetrics from "../../OutboxMetrics.js"
import type { Claimed, Service, Settlement as Settled } from "../model/service.js"
import * as Settlement from "../model/settlement.js"
import * as Hand from "./hand.js"
import type { Resolved } from "./options.js"
import * as Batcher from "./pace/batcher.js"

/** So many messages go into one statement. */
const most = 256

/**
 * What a runner records of its messages.
 *
 * - `start`: whether the message is still held, and `sending` from now on
 * - `settle`: is recorded in the background, as often as it takes while this runner lives; what was settled before is left
 * - `forget`: the message is another's
 */
export interface Desk {
  readonly hand: Hand.Hand
  readonly start: (item: Claimed) => Effect.Effect<boolean, OutboxError>
  readonly settle: (item: Claimed, verdict: Settlement.Verdict, detail?: string) => Effect.Effect<void>
  readonly giveBack: (item: Claimed, delay: number, error?: string) => Effect.Effect<void>
  readonly forget: (item: Claimed) => Effect.Effect<void>
}

const count = (mailer: string, state: string): Effect.Effect<void> =>
  Metric.update(
    OutboxMetrics.attempts.pipe(Metric.tagged("outbox.mailer", mailer), Metric.tagged("outbox.state", state)),
    1
  )

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
      if (!isTaken) yield* hand.drop(item)
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
    const start = yield* Batcher.make<Claimed>(most, (items) => store.start(items, owner, settings.lease))
    const settle = yield* Batcher.make<Settled>(most, store.settle)
    yield* Effect.forkScoped(
      Effect.repeat(renewing(store, hand, settings.lease), Schedule.spaced(Math.max(1, settings.lease / 3)))
    )
    const again = Schedule.union(Schedule.exponential("100 millis"), Schedule.spaced("2 seconds"))
    const record = (item: Claimed, verdict: Settlement.Verdict, detail: string | undefined): Effect.Effect<void> =>
      Effect.suspend(() => hand.settling(item) ? recording(item, verdict, detail) : Effect.void)
    const recording = (item: Claimed, verdict: Settlement.Verdict, detail: string | undefined) =>
      settle({ ...verdict, id: item.id, fence: item.fence, owner, detail }).pipe(
        Effect.tapError((error) => Effect.logWarning("What became of a message could not be recorded yet", error)),
        Effect.retry({ schedule: again, while: ({ isRefused }) => !isRefused }),
        Effect.retry({ schedule: Schedule.upTo(again, refusedFor) }),
        Effect.catchAllCause((cause) => Effect.logError("What became of a message could not be recorded", cause)),
        Effect.zipRight(count(item.mailer, verdict.state)),
        Effect.ensuring(hand.drop(item)),
        Effect.forkIn(scope),
        Effect.asVoid
      )
    return {
      hand,
      start,
      settle: record,
      giveBack: (item, delay, error) => record(item, Settlement.returned(item.recipients, delay, error), undefined),
      forget: hand.drop
    }
  })
