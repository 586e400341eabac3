/** A runner in a process of its own: sends what is due, and tells how long it took and how much memory it had. */
import { Smtp } from "@effect-mail/backends"
import { OutboxRunner, OutboxStore } from "@effect-mail/outbox"
import { Effect, Layer } from "effect"
import { endWithParent, tell } from "../harness/parent.js"
import { client } from "./outboxDatabase.js"

endWithParent()
const [url = "", host = "", port = "", connections = "16"] = process.argv.slice(2)
const maxConnections = Number(connections)

const live = Smtp.layer({ host, port: Number(port), tls: "none", pool: { maxConnections, maxMessages: 1e9 } }).pipe(
  Layer.merge(Layer.provide(OutboxStore.layerSql({ migrate: false }), client(url)))
)

let peak = 0
const watching = setInterval(() => {
  peak = Math.max(peak, process.memoryUsage.rss())
}, 50)
const began = Date.now()
const before = process.cpuUsage()
await Effect.runPromise(Effect.provide(OutboxRunner.drain({ connections: maxConnections }), live))
clearInterval(watching)
const { system, user } = process.cpuUsage(before)
await tell({ began, ended: Date.now(), peak, cpu: system + user })
// Idle connections of the database would keep the process alive.
process.exit()
