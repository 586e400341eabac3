import type * as HttpApp from "@effect/platform/HttpApp"
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as Effect from "effect/Effect"
import { createHash, timingSafeEqual } from "node:crypto"
import { type Failure, type Given, wrongUse } from "../command/Command.js"

/** Who may see a page; anybody on this machine where it is absent. */
export interface Login {
  readonly user: string
  readonly password: string
}

const loopback = new Set(["127.0.0.1", "::1", "localhost"])

export const isLoopback = (host: string): boolean => loopback.has(host)

export const passwordName = "EFFECT_MAIL_PASSWORD"

/**
 * Beyond this machine only with a login. A password is never on the command line, where others see it. `harm`: what others could
 * do without one.
 */
export const loginOf = (given: Given, host: string, harm: string): Effect.Effect<Login | undefined, Failure> =>
  Effect.suspend(() => {
    const user = given.text("user")
    const password = process.env[passwordName] ?? ""
    if (user === undefined) {
      return isLoopback(host) ? Effect.succeed(undefined) : Effect.fail(wrongUse(
        `On ${host} others can ${harm}. Give --user NAME, and its password in ${passwordName}.`
      ))
    }
    if (user.includes(":")) return Effect.fail(wrongUse("--user may not hold a colon: HTTP has no way to say it."))
    return password === ""
      ? Effect.fail(wrongUse(`--user needs its password in ${passwordName}.`))
      : Effect.succeed({ user, password })
  })

const digest = (text: string): Buffer => createHash("sha256").update(text).digest()

/** Digests have one length: the time tells neither how much is right, nor how long it is. */
const isSame = (one: string, other: string): boolean => timingSafeEqual(digest(one), digest(other))

const realm = { "www-authenticate": "Basic realm=\"effect-mail\", charset=\"UTF-8\"", "cache-control": "no-store" }

/** Asks for a name and a password (RFC 7617) before anything else is looked at. */
export const behindLogin = (app: HttpApp.Default<never, never>, { password, user }: Login): HttpApp.Default =>
  Effect.flatMap(HttpServerRequest.HttpServerRequest, ({ headers }) => {
    const [, base64 = ""] = /^Basic +([A-Za-z0-9+/=]*)$/i.exec(headers["authorization"] ?? "") ?? []
    return isSame(Buffer.from(base64, "base64").toString("utf8"), `${user}:${password}`)
      ? app
      : HttpServerResponse.empty({ status: 401, headers: realm })
  })
