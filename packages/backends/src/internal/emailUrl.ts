import * as Duration from "effect/Duration"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type * as Smtp from "../Smtp.js"

/**
 * Which backend, with what settings.
 *
 * @internal
 */
export type Choice =
  | { readonly _tag: "smtp"; readonly options: Smtp.Options }
  | { readonly _tag: "file"; readonly directory: string }
  | { readonly _tag: "console" }
  | { readonly _tag: "memory" }
  | { readonly _tag: "dummy" }

type Parsed<A> = Either.Either<A, string>

const tlsOf: Readonly<Record<string, Smtp.Tls | undefined>> = {
  "smtp:": undefined,
  "smtps:": "implicit",
  "smtp+starttls:": "required"
}

const isTls = (text: string): text is Smtp.Tls =>
  text === "implicit" || text === "required" || text === "opportunistic" || text === "none"

/** The options that a query may hold, each with how it changes the options so far; a text is the reason why not. */
const queryKeys: Readonly<Record<string, (value: string, options: Smtp.Options) => Smtp.Options | string>> = {
  tls: (value, options) => {
    if (options.tls !== undefined) return "the scheme says tls already"
    return isTls(value) ? { ...options, tls: value } : "tls is not implicit, required, opportunistic or none"
  },
  clientName: (value, options) => ({ ...options, clientName: value }),
  timeout: (value, options) =>
    Option.match(seconds(value), {
      onNone: () => "timeout is not a number of seconds",
      onSome: (timeout) => ({ ...options, timeouts: timeouts(timeout) })
    }),
  maxConnections: (value, options) => ({ ...options, pool: { ...options.pool, maxConnections: Number(value) } }),
  maxMessages: (value, options) => ({ ...options, pool: { ...options.pool, maxMessages: Number(value) } })
}

/**
 * A positive number of seconds.
 *
 * @internal
 */
export const seconds = (text: string): Option.Option<Duration.Duration> => {
  const value = Number(text)
  return text.trim() !== "" && Number.isFinite(value) && value > 0
    ? Option.some(Duration.seconds(value))
    : Option.none()
}

/**
 * One limit for all that waits for the network, but for the reply after the final dot: waiting for that too short a time
 * creates duplicates.
 *
 * @internal
 */
export const timeouts = (timeout: Duration.Duration): Smtp.Timeouts => ({
  connect: timeout,
  greeting: timeout,
  command: timeout
})

const decode = (text: string): Parsed<string> =>
  Either.try({ try: () => decodeURIComponent(text), catch: () => "it holds a bad percent-encoding" })

const readCredentials = (url: URL): Parsed<Smtp.Auth | undefined> => {
  if (url.username === "" && url.password === "") return Either.right(undefined)
  if (url.username === "" || url.password === "") return Either.left("user and password go together")
  return Either.flatMap(
    decode(url.username),
    (user) => Either.map(decode(url.password), (password) => ({ user, password: Redacted.make(password) }))
  )
}

const readSmtp = (url: URL): Parsed<Choice> => {
  if (url.hostname === "") return Either.left("there is no host")
  if (url.pathname !== "" && url.pathname !== "/") return Either.left("a path has no meaning here")
  return Either.flatMap(readCredentials(url), (auth) => {
    let options: Smtp.Options = {
      host: url.hostname.replace(/^\[(.*)\]$/, "$1"),
      port: url.port === "" ? undefined : Number(url.port),
      tls: tlsOf[url.protocol],
      auth
    }
    const seen = new Set<string>()
    for (const [key, value] of url.searchParams) {
      const apply = Object.hasOwn(queryKeys, key) ? queryKeys[key] : undefined
      // Its name stays out of the reason: after a password with a bare `?` it is the rest of the password.
      if (apply === undefined) return Either.left(`it has an option that is not ${Object.keys(queryKeys).join(", ")}`)
      if (seen.has(key)) return Either.left(`the option ${key} stands twice`)
      seen.add(key)
      const applied = apply(value, options)
      if (typeof applied === "string") return Either.left(applied)
      options = applied
    }
    return Either.right({ _tag: "smtp", options })
  })
}

const readPlain = (url: URL, choice: Choice): Parsed<Choice> =>
  url.host === "" && url.pathname === "" && url.search === ""
    ? Either.right(choice)
    : Either.left(`nothing follows ${url.protocol}`)

/**
 * Reads an `EMAIL_URL`. A failure is the reason, without any part of the URL that may be secret.
 *
 * @internal
 */
export const parse = (text: string): Parsed<Choice> => {
  if (!URL.canParse(text)) return Either.left("it is not a URL")
  const url = new URL(text)
  if (url.hash !== "") return Either.left("a fragment has no meaning here")
  switch (url.protocol) {
    case "smtp:":
    case "smtps:":
    case "smtp+starttls:":
      return readSmtp(url)
    case "console:":
      return readPlain(url, { _tag: "console" })
    case "memory:":
      return readPlain(url, { _tag: "memory" })
    case "dummy:":
      return readPlain(url, { _tag: "dummy" })
    case "file:":
      if (!/^file:\/\/\/[^/]/i.test(text) || url.search !== "") return Either.left("it is not file:///path")
      return Either.map(decode(url.pathname), (directory) => ({ _tag: "file", directory }))
    default:
      return Either.left("its scheme is not smtp, smtps, smtp+starttls, console, file, memory or dummy")
  }
}
