import * as Cause from "effect/Cause"
import * as Chunk from "effect/Chunk"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Queue from "effect/Queue"
import type * as Scope from "effect/Scope"
import type { OutboxError } from "../../../OutboxError.js"

interface Request<I> {
  readonly item: I
  readonly done: Deferred.Deferred<boolean, OutboxError>
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

const isRefused = (cause: Cause.Cause<OutboxError>): boolean =>
  Option.exists(Cause.failureOption(cause), (error) => error.isRefused)

/**
 * What is asked for while a statement is under way goes together into the next one, or into several where a message is named
 * more than once: no timer. `flush` gives the ids to which it applied, and gets each id once.
 */
export const make = <I extends { readonly id: string }>(
  most: number,
  flush: (items: ReadonlyArray<I>) => Effect.Effect<ReadonlyArray<string>, OutboxError>
): Effect.Effect<(item: I) => Effect.Effect<boolean, OutboxError>, never, Scope.Scope> =>
  Effect.gen(function*() {
    const requests = yield* Queue.unbounded<Request<I>>()
    const ask = (batch: ReadonlyArray<Request<I>>): Effect.Effect<void> =>
      Effect.matchCauseEffect(flush(batch.map(({ item }) => item)), {
        // What the database refuses is asked for item by item, so that one cannot hold up the others.
        onFailure: (cause) =>
          batch.length > 1 && isRefused(cause)
            ? Effect.forEach(batch, (request) => ask([request]), { discard: true })
            : Effect.forEach(batch, ({ done }) => Deferred.failCause(done, cause), { discard: true }),
        onSuccess: (ids) => {
          const applied = new Set(ids)
          return Effect.forEach(batch, ({ done, item }) => Deferred.succeed(done, applied.has(item.id)), {
            discard: true
          })
        }
      })
    const turn = Effect.flatMap(
      Queue.takeBetween(requests, 1, most),
      (chunk) => Effect.forEach(statements(Chunk.toReadonlyArray(chunk)), ask, { discard: true })
    )
    // One at a time: two of half the size take longer, and twice the work.
    yield* Effect.forkScoped(Effect.forever(turn))
    return (item) =>
      Effect.flatMap(Deferred.make<boolean, OutboxError>(), (done) =>
        Effect.zipRight(Queue.offer(requests, { item, done }), Deferred.await(done)))
  })
