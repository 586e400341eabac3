import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import type { OutboxError } from "../../OutboxError.js"
import type { Filter, Summary, TicketId } from "../../OutboxMessage.js"
import type { Service, Settled } from "./service.js"

const pageSize = 100

/** Page by page, each beginning after the last message of the one before: what is added meanwhile moves nothing. */
export const find = (store: Service, filter: Filter): Stream.Stream<Summary, OutboxError> =>
  Stream.paginateChunkEffect(
    filter.before,
    (before: TicketId | undefined) =>
      Effect.map(store.find(filter, { before, limit: pageSize }), (page) => {
        const last = page.at(-1)
        const next = page.length < pageSize || last === undefined ? Option.none() : Option.some<TicketId>(last.id)
        return [Chunk.fromIterable(page), next]
      })
  )

/** Transactions commit in another order than that of their times: so far back is looked again, in ms. */
const overlap = 10_000

interface Position {
  readonly since: number
  readonly seen: ReadonlyMap<string, number>
}

/** All that was settled since, page by page. */
const readAll = (
  store: Service,
  since: number,
  after = ""
): Effect.Effect<ReadonlyArray<Settled>, OutboxError> =>
  Effect.flatMap(store.settledSince(since, after), (page) => {
    const last = page.at(-1)
    return page.length < 1000 || last === undefined
      ? Effect.succeed(page)
      : Effect.map(readAll(store, last.settledAt, last.id), (rest) => [...page, ...rest])
  })

const advance = (
  { seen, since }: Position,
  settled: ReadonlyArray<Settled>,
  now: number
): readonly [Position, ReadonlyArray<Settled>] => {
  const fresh = settled.filter(({ id, settledAt }) => seen.get(id) !== settledAt)
  const next = Math.max(since, now - overlap)
  const kept = [...seen, ...fresh.map(({ id, settledAt }) => [id, settledAt] as const)]
    .filter(([, settledAt]) => settledAt >= next)
  return [{ since: next, seen: new Map(kept) }, fresh]
}

/** What is settled from now on: read again and again, at once where there is more. */
export const changes = (store: Service): Stream.Stream<Settled, OutboxError> =>
  Stream.unwrap(Effect.map(store.now, (start) => {
    let position: Position = { since: start, seen: new Map() }
    const read = Effect.gen(function*() {
      const now = yield* store.now
      const settled = yield* readAll(store, position.since)
      const [next, fresh] = advance(position, settled, now)
      position = next
      return Chunk.fromIterable(fresh)
    })
    return Stream.repeatEffectWithSchedule(read, Schedule.spaced("1 second")).pipe(Stream.flattenChunks)
  }))
