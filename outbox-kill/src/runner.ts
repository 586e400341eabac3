/** A runner as a process of its own: it is given the database, the port of the server, and its connections. */
import { Smtp } from "@effect-mail/backends"
import { OutboxRunner, OutboxStore } from "@effect-mail/outbox"
import * as OutboxCluster from "@effect-mail/outbox/OutboxCluster"
import { NodeRuntime } from "@effect/platform-node"
import { SqlClient } from "@effect/sql"
import { Effect, FiberSet, Layer } from "effect"
import * as Database from "./Database.js"

const [url = "", port = "", connections = "8", lease = "5000", mode = "runner", unknown = "park"] = process.argv.slice(
  2
)

const settings = {
  connections: Number(connections),
  lease: Number(lease),
  poll: 500,
  retry: ["1 second", "2 seconds", "3 seconds"],
  stopWithin: "20 seconds",
  unknown: unknown === "resend" ? "resendAndRiskDuplicates" : "park",
  dialogue: Smtp.transcript
} as const

const work = mode === "cluster" ? OutboxCluster.layer(settings, OutboxCluster.quick) : OutboxRunner.layer(settings)

/** SQLite takes no more pages than it has, as on a disk that is full. */
const disk = Layer.scopedDiscard(Effect.gen(function*() {
  const sql = yield* SqlClient.SqlClient
  const run = yield* FiberSet.makeRuntime<never>()
  process.on("message", (state) => {
    run(Effect.ignoreLogged(sql.unsafe(`PRAGMA max_page_count = ${state === "full" ? 1 : 1_000_000_000}`)))
  })
}))

const client = Database.client(url, 6)

const program = Layer.merge(work, url.startsWith("postgres:") ? Layer.empty : disk).pipe(
  Layer.provide(
    Smtp.layer({ host: "127.0.0.1", port: Number(port), tls: "none", pool: { maxConnections: Number(connections) } })
  ),
  Layer.provide(OutboxStore.layerSql({ migrate: false })),
  Layer.provide(client),
  Layer.tap(() => Effect.sync(() => process.send?.("ready")))
)

NodeRuntime.runMain(Layer.launch(program))
