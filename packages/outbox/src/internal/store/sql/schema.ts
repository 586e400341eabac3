import type * as SqlClient from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import * as Effect from "effect/Effect"
import * as Procedure from "./turn/procedure.js"

/** Times are in ms since 1970, in one type for all databases. */
const statements = (prefix: string, isPostgres: boolean): ReadonlyArray<string> => {
  // The order of ids is that of their octets, and finding one takes no rules of a language.
  const id = isPostgres ? "TEXT COLLATE \"C\"" : "TEXT"
  const octets = isPostgres ? "BYTEA" : "BLOB"
  const ordinary = isPostgres ? "" : " WITHOUT ROWID"
  const message = `${prefix}message`
  return [
    `CREATE TABLE ${message} (
      id ${id} NOT NULL PRIMARY KEY, idem_key TEXT, mailer TEXT NOT NULL, lane INTEGER NOT NULL,
      priority INTEGER NOT NULL, rank BIGINT NOT NULL, state TEXT NOT NULL,
      created_at BIGINT NOT NULL, due_at BIGINT NOT NULL, give_up_after BIGINT NOT NULL, give_up_at BIGINT NOT NULL,
      settled_at BIGINT, attempts INTEGER NOT NULL, fence BIGINT NOT NULL, started_fence BIGINT NOT NULL,
      owner TEXT, lease_until BIGINT, reason TEXT, last_error TEXT, trace TEXT,
      tenant TEXT, format INTEGER NOT NULL, message_id TEXT NOT NULL, envelope TEXT, annotations TEXT,
      has_octets INTEGER NOT NULL, size BIGINT NOT NULL)`,
    `CREATE TABLE ${prefix}recipient (
      message ${id} NOT NULL, address TEXT NOT NULL, domain TEXT NOT NULL, state TEXT NOT NULL,
      code INTEGER, enhanced TEXT, reply TEXT, PRIMARY KEY (message, address))${ordinary}`,
    `CREATE TABLE ${prefix}attempt (
      message ${id} NOT NULL, fence BIGINT NOT NULL, owner TEXT NOT NULL, started_at BIGINT, ended_at BIGINT,
      outcome TEXT, detail TEXT, PRIMARY KEY (message, fence))${ordinary}`,
    `CREATE TABLE ${prefix}content (
      key ${id} NOT NULL, part INTEGER NOT NULL, octets ${octets}, hash TEXT, PRIMARY KEY (key, part))`,
    `CREATE TABLE ${prefix}part (hash TEXT NOT NULL PRIMARY KEY, octets ${octets} NOT NULL)`,
    `CREATE TABLE ${prefix}staged (id ${id} NOT NULL PRIMARY KEY, created_at BIGINT NOT NULL)`,
    `CREATE TABLE ${prefix}mailer (
      name TEXT NOT NULL PRIMARY KEY, paused_until BIGINT NOT NULL, reason TEXT NOT NULL)`,
    // Messages without a key are in no index of keys: every change of a row costs each index that it is in.
    `CREATE UNIQUE INDEX ${prefix}keyed ON ${message} (idem_key) WHERE idem_key IS NOT NULL`,
    `CREATE INDEX ${prefix}queued ON ${message} (mailer, rank, id) WHERE state = 'queued'`,
    `CREATE INDEX ${prefix}queued_lane ON ${message} (mailer, lane, rank, id) WHERE state = 'queued'`,
    `CREATE INDEX ${prefix}scheduled ON ${message} (due_at) WHERE state = 'scheduled'`,
    `CREATE INDEX ${prefix}given_up ON ${message} (give_up_at) WHERE state IN ('queued', 'scheduled')`,
    `CREATE INDEX ${prefix}leased ON ${message} (lease_until) WHERE state IN ('claimed', 'sending')`,
    `CREATE INDEX ${prefix}settled ON ${message} (settled_at, id) WHERE settled_at IS NOT NULL`,
    `CREATE INDEX ${prefix}troubled ON ${message} (state, id) WHERE state IN ('failed', 'unknown')`,
    `CREATE INDEX ${prefix}shared ON ${prefix}content (hash) WHERE hash IS NOT NULL`,
    `CREATE INDEX ${prefix}tenants ON ${message} (tenant, id) WHERE tenant IS NOT NULL`,
    `CREATE INDEX ${prefix}addressed ON ${prefix}recipient (address)`,
    ...isPostgres ? [Procedure.create(prefix)] : []
  ]
}

export const create = (sql: SqlClient.SqlClient, prefix: string): Effect.Effect<void, SqlError> => {
  const isPostgres = sql.onDialectOrElse({ pg: () => true, orElse: () => false })
  return Effect.forEach(statements(prefix, isPostgres), (statement) => sql.unsafe(statement), { discard: true })
}
