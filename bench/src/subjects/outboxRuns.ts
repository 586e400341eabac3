/** Filling and draining an outbox, each runner in a process of its own. */
import { Message } from "@effect-mail/core"
import { Outbox, OutboxStore } from "@effect-mail/outbox"
import * as PostgresServer from "@effect-mail/test-kit/PostgresServer"
import { SqlClient } from "@effect/sql"
import { type Duration, Effect, Layer, Schema, type Scope } from "effect"
import { BenchError } from "../harness/BenchError.js"
import * as Children from "../harness/children.js"
import type { Sink } from "../harness/Sink.js"
import { client } from "./outboxDatabase.js"

/** How far a runner was: seconds since it began, messages that were settled, and octets that are resident. */
export const Sample = Schema.Struct({ seconds: Schema.Number, settled: Schema.Number, resident: Schema.Number })
export type Sample = typeof Sample.Type

const Run = Schema.Struct({
  began: Schema.Number,
  ended: Schema.Number,
  /** Octets. */
  peak: Schema.Number,
  /** Microseconds of the processor. */
  cpu: Schema.Number,
  samples: Schema.Array(Sample)
})

export interface Drained {
  readonly millis: number
  readonly peak: number
  readonly cpu: number
  readonly samples: ReadonlyArray<Sample>
}

export const connections = 16

export const fail = BenchError.because("The outbox cannot be measured")

/** A server with little memory, as one that serves more than this. Gives its address. */
export const postgres: Effect.Effect<string, BenchError, Scope.Scope> = Effect.mapError(
  Effect.zipRight(
    PostgresServer.install,
    Effect.map(
      PostgresServer.make({ settings: { shared_buffers: "256MB" } }),
      ({ database, port, user }) => `postgres://${user}@127.0.0.1:${port}/${database}`
    )
  ),
  fail
)

export const isPostgres = (url: string): boolean => url.startsWith("postgres:")

const message = (n: number): Message.Message =>
  Message.make({
    from: "shop@example.com",
    to: `customer-${n}@example.com`,
    subject: `Order ${n}`,
    text: `Thank you for order ${n}! ${"It is on its way. ".repeat(40)}`
  })

export const outbox = (
  url: string
): Layer.Layer<Outbox.Outbox | OutboxStore.OutboxStore | SqlClient.SqlClient, unknown> =>
  Outbox.layer.pipe(Layer.provideMerge(OutboxStore.layerSql()), Layer.provideMerge(client(url)))

/** In batches of 10,000, each in one transaction; gives how long the last one took, rendered before. */
export const enqueue = (url: string, count: number): Effect.Effect<number, BenchError> =>
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

export const empty = (url: string): Effect.Effect<void, BenchError> =>
  Effect.gen(function*() {
    const sql = yield* SqlClient.SqlClient
    const remove = isPostgres(url) ? "TRUNCATE" : "DELETE FROM"
    for (const table of ["message", "recipient", "attempt", "content"]) yield* sql.unsafe(`${remove} outbox_${table}`)
  }).pipe(Effect.provide(client(url)), Effect.mapError(fail))

/** Copies of the message that is there, made by the database, with all that a runner needs of them. */
export const fill = (count: number): Effect.Effect<void, BenchError, SqlClient.SqlClient> =>
  Effect.gen(function*() {
    const sql = yield* SqlClient.SqlClient
    const each = `CROSS JOIN generate_series(1, ${count}) AS n`
    const id = `lpad(n::text, 26, '0')`
    yield* sql.unsafe(`INSERT INTO outbox_recipient (message, address, domain, state)
      SELECT ${id}, address, domain, state FROM outbox_recipient ${each}`)
    yield* sql.unsafe(`INSERT INTO outbox_content (key, part, octets)
      SELECT ${id}, part, octets FROM outbox_content ${each}`)
    const same =
      "mailer, priority, state, created_at, due_at, give_up_after, give_up_at, attempts, fence, started_fence, " +
      "format, message_id, envelope, has_octets, size"
    yield* sql.unsafe(`INSERT INTO outbox_message (id, lane, rank, ${same})
      SELECT ${id}, n % 32, rank + n, ${same} FROM outbox_message ${each}`)
    yield* sql`VACUUM ANALYZE`
  }).pipe(Effect.mapError(fail))

/** Sends all that is due, by so many runners; `sampled`: how often each tells how far it is, in ms. */
export const drain = (
  sink: Sink,
  url: string,
  { runners = 1, sampled = 0, timeLimit = "5 minutes" }: {
    readonly runners?: number
    readonly sampled?: number
    readonly timeLimit?: Duration.DurationInput
  } = {}
): Effect.Effect<Drained, BenchError> =>
  Effect.map(
    Effect.forEach(
      Array.from({ length: runners }),
      () =>
        Children.ask(new URL("outboxProcess.js", import.meta.url), Run, {
          args: [url, sink.host, String(sink.port), String(connections), String(sampled)],
          timeLimit
        }),
      { concurrency: "unbounded" }
    ),
    (runs) => ({
      millis: Math.max(...runs.map(({ ended }) => ended)) - Math.min(...runs.map(({ began }) => began)),
      peak: Math.max(...runs.map(({ peak }) => peak)),
      cpu: runs.reduce((sum, { cpu }) => sum + cpu, 0),
      samples: runs.flatMap(({ samples }) => samples)
    })
  )
