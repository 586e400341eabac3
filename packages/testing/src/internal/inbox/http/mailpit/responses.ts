import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as Effect from "effect/Effect"

const headers = { "cache-control": "no-store" }

export const ok = HttpServerResponse.text("ok", { headers })

export const bad = (reason: string): HttpServerResponse.HttpServerResponse =>
  HttpServerResponse.text(reason, { status: 400, headers })

export const missing = HttpServerResponse.text("message not found", { status: 404, headers })

export const json = (value: unknown): HttpServerResponse.HttpServerResponse =>
  HttpServerResponse.unsafeJson(value, { headers })

/** The parameters of the running request. */
export const paramsOf: Effect.Effect<URLSearchParams, never, HttpServerRequest.HttpServerRequest> = Effect.map(
  HttpServerRequest.HttpServerRequest,
  ({ url }) => new URL(url, "http://localhost").searchParams
)
