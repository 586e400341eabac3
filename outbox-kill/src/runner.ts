/** A runner as a process of its own: it is given the database, the port of the server, and its connections. */
import { Smtp } from "@effect-mail/backends"
import { OutboxRunner, OutboxStore } from "@effect-mail/outbox"
import * as OutboxCluster from "@effect-mail/outbox/OutboxCluster"
import { NodeRuntime } from "@effect/platform-node"
import { Effect, Layer } from "effect"
import * as Database from "./Database.js"

const [url = "", port = "", connections = "8", lease = "5000", mode = "runner"] = process.argv.slice(2)

const settings = {
  connections: Number(connections),
  lease: Number(lease),
  poll: 500,
  retry: ["1 second", "2 seconds", "3 seconds"],
  stopWithin: "20 seconds",
  dialogue: Smtp.transcript
} as const

const work = mode === "cluster" ? OutboxCluster.layer(settings, OutboxCluster.quick) : OutboxRunner.layer(settings)

const program = work.pipe(
  Layer.provide(
    Smtp.layer({ host: "127.0.0.1", port: Number(port), tls: "none", pool: { maxConnections: Number(connections) } })
  ),
  Layer.provide(OutboxStore.layerSql({ migrate: false })),
  Layer.provide(Database.client(url, 6)),
  Layer.tap(() => Effect.sync(() => process.send?.("ready")))
)

NodeRuntime.runMain(Layer.launch(program))
