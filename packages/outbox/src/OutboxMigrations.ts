/**
 * The tables of the outbox, for `@effect/sql`'s `Migrator`. `OutboxStore.layerSql` runs them by itself unless told not to.
 *
 * @since 0.1.0
 */
import * as Migrator from "@effect/sql/Migrator"
import * as SqlClient from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import * as Effect from "effect/Effect"
import * as Schema from "./internal/store/sql/schema.js"

/**
 * The migrations. Ids begin at 1, so that they need a table of their own: see `run`.
 *
 * @since 0.1.0
 * @category migrations
 */
export const loader = (prefix: string = "outbox_"): Migrator.Loader =>
  Effect.succeed([
    [
      1,
      "tables",
      Effect.succeed(
        Effect.flatMap(SqlClient.SqlClient, (sql) => Schema.create(sql, prefix))
      )
    ]
  ])

/**
 * Creates the tables and brings them up to date. Does nothing where they are. What ran is kept in the table
 * `<prefix>migrations`.
 *
 * @since 0.1.0
 * @category migrations
 */
export const run = (
  prefix: string = "outbox_"
): Effect.Effect<
  ReadonlyArray<readonly [id: number, name: string]>,
  Migrator.MigrationError | SqlError,
  SqlClient.SqlClient
> => Migrator.make({})({ loader: loader(prefix), table: `${prefix}migrations` })
