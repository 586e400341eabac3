import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpClient from "@effect/platform/HttpClient"
import type { ConfigError } from "effect/ConfigError"
import { InvalidData } from "effect/ConfigError"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { read, type Setting } from "../../BackendDefinition.js"
import { decode } from "../config/url.js"

const invalid = (option: string, reason: string) => Either.left(InvalidData([option], reason))

const isLoopback = (host: string): boolean => host === "localhost" || host === "[::1]" || /^127\.[0-9.]+$/.test(host)

/** Where the API is, without a slash at the end. A secret goes there: over TLS, or no further than this machine. */
export const baseUrl = (written: string | URL | undefined, otherwise: string): Either.Either<string, ConfigError> => {
  if (written === undefined) return Either.right(otherwise)
  if (!URL.canParse(String(written))) return invalid("baseUrl", "it is not a URL")
  const { hash, hostname, href, password, protocol, search, username } = new URL(written)
  if (protocol !== "https:" && !(protocol === "http:" && isLoopback(hostname))) {
    return invalid("baseUrl", "it is not https")
  }
  return username === "" && password === "" && search === "" && hash === ""
    ? Either.right(href.replace(/\/+$/, ""))
    : invalid("baseUrl", "it holds more than a host and a path")
}

/**
 * A secret that a header of HTTP may hold (RFC 9110 section 5.5): anything else would fail in the client, with the secret in
 * its error.
 */
export const checkSecret = (option: string, secret: unknown): Either.Either<void, ConfigError> => {
  if (!Redacted.isRedacted(secret)) return Either.void
  const value = Redacted.value(secret)
  if (typeof value !== "string" || value === "") return invalid(option, "it is empty")
  return /^[\x21-\x7e]+$/.test(value)
    ? Either.void
    : invalid(option, "it holds a blank, a line break or a character beyond ASCII")
}

/** A part of a URL or a path that is a name: no slash, no blank, and not one of the dots that URLs resolve. */
export const checkName = (option: string, text: string): Either.Either<void, ConfigError> =>
  /^(?!\.+$)[A-Za-z0-9._@+-]+$/.test(text)
    ? Either.void
    : invalid(option, "it holds other characters than letters, digits and . _ @ + -, or dots alone")

/** The client of the program, or `fetch`. */
export const withClient = <A, E>(
  self: Effect.Effect<A, E, HttpClient.HttpClient>
): Effect.Effect<A, E> =>
  Effect.flatMap(Effect.serviceOption(HttpClient.HttpClient), (client) =>
    Option.match(client, {
      onNone: () => Effect.provide(self, FetchHttpClient.layer),
      onSome: (client) => Effect.provideService(self, HttpClient.HttpClient, client)
    }))

/** A setting that must be there. */
export const required = <A>(setting: Setting<A>): Effect.Effect<A, ConfigError> =>
  Effect.flatMap(
    read(setting),
    Option.match({
      onNone: () => Effect.fail(InvalidData([setting.name], "it is not set")),
      onSome: Effect.succeed
    })
  )

export const secret = (setting: Omit<Setting, "parse">): Setting<Redacted.Redacted> => ({
  ...setting,
  parse: (text) => Either.right(Redacted.make(text))
})

export const text = (setting: Omit<Setting, "parse">): Setting<string> => ({ ...setting, parse: Either.right })

/** What a URL of the form `scheme://user:password@host?option=value` says. */
export interface Written {
  readonly user: string
  readonly password: string
  readonly host: string
  readonly query: ReadonlyMap<string, string>
}

/** Reads `EMAIL_URL`. The reasons hold nothing of what was written: it may be a secret in the wrong place. */
export const readUrl = (
  url: URL,
  form: string,
  options: ReadonlyArray<string> = []
): Either.Either<Written, string> => {
  const other = Either.left(`it is not ${form}`)
  if (url.username === "" || url.hostname === "" || url.port !== "" || (url.pathname !== "" && url.pathname !== "/")) {
    return other
  }
  const query = new Map(url.searchParams)
  if (query.size !== Array.from(url.searchParams).length) return Either.left("an option appears twice")
  if (Array.from(query.keys()).some((key) => !options.includes(key))) {
    return Either.left(
      options.length === 0 ? "it has no options" : `it has an option that is not ${options.join(", ")}`
    )
  }
  return Either.flatMap(
    decode(url.username),
    (user) =>
      Either.flatMap(
        decode(url.password),
        (password) => Either.map(decode(url.hostname), (host) => ({ user, password, host, query }))
      )
  )
}

/** `default` is the provider's own host. */
export const hostOf = (host: string, path = ""): { readonly baseUrl?: string } =>
  host === "default" ? {} : { baseUrl: `https://${host}${path}` }
