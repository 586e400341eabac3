/**
 * What webhooks were taken, in a database by `@effect/sql`: SQLite, Postgres or MySQL. It holds hashes of ids, and no address.
 *
 * @since 0.1.0
 */
import * as SqlClient from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Random from "effect/Random"
import * as Schema from "effect/Schema"
import * as ReplayGuard from "./ReplayGuard.js"

const Row = Schema.Struct({
  owner: Schema.String,
  done: Schema.Union(Schema.Number, Schema.NumberFromString)
})

const failed = (operation: string) => <A, E>(effect: Effect.Effect<A, E>) =>
  Effect.mapError(effect, (cause) => new ReplayGuard.ReplayGuardError({ operation, cause }))

/**
 * Creates the table `mail_webhooks` where it is not there. Run it with your other migrations, or at the start.
 *
 * @since 0.1.0
 * @category migrations
 */
export const createTables: Effect.Effect<void, SqlError, SqlClient.SqlClient> = Effect.flatMap(
  SqlClient.SqlClient,
  (sql) =>
    Effect.asVoid(sql`CREATE TABLE IF NOT EXISTS mail_webhooks (
      id VARCHAR(64) NOT NULL PRIMARY KEY,
      owner VARCHAR(40) NOT NULL,
      done SMALLINT NOT NULL,
      kept_until BIGINT NOT NULL
    )`)
)

const word = Effect.map(Random.nextIntBetween(0, 2 ** 31), (number) => number.toString(36))

/**
 * A guard over the client that is there. `createTables` makes its table. What is no longer kept is deleted with each claim.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make: Effect.Effect<ReplayGuard.Service, never, SqlClient.SqlClient> = Effect.map(
  SqlClient.SqlClient,
  (sql): ReplayGuard.Service => ({
    claim: (id, now, until) =>
      Effect.gen(function*() {
        const owner = yield* Effect.map(Effect.all([word, word, word]), (words) => `${now}.${words.join("")}`)
        const values = sql`(${id}, ${owner}, 0, ${until})`
        yield* sql`DELETE FROM mail_webhooks WHERE kept_until <= ${now}`
        // Databases do not agree on how to tell whether a row was inserted: the owner tells it on all of them.
        yield* sql.onDialectOrElse({
          mysql: () => sql`INSERT IGNORE INTO mail_webhooks (id, owner, done, kept_until) VALUES ${values}`,
          orElse: () =>
            sql`INSERT INTO mail_webhooks (id, owner, done, kept_until) VALUES ${values} ON CONFLICT DO NOTHING`
        })
        const rows = yield* sql`SELECT owner, done FROM mail_webhooks WHERE id = ${id}`
        const [row] = yield* Schema.decodeUnknown(Schema.Array(Row))(rows)
        return row === undefined ? "Pending" : row.owner === owner ? "New" : row.done === 0 ? "Pending" : "Done"
      }).pipe(failed("claim")),
    done: (id, until) =>
      sql`UPDATE mail_webhooks SET done = 1, kept_until = ${until} WHERE id = ${id}`.pipe(
        Effect.asVoid,
        failed("done")
      ),
    release: (id) => sql`DELETE FROM mail_webhooks WHERE id = ${id}`.pipe(Effect.asVoid, failed("release"))
  })
)

/**
 * Keeps the deliveries in the database for receivers that are made with this layer.
 *
 * @example
 * ```ts
 * import { Webhook } from "@effect-mail/inbound"
 * import * as ReplayGuardSql from "@effect-mail/inbound/ReplayGuardSql"
 * import type { SqlClient } from "@effect/sql"
 * import { Effect, type Layer, Redacted } from "effect"
 *
 * const receiver = (database: Layer.Layer<SqlClient.SqlClient>) =>
 *   Webhook.mailgun({ signingKey: Redacted.make("...") }).pipe(
 *     Effect.provide(ReplayGuardSql.layer),
 *     Effect.provide(database)
 *   )
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<ReplayGuard.ReplayGuard, never, SqlClient.SqlClient> = Layer.effect(
  ReplayGuard.ReplayGuard,
  make
)
