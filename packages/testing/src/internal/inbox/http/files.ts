import * as HttpApiBuilder from "@effect/platform/HttpApiBuilder"
import * as HttpRouter from "@effect/platform/HttpRouter"
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as Effect from "effect/Effect"
import { MessageNotFound } from "../../../DevInboxApi.js"
import * as MailReader from "../../../MailReader.js"
import { frameDocument } from "../html/document.js"
import type { Service } from "../service.js"
import { disposition, downloadHeaders, inlineHeaders } from "./download.js"

const missing = HttpServerResponse.text("There is no such message or part.\n", {
  status: 404,
  headers: { "cache-control": "no-store" }
})

const unavailable = HttpServerResponse.text("The inbox cannot read its folder.\n", { status: 503 })

const answered = <R>(
  effect: Effect.Effect<
    HttpServerResponse.HttpServerResponse,
    MessageNotFound | { readonly _tag: "InboxUnavailable" },
    R
  >
): Effect.Effect<HttpServerResponse.HttpServerResponse, never, R> =>
  Effect.catchAll(effect, ({ _tag }) => Effect.succeed(_tag === "MessageNotFound" ? missing : unavailable))

const idOf = (text: string | undefined): number => /^\d{1,15}$/.test(text ?? "") ? Number(text) : -1

/** The number in the path; `latest` is the newest message. */
export const messageId = (inbox: Service): Effect.Effect<number, never, HttpRouter.RouteContext> =>
  Effect.flatMap(HttpRouter.params, ({ id }) =>
    id === "latest"
      ? Effect.map(inbox.list(), ([newest]) => newest?.id ?? -1)
      : Effect.succeed(idOf(id)))

/** The address of the running request up to the mount point of the inbox, by the host that asked. */
export const baseOf = (request: HttpServerRequest.HttpServerRequest): string => {
  const original = request.originalUrl.split("?")[0] ?? ""
  const own = request.url.split("?")[0] ?? ""
  const prefix = original.endsWith(own) ? original.slice(0, original.length - own.length) : ""
  const protocol = request.headers["x-forwarded-proto"] === "https" ? "https" : "http"
  // The host was checked before; it is looked at again because it becomes part of a policy.
  const host = (request.headers["host"] ?? "").replace(/[^\w.:[\]-]/g, "")
  return `${protocol}://${host}${prefix.replace(/[^\w./~-]/g, "")}`
}

const lineRange = (octets: Uint8Array, from: number, count: number) => {
  const lines: Array<{ readonly text: string; readonly octets: number; readonly end: string }> = []
  let number = 1
  let at = 0
  while (at < octets.length && number < from + count) {
    const feed = octets.indexOf(10, at)
    const next = feed < 0 ? octets.length : feed + 1
    const isCrlf = feed > at && octets[feed - 1] === 13
    if (number >= from) {
      const length = (feed < 0 ? next : feed - (isCrlf ? 1 : 0)) - at
      const shown = Buffer.from(octets.buffer, octets.byteOffset + at, Math.min(length, 4_000))
      lines.push({ text: shown.toString("utf8"), octets: length, end: feed < 0 ? "" : isCrlf ? "CRLF" : "LF" })
    }
    at = next
    number++
  }
  return { from, lines, isLast: at >= octets.length }
}

const sourceHeaders = { "content-security-policy": "sandbox; default-src 'none'", "cache-control": "no-store" }

/** The octets as they came, in pieces. */
const streamed = (inbox: Service, headers: (id: number) => Readonly<Record<string, string>>, contentType: string) =>
  Effect.flatMap(
    messageId(inbox),
    (id) =>
      answered(
        Effect.map(inbox.stream(id), (pieces) =>
          HttpServerResponse.stream(pieces, { contentType, headers: { ...sourceHeaders, ...headers(id) } }))
      )
  )

export const source = (inbox: Service) =>
  streamed(inbox, () => ({ "x-content-type-options": "nosniff" }), "text/plain; charset=utf-8")

const download = (inbox: Service) =>
  streamed(inbox, (id) => ({ "content-disposition": disposition(`message-${id}.eml`) }), "message/rfc822")

const numberParam = (request: HttpServerRequest.HttpServerRequest, name: string, otherwise: number): number => {
  const value = new URL(request.url, "http://localhost").searchParams.get(name) ?? ""
  return /^\d{1,9}$/.test(value) ? Number(value) : otherwise
}

const lines = (inbox: Service) =>
  Effect.gen(function*() {
    const id = yield* messageId(inbox)
    const request = yield* HttpServerRequest.HttpServerRequest
    const from = Math.max(1, numberParam(request, "from", 1))
    const count = Math.min(2_000, numberParam(request, "count", 500))
    return yield* answered(
      Effect.map(inbox.source(id), (octets) => HttpServerResponse.unsafeJson(lineRange(octets, from, count)))
    )
  })

const frame = (inbox: Service) =>
  Effect.gen(function*() {
    const id = yield* messageId(inbox)
    const request = yield* HttpServerRequest.HttpServerRequest
    const query = new URL(request.url, "http://localhost").searchParams
    return yield* answered(Effect.map(inbox.source(id), (octets) => {
      const { headers, html } = frameDocument(MailReader.read(octets), {
        partsUrl: `${baseOf(request)}/api/messages/${id}/parts/`,
        loadsOutside: query.get("images") === "1",
        isDark: query.get("colours") === "dark"
      })
      return HttpServerResponse.text(html, { contentType: headers["content-type"], headers })
    }))
  })

/** A part without its transfer encoding, decoded as it is sent. */
export const part = (inbox: Service, isDownload: boolean) =>
  Effect.gen(function*() {
    const id = yield* messageId(inbox)
    const { path = "" } = yield* HttpRouter.params
    return yield* answered(Effect.gen(function*() {
      const found = (yield* inbox.parts(id)).find((one) => one.path === path)
      if (found === undefined) return yield* Effect.fail(new MessageNotFound({ id }))
      const headers = isDownload ? downloadHeaders(found) : inlineHeaders(found)
      return HttpServerResponse.stream(yield* inbox.stream(id, found), {
        contentType: headers["content-type"] ?? "application/octet-stream",
        headers
      })
    }))
  })

/** What is no JSON: source, frame, parts. */
export const fileRoutes = (inbox: Service): Effect.Effect<void, never, HttpApiBuilder.Router> =>
  Effect.gen(function*() {
    const router = yield* HttpApiBuilder.Router
    yield* router.get("/api/messages/:id/source", source(inbox))
    yield* router.get("/api/messages/:id/download", download(inbox))
    yield* router.get("/api/messages/:id/lines", lines(inbox))
    yield* router.get("/api/messages/:id/frame", frame(inbox))
    yield* router.get("/api/messages/:id/parts/:path", part(inbox, false))
    yield* router.get("/api/messages/:id/parts/:path/download", part(inbox, true))
  })
