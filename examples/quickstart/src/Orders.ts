import { Outbox, OutboxStore, SqliteClient } from "@effect-mail/outbox"
import * as IndependentSmtpServer from "@effect-mail/test-kit/IndependentSmtpServer"
import { SqlClient } from "@effect/sql"
import { Chunk, Console, Effect, Layer, Option, Stream } from "effect"
import { fork } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import * as Report from "./Report.js"

const shop = fileURLToPath(new URL("./shop.js", import.meta.url))

/** Runs the shop to its end, or kills it without a warning when this says so. Gives how it ended. */
const run = (filename: string, port: number, isEnough: () => boolean): Effect.Effect<string> =>
  Effect.async<string>((resume) => {
    const child = fork(shop, [filename, String(port)], { stdio: ["ignore", "inherit", "inherit", "ipc"] })
    const watching = setInterval(() => isEnough() && child.kill("SIGKILL"), 2)
    child.once("exit", (code, signal) => {
      clearInterval(watching)
      resume(Effect.succeed(signal === null ? `ended with ${code}` : `was killed (${signal})`))
    })
    return Effect.sync(() => child.kill("SIGKILL"))
  })

const temporaryFolder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "effect-mail-shop-"))),
  (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true }))
)

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
export const demonstrate: Effect.Effect<void, unknown> = Effect.scoped(Effect.gen(function*() {
  const filename = join(yield* temporaryFolder, "shop.db")
  const server = yield* IndependentSmtpServer.make({
    refuse: { recipients: { "nobody@example.org": [550, "5.1.1 no such user here"] } }
  })
  const copiesOf = (order: number) =>
    server.received.filter(({ to }) =>
      to.includes(order === 8 ? "nobody@example.org" : `customer-${order}@example.org`)
    ).length
  yield* Console.log(
    "\nA shop writes each order and its receipt in one transaction of SQLite. It is killed while it sends"
  )
  const first = yield* run(filename, server.port, () => server.received.length >= 4)
  yield* Console.log(`  the shop ${first}; ${server.received.length} receipts were out`)
  const second = yield* run(filename, server.port, () => false)
  yield* Console.log(`  the shop was started again, and ${second}\n`)
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
