/** Whether a message of a large batch costs more than one of a small batch. */
import { Effect } from "effect"
import type { BenchError } from "../harness/BenchError.js"
import type { Run } from "../harness/rounds.js"
import { summarize, type Summary } from "../harness/statistics.js"
import type { Batches } from "../plan.js"
import { sendAll } from "../senders/effectMail.js"
import { pool } from "../senders/nodemailer.js"
import type { Context } from "./Context.js"
import { letter } from "./messages.js"
import * as Rendering from "./rendering.js"

/** Microseconds per message of a batch, by the size of the batch. */
export type Column = ReadonlyMap<number, Summary>

export interface Results {
  readonly rendered: { readonly ours: Column; readonly composer: Column }
  readonly sent: { readonly sendAll: Column; readonly pool: Column }
}

/** How often a batch of this size is run in a row: small ones often, so that each size has its share of the time. */
const repetitions = (size: number, { least, maxBatches }: Batches): number =>
  Math.max(1, Math.min(maxBatches, Math.round(least / size)))

/** 100 and its tenfolds. */
const powers = (max: number): ReadonlyArray<number> =>
  Array.from({ length: Math.round(Math.log10(max)) - 1 }, (_, i) => 10 ** (i + 2))

/**
 * Through the sizes up to the largest, and down again: a slow minute of the machine falls on small and large ones. The
 * garbage of each batch is left to the next, so that collecting it costs all of them their share.
 */
const measureColumn = (run: Run, max: number, plan: Batches): Effect.Effect<Column, BenchError> =>
  Effect.gen(function*() {
    const sizes = powers(max)
    yield* run(Math.min(plan.least, max))
    const times = new Map(sizes.map((size) => [size, new Array<number>()]))
    for (const size of [...sizes, ...sizes.slice(0, -1).reverse()]) {
      for (let i = 0; i < repetitions(size, plan); i++) {
        const took = yield* run(size)
        times.get(size)?.push(took * 1000 / size)
      }
    }
    return new Map(Array.from(times, ([size, own]) => [size, summarize(own)]))
  })

export const measure = (
  { log, plan: { growth: { rendered, sent } }, sink }: Context
): Effect.Effect<Results, BenchError> =>
  Effect.gen(function*() {
    yield* log("growth: rendered by effect-mail")
    const ours = yield* measureColumn(Rendering.wholeWay(letter), rendered.ours, rendered)
    yield* log("growth: rendered by nodemailer")
    const composer = yield* measureColumn(Rendering.composer(letter), rendered.theirs, rendered)
    yield* log("growth: sent by effect-mail")
    const sentByUs = yield* Effect.scoped(
      Effect.flatMap(sendAll(letter, sink, 5), (run) => measureColumn(run, sent.ours, sent))
    )
    yield* log("growth: sent by nodemailer")
    const sentByPool = yield* Effect.scoped(
      Effect.flatMap(pool(letter, sink, 5), (run) => measureColumn(run, sent.theirs, sent))
    )
    return { rendered: { ours, composer }, sent: { sendAll: sentByUs, pool: sentByPool } }
  })
