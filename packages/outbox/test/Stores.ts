/** The stores that are put to the tests, each with a clock that a test can set forward. */
import { OutboxStore, SqliteClient } from "@effect-mail/outbox"
import * as PostgresServer from "@effect-mail/test-kit/PostgresServer"
import { SqlClient } from "@effect/sql"
import { PgClient } from "@effect/sql-pg"
import type { SqlError } from "@effect/sql/SqlError"
import type { ConfigError } from "effect"
import { Context, Effect, Layer, Random, TestClock } from "effect"

/** Lets time pass, in ms. */
export class Time extends Context.Tag("test/Time")<Time, {
  readonly pass: (ms: number) => Effect.Effect<void>
}>() {}

/** Runs an effect in a transaction, where the store knows any, and rolls it back. */
export class Sql extends Context.Tag("test/Sql")<Sql, SqlClient.SqlClient>() {}

export const memory: Layer.Layer<OutboxStore.OutboxStore | Time> = Layer.merge(
  OutboxStore.layerMemory,
  Layer.succeed(Time, { pass: (ms) => TestClock.adjust(ms) })
)

/** Each test has tables of its own, and a table that says what time it is. */
export const sql: Layer.Layer<OutboxStore.OutboxStore | Time, never, SqlClient.SqlClient> = Layer.unwrapEffect(
  Effect.gen(function*() {
    const client = yield* SqlClient.SqlClient
    const prefix = `t${(yield* Random.nextIntBetween(0, 2 ** 40)).toString(36)}_`
    yield* client.unsafe(`CREATE TABLE ${prefix}clock (ms BIGINT NOT NULL)`)
    yield* client.unsafe(`INSERT INTO ${prefix}clock VALUES (1000000000000)`)
    const time = Layer.succeed(Time, {
      pass: (ms) => Effect.orDie(Effect.asVoid(client.unsafe(`UPDATE ${prefix}clock SET ms = ms + ${Math.round(ms)}`)))
    })
    const store = OutboxStore.layerSql({ prefix, now: `(SELECT ms FROM ${prefix}clock)` })
    return Layer.merge(time, Layer.orDie(store))
  }).pipe(Effect.orDie)
)

export const sqlite: Layer.Layer<OutboxStore.OutboxStore | Time | SqlClient.SqlClient, SqlError> = Layer.provideMerge(
  sql,
  SqliteClient.layer({ filename: ":memory:" })
)

export const postgresClient: Layer.Layer<
  SqlClient.SqlClient,
  SqlError | ConfigError.ConfigError | PostgresServer.PostgresError
> = Layer.unwrapScoped(
  Effect.map(
    PostgresServer.make({ isDurable: false }),
    ({ database, port, user }) =>
      PgClient.layer({ host: "127.0.0.1", port, database, username: user, maxConnections: 10 })
  )
)
