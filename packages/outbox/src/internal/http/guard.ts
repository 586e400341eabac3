import type * as HttpApp from "@effect/platform/HttpApp"
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as Effect from "effect/Effect"

/** Names of this machine. A name that anybody can point here is not among them (DNS rebinding). */
const ownHosts: ReadonlyArray<string> = ["localhost", "127.0.0.1", "[::1]"]

const nameOf = (host: string): string => host.toLowerCase().replace(/:\d+$/, "")

const refuse = (status: number, reason: string) =>
  HttpServerResponse.text(`${reason}\n`, { status, headers: { "cache-control": "no-store" } })

const isOwn = (origin: string, host: string): boolean => {
  const parsed = URL.canParse(origin) ? new URL(origin) : undefined
  return parsed !== undefined && parsed.host === host.toLowerCase()
}

/** Why a request is not answered; undefined where it is. Another site may lead to the page by a link, and do nothing else. */
const objection = (
  { headers, method, originalUrl }: HttpServerRequest.HttpServerRequest,
  hosts: ReadonlySet<string>
) => {
  const host = headers["host"] ?? ""
  if (!hosts.has(nameOf(host))) return refuse(421, "This host is not served here. Is it meant to be? Then allow it.")
  const { origin } = headers
  const isReading = method === "GET" || method === "HEAD"
  if (!isReading && origin !== undefined && !isOwn(origin, host)) {
    return refuse(403, "Another site may not change this outbox.")
  }
  const site = headers["sec-fetch-site"]
  const isForeign = site === "cross-site" || site === "same-site"
  const isLink = isReading && headers["sec-fetch-mode"] === "navigate" && !originalUrl.includes("/api/")
  return isForeign && !isLink ? refuse(403, "Another site may not read this outbox.") : undefined
}

const common = {
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "x-frame-options": "DENY"
}

/** An app that only answers who may ask, for `localhost` and the hosts that are allowed. */
export const guarded = <E, R>(app: HttpApp.Default<E, R>, allowHosts: ReadonlyArray<string>): HttpApp.Default<E, R> => {
  const hosts = new Set([...ownHosts, ...allowHosts.map((host) => host.toLowerCase())])
  return Effect.flatMap(HttpServerRequest.HttpServerRequest, (request) => {
    const objected = objection(request, hosts)
    return objected === undefined ? Effect.map(app, HttpServerResponse.setHeaders(common)) : Effect.succeed(objected)
  })
}
