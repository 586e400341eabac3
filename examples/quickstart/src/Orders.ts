import { Outbox, OutboxStore, SqliteClient } from "@effect-mail/outbox"
import { ScriptedSmtpServer, SmtpScript } from "@effect-mail/testing"
import { SqlClient } from "@effect/sql"
import { Chunk, Console, Effect, Layer, Option, Stream } from "effect"
import { fork } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import * as Report from "./Report.js"

const shop = fileURLToPath(new URL("./shop.js", import.meta.url))

/** Runs the shop until it ends, and kills it without a warning when `isEnough` completes. Returns how it ended. */
const run = (filename: string, port: number, isEnough: Effect.Effect<unknown>): Effect.Effect<string> =>
  Effect.scoped(Effect.gen(function*() {
    const child = yield* Effect.acquireRelease(
      Effect.sync(() => fork(shop, [filename, String(port)], { stdio: ["ignore", "inherit", "inherit", "ipc"] })),
      (child) => Effect.sync(() => child.kill("SIGKILL"))
    )
    yield* Effect.forkScoped(Effect.andThen(isEnough, Effect.sync(() => child.kill("SIGKILL"))))
    return yield* Effect.async<string>((resume) => {
      child.once(
        "exit",
        (code, signal) => resume(Effect.succeed(signal === null ? `ended with ${code}` : `was killed (${signal})`))
      )
    })
  }))

const temporaryFolder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "effect-mail-shop-"))),
  (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true }))
)

const customer = (order: number): string => order === 8 ? "nobody@example.org" : `customer-${order}@example.org`

const fates = (copiesOf: (order: number) => number) =>
  Effect.gen(function*() {
    const sql = yield* SqlClient.SqlClient
    const outbox = yield* Outbox.Outbox
    const placed = new Set((yield* sql<{ id: number }>`SELECT id FROM orders`).map(({ id }) => id))
    const receipts = new Map(
      Chunk.toReadonlyArray(yield* Stream.runCollect(outbox.find())).map((
        { key, state }
      ) => [Option.getOrUndefined(key), state])
    )
    return Array.from({ length: 12 }, (_, i) => i + 1).map((id) =>
      [
        `order ${id}`,
        placed.has(id) ? "placed" : "rolled back",
        `receipt ${receipts.get(`receipt-${id}`) ?? "never queued"}`,
        `${copiesOf(id)} at the server`
      ] as const
    )
  })

/** Orders with their receipts, in a process that is killed in the middle and started again. */
export const demonstrate = Effect.scoped(Effect.gen(function*() {
  const filename = join(yield* temporaryFolder, "shop.db")
  const server = yield* ScriptedSmtpServer.make(SmtpScript.make({
    rules: [SmtpScript.on(
      { event: "RCPT", recipient: "nobody@example.org" },
      SmtpScript.reply(550, "5.1.1 no such user here")
    )]
  }))
  yield* Console.log(
    "\nA shop writes each order and its receipt in one transaction of SQLite. It is killed while it sends"
  )
  const first = yield* run(filename, server.port, server.awaitLedger(({ accepted }) => accepted.length >= 4))
  yield* Console.log(`  the shop ${first}; ${(yield* server.ledger).accepted.length} receipts were out`)
  const second = yield* run(filename, server.port, Effect.never)
  yield* Console.log(`  the shop was started again, and ${second}\n`)
  const { accepted } = yield* server.ledger
  const copiesOf = (order: number) => accepted.filter(({ to }) => to.includes(customer(order))).length
  const rows = yield* fates(copiesOf).pipe(
    Effect.provide(
      Outbox.layer.pipe(
        Layer.provideMerge(OutboxStore.layerSql({ migrate: false })),
        Layer.provideMerge(SqliteClient.layer({ filename }))
      )
    )
  )
  yield* Report.columns(["order", "transaction", "receipt", "copies"], rows)
  yield* Console.log(
    "\nA receipt that is unknown may have been sent when the shop died: it is left to a person, never sent twice."
  )
}))
