import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Scope from "effect/Scope"
import type { OutboxError } from "../../../OutboxError.js"

interface Request<I> {
  readonly item: I
  readonly done: (exit: Exit.Exit<boolean, OutboxError>) => void
}

/**
 * Each message once in a statement, in the order of the requests. A runner that claims a message again after its lease ran
 * out may hold it by two fences: the ids that a statement answers with would grant the older fence what the newer one got.
 */
const statements = <I extends { readonly id: string }>(
  requests: ReadonlyArray<Request<I>>
): ReadonlyArray<ReadonlyArray<Request<I>>> => {
  const groups: Array<Map<string, Request<I>>> = []
  for (const request of requests) {
    const { id } = request.item
    const group = groups.find((one) => !one.has(id))
    if (group === undefined) groups.push(new Map([[id, request]]))
    else group.set(id, request)
  }
  return groups.map((group) => [...group.values()])
}

/**
 * Puts an item into the next statement; `done` is told whether it applied. For callbacks: it needs no fiber.
 */
export type Ask<I> = (item: I, done: (exit: Exit.Exit<boolean, OutboxError>) => void) => void

/**
 * What is asked for while a statement is under way goes together into the next one, or into several where a message is named
 * more than once: no timer. `flush` gives the ids to which it applied, and gets each id once.
 */
export const make = <I extends { readonly id: string }>(
  most: number,
  flush: (items: ReadonlyArray<I>) => Effect.Effect<ReadonlyArray<string>, OutboxError>
): Effect.Effect<Ask<I>, never, Scope.Scope> =>
  Effect.gen(function*() {
    const waiting: Array<Request<I>> = []
    const asked = Effect.unsafeMakeLatch()
    const run = (batch: ReadonlyArray<Request<I>>): Effect.Effect<void> =>
      Effect.map(Effect.exit(flush(batch.map(({ item }) => item))), (exit) => {
        const applied = Exit.map(exit, (ids) => new Set(ids))
        for (const { done, item } of batch) done(Exit.map(applied, (ids) => ids.has(item.id)))
      })
    const turn = Effect.zipRight(
      asked.await,
      Effect.suspend(() => {
        const batch = waiting.splice(0, most)
        if (waiting.length === 0) asked.unsafeClose()
        return Effect.forEach(statements(batch), run, { discard: true })
      })
    )
    // One at a time: two of half the size take longer, and twice the work.
    yield* Effect.forkScoped(Effect.forever(turn))
    return (item, done) => {
      waiting.push({ item, done })
      asked.unsafeOpen()
    }
  })
