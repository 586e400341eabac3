/** How many round trips a message takes, over one connection through a link with a delay. */
import { Effect, Option, Record } from "effect"
import type { BenchError } from "../harness/BenchError.js"
import * as Link from "../harness/Link.js"
import { interleave, type Run } from "../harness/rounds.js"
import { type Sink, verified } from "../harness/Sink.js"
import { ratio, scale, summarize, type Summary } from "../harness/statistics.js"
import { sendAll, sendAllInChunks, sendStream } from "../senders/effectMail.js"
import { pool } from "../senders/nodemailer.js"
import { roundTrip } from "../senders/roundTrip.js"
import type { Context } from "./Context.js"
import { letter } from "./messages.js"

export interface Row {
  readonly roundTrips: Summary
  readonly againstPool: Summary
  readonly micros: Summary
}

export interface Results {
  /** That of the link alone, which is what counts as one: what the processes on the way add is the message's to bear. */
  readonly roundTripMillis: number
  /** How many a NOOP takes: one, and what the processes on the way add. */
  readonly noop: Summary
  readonly rows: Readonly<Record<string, Row>>
  readonly skipped: Readonly<Record<string, string>>
}

const noChunks = "Smtp sent no BDAT: it has no option `chunking: { window: 8 }`"
const unknownChunks = "this sink cannot tell whether BDAT came"

/** Why there is nothing to measure: the option may not be there, and the sink knows whether a message came in chunks. */
const reasonToSkip = (sink: Sink, run: Run): Effect.Effect<Option.Option<string>, BenchError> =>
  Effect.gen(function*() {
    const before = yield* sink.counts
    yield* run(2)
    const after = yield* sink.counts
    const chunks = Option.zipWith(after, before, (now, then) => now.chunks - then.chunks)
    return Option.match(chunks, {
      onNone: () => Option.some(unknownChunks),
      onSome: (count) => count > 0 ? Option.none() : Option.some(noChunks)
    })
  })

export const measure = (
  { log, plan: { link: { roundTripMillis, ...rounds } }, sink }: Context
): Effect.Effect<Results, BenchError> =>
  Effect.scoped(Effect.gen(function*() {
    yield* log(`link: ${roundTripMillis} ms`)
    const far = yield* Link.open(sink, roundTripMillis)
    const chunkingFar = yield* Link.open(sink.chunking, roundTripMillis)
    const chunked = yield* sendAllInChunks(letter, chunkingFar, 1)
    const reason = yield* reasonToSkip(sink, chunked)
    const always = {
      noop: yield* roundTrip(far),
      sendAll: verified(sink, "sendAll", yield* sendAll(letter, far, 1)),
      sendStream: verified(sink, "sendStream", yield* sendStream(letter, far, 1)),
      pool: verified(sink, "pool", yield* pool(letter, far, 1))
    }
    const times: Readonly<Record<keyof typeof always, ReadonlyArray<number>>> = Option.isNone(reason)
      ? yield* interleave({ ...always, chunked: verified(sink, "chunked", chunked) }, rounds)
      : yield* interleave(always, rounds)
    const roundTrips = (own: ReadonlyArray<number>): Summary => scale(summarize(own), 1 / (1000 * roundTripMillis))
    return {
      roundTripMillis,
      noop: roundTrips(times.noop),
      rows: Record.map(Record.remove(times, "noop"), (own) => ({
        roundTrips: roundTrips(own),
        againstPool: ratio(times.pool, own),
        micros: summarize(own)
      })),
      skipped: Option.match(reason, { onNone: () => ({}), onSome: (chunked) => ({ chunked }) })
    }
  }))
