/**
 * Where messages are kept: the seam between the outbox and a database. `layerSql` keeps them in the database of the
 * program, on the connection and in the transaction of the caller; `layerMemory` is for tests.
 *
 * Every operation that a runner asks for carries a fence: a number that grows each time a message is claimed, so that who had
 * it before is refused. The time of leases is that of the store, never of the machine that asks.
 *
 * @since 0.1.0
 */
import type * as SqlClient from "@effect/sql/SqlClient"
import * as Context from "effect/Context"
import * as Layer from "effect/Layer"
import type { Service, Transform } from "./internal/model/service.js"
import * as Memory from "./internal/store/memory/store.js"
import * as Sql from "./internal/store/sql/store.js"
import type { OutboxError } from "./OutboxError.js"

export type {
  Claim,
  Claimed,
  Content,
  Hold,
  NewMessage,
  Reaped,
  Recorded,
  Retention,
  Service,
  Settled,
  Settlement,
  Staged,
  Starts,
  Transform,
  Turn
} from "./internal/model/service.js"

/**
 * @since 0.1.0
 * @category tags
 */
export class OutboxStore extends Context.Tag("@effect-mail/outbox/OutboxStore")<OutboxStore, Service>() {}

/**
 * A store in memory, for tests: its clock is `Clock`, and it knows no transactions. Nothing outlives the process.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerMemory: Layer.Layer<OutboxStore> = Layer.effect(OutboxStore, Memory.make)

/**
 * - `prefix`: of the names of the tables. Default: `outbox_`
 * - `migrate`: whether to create and update the tables when the layer is built. Default: `true`
 * - `now`: an SQL expression for the time in ms since 1970, for tests of what happens later. Default: the database's clock
 * - `transform`: how octets are kept, such as encrypted. Default: as they are
 *
 * @since 0.1.0
 * @category models
 */
export interface SqlOptions {
  readonly prefix?: string | undefined
  readonly migrate?: boolean | undefined
  readonly now?: string | undefined
  readonly transform?: Transform | undefined
}

/**
 * A store in the database of the program: SQLite or PostgreSQL. What is queued inside `SqlClient.withTransaction` is there if
 * and only if that transaction commits.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerSql = (options: SqlOptions = {}): Layer.Layer<OutboxStore, OutboxError, SqlClient.SqlClient> =>
  Layer.effect(OutboxStore, Sql.make(options))
