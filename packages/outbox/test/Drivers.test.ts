import { SqliteClient } from "@effect-mail/outbox"
import { SqlClient } from "@effect/sql"
import { LibsqlClient } from "@effect/sql-libsql"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { cases } from "./StoreCases.js"
import * as Stores from "./Stores.js"

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "effect-mail-driver-"))),
  (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true }))
)

const libsqlClient = Layer.unwrapScoped(
  Effect.map(folder, (folder) => LibsqlClient.layer({ url: `file:${join(folder, "outbox.db")}` }))
)

describe("the contract by @effect/sql-libsql", () => {
  for (const [name, test] of Object.entries(cases)) {
    it.effect(name, () => Effect.provide(test, Layer.provideMerge(Stores.sql, libsqlClient)), 60_000)
  }
})

describe("two clients of one file", () => {
  it.scoped("wait for each other", () =>
    Effect.gen(function*() {
      const filename = join(yield* folder, "shared.db")
      const one = yield* Layer.build(SqliteClient.layer({ filename }))
      const two = yield* Layer.build(SqliteClient.layer({ filename }))
      const sql = SqlClient.SqlClient
      const write = Effect.flatMap(sql, (sql) => sql.withTransaction(sql`INSERT INTO t VALUES (1)`))
      yield* Effect.provide(Effect.flatMap(sql, (sql) => sql`CREATE TABLE t (x INTEGER)`), one)
      yield* Effect.forEach(
        Array.from({ length: 20 }),
        (_, i) => Effect.provide(write, i % 2 === 0 ? one : two),
        { concurrency: "unbounded", discard: true }
      )
      const rows = yield* Effect.provide(Effect.flatMap(sql, (sql) => sql`SELECT x FROM t`), two)
      assert.strictEqual(rows.length, 20)
    }), 60_000)
})
