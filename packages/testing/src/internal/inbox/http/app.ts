import * as HttpApiBuilder from "@effect/platform/HttpApiBuilder"
import type * as HttpApp from "@effect/platform/HttpApp"
import type * as HttpRouter from "@effect/platform/HttpRouter"
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import { DevInboxApi } from "../../../DevInboxApi.js"
import type { Service } from "../service.js"
import { handlers } from "./api.js"
import { docsRoutes } from "./docs.js"
import { eventRoutes } from "./events.js"
import { fileRoutes } from "./files.js"
import { guarded } from "./guard.js"
import { mailpitRoutes } from "./mailpit/routes.js"
import { pageRoutes } from "./page.js"

/** A request body may have so many octets. */
const maxBody = 5 * 1024 * 1024

const broken = HttpServerResponse.text("The inbox has a fault; its log says more.\n", { status: 500 })

const notFound = HttpServerResponse.text("There is nothing at this address.\n", { status: 404 })

const unreadable = HttpServerResponse.text("This request cannot be read, or has more than 5 MB.\n", { status: 400 })

/** What is answered where no route has an answer. Only what is a mistake of the inbox is logged. */
const answerOf = (cause: Cause.Cause<unknown>): Effect.Effect<HttpServerResponse.HttpServerResponse> => {
  const error = Cause.squash(cause)
  if (Predicate.isTagged(error, "RouteNotFound")) return Effect.succeed(notFound)
  if (Predicate.isTagged(error, "RequestError")) return Effect.succeed(unreadable)
  return Effect.as(Effect.logError("The inbox failed", cause), broken)
}

/** Everything an inbox serves. Paths are relative to wherever the app is mounted. */
export const makeApp = (
  inbox: Service,
  allowHosts: ReadonlyArray<string>
): Effect.Effect<HttpApp.Default<never, HttpRouter.HttpRouter.DefaultServices>> => {
  const routes = Layer.effectDiscard(
    Effect.all([fileRoutes(inbox), eventRoutes(inbox), docsRoutes, mailpitRoutes(inbox), pageRoutes], { discard: true })
  )
  const api = HttpApiBuilder.api(DevInboxApi).pipe(Layer.provide(handlers(inbox)))
  const layer = Layer.provideMerge(
    Layer.provideMerge(routes, api),
    Layer.merge(HttpApiBuilder.Router.Live, HttpApiBuilder.Middleware.layer)
  )
  return Effect.scoped(Effect.gen(function*() {
    // A map of its own: two inboxes of one program have a router each.
    const memo = yield* Layer.makeMemoMap
    const context = yield* Layer.buildWithMemoMap(layer, memo, yield* Effect.scope)
    const app = yield* Effect.provide(HttpApiBuilder.httpApp, context)
    return guarded(
      Effect.catchAllCause(
        HttpServerRequest.withMaxBodySize(app, Option.some(maxBody)),
        answerOf
      ),
      allowHosts
    )
  }))
}
