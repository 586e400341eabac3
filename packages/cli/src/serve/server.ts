import { DevInbox } from "@effect-mail/testing"
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import type * as HttpApp from "@effect/platform/HttpApp"
import * as HttpMiddleware from "@effect/platform/HttpMiddleware"
import type * as HttpRouter from "@effect/platform/HttpRouter"
import * as HttpServer from "@effect/platform/HttpServer"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import { createServer, type Server } from "node:http"
import { Exit, type Failure, failure } from "../command/Command.js"
import { behindLogin, type Login } from "./login.js"

/** Without a host: on loopback, by IPv4 and by IPv6. */
export interface Options {
  readonly host: string | undefined
  readonly port: number
  readonly login: Login | undefined
}

/** Where it says that a port is taken, and what to do about it. */
export const portFailure = (port: number, option: string, code: string): Failure =>
  failure(
    Exit.failed,
    code === "EADDRINUSE"
      ? `Port ${port} is in use. Is it running already? Try --${option} ${port + 1}.`
      : code === "EACCES"
      ? `Port ${port} may not be used by this user. Try --${option} ${port < 1024 ? port + 8000 : port + 1}.`
      : `Port ${port} cannot be used: ${code}`
  )

const loopback = "127.0.0.1"

/**
 * The same server by IPv6: `localhost` may lead there. Fails with the code of the system where the port is taken, unless
 * any port would do; a machine without IPv6 is served by IPv4 alone.
 */
const alsoBy6 = (server: Server, port: number, isWanted: boolean): Effect.Effect<void, string, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.async<Server, string>((resume) => {
      const other = createServer((request, response) => server.emit("request", request, response))
      other.once(
        "error",
        (error: NodeJS.ErrnoException) =>
          resume(isWanted && error.code === "EADDRINUSE" ? Effect.fail(error.code) : Effect.succeed(other))
      )
      other.listen(port, "::1", () => resume(Effect.succeed(other)))
    }),
    (other) =>
      Effect.sync(() => {
        other.closeAllConnections()
        other.close()
      })
  )

/** Serves an app as long as the scope is open, and gives its address. */
export const serve = (
  app: HttpApp.Default<never, HttpRouter.HttpRouter.DefaultServices>,
  { host, login, port }: Options
): Effect.Effect<string, Failure, Scope.Scope> =>
  Effect.gen(function*() {
    const server = createServer()
    const unavailable = (code: string): Failure => portFailure(port, "http-port", code)
    const context = yield* Layer.build(NodeHttpServer.layer(() => server, { host: host ?? loopback, port })).pipe(
      Effect.mapError(({ cause }) =>
        unavailable(cause instanceof Error && "code" in cause ? String(cause.code) : String(cause))
      )
    )
    // A page that is open keeps its stream: without this the server would wait for it for ever.
    yield* Effect.addFinalizer(() => Effect.sync(() => server.closeAllConnections()))
    const provided: HttpApp.Default = Effect.provide(app, context)
    const guarded = login === undefined ? provided : behindLogin(provided, login)
    yield* Effect.provide(HttpServer.serveEffect(HttpMiddleware.withLoggerDisabled(guarded)), context)
    const address = server.address()
    const bound = address === null || typeof address === "string" ? port : address.port
    if (host === undefined) yield* Effect.mapError(alsoBy6(server, bound, port !== 0), unavailable)
    const shown = host ?? loopback
    return `http://${shown.includes(":") ? `[${shown}]` : shown}:${bound}`
  })

/** Serves the page of the inbox as long as the scope is open, and gives its address. */
export const servePage = (
  { allowHosts, ...options }: Options & { readonly allowHosts: ReadonlyArray<string> }
): Effect.Effect<string, Failure, DevInbox.DevInbox | Scope.Scope> =>
  Effect.flatMap(DevInbox.httpApp({ allowHosts }), (app) => serve(app, options))
