/** The outbox of a database that is there: nothing is created, and no table is changed. */
import * as Outbox from "@effect-mail/outbox/Outbox"
import * as OutboxStore from "@effect-mail/outbox/OutboxStore"
import * as SqliteClient from "@effect-mail/outbox/SqliteClient"
import type * as SqlClient from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import { statSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { Exit, type Failure, failure, type Given, type Option, wrongUse } from "../command/Command.js"
import { visible } from "../terminal/visible.js"

/** Which database, of which every command of the outbox has to know. */
export const databaseOptions: ReadonlyArray<Option> = [
  {
    name: "database",
    value: "URL",
    meaning: "a file of SQLite, or postgres://user@host/name; with a password only in OUTBOX_URL",
    default: "OUTBOX_URL"
  },
  { name: "prefix", value: "TEXT", meaning: "how the names of the tables begin", default: "outbox_" }
]

const codeOf = (cause: unknown): string => {
  if (!Predicate.hasProperty(cause, "code") || typeof cause.code !== "string") {
    return Predicate.hasProperty(cause, "cause") ? codeOf(cause.cause) : ""
  }
  return cause.code
}

const reasonOf = (cause: unknown): string =>
  Predicate.hasProperty(cause, "cause") && cause.cause instanceof Error
    ? reasonOf(cause.cause)
    : cause instanceof Error
    ? cause.message
    : String(cause)

const isMissing = (cause: unknown): boolean =>
  /^(?:ERR_MODULE_NOT_FOUND|MODULE_NOT_FOUND|ERR_UNKNOWN_BUILTIN_MODULE)$/.test(codeOf(cause))

/** What the database said, and what to do. It never holds the password. */
const connectionFailure = (shown: string, cause: unknown): Failure => {
  const code = codeOf(cause)
  const said = visible(reasonOf(cause))
  if (code === "28P01" || code === "28000") return failure(Exit.noLogin, `${shown} refused the login: ${said}`)
  if (/not a database/.test(said)) return failure(Exit.failed, `${shown} is no database of SQLite.`)
  if (code === "3D000") return failure(Exit.failed, `There is no such database: ${shown}`)
  return failure(Exit.noConnection, `${shown} cannot be reached: ${said === "" ? code : said}`)
}

const notInstalled = (what: string, name: string): Failure =>
  failure(
    Exit.failed,
    `${what} needs the package ${name}, which is not installed beside effect-mail. Install both: ` +
      `npm install effect-mail ${name}; or for once: npx -p effect-mail -p ${name} effect-mail outbox ...`
  )

const sqlite = (path: string): Effect.Effect<Layer.Layer<SqlClient.SqlClient, Failure>, Failure> => {
  const shown = visible(path)
  // SQLite would create what is not there.
  if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true) {
    return Effect.fail(
      failure(Exit.noConnection, `There is no file ${shown}. The database is made by the program that queues.`)
    )
  }
  return Effect.succeed(
    Layer.mapError(
      SqliteClient.layer({ filename: path }),
      (error: SqlError) =>
        isMissing(error) ? notInstalled("SQLite on Node before 22.5", "libsql") : connectionFailure(shown, error)
    )
  )
}

const postgres = (url: URL): Effect.Effect<Layer.Layer<SqlClient.SqlClient, Failure>, Failure> => {
  const shown = `${url.protocol}//${visible(url.host)}${visible(url.pathname)}`
  return Effect.map(
    // The driver is loaded here, by the client around it.
    Effect.tryPromise({
      try: () => import("@effect/sql-pg/PgClient"),
      catch: (cause) => isMissing(cause) ? notInstalled("PostgreSQL", "pg") : connectionFailure(shown, cause)
    }),
    (PgClient) =>
      Layer.mapError(
        PgClient.layer({
          url: Redacted.make(url.href),
          maxConnections: 4,
          applicationName: "effect-mail",
          connectTimeout: "10 seconds"
        }),
        (error) => connectionFailure(shown, error)
      )
  )
}

const client = (given: Given): Effect.Effect<Layer.Layer<SqlClient.SqlClient, Failure>, Failure> => {
  const option = given.text("database")
  const written = option ?? process.env["OUTBOX_URL"] ?? ""
  if (written === "") {
    return Effect.fail(wrongUse(
      "Which database? Give --database shop.db, or set OUTBOX_URL=postgres://user:password@host/name"
    ))
  }
  // A drive of Windows is no scheme.
  if (!/^[a-z][a-z0-9+.-]+:/i.test(written)) return sqlite(written)
  if (!URL.canParse(written)) return Effect.fail(wrongUse("The database is neither a path nor a URL that can be read."))
  const url = new URL(written)
  switch (url.protocol) {
    case "postgres:":
    case "postgresql:":
      return option !== undefined && (url.password !== "" || url.searchParams.has("password"))
        ? Effect.fail(wrongUse(
          "A password on a command line can be read by every process. Set OUTBOX_URL to that address instead."
        ))
        : postgres(url)
    case "file:":
      return url.host === ""
        ? sqlite(fileURLToPath(url))
        : Effect.fail(wrongUse("file: wants a path: file:///srv/shop.db"))
    case "sqlite:":
      return sqlite(decodeURIComponent(written.replace(/^sqlite:(?:\/\/(?=\/))?/i, "")))
    default:
      return Effect.fail(wrongUse(
        `The scheme of the database is none of sqlite:, file:, postgres: ${JSON.stringify(url.protocol)}`
      ))
  }
}

/** What an operation of the outbox failed with. */
export const operationFailure = (error: { readonly message: string; readonly cause?: unknown }): Failure => {
  const said = reasonOf(error.cause)
  if (/no such table|does not exist/.test(said)) {
    return failure(
      Exit.failed,
      `This database has no outbox: ${
        visible(said)
      }. Is it the right one, and --prefix? The program that queues makes the tables.`
    )
  }
  const code = codeOf(error.cause)
  return /^(?:ECONN|ENOTFOUND|EAI_|ETIMEDOUT|28P01|28000|3D000)/.test(code)
    ? connectionFailure("The database", error.cause)
    : failure(Exit.failed, visible(`${error.message} ${said}`.trim()))
}

/** The outbox of `--database`, or of OUTBOX_URL. */
export const outboxOf = (given: Given): Effect.Effect<Layer.Layer<Outbox.Outbox, Failure>, Failure> =>
  Effect.map(client(given), (sql) => {
    const store = OutboxStore.layerSql({ prefix: given.text("prefix") ?? "outbox_", migrate: false })
    return Outbox.layer.pipe(
      Layer.provide(Layer.mapError(store, (error) => wrongUse(visible(`--prefix: ${reasonOf(error.cause)}`)))),
      Layer.provide(sql)
    )
  })
