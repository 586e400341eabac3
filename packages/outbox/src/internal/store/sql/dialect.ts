import type * as SqlClient from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import * as Stream from "effect/Stream"
import { OutboxError } from "../../../OutboxError.js"
import type { Transform } from "../../model/service.js"
import * as Procedure from "./turn/procedure.js"

/** What is chosen of a store. */
export interface Settings {
  readonly prefix: string
  readonly now: string | undefined
  readonly transform: Transform | undefined
}

/** The types that the columns of a list of values have. */
export type ColumnType = "text" | "bigint" | "integer"

/** A row as drivers give it. */
export type Row = Readonly<Record<string, unknown>>

/**
 * What differs between the databases, and the names of the tables.
 *
 * - `now`: the time of the database in ms since 1970, of the moment
 * - `instant`: the same, read once for the statement: an index can be searched for it
 * - `list`: a table of the objects in a JSON array, which is a parameter. PostgreSQL takes an array for 100 rows unless
 *   `rows` says how many it has, and reads a small table from end to end for so many
 * - `own`: the columns of the table that is changed, called `m`, as RETURNING names them
 * - `skipLocked`: what a query says that takes rows for itself, and leaves those that others took
 */
export interface Dialect {
  readonly sql: SqlClient.SqlClient
  readonly isPostgres: boolean
  readonly now: string
  readonly instant: string
  readonly message: string
  readonly recipient: string
  readonly attempt: string
  readonly content: string
  readonly part: string
  readonly staged: string
  readonly transform: Transform | undefined
  readonly mailer: string
  readonly channel: string
  readonly turn: string
  readonly list: (parameter: number, columns: Readonly<Record<string, ColumnType>>, rows?: number) => string
  readonly parameter: (number: number) => string
  readonly own: (columns: string) => string
  readonly skipLocked: string
  readonly query: (text: string, parameters?: ReadonlyArray<unknown>) => Effect.Effect<ReadonlyArray<Row>, SqlError>
}

const identifier = /^[a-z_][a-z0-9_]{0,30}$/

const databaseTime = {
  pg: "(extract(epoch from clock_timestamp()) * 1000)::bigint",
  sqlite: "CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)"
}

const make = (
  sql: SqlClient.SqlClient,
  isPostgres: boolean,
  { now = isPostgres ? databaseTime.pg : databaseTime.sqlite, prefix, transform }: Settings
): Dialect => ({
  sql,
  isPostgres,
  transform,
  now,
  instant: `(SELECT ${now})`,
  message: `${prefix}message`,
  recipient: `${prefix}recipient`,
  attempt: `${prefix}attempt`,
  content: `${prefix}content`,
  part: `${prefix}part`,
  staged: `${prefix}staged`,
  mailer: `${prefix}mailer`,
  channel: `${prefix}wake`,
  turn: Procedure.name(prefix),
  parameter: (number) => isPostgres ? `$${number}` : `?${number}`,
  own: (columns) => isPostgres ? columns.split(", ").map((column) => `m.${column}`).join(", ") : columns,
  list: (parameter, columns, rows) => {
    const names = Object.keys(columns)
    if (isPostgres) {
      const typed = Object.entries(columns).map(([name, type]) => `${name} ${type}`).join(", ")
      const limit = rows === undefined ? "" : ` LIMIT ${rows}`
      return `(SELECT * FROM json_to_recordset($${parameter}::json) AS list(${typed})${limit})`
    }
    const values = names.map((name) => `json_extract(value, '$.${name}') AS ${name}`).join(", ")
    return `(SELECT ${values} FROM json_each(?${parameter}))`
  },
  skipLocked: isPostgres ? " FOR UPDATE SKIP LOCKED" : "",
  query: (text, parameters = []) => sql.unsafe<Row>(text, parameters).withoutTransform
})

/**
 * Fails where the database is none that this knows, or the prefix is none.
 */
export const of = (
  sql: SqlClient.SqlClient,
  settings: Settings
): Effect.Effect<Dialect, OutboxError> => {
  const { prefix } = settings
  const refuse = (cause: string): Effect.Effect<Dialect, OutboxError> =>
    Effect.fail(new OutboxError({ operation: "open", isRefused: true, cause }))
  if (!identifier.test(prefix)) return refuse(`prefix: ${JSON.stringify(prefix)} is not the beginning of a name`)
  return sql.onDialectOrElse({
    pg: () => Effect.succeed(make(sql, true, settings)),
    sqlite: () => Effect.succeed(make(sql, false, settings)),
    orElse: () => refuse("the database is neither SQLite nor PostgreSQL")
  })
}

/** Codes of SQLSTATE that say that the connection, or the server, is going away. */
const isLost = (code: string): boolean => code.startsWith("08") || code.startsWith("57P")

/** A database that answers with a code of its own has refused: then nothing was changed. */
const isRefusal = (cause: unknown): boolean => {
  if (!Predicate.hasProperty(cause, "cause")) return false
  const inner = cause.cause
  if (!Predicate.hasProperty(inner, "code") || !Predicate.isString(inner.code)) return false
  return /^(?:SQLITE_|ERR_SQLITE_ERROR$)/.test(inner.code) || (/^[0-9A-Z]{5}$/.test(inner.code) && !isLost(inner.code))
}

const isSqlError = (error: unknown): error is SqlError => Predicate.isTagged(error, "SqlError")

/** Deadlocks and serialization failures: the database undid it, and asks for another try. */
const isWorthAnotherTry = ({ cause }: SqlError): boolean =>
  Predicate.hasProperty(cause, "code") && (cause.code === "40P01" || cause.code === "40001")

/**
 * Runs an operation of the store. A commit that fails is a defect of the client, and no less a failure of the operation.
 */
export const operation = <A, E = never>(
  name: string,
  self: Effect.Effect<A, SqlError | E>
): Effect.Effect<A, OutboxError | Exclude<E, SqlError>> =>
  self.pipe(
    Effect.retry({ times: 5, while: (error) => isSqlError(error) && isWorthAnotherTry(error) }),
    Effect.catchIf(isSqlError, (cause) =>
      Effect.fail(new OutboxError({ operation: name, isRefused: isRefusal(cause), cause }))),
    Effect.catchAllDefect((cause) =>
      Effect.fail(new OutboxError({ operation: name, isRefused: false, cause }))
    )
  )

/** The same for what is read bit by bit. */
export const streamed = <A>(
  name: string,
  self: Stream.Stream<A, SqlError | OutboxError>
): Stream.Stream<A, OutboxError> =>
  Stream.mapError(
    self,
    (error) =>
      isSqlError(error) ? new OutboxError({ operation: name, isRefused: isRefusal(error), cause: error }) : error
  )

export const text = (row: Row, column: string): string => String(row[column] ?? "")

/** Drivers give large integers as text. */
export const number = (row: Row, column: string): number => Number(row[column] ?? 0)

export const optionalText = (row: Row, column: string): string | undefined =>
  row[column] === null || row[column] === undefined ? undefined : String(row[column])

export const optionalNumber = (row: Row, column: string): number | undefined =>
  row[column] === null || row[column] === undefined ? undefined : Number(row[column])

export const octets = (row: Row, column: string): Uint8Array | undefined => {
  const value = row[column]
  return value instanceof Uint8Array ? value : value instanceof ArrayBuffer ? new Uint8Array(value) : undefined
}
