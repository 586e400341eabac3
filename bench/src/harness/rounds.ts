/** Interleaved measuring: A B C A B C, so that whatever else the machine does falls on all of them alike. */
import { Effect, Record } from "effect"
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import type { BenchError } from "./BenchError.js"

/** Handles `count` messages, and gives the milliseconds that took. */
export type Run = (count: number) => Effect.Effect<number, BenchError>

/** Each contender runs about `millis` in each round, after it ran for `warmUpMillis`. */
export interface Rounds {
  readonly millis: number
  readonly rounds: number
  readonly warmUpMillis: number
}

const maxCount = 1_000_000

/** Runs a contender until its code is compiled, and gives how many messages it does in `millis`. */
const warmUp = (run: Run, { millis, warmUpMillis }: Rounds): Effect.Effect<number, BenchError> =>
  Effect.gen(function*() {
    let count = 1
    let took = 0
    for (let total = 0; total < warmUpMillis || took < millis / 4; total += took) {
      took = yield* run(count)
      const factor = millis / Math.max(took, 0.01)
      count = Math.min(maxCount, Math.max(1, Math.ceil(count * Math.min(factor, 10))))
      if (count === maxCount) break
    }
    return count
  })

setFlagsFromString("--expose-gc")
const gc: unknown = runInNewContext("gc")

/**
 * The garbage of one contender is not to be collected at the cost of the next. Only the young generation: a full collection
 * throws away compiled code, and the next round would measure the compiler.
 */
const collectGarbage = Effect.sync(() => {
  if (typeof gc === "function") gc({ type: "minor" })
})

/** For each contender its times in microseconds per message, one per round. */
export const interleave = <Name extends string>(
  contenders: Readonly<Record<Name, Run>>,
  rounds: Rounds
): Effect.Effect<Record<Name, ReadonlyArray<number>>, BenchError> =>
  Effect.gen(function*() {
    const warm = Record.map(contenders, (run) => ({ run, count: 0, times: new Array<number>() }))
    const all: ReadonlyArray<(typeof warm)[Name]> = Record.values(warm)
    for (const contender of all) contender.count = yield* warmUp(contender.run, rounds)
    for (let round = 0; round < rounds.rounds; round++) {
      for (const { count, run, times } of all) {
        yield* collectGarbage
        times.push((yield* run(count)) * 1000 / count)
      }
    }
    return Record.map(warm, ({ times }) => times)
  })

/** The milliseconds that `effect` takes. */
export const timed = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<number, E, R> =>
  Effect.suspend(() => {
    const start = performance.now()
    return Effect.map(effect, () => performance.now() - start)
  })
