/** The databases that are put to the tests: each test gets an empty one of its own. */
import * as PostgresServer from "@effect-mail/test-kit/PostgresServer"
import type { SqlClient } from "@effect/sql"
import { LibsqlClient } from "@effect/sql-libsql"
import { PgClient } from "@effect/sql-pg"
import { Context, Effect, Layer } from "effect"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

export class Database extends Context.Tag("test/Database")<Database, Layer.Layer<SqlClient.SqlClient, unknown>>() {}

/** A file: a transaction of this client is another connection, and so another database where that is in memory. */
const sqlite: Layer.Layer<Database> = Layer.succeed(
  Database,
  Layer.unwrapScoped(Effect.map(
    Effect.acquireRelease(
      Effect.sync(() => mkdtempSync(join(tmpdir(), "inbound-"))),
      (folder) => Effect.sync(() => rmSync(folder, { recursive: true }))
    ),
    (folder) => LibsqlClient.layer({ url: `file:${folder}/test.db` })
  ))
)

const postgres: Layer.Layer<Database, PostgresServer.PostgresError> = Layer.scoped(
  Database,
  Effect.map(PostgresServer.make({ isDurable: false }), (server) => {
    const client = (database: string) =>
      PgClient.layer({ host: "127.0.0.1", port: server.port, username: server.user, database, maxConnections: 5 })
    let count = 0
    return Layer.unwrapEffect(Effect.suspend(() => {
      const name = `test${count++}`
      return Effect.flatMap(PgClient.PgClient, (sql) => sql`CREATE DATABASE ${sql(name)}`).pipe(
        Effect.provide(client(server.database)),
        Effect.as(client(name))
      )
    }))
  })
)

export const databases: ReadonlyArray<readonly [name: string, Layer.Layer<Database, unknown>]> = [
  ["SQLite", sqlite],
  ...PostgresServer.isInstalled() ? [["PostgreSQL", postgres] as const] : []
]

/** Provides what is made of an empty database. */
export const on = <Out>(
  make: (database: Layer.Layer<SqlClient.SqlClient, unknown>) => Layer.Layer<Out, unknown>
): Layer.Layer<Out, unknown, Database> => Layer.unwrapEffect(Effect.map(Database, make))
