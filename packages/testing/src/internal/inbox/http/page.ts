import * as HttpApiBuilder from "@effect/platform/HttpApiBuilder"
import * as HttpRouter from "@effect/platform/HttpRouter"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as Effect from "effect/Effect"
import type { PageFiles } from "../../page/page.js"

/** Loaded when it is asked for: a test that only counts messages needs no page. */
const load: Effect.Effect<PageFiles> = Effect.promise(async () => (await import("#page")).files)

/** Scripts and styles of the page alone; `frame-ancestors`: no other site shows the page in a frame. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "font-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "frame-src 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "form-action 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'"
].join("; ")

const headers = {
  "content-security-policy": policy,
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "cache-control": "no-cache"
}

const text = (pick: (files: PageFiles) => string, contentType: string) =>
  Effect.map(load, (files) => HttpServerResponse.text(pick(files), { contentType, headers }))

const font = Effect.gen(function*() {
  const { fonts } = yield* load
  const { name = "" } = yield* HttpRouter.params
  const base64 = Object.hasOwn(fonts, name) ? fonts[name] : undefined
  return base64 === undefined
    ? HttpServerResponse.empty({ status: 404 })
    : HttpServerResponse.uint8Array(Buffer.from(base64, "base64"), {
      contentType: "font/woff2",
      headers: { ...headers, "cache-control": "max-age=86400" }
    })
})

export const pageRoutes: Effect.Effect<void, never, HttpApiBuilder.Router> = Effect.gen(function*() {
  const router = yield* HttpApiBuilder.Router
  yield* router.get("/", text(({ html }) => html, "text/html; charset=utf-8"))
  yield* router.get("/page.js", text(({ script }) => script, "text/javascript; charset=utf-8"))
  yield* router.get("/page.css", text(({ style }) => style, "text/css; charset=utf-8"))
  yield* router.get("/fonts/:name", font)
})
