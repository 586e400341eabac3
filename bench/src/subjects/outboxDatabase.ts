/** The databases of the outbox, by a URL or the name of a file. */
import { SqliteClient } from "@effect-mail/outbox"
import type { SqlClient } from "@effect/sql"
import { PgClient } from "@effect/sql-pg"
import { Layer, Redacted } from "effect"

export const client = (url: string, maxConnections = 8): Layer.Layer<SqlClient.SqlClient> =>
  Layer.orDie<SqlClient.SqlClient, unknown, never>(
    url.startsWith("postgres:")
      ? PgClient.layer({ url: Redacted.make(url), maxConnections })
      : SqliteClient.layer({ filename: url })
  )
