/**
 * A client of `@effect/sql` for SQLite that installs without a compiler: over `node:sqlite` where Node has it (22.5 and later),
 * and over the package `libsql` elsewhere, whose binaries come from npm.
 *
 * One connection, in WAL, with `synchronous = FULL`: what was committed survives a loss of power. Several processes may use
 * one file on a local disk; each waits for the others. Transactions begin with BEGIN IMMEDIATE, so that none fails halfway
 * because another process wrote.
 *
 * @since 0.1.0
 */
import * as Reactivity from "@effect/experimental/Reactivity"
import * as Client from "@effect/sql/SqlClient"
import type { Connection } from "@effect/sql/SqlConnection"
import { SqlError } from "@effect/sql/SqlError"
import * as Statement from "@effect/sql/Statement"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as Binding from "./internal/sqlite/binding.js"
import * as Database from "./internal/sqlite/database.js"

/**
 * - `filename`: of the database, or `:memory:`
 * - `binding`: which one to use. Default: `node:sqlite`, and `libsql` where there is none
 * - `busyTimeout`: how long a statement waits for another process. The whole process waits with it. Default: 5 seconds
 * - `synchronous`: `"NORMAL"` may lose the last commits with the power. Default: `"FULL"`
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  readonly filename: string
  readonly binding?: "node:sqlite" | "libsql" | undefined
  readonly busyTimeout?: Duration.DurationInput | undefined
  readonly synchronous?: "FULL" | "NORMAL" | undefined
}

const failed = (message: string) => (cause: unknown) => new SqlError({ cause, message })

const open = ({ binding, filename }: Options): Effect.Effect<Database.Database, SqlError> => {
  const by = (name: "node:sqlite" | "libsql") =>
    Effect.tryPromise({
      try: () => Binding.open[name](filename),
      catch: failed(`SQLite could not be opened by ${name}. On Node before 22.5, install libsql`)
    })
  return binding === undefined ? Effect.orElse(by("node:sqlite"), () => by("libsql")) : by(binding)
}

/** A database that cannot go on, because the disk is full for instance, ends the transaction itself. */
const isRolledBack = (sql: string, { cause }: SqlError): boolean =>
  sql === "ROLLBACK" && cause instanceof Error && cause.message.includes("no transaction is active")

const connection = (database: Database.Database): Connection => {
  const prepare = Database.prepared(database)
  const all = (sql: string, parameters: ReadonlyArray<unknown>): Effect.Effect<ReadonlyArray<object>, SqlError> =>
    Effect.try({
      try: () =>
        prepare(sql).all(...parameters.map(Database.parameter))
          .flatMap((row) => typeof row === "object" && row !== null ? [row] : []),
      catch: failed("Failed to execute statement")
    }).pipe(Effect.catchIf((error) => isRolledBack(sql, error), () => Effect.succeed([])))
  return {
    execute: (sql, parameters, transformRows) =>
      transformRows === undefined ? all(sql, parameters) : Effect.map(all(sql, parameters), transformRows),
    executeRaw: all,
    executeValues: (sql, parameters) =>
      Effect.map(all(sql, parameters), (rows) => rows.map((row) => Object.values(row))),
    executeUnprepared: (sql, parameters, transformRows) =>
      transformRows === undefined ? all(sql, parameters) : Effect.map(all(sql, parameters), transformRows),
    executeStream: (sql, parameters, transformRows) =>
      Stream.fromIterableEffect(
        transformRows === undefined ? all(sql, parameters) : Effect.map(all(sql, parameters), transformRows)
      )
  }
}

/**
 * Opens the database for as long as the scope is open.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  options: Options
): Effect.Effect<Client.SqlClient, SqlError, Scope.Scope | Reactivity.Reactivity> =>
  Effect.gen(function*() {
    const { busyTimeout = "5 seconds", synchronous = "FULL" } = options
    const database = yield* Effect.acquireRelease(open(options), (opened) => Effect.sync(() => opened.close()))
    yield* Effect.try({
      try: () => {
        database.exec(`PRAGMA busy_timeout = ${Math.trunc(Duration.toMillis(busyTimeout))}`)
        database.exec("PRAGMA journal_mode = WAL")
        database.exec(`PRAGMA synchronous = ${synchronous}`)
      },
      catch: failed("SQLite could not be set up")
    })
    const permits = yield* Effect.makeSemaphore(1)
    const only = connection(database)
    // A statement has the connection for itself, and so has a transaction until it ends.
    const acquirer = Effect.uninterruptibleMask((restore) =>
      Effect.as(Effect.zipRight(restore(permits.take(1)), Effect.addFinalizer(() => permits.release(1))), only)
    )
    return yield* Client.make({
      acquirer,
      transactionAcquirer: acquirer,
      compiler: Statement.makeCompilerSqlite(),
      beginTransaction: "BEGIN IMMEDIATE",
      spanAttributes: [["db.system.name", "sqlite"]]
    })
  })

/**
 * @example
 * ```ts
 * import { OutboxStore, SqliteClient } from "@effect-mail/outbox"
 * import { Layer } from "effect"
 *
 * const StoreLive = Layer.provide(OutboxStore.layerSql(), SqliteClient.layer({ filename: "shop.db" }))
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (options: Options): Layer.Layer<Client.SqlClient, SqlError> =>
  Layer.scopedContext(Effect.map(make(options), (client) => Context.make(Client.SqlClient, client))).pipe(
    Layer.provide(Reactivity.layer)
  )
