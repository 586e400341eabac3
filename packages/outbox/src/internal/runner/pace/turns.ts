import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import type { OutboxError } from "../../../OutboxError.js"
import type { Hold, Recorded } from "../../model/service.js"

/** What was asked for: `S` is to be settled, and the others are to be started. */
export interface Asked<S> {
  readonly starts: ReadonlyArray<Hold>
  readonly settlements: ReadonlyArray<S>
}

/**
 * Asks without waiting, from any callback.
 *
 * - `start`: `done` is told whether the message is still held
 */
export interface Turns<S> {
  readonly start: (hold: Hold, done: (exit: Exit.Exit<boolean, OutboxError>) => void) => void
  readonly settle: (settlement: S) => void
}

interface Start {
  readonly hold: Hold
  readonly done: (exit: Exit.Exit<boolean, OutboxError>) => void
}

interface Group<S> {
  readonly ids: Set<string>
  readonly starts: Array<Start>
  readonly settlements: Array<S>
}

/**
 * Each message once in a group, in the order of the requests. A runner that claims a message again after its lease ran out
 * may hold it by two fences: the ids that a store answers with would grant the older fence what the newer one got.
 */
const grouped = <S extends Hold>(
  starts: ReadonlyArray<Start>,
  settlements: ReadonlyArray<S>
): ReadonlyArray<Group<S>> => {
  const groups: Array<Group<S>> = []
  const groupFor = (id: string): Group<S> => {
    const found = groups.find(({ ids }) => !ids.has(id))
    const group = found ?? { ids: new Set<string>(), starts: [], settlements: [] }
    if (found === undefined) groups.push(group)
    group.ids.add(id)
    return group
  }
  for (const settlement of settlements) groupFor(settlement.id).settlements.push(settlement)
  for (const start of starts) groupFor(start.hold.id).starts.push(start)
  return groups
}

export const isRefused = (cause: Cause.Cause<OutboxError>): boolean =>
  Option.exists(Cause.failureOption(cause), (error) => error.isRefused)

/**
 * A turn of the event loop, so that the sockets that are ready are read: a store that blocks the process would else be asked
 * once for each of them.
 */
const othersHaveAsked: Effect.Effect<void> = Effect.sleep(0)

/**
 * What is asked for while the store is busy with one turn goes together into the next, or into several where a message is
 * named more than once: no timer. One turn at a time: two of half the size take longer, and twice the work.
 *
 * `record` settles in any case, sooner or later, so that it fails for the starts alone.
 */
export const make = <S extends Hold>(
  most: number,
  record: (asked: Asked<S>) => Effect.Effect<Pick<Recorded, "started">, OutboxError>
): Effect.Effect<Turns<S>, never, Scope.Scope> =>
  Effect.gen(function*() {
    const starts: Array<Start> = []
    const settlements: Array<S> = []
    const asked = Effect.unsafeMakeLatch()
    const run = ({ settlements, starts }: Pick<Group<S>, "starts" | "settlements">): Effect.Effect<void> =>
      Effect.flatMap(Effect.exit(record({ starts: starts.map(({ hold }) => hold), settlements })), (exit) => {
        // What the database refuses is asked for one by one, so that one cannot hold up the others.
        if (Exit.isFailure(exit) && isRefused(exit.cause) && starts.length > 1) {
          return Effect.forEach(starts, (start) => run({ starts: [start], settlements: [] }), { discard: true })
        }
        const ids = Exit.map(exit, ({ started }) => new Set<string>(started))
        for (const { done, hold } of starts) done(Exit.map(ids, (started) => started.has(hold.id)))
        return Effect.void
      })
    const turn = Effect.zipRight(
      Effect.zipRight(asked.await, othersHaveAsked),
      Effect.suspend(() => {
        const groups = grouped(starts.splice(0, most), settlements.splice(0, most))
        if (starts.length === 0 && settlements.length === 0) asked.unsafeClose()
        return Effect.forEach(groups, run, { discard: true })
      })
    )
    yield* Effect.forkScoped(Effect.forever(turn))
    return {
      start: (hold, done) => {
        starts.push({ hold, done })
        asked.unsafeOpen()
      },
      settle: (settlement) => {
        settlements.push(settlement)
        asked.unsafeOpen()
      }
    }
  })
