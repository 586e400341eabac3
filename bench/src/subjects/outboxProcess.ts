/** A runner in a process of its own: sends what is due, and tells how long it took and how much memory it had. */
import { Smtp } from "@effect-mail/backends"
import { OutboxMetrics, OutboxRunner, OutboxStore } from "@effect-mail/outbox"
import { Effect, Layer, Metric } from "effect"
import { endWithParent, tell } from "../harness/parent.js"
import { client } from "./outboxDatabase.js"
import type { Sample } from "./outboxRuns.js"

endWithParent()
const [url = "", host = "", port = "", connections = "16", sampled = "0"] = process.argv.slice(2)
const maxConnections = Number(connections)

const live = Smtp.layer({ host, port: Number(port), tls: "none", pool: { maxConnections, maxMessages: 1e9 } }).pipe(
  Layer.merge(Layer.provide(OutboxStore.layerSql({ migrate: false }), client(url)))
)

const delivered = OutboxMetrics.attempts.pipe(
  Metric.tagged("outbox.mailer", "default"),
  Metric.tagged("outbox.state", "delivered")
)
const began = Date.now()
const before = process.cpuUsage()
let peak = 0
const samples: Array<Sample> = []
const watching = setInterval(() => {
  peak = Math.max(peak, process.memoryUsage.rss())
}, 50)
const sampling = Number(sampled) === 0 ? undefined : setInterval(() => {
  samples.push({
    seconds: (Date.now() - began) / 1000,
    settled: delivered.unsafeValue([]).count,
    resident: process.memoryUsage.rss()
  })
}, Number(sampled))
await Effect.runPromise(Effect.provide(OutboxRunner.drain({ connections: maxConnections }), live))
clearInterval(watching)
clearInterval(sampling)
const { system, user } = process.cpuUsage(before)
await tell({ began, ended: Date.now(), peak, cpu: system + user, samples })
// Idle connections of the database would keep the process alive.
process.exit()
