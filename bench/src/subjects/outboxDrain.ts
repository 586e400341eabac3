/** A large outbox that one runner empties, with the curve of its rate and its memory. */
import { Effect, Layer } from "effect"
import { loadavg } from "node:os"
import type { BenchError } from "../harness/BenchError.js"
import type { Sink } from "../harness/Sink.js"
import { drain, enqueue, fill, outbox, postgres, type Sample } from "./outboxRuns.js"

/** A stretch of the curve: messages in a second, and MiB that were resident at its end. */
export interface Stretch {
  readonly seconds: number
  readonly settled: number
  readonly perSecond: number
  readonly residentMiB: number
}

export interface Results {
  readonly count: number
  readonly perSecond: number
  readonly cpuMicros: number
  readonly peakMiB: number
  /** How many processes wanted the processor at the beginning and at the end. */
  readonly load: readonly [began: number, ended: number]
  readonly curve: ReadonlyArray<Stretch>
}

const mebibyte = 2 ** 20
const most = 100

/** At most a hundred stretches. */
const curveOf = (samples: ReadonlyArray<Sample>): ReadonlyArray<Stretch> => {
  const every = Math.max(1, Math.ceil(samples.length / most))
  let before = { seconds: 0, settled: 0 }
  return samples.filter((_, i) => (i + 1) % every === 0 || i === samples.length - 1).map((sample) => {
    const { resident, seconds, settled } = sample
    const perSecond = (settled - before.settled) / (seconds - before.seconds)
    before = sample
    return {
      seconds: Math.round(seconds),
      settled,
      perSecond: Math.round(perSecond),
      residentMiB: Math.round(resident / mebibyte)
    }
  })
}

export const measure = (
  sink: Sink,
  count: number,
  log: (line: string) => Effect.Effect<void>
): Effect.Effect<Results, BenchError> =>
  Effect.scoped(Effect.gen(function*() {
    const url = yield* postgres
    yield* log(`outbox: ${count} messages are queued`)
    yield* enqueue(url, 1)
    yield* Effect.provide(fill(count - 1), Layer.orDie(outbox(url)))
    yield* log(`outbox: ${count} messages are sent by one runner`)
    const began = loadavg()[0] ?? Number.NaN
    const { cpu, millis, peak, samples } = yield* drain(sink, url, { sampled: 1000, timeLimit: "3 hours" })
    return {
      count,
      perSecond: Math.round((1000 * count) / millis),
      cpuMicros: Math.round(cpu / count),
      peakMiB: Math.round(peak / mebibyte),
      load: [began, loadavg()[0] ?? Number.NaN],
      curve: curveOf(samples)
    }
  }))
