import * as HttpApiBuilder from "@effect/platform/HttpApiBuilder"
import type * as HttpApp from "@effect/platform/HttpApp"
import type * as HttpRouter from "@effect/platform/HttpRouter"
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as OpenApi from "@effect/platform/OpenApi"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import type { Service } from "../../Outbox.js"
import { OutboxApi } from "../../OutboxApi.js"
import { handlers } from "./api.js"
import { guarded } from "./guard.js"
import { pageRoutes } from "./page.js"

/** A request body may have so many octets. */
const maxBody = 64 * 1024

const answer = (status: number, text: string) => HttpServerResponse.text(`${text}\n`, { status })

/** What is answered where no route has an answer. Only what is a mistake of the page is logged. */
const answerOf = (cause: Cause.Cause<unknown>): Effect.Effect<HttpServerResponse.HttpServerResponse> => {
  const error = Cause.squash(cause)
  if (Predicate.isTagged(error, "RouteNotFound")) {
    return Effect.succeed(answer(404, "There is nothing at this address."))
  }
  if (Predicate.isTagged(error, "RequestError")) return Effect.succeed(answer(400, "This request cannot be read."))
  return Effect.as(Effect.logError("The page of the outbox failed", cause), answer(500, "The page has a fault."))
}

const description = HttpServerResponse.text(JSON.stringify(OpenApi.fromApi(OutboxApi)), {
  contentType: "application/json"
})

const descriptionRoute = Effect.flatMap(
  HttpApiBuilder.Router,
  (router) => router.get("/api/openapi.json", Effect.succeed(description))
)

/** Everything the page serves. Paths are relative to wherever the app is mounted. */
export const makeApp = (
  outbox: Service,
  allowHosts: ReadonlyArray<string>
): Effect.Effect<HttpApp.Default<never, HttpRouter.HttpRouter.DefaultServices>> => {
  const layer = Layer.effectDiscard(Effect.zipRight(pageRoutes, descriptionRoute)).pipe(
    Layer.provideMerge(Layer.provide(HttpApiBuilder.api(OutboxApi), handlers(outbox))),
    Layer.provideMerge(Layer.merge(HttpApiBuilder.Router.Live, HttpApiBuilder.Middleware.layer))
  )
  return Effect.scoped(Effect.gen(function*() {
    // A map of its own: two pages of one program have a router each.
    const memo = yield* Layer.makeMemoMap
    const context = yield* Layer.buildWithMemoMap(layer, memo, yield* Effect.scope)
    const app = yield* Effect.provide(HttpApiBuilder.httpApp, context)
    const limited = Effect.flatMap(
      HttpServerRequest.HttpServerRequest,
      ({ headers }) =>
        Number(headers["content-length"] ?? 0) > maxBody
          ? Effect.succeed(answer(413, "This request is too large."))
          // One that does not say how long it is, is cut off.
          : HttpServerRequest.withMaxBodySize(app, Option.some(maxBody))
    )
    const isCachable = (response: HttpServerResponse.HttpServerResponse) =>
      response.headers["cache-control"] !== undefined
    const uncached = Effect.map(
      Effect.catchAllCause(limited, answerOf),
      (response) =>
        isCachable(response) ? response : HttpServerResponse.setHeader(response, "cache-control", "no-store")
    )
    return guarded(uncached, allowHosts)
  }))
}
