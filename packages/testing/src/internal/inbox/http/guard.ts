import type * as HttpApp from "@effect/platform/HttpApp"
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as Effect from "effect/Effect"

/** Hosts by which a browser on this machine reaches it. A name that anybody can point here is not among them. */
const ownHosts = new Set(["localhost", "127.0.0.1", "[::1]"])

const hostName = (host: string): string => host.toLowerCase().replace(/:\d+$/, "")

const refuse = (status: number, reason: string) =>
  HttpServerResponse.text(`${reason}\n`, { status, headers: { "cache-control": "no-store" } })

/** Parts in the frame, which has an origin of its own: a browser asks for them as from another site. */
const isPart = (path: string): boolean => /\/api\/messages\/\d+\/parts\/[\d.]+(?:\?.*)?$/.test(path)

const isOwnOrigin = (origin: string, host: string): boolean => {
  try {
    return new URL(origin).host === host.toLowerCase()
  } catch {
    return false
  }
}

/**
 * Why a request is not answered; undefined where it is.
 *
 * - 421 for a `Host` that is not ours: another site's name that leads here (DNS rebinding)
 * - 403 for what another site's page asks for
 */
export const objection = (
  request: HttpServerRequest.HttpServerRequest,
  allowed: ReadonlySet<string>
): { readonly status: number; readonly reason: string } | undefined => {
  const host = request.headers["host"] ?? ""
  const name = hostName(host)
  if (!ownHosts.has(name) && !allowed.has(name)) {
    return { status: 421, reason: "This host is not served here. Is it meant to be? Then allow it by --allow-host." }
  }
  const { origin } = request.headers
  const isReading = request.method === "GET" || request.method === "HEAD"
  if (!isReading && origin !== undefined && !isOwnOrigin(origin, host)) {
    return { status: 403, reason: "Another site may not change this inbox." }
  }
  const site = request.headers["sec-fetch-site"]
  const isForeign = site === "cross-site" || site === "same-site"
  // A link or a bookmark may open the page, and nothing else.
  const isNavigation = request.headers["sec-fetch-mode"] === "navigate" && !/\/api\//.test(request.originalUrl)
  if (isForeign && !(isReading && (isPart(request.originalUrl) || isNavigation))) {
    return { status: 403, reason: "Another site may not read this inbox." }
  }
  return undefined
}

const common = {
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "x-frame-options": "SAMEORIGIN"
}

/** An app that only answers who may ask. */
export const guarded = <E, R>(
  app: HttpApp.Default<E, R>,
  allowHosts: ReadonlyArray<string>
): HttpApp.Default<E, R> => {
  const allowed = new Set(allowHosts.map((host) => host.toLowerCase()))
  return Effect.flatMap(HttpServerRequest.HttpServerRequest, (request) => {
    const objected = objection(request, allowed)
    return objected === undefined
      ? Effect.map(app, (response) => {
        const missing = Object.entries(common).filter(([name]) => response.headers[name] === undefined)
        return HttpServerResponse.setHeaders(response, Object.fromEntries(missing))
      })
      : Effect.succeed(refuse(objected.status, objected.reason))
  })
}
