/** An inbox and its page on a free port of loopback. */
import { DevInbox } from "@effect-mail/testing"
import { HttpServer } from "@effect/platform"
import { NodeHttpServer } from "@effect/platform-node"
import { Effect, Layer } from "effect"
import { createServer } from "node:http"

/** Serves the inbox of the context as long as the scope is open. Open streams do not keep it from ending. */
const serve = Effect.gen(function*() {
  const inbox = yield* DevInbox.DevInbox
  const app = yield* DevInbox.httpApp()
  const server = createServer()
  const context = yield* Layer.build(NodeHttpServer.layer(() => server, { port: 0, host: "127.0.0.1" }))
  yield* Effect.addFinalizer(() => Effect.sync(() => server.closeAllConnections()))
  yield* Effect.provide(HttpServer.serveEffect(app), context)
  const { address } = yield* Effect.provide(HttpServer.HttpServer, context)
  const port = address._tag === "TcpAddress" ? address.port : 0
  return { inbox, url: `http://127.0.0.1:${port}` }
})

export const served = Effect.gen(function*() {
  const context = yield* Layer.build(DevInbox.layerSmtp())
  return yield* Effect.provide(serve, context)
})
