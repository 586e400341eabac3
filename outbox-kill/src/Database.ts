/** Where the outbox is: as a URL, so that the runners, which are processes of their own, find it. */
import { SqliteClient } from "@effect-mail/outbox"
import * as PostgresServer from "@effect-mail/test-kit/PostgresServer"
import type { SqlClient } from "@effect/sql"
import { PgClient } from "@effect/sql-pg"
import type { SqlError } from "@effect/sql/SqlError"
import type { ConfigError, Scope } from "effect"
import { Effect, Layer, Redacted } from "effect"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

export interface Database {
  readonly url: string
  /** Ends it without a warning, and starts it again, where it is a server. */
  readonly restart: Effect.Effect<void, PostgresServer.PostgresError> | undefined
}

export const postgres: Effect.Effect<Database, PostgresServer.PostgresError, Scope.Scope> = Effect.gen(function*() {
  yield* PostgresServer.install
  const { database, port, restart, user } = yield* PostgresServer.make()
  return { url: `postgres://${user}@127.0.0.1:${port}/${database}`, restart }
})

export const sqlite: Effect.Effect<Database, never, Scope.Scope> = Effect.map(
  Effect.acquireRelease(
    Effect.sync(() => mkdtempSync(join(tmpdir(), "effect-mail-outbox-"))),
    (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true }))
  ),
  (folder) => ({ url: join(folder, "outbox.db"), restart: undefined })
)

export const client = (
  url: string,
  maxConnections: number
): Layer.Layer<SqlClient.SqlClient, SqlError | ConfigError.ConfigError> =>
  url.startsWith("postgres:")
    ? PgClient.layer({ url: Redacted.make(url), maxConnections })
    : Layer.orDie(SqliteClient.layer({ filename: url }))
