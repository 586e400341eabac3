/** An inbox and its page on a free port of loopback. */
import { DevInbox } from "@effect-mail/testing"
import { HttpServer } from "@effect/platform"
import { NodeHttpServer } from "@effect/platform-node"
import { Effect, Layer } from "effect"
import { createServer } from "node:http"

/** Serves an inbox as long as the scope is open. Open streams do not keep it from ending. */
export const servedWith = (inbox: DevInbox.Service) =>
  Effect.gen(function*() {
    const app = yield* Effect.provideService(DevInbox.httpApp(), DevInbox.DevInbox, inbox)
    const server = createServer()
    const context = yield* Layer.build(NodeHttpServer.layer(() => server, { port: 0, host: "127.0.0.1" }))
    yield* Effect.addFinalizer(() => Effect.sync(() => server.closeAllConnections()))
    yield* Effect.provide(HttpServer.serveEffect(app), context)
    const { address } = yield* Effect.provide(HttpServer.HttpServer, context)
    const port = address._tag === "TcpAddress" ? address.port : 0
    return { inbox, url: `http://127.0.0.1:${port}` }
  })

export const served = Effect.flatMap(DevInbox.makeSmtp(), servedWith)
