import * as Chunk from "effect/Chunk"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import type * as Scope from "effect/Scope"
import type { OutboxError } from "../../../OutboxError.js"

interface Request<I> {
  readonly item: I
  readonly done: Deferred.Deferred<boolean, OutboxError>
}

/**
 * What is asked for while a statement is under way goes together into the next one: no timer, and no item waits for more
 * than one other statement. `flush` gives the ids to which it applied.
 */
export const make = <I extends { readonly id: string }>(
  most: number,
  flush: (items: ReadonlyArray<I>) => Effect.Effect<ReadonlyArray<string>, OutboxError>
): Effect.Effect<(item: I) => Effect.Effect<boolean, OutboxError>, never, Scope.Scope> =>
  Effect.gen(function*() {
    const requests = yield* Queue.unbounded<Request<I>>()
    const turn = Effect.flatMap(Queue.takeBetween(requests, 1, most), (chunk) => {
      const batch = Chunk.toReadonlyArray(chunk)
      return Effect.matchCauseEffect(flush(batch.map(({ item }) => item)), {
        onFailure: (cause) => Effect.forEach(batch, ({ done }) => Deferred.failCause(done, cause), { discard: true }),
        onSuccess: (ids) => {
          const applied = new Set(ids)
          return Effect.forEach(batch, ({ done, item }) => Deferred.succeed(done, applied.has(item.id)), {
            discard: true
          })
        }
      })
    })
    // One at a time: two of half the size take longer, and twice the work.
    yield* Effect.forkScoped(Effect.forever(turn))
    return (item) =>
      Effect.flatMap(Deferred.make<boolean, OutboxError>(), (done) =>
        Effect.zipRight(Queue.offer(requests, { item, done }), Deferred.await(done)))
  })
