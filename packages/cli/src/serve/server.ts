import { DevInbox } from "@effect-mail/testing"
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import type * as HttpApp from "@effect/platform/HttpApp"
import * as HttpMiddleware from "@effect/platform/HttpMiddleware"
import type * as HttpRouter from "@effect/platform/HttpRouter"
import * as HttpServer from "@effect/platform/HttpServer"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import { createServer } from "node:http"
import { Exit, type Failure, failure } from "../command/Command.js"
import { behindLogin, type Login } from "./login.js"

export interface Options {
  readonly host: string
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

/** Serves an app as long as the scope is open, and gives its address. */
export const serve = (
  app: HttpApp.Default<never, HttpRouter.HttpRouter.DefaultServices>,
  { host, login, port }: Options
): Effect.Effect<string, Failure, Scope.Scope> =>
  Effect.gen(function*() {
    const server = createServer()
    const context = yield* Layer.build(NodeHttpServer.layer(() => server, { host, port })).pipe(
      Effect.mapError(({ cause }) =>
        portFailure(port, "http-port", cause instanceof Error && "code" in cause ? String(cause.code) : String(cause))
      )
    )
    // A page that is open keeps its stream: without this the server would wait for it for ever.
    yield* Effect.addFinalizer(() => Effect.sync(() => server.closeAllConnections()))
    const provided: HttpApp.Default = Effect.provide(app, context)
    const guarded = login === undefined ? provided : behindLogin(provided, login)
    yield* Effect.provide(HttpServer.serveEffect(HttpMiddleware.withLoggerDisabled(guarded)), context)
    const address = server.address()
    const bound = address === null || typeof address === "string" ? port : address.port
    return `http://${host.includes(":") ? `[${host}]` : host}:${bound}`
  })

/** Serves the page of the inbox as long as the scope is open, and gives its address. */
export const servePage = (
  { allowHosts, ...options }: Options & { readonly allowHosts: ReadonlyArray<string> }
): Effect.Effect<string, Failure, DevInbox.DevInbox | Scope.Scope> =>
  Effect.flatMap(DevInbox.httpApp({ allowHosts }), (app) => serve(app, options))
