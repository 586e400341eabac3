import * as HttpApiBuilder from "@effect/platform/HttpApiBuilder"
import * as HttpRouter from "@effect/platform/HttpRouter"
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Encoding from "effect/Encoding"
import type { PageFiles } from "./files.js"

const load: Effect.Effect<PageFiles> = Effect.promise(async () => (await import("#page")).files)

/** Nothing but the page itself, and its own requests: whatever a message holds, it cannot reach out. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "font-src 'self'",
  "img-src data:",
  "connect-src 'self'",
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

/** What the page asks for is relative to it: where it is mounted, its address has to end in a slash. */
const page = Effect.flatMap(HttpServerRequest.HttpServerRequest, ({ originalUrl }) => {
  const path = originalUrl.split("?")[0] ?? "/"
  return path.endsWith("/")
    ? text(({ html }) => html, "text/html; charset=utf-8")
    : Effect.succeed(HttpServerResponse.redirect(`${path.slice(path.lastIndexOf("/") + 1)}/`, { status: 302, headers }))
})

const font = Effect.gen(function*() {
  const { fonts } = yield* load
  const { name = "" } = yield* HttpRouter.params
  const octets = Encoding.decodeBase64(Object.hasOwn(fonts, name) ? fonts[name] ?? "" : "")
  return Either.isLeft(octets) || octets.right.length === 0
    ? HttpServerResponse.empty({ status: 404 })
    : HttpServerResponse.uint8Array(octets.right, {
      contentType: "font/woff2",
      headers: { ...headers, "cache-control": "max-age=86400" }
    })
})

export const pageRoutes: Effect.Effect<void, never, HttpApiBuilder.Router> = Effect.gen(function*() {
  const router = yield* HttpApiBuilder.Router
  yield* router.get("/", page)
  yield* router.get("/page.js", text(({ script }) => script, "text/javascript; charset=utf-8"))
  yield* router.get("/page.css", text(({ style }) => style, "text/css; charset=utf-8"))
  yield* router.get("/fonts/:name", font)
})
