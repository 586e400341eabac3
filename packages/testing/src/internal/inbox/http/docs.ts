import * as HttpApi from "@effect/platform/HttpApi"
import * as HttpApiBuilder from "@effect/platform/HttpApiBuilder"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as OpenApi from "@effect/platform/OpenApi"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { DevInboxApi } from "../../../DevInboxApi.js"

/** What Swagger needs: its script and style are in the document, and it asks for nothing from outside. */
const policy = [
  "default-src 'none'",
  "script-src 'unsafe-inline'",
  "style-src 'unsafe-inline'",
  "img-src data:",
  "font-src data:",
  "connect-src 'self'",
  "frame-ancestors 'none'"
].join("; ")

/** Megabytes of script: loaded only when somebody looks. */
const swagger = Effect.gen(function*() {
  const { layer } = yield* Effect.promise(() => import("@effect/platform/HttpApiSwagger"))
  const api = Layer.succeed(HttpApi.Api, { api: DevInboxApi, context: Context.empty() })
  const app = yield* HttpApiBuilder.httpApp.pipe(
    Effect.provide(
      layer({ path: "/api/docs" }).pipe(
        Layer.provideMerge(Layer.mergeAll(api, Layer.fresh(HttpApiBuilder.Router.Live), HttpApiBuilder.Middleware.layer))
      )
    ),
    Effect.scoped
  )
  const response = yield* Effect.orDie(app)
  return HttpServerResponse.setHeader(response, "content-security-policy", policy)
})

export const docsRoutes: Effect.Effect<void, never, HttpApiBuilder.Router> = Effect.gen(function*() {
  const router = yield* HttpApiBuilder.Router
  const description = JSON.stringify(OpenApi.fromApi(DevInboxApi))
  yield* router.get("/api/docs", swagger)
  yield* router.get(
    "/api/openapi.json",
    Effect.sync(() => HttpServerResponse.text(description, { contentType: "application/json" }))
  )
})
