import { Smtp } from "@effect-mail/backends"
import { DevInbox } from "@effect-mail/testing"
import { HttpServer } from "@effect/platform"
import { NodeHttpServer } from "@effect/platform-node"
import { Console, Effect, Layer, Redacted } from "effect"
import { createServer } from "node:http"

const httpPort = 8025

/** An inbox that wants STARTTLS, and refuses `nobody@example.org`, as the local server does. */
const inbox = DevInbox.layerSmtp({
  tls: "starttls",
  rules: [{ kind: "refuse", pattern: "nobody@example.org", code: 550, text: "5.1.1 no such user here" }]
})

const backend = Layer.unwrapEffect(Effect.map(DevInbox.DevInbox, ({ smtp }) =>
  Smtp.layer({
    host: "localhost",
    port: smtp?.port,
    tls: "required",
    auth: { user: "shop", password: Redacted.make("correct horse battery staple") },
    certificates: { ca: smtp?.ca }
  })))

/** The page, on its usual port, or on any that is free. */
const servePage = Effect.gen(function*() {
  const app = yield* DevInbox.httpApp()
  const listen = (port: number) => {
    const server = createServer()
    return Effect.zipLeft(
      Layer.build(NodeHttpServer.layer(() => server, { port, host: "127.0.0.1" })),
      // A page that is open keeps its stream: without this the server would wait for it for ever.
      Effect.addFinalizer(() => Effect.sync(() => server.closeAllConnections()))
    )
  }
  const context = yield* Effect.orElse(listen(httpPort), () => listen(0))
  yield* Effect.provide(HttpServer.serveEffect(app), context)
  return yield* Effect.provide(
    HttpServer.addressWith((address) => Effect.succeed(address._tag === "TcpAddress" ? address.port : httpPort)),
    context
  )
})

/** Sends everything to an inbox, and leaves its page open until Ctrl-C. */
export const toInbox = <E, R>(
  send: Effect.Effect<void, E, R>
) =>
  Effect.gen(function*() {
    const port = yield* servePage
    yield* Console.log("Sending to an inbox, over STARTTLS, logged in\n")
    yield* Effect.provide(send, backend)
    const { length } = yield* DevInbox.list()
    yield* Console.log(`\n${length} messages are in the inbox: http://127.0.0.1:${port}\nCtrl-C ends it.`)
    return yield* Effect.never
  }).pipe(Effect.scoped, Effect.provide(inbox))
