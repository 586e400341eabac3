import * as HttpApi from "@effect/platform/HttpApi"
import * as HttpApiBuilder from "@effect/platform/HttpApiBuilder"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as OpenApi from "@effect/platform/OpenApi"
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

/** Megabytes of script: loaded at the first request. */
const swagger = (api: HttpApi.Api["Type"]) =>
  Effect.scoped(Effect.gen(function*() {
    const { layer } = yield* Effect.promise(() => import("@effect/platform/HttpApiSwagger"))
    const whole = layer({ path: "/api/docs" }).pipe(
      Layer.provideMerge(Layer.succeed(HttpApi.Api, api)),
      Layer.provideMerge(Layer.merge(HttpApiBuilder.Router.Live, HttpApiBuilder.Middleware.layer))
    )
    const memo = yield* Layer.makeMemoMap
    const context = yield* Layer.buildWithMemoMap(whole, memo, yield* Effect.scope)
    const response = yield* Effect.orDie(Effect.flatten(Effect.provide(HttpApiBuilder.httpApp, context)))
    return HttpServerResponse.setHeader(response, "content-security-policy", policy)
  }))

export const docsRoutes: Effect.Effect<void, never, HttpApiBuilder.Router | HttpApi.Api> = Effect.gen(function*() {
  const router = yield* HttpApiBuilder.Router
  const api = yield* HttpApi.Api
  const description = JSON.stringify(OpenApi.fromApi(DevInboxApi))
  yield* router.get("/api/docs", swagger(api))
  yield* router.get(
    "/api/openapi.json",
    Effect.sync(() => HttpServerResponse.text(description, { contentType: "application/json" }))
  )
})
