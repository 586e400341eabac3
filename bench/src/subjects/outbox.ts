/** The outbox on PostgreSQL and SQLite, and job queues with empty jobs on the same PostgreSQL. */
import { OutboxStore } from "@effect-mail/outbox"
import { Effect, Layer, Record } from "effect"
import { mkdtempSync, rmSync } from "node:fs"
import { loadavg, tmpdir } from "node:os"
import { join } from "node:path"
import type { BenchError } from "../harness/BenchError.js"
import { ratio, summarize, type Summary } from "../harness/statistics.js"
import type { Context } from "./Context.js"
import * as JobQueues from "./jobQueues.js"
import { drain, empty, enqueue, fail, fill, outbox, postgres as openPostgres } from "./outboxRuns.js"

/** Messages, or jobs, in a second, from the first that is started to the last that is settled; the rest in ms and MiB. */
export interface Results {
  readonly count: number
  /** How many processes wanted the processor, over the last minute, at each round. */
  readonly load: Summary
  readonly rates: Readonly<
    Record<"postgres" | "threeRunners" | "sqlite" | "graphileWorker" | "pgBoss", Summary>
  >
  /** How many times as fast, in the same round: what else the machine does falls on both. */
  readonly ratios: Readonly<Record<"threeAgainstOne" | "againstGraphileWorker" | "againstPgBoss", Summary>>
  /** Microseconds of the processor that the runners took for a message. */
  readonly cpuMicros: Readonly<Record<"postgres" | "threeRunners" | "sqlite", Summary>>
  /** 10,000 messages in one transaction. */
  readonly enqueueMillis: Readonly<Record<"postgres" | "sqlite", Summary>>
  /** A claim of 16 messages out of so many. */
  readonly claim: { readonly queued: number; readonly millis: Summary }
  /** What a runner takes of the memory at most, while it sends so many. */
  readonly memory: { readonly count: number; readonly peakMiB: number; readonly smallPeakMiB: number }
}

const mebibyte = 2 ** 20

const claim = (url: string, queued: number): Effect.Effect<Summary, BenchError> =>
  Effect.gen(function*() {
    yield* enqueue(url, 1)
    yield* fill(queued)
    const store = yield* Effect.mapError(OutboxStore.OutboxStore, fail)
    const times: Array<number> = []
    for (let i = 0; i < 40; i++) {
      const began = performance.now()
      yield* Effect.mapError(store.claim({ owner: "bench", mailer: "default", limit: 16, lease: 30_000 }), fail)
      times.push(performance.now() - began)
    }
    return summarize(times.slice(10))
  }).pipe(Effect.provide(Layer.orDie(outbox(url))))

/** A run of one contender. */
interface Lap {
  readonly rate: number
  readonly cpuMicros: number
}

export const measure = ({ log, plan: { outbox: plan }, sink }: Context): Effect.Effect<Results, BenchError> =>
  Effect.scoped(Effect.gen(function*() {
    const { count, queued, rounds } = plan
    const postgres = yield* openPostgres
    const folder = yield* Effect.acquireRelease(
      Effect.sync(() => mkdtempSync(join(tmpdir(), "effect-mail-bench-"))),
      (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
    )
    const sqlite = join(folder, "outbox.db")
    const peaks: Array<number> = []
    const loads: Array<number> = []
    const drained = (url: string, runners = 1): Effect.Effect<Lap, BenchError> =>
      Effect.gen(function*() {
        yield* empty(url)
        yield* enqueue(url, count)
        const { cpu, millis, peak } = yield* drain(sink, url, { runners })
        if (url === postgres) peaks.push(peak / mebibyte)
        return { rate: (1000 * count) / millis, cpuMicros: cpu / count }
      })
    const jobs = (millis: Effect.Effect<number, BenchError>): Effect.Effect<Lap, BenchError> =>
      Effect.map(millis, (took) => ({ rate: (1000 * count) / took, cpuMicros: Number.NaN }))
    const contenders = {
      postgres: drained(postgres),
      graphileWorker: jobs(JobQueues.graphileWorker(postgres, count)),
      threeRunners: drained(postgres, 3),
      pgBoss: jobs(JobQueues.pgBoss(postgres, count)),
      sqlite: drained(sqlite)
    }
    yield* log("outbox: 10,000 messages in one transaction")
    const enqueued = (url: string) =>
      Effect.map(Effect.replicateEffect(Effect.zipRight(enqueue(url, 10_000), enqueue(url, 10_000)), rounds), summarize)
    const enqueueMillis = { postgres: yield* enqueued(postgres), sqlite: yield* enqueued(sqlite) }
    yield* log("outbox: 1,000 messages, for the memory")
    yield* empty(postgres)
    yield* enqueue(postgres, 1000)
    const small = yield* drain(sink, postgres)
    const laps: Array<Readonly<Record<keyof typeof contenders, Lap>>> = []
    for (let round = 1; round <= rounds; round++) {
      yield* log(`outbox: ${count} messages or jobs each, round ${round} of ${rounds}`)
      loads.push(loadavg()[0] ?? Number.NaN)
      laps.push(yield* Effect.all(contenders))
    }
    const rates = (name: keyof typeof contenders) => laps.map((lap) => lap[name].rate)
    const cpu = (name: keyof typeof contenders) => summarize(laps.map((lap) => lap[name].cpuMicros))
    yield* log(`outbox: a claim out of ${queued}`)
    yield* empty(postgres)
    const claimed = yield* claim(postgres, queued)
    return {
      count,
      load: summarize(loads),
      rates: Record.map(contenders, (_, name) => summarize(rates(name))),
      ratios: {
        threeAgainstOne: ratio(rates("threeRunners"), rates("postgres")),
        againstGraphileWorker: ratio(rates("postgres"), rates("graphileWorker")),
        againstPgBoss: ratio(rates("postgres"), rates("pgBoss"))
      },
      cpuMicros: { postgres: cpu("postgres"), threeRunners: cpu("threeRunners"), sqlite: cpu("sqlite") },
      enqueueMillis,
      claim: { queued, millis: claimed },
      memory: { count, peakMiB: Math.max(...peaks), smallPeakMiB: small.peak / mebibyte }
    }
  }))
