/** The shop in development: http://127.0.0.1:3000, with its mail at http://127.0.0.1:3000/mail/. */
import { SqliteClient } from "@effect-mail/outbox"
import { DevInbox } from "@effect-mail/testing"
import { HttpApiBuilder, HttpServer } from "@effect/platform"
import { NodeHttpServer, NodeRuntime } from "@effect/platform-node"
import { Config, Effect, Layer } from "effect"
import { createServer } from "node:http"
import * as Delivery from "./Delivery.js"
import * as Payment from "./Payment.js"
import { ApiLive, RunnerLive } from "./Server.js"

const InboxLive = HttpApiBuilder.Router.use((router) =>
  Effect.flatMap(DevInbox.httpApp(), (inbox) => router.mountApp("/mail", inbox))
)

const ServerLive = Layer.unwrapEffect(Effect.map(
  Config.withDefault(Config.integer("PORT"), 3000),
  (port) => NodeHttpServer.layer(createServer, { host: "127.0.0.1", port })
))

const DatabaseLive = Layer.unwrapEffect(Effect.map(
  Config.withDefault(Config.nonEmptyString("DATABASE"), "shop.db"),
  (filename) => SqliteClient.layer({ filename })
))

HttpApiBuilder.serve().pipe(
  HttpServer.withLogAddress,
  Layer.provide(InboxLive),
  Layer.provide(RunnerLive.pipe(Layer.provide(Delivery.layerDevelopment))),
  Layer.provide(ApiLive),
  Layer.provide(Payment.layerTest),
  Layer.provide(DevInbox.layerSmtp()),
  Layer.provide(DatabaseLive),
  Layer.provide(ServerLive),
  Layer.launch,
  NodeRuntime.runMain
)
