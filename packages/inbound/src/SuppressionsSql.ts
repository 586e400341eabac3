/**
 * Suppressions in a database, by `@effect/sql`: SQLite, Postgres or MySQL.
 *
 * @since 0.1.0
 */
import * as SqlClient from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Suppressions from "./Suppressions.js"

const Row = Schema.Struct({
  address: Schema.String,
  list: Schema.String,
  reason: Suppressions.Reason,
  at: Schema.Union(Schema.Number, Schema.NumberFromString)
})

const Count = Schema.Struct({ count: Schema.Union(Schema.Number, Schema.NumberFromString) })

/** Databases take no more than some thousand parameters. */
const mostAtOnce = 500

const failed = (operation: string) => <A, E>(effect: Effect.Effect<A, E>) =>
  Effect.mapError(effect, (cause) => new Suppressions.SuppressionsError({ operation, cause }))

/**
 * Creates the two tables where they are not there: `mail_suppressions` and `mail_soft_bounces`. Run it with your other
 * migrations, or at the start.
 *
 * @since 0.1.0
 * @category migrations
 */
export const createTables: Effect.Effect<void, SqlError, SqlClient.SqlClient> = Effect.gen(function*() {
  const sql = yield* SqlClient.SqlClient
  yield* sql`CREATE TABLE IF NOT EXISTS mail_suppressions (
    address VARCHAR(320) NOT NULL,
    list VARCHAR(200) NOT NULL,
    reason VARCHAR(20) NOT NULL,
    entered_at BIGINT NOT NULL,
    PRIMARY KEY (address, list)
  )`
  yield* sql.onDialectOrElse({
    mysql: () =>
      sql`CREATE TABLE IF NOT EXISTS mail_soft_bounces (
        address VARCHAR(320) NOT NULL, failed_at BIGINT NOT NULL, INDEX mail_soft_bounces_address (address)
      )`,
    orElse: () =>
      sql`CREATE TABLE IF NOT EXISTS mail_soft_bounces (address VARCHAR(320) NOT NULL, failed_at BIGINT NOT NULL)`.pipe(
        Effect.zipRight(sql`CREATE INDEX IF NOT EXISTS mail_soft_bounces_address ON mail_soft_bounces (address)`)
      )
  })
})

/**
 * A store over the client that is there. `createTables` makes its tables.
 *
 * @since 0.1.0
 * @category constructors
 */
export const store: Effect.Effect<Suppressions.Store, never, SqlClient.SqlClient> = Effect.map(
  SqlClient.SqlClient,
  (sql): Suppressions.Store => ({
    insert: ({ address, at, list, reason }) => {
      const values = sql`(${address}, ${list}, ${reason}, ${at.epochMillis})`
      return sql.onDialectOrElse({
        mysql: () => sql`INSERT IGNORE INTO mail_suppressions (address, list, reason, entered_at) VALUES ${values}`,
        orElse: () =>
          sql`INSERT INTO mail_suppressions (address, list, reason, entered_at) VALUES ${values} ON CONFLICT DO NOTHING`
      }).pipe(Effect.asVoid, failed("insert"))
    },
    remove: (address, list) =>
      sql`DELETE FROM mail_suppressions WHERE address = ${address} AND list = ${list}`.pipe(
        Effect.asVoid,
        failed("remove")
      ),
    select: (addresses) => {
      const pieces: Array<ReadonlyArray<string>> = []
      for (let i = 0; i < addresses.length; i += mostAtOnce) pieces.push(addresses.slice(i, i + mostAtOnce))
      return Effect.forEach(pieces, (piece) =>
        Effect.flatMap(
          sql`SELECT address, list, reason, entered_at AS at FROM mail_suppressions WHERE ${sql.in("address", piece)}`,
          Schema.decodeUnknown(Schema.Array(Row))
        )).pipe(
          Effect.map((found) => found.flat().map((row) => ({ ...row, at: DateTime.unsafeMake(row.at) }))),
          failed("select")
        )
    },
    countSoft: (address, at, since) =>
      Effect.gen(function*() {
        yield* sql`DELETE FROM mail_soft_bounces WHERE address = ${address} AND failed_at < ${since.epochMillis}`
        yield* sql`INSERT INTO mail_soft_bounces (address, failed_at) VALUES (${address}, ${at.epochMillis})`
        const rows = yield* sql`SELECT COUNT(*) AS count FROM mail_soft_bounces WHERE address = ${address}`
        const [first] = yield* Schema.decodeUnknown(Schema.Array(Count))(rows)
        return first?.count ?? 0
      }).pipe(sql.withTransaction, failed("countSoft"))
  })
)

/**
 * Provides the suppression list of a database. `createTables` makes its tables.
 *
 * @example
 * ```ts
 * import * as SuppressionsSql from "@effect-mail/inbound/SuppressionsSql"
 * import type { SqlClient } from "@effect/sql"
 * import { Layer } from "effect"
 *
 * const SuppressionsLive = (database: Layer.Layer<SqlClient.SqlClient>) =>
 *   SuppressionsSql.layer().pipe(
 *     Layer.provide(Layer.effectDiscard(SuppressionsSql.createTables)),
 *     Layer.provide(database)
 *   )
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (
  options: Suppressions.Options = {}
): Layer.Layer<Suppressions.Suppressions, never, SqlClient.SqlClient> =>
  Layer.effect(Suppressions.Suppressions, Effect.map(store, (store) => Suppressions.make(store, options)))
