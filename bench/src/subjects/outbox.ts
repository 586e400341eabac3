/** The outbox on PostgreSQL and SQLite, and job queues with empty jobs on the same PostgreSQL. */
import { Message } from "@effect-mail/core"
import { Outbox, OutboxStore } from "@effect-mail/outbox"
import * as PostgresServer from "@effect-mail/test-kit/PostgresServer"
import { SqlClient } from "@effect/sql"
import { Effect, Layer, Schema } from "effect"
import { runMigrations, runOnce } from "graphile-worker"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import PgBoss from "pg-boss"
import { attempt, BenchError } from "../harness/BenchError.js"
import * as Children from "../harness/children.js"
import { summarize, type Summary } from "../harness/statistics.js"
import type { Context } from "./Context.js"
import { client } from "./outboxDatabase.js"

/** Messages, or jobs, in a second, from the first that is started to the last that is settled; the rest in ms and MiB. */
export interface Results {
  readonly count: number
  readonly rates: Readonly<
    Record<"postgres" | "threeRunners" | "sqlite" | "graphileWorker" | "pgBoss", Summary>
  >
  /** 10,000 messages in one transaction. */
  readonly enqueueMillis: Readonly<Record<"postgres" | "sqlite", Summary>>
  /** A claim of 16 messages out of so many. */
  readonly claim: { readonly queued: number; readonly millis: Summary }
  readonly large: {
    readonly count: number
    readonly rate: number
    readonly peakMiB: number
    readonly smallPeakMiB: number
  }
}

const Run = Schema.Struct({ began: Schema.Number, ended: Schema.Number, peak: Schema.Number })

const connections = 16

const fail = BenchError.because("The outbox cannot be measured")

const message = (n: number): Message.Message =>
  Message.make({
    from: "shop@example.com",
    to: `customer-${n}@example.com`,
    subject: `Order ${n}`,
    text: `Thank you for order ${n}! ${"It is on its way. ".repeat(40)}`
  })

const outbox = (url: string) =>
  Outbox.layer.pipe(Layer.provideMerge(OutboxStore.layerSql()), Layer.provideMerge(client(url)))

/** In batches of 10,000, each in one transaction; gives how long the last one took, rendered before. */
const enqueue = (url: string, count: number): Effect.Effect<number, BenchError> =>
  Effect.gen(function*() {
    const { enqueueAll } = yield* Outbox.Outbox
    let last = 0
    for (let at = 0; at < count; at += 10_000) {
      const size = Math.min(10_000, count - at)
      const frozen = yield* Effect.forEach(Array.from({ length: size }, (_, i) => at + i), (n) =>
        Outbox.prepare(message(n)))
      const began = performance.now()
      yield* enqueueAll(frozen.map((one) =>
        [one] as const
      ))
      last = performance.now() - began
    }
    return last
  }).pipe(Effect.provide(outbox(url)), Effect.mapError(fail))

const empty = (url: string): Effect.Effect<void, BenchError> =>
  Effect.gen(function*() {
    const sql = yield* SqlClient.SqlClient
    for (const table of ["message", "recipient", "attempt", "content"]) yield* sql.unsafe(`DELETE FROM outbox_${table}`)
    if (url.startsWith("postgres:")) yield* sql`VACUUM ANALYZE`
  }).pipe(Effect.provide(client(url)), Effect.mapError(fail))

const drain = (
  { sink }: Context,
  url: string,
  runners: number,
  timeLimit: "5 minutes" | "60 minutes" = "5 minutes"
): Effect.Effect<{ readonly millis: number; readonly peak: number }, BenchError> =>
  Effect.map(
    Effect.forEach(
      Array.from({ length: runners }),
      () =>
        Children.ask(new URL("outboxProcess.js", import.meta.url), Run, {
          args: [url, sink.host, String(sink.port), String(connections)],
          timeLimit
        }),
      { concurrency: "unbounded" }
    ),
    (runs) => ({
      millis: Math.max(...runs.map(({ ended }) => ended)) - Math.min(...runs.map(({ began }) => began)),
      peak: Math.max(...runs.map(({ peak }) => peak))
    })
  )

const graphileWorker = (connectionString: string, count: number): Effect.Effect<number, BenchError> =>
  Effect.gen(function*() {
    yield* attempt("graphile-worker", () => runMigrations({ connectionString }))
    const sql = yield* SqlClient.SqlClient
    yield* Effect.mapError(sql`SELECT graphile_worker.add_job('empty') FROM generate_series(1, ${count})`, fail)
    const began = performance.now()
    yield* attempt("graphile-worker", () =>
      runOnce({
        connectionString,
        concurrency: connections,
        maxPoolSize: connections + 2,
        noHandleSignals: true,
        taskList: { empty: () => Promise.resolve() }
      }))
    return performance.now() - began
  }).pipe(Effect.provide(client(connectionString)))

const pgBoss = (connectionString: string, count: number): Effect.Effect<number, BenchError> =>
  attempt("pg-boss", async () => {
    const boss = new PgBoss({ connectionString, max: connections })
    await boss.start()
    const queue = `empty-${count}-${Math.round(performance.now())}`
    await boss.createQueue(queue)
    await boss.insert(Array.from({ length: count }, () => ({ name: queue })))
    const began = performance.now()
    let done = 0
    await new Promise<void>((resolve) => {
      void boss.work(queue, { batchSize: 200, pollingIntervalSeconds: 0.5 }, (jobs) => {
        done += jobs.length
        if (done >= count) resolve()
        return Promise.resolve()
      })
    })
    const millis = performance.now() - began
    await boss.stop({ graceful: false })
    return millis
  })

/** Copies of one message, made by the database. */
const fill = (count: number): Effect.Effect<void, BenchError, SqlClient.SqlClient> =>
  Effect.flatMap(SqlClient.SqlClient, (sql) =>
    Effect.mapError(
      Effect.zipRight(
        sql.unsafe(
          `INSERT INTO outbox_message SELECT lpad(n::text, 26, '0'), NULL, mailer, n % 32, priority, rank + n, state, created_at,
            due_at, give_up_after, give_up_at, settled_at, attempts, fence, started_fence, owner, lease_until, reason,
            last_error, trace, format, message_id, envelope, content, size
          FROM outbox_message CROSS JOIN generate_series(1, ${count}) AS n`
        ),
        sql`VACUUM ANALYZE`
      ),
      fail
    ))

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

export const measure = (context: Context): Effect.Effect<Results, BenchError> =>
  Effect.scoped(Effect.gen(function*() {
    const { log, plan: { outbox: { count, large, queued, rounds } } } = context
    yield* Effect.mapError(PostgresServer.install, fail)
    const server = yield* Effect.mapError(PostgresServer.make({ settings: { shared_buffers: "256MB" } }), fail)
    const postgres = `postgres://${server.user}@127.0.0.1:${server.port}/${server.database}`
    const folder = yield* Effect.acquireRelease(
      Effect.sync(() => mkdtempSync(join(tmpdir(), "effect-mail-bench-"))),
      (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
    )
    const sqlite = join(folder, "outbox.db")
    const enqueued = {
      postgres: yield* Effect.replicateEffect(enqueue(postgres, 10_000), rounds),
      sqlite: yield* Effect.replicateEffect(enqueue(sqlite, 10_000), rounds)
    }
    const rate = (url: string, runners: number) =>
      Effect.gen(function*() {
        yield* empty(url)
        yield* enqueue(url, count)
        return (1000 * count) / (yield* drain(context, url, runners)).millis
      })
    const of = (name: string, one: Effect.Effect<number, BenchError>) =>
      Effect.map(Effect.zipRight(log(`outbox: ${name}`), Effect.replicateEffect(one, rounds)), summarize)
    const perSecond = (one: Effect.Effect<number, BenchError>) => Effect.map(one, (millis) => (1000 * count) / millis)
    const rates = {
      postgres: yield* of("one runner on PostgreSQL", rate(postgres, 1)),
      threeRunners: yield* of("three runners on PostgreSQL", rate(postgres, 3)),
      sqlite: yield* of("one runner on SQLite", rate(sqlite, 1)),
      graphileWorker: yield* of("graphile-worker", perSecond(graphileWorker(postgres, count))),
      pgBoss: yield* of("pg-boss", perSecond(pgBoss(postgres, count)))
    }
    yield* log(`outbox: a claim out of ${queued}`)
    yield* empty(postgres)
    const claimed = yield* claim(postgres, queued)
    yield* empty(postgres)
    yield* enqueue(postgres, 1000)
    const small = yield* drain(context, postgres, 1)
    yield* log(`outbox: ${large} messages`)
    yield* empty(postgres)
    yield* enqueue(postgres, large)
    const all = yield* drain(context, postgres, 1, "60 minutes")
    const mebibyte = 2 ** 20
    return {
      count,
      rates,
      enqueueMillis: { postgres: summarize(enqueued.postgres), sqlite: summarize(enqueued.sqlite) },
      claim: { queued, millis: claimed },
      large: {
        count: large,
        rate: (1000 * large) / all.millis,
        peakMiB: all.peak / mebibyte,
        smallPeakMiB: small.peak / mebibyte
      }
    }
  }))
