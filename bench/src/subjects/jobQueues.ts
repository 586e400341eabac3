/** Job queues with empty jobs, on the PostgreSQL of the outbox. */
import { SqlClient } from "@effect/sql"
import { Effect } from "effect"
import { Logger, runMigrations, runOnce } from "graphile-worker"
import PgBoss from "pg-boss"
import { attempt, type BenchError } from "../harness/BenchError.js"
import { client } from "./outboxDatabase.js"
import { connections, fail } from "./outboxRuns.js"

const silent = new Logger(() => () => undefined)

/** Milliseconds for so many jobs. */
export const graphileWorker = (connectionString: string, count: number): Effect.Effect<number, BenchError> =>
  Effect.gen(function*() {
    yield* attempt("graphile-worker", () => runMigrations({ connectionString, logger: silent }))
    const sql = yield* SqlClient.SqlClient
    yield* Effect.mapError(sql`SELECT graphile_worker.add_job('empty') FROM generate_series(1, ${count})`, fail)
    const began = performance.now()
    yield* attempt("graphile-worker", () =>
      runOnce({
        connectionString,
        logger: silent,
        concurrency: connections,
        maxPoolSize: connections + 2,
        noHandleSignals: true,
        taskList: { empty: () => Promise.resolve() }
      }))
    return performance.now() - began
  }).pipe(Effect.provide(client(connectionString)))

/** Milliseconds for so many jobs, in batches of 200. */
export const pgBoss = (connectionString: string, count: number): Effect.Effect<number, BenchError> =>
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
