/**
 * The choice of a backend by configuration: one `EMAIL_URL`, or `EMAIL_BACKEND` and the settings that go with it.
 *
 * | setting | meaning |
 * | --- | --- |
 * | `EMAIL_URL` | everything in one line, instead of all below |
 * | `EMAIL_BACKEND` | `smtp` (when not set), `console`, `file`, `memory` or `dummy` |
 * | `EMAIL_HOST`, `EMAIL_PORT` | the server; `localhost`, and the port that follows from the encryption |
 * | `EMAIL_HOST_USER`, `EMAIL_HOST_PASSWORD` | the credentials; both or none |
 * | `EMAIL_USE_TLS`, `EMAIL_USE_SSL` | STARTTLS, or TLS from the start; at most one |
 * | `EMAIL_SSL_CERTFILE`, `EMAIL_SSL_KEYFILE` | PEM files of a client certificate and its key; both or none |
 * | `EMAIL_TIMEOUT` | seconds to wait for the network |
 * | `EMAIL_FILE_PATH` | the directory of the `file` backend |
 *
 * `EMAIL_URL` is one of `smtp://`, `smtps://` (TLS from the start), `smtp+starttls://` (STARTTLS required), each with
 * `user:password@host:port` and the options `tls`, `clientName`, `timeout`, `maxConnections`, `maxMessages` in its query;
 * or `console:`, `file:///path`, `memory:`, `dummy:`.
 *
 * @since 0.1.0
 */
import * as MailBackend from "@effect-mail/core/MailBackend"
import * as FileSystem from "@effect/platform/FileSystem"
import type * as Path from "@effect/platform/Path"
import * as Config from "effect/Config"
import * as ConfigError from "effect/ConfigError"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import * as Console from "./Console.js"
import * as Dummy from "./Dummy.js"
import * as File from "./File.js"
import * as EmailUrl from "./internal/emailUrl.js"
import * as Memory from "./Memory.js"
import * as Smtp from "./Smtp.js"

type Setting<A> = Effect.Effect<A, ConfigError.ConfigError, FileSystem.FileSystem>

const invalid = (setting: string, reason: string) => Effect.fail(ConfigError.InvalidData([setting], reason))

const optional = (name: string): Config.Config<Option.Option<string>> =>
  Config.map(Config.option(Config.string(name)), Option.filter((text) => text !== ""))

/** A setting that an empty text leaves unset, too. */
const unlessEmpty = <A>(name: string, config: (name: string) => Config.Config<A>): Setting<Option.Option<A>> =>
  Effect.flatMap(
    optional(name),
    Option.match({ onNone: () => Effect.succeedNone, onSome: () => Effect.asSome(config(name)) })
  )

const flag = (name: string): Setting<boolean> =>
  Effect.map(unlessEmpty(name, Config.boolean), Option.getOrElse(() => false))

const auth: Setting<Smtp.Auth | undefined> = Effect.gen(function*() {
  const user = yield* optional("EMAIL_HOST_USER")
  const password = yield* Config.option(Config.redacted("EMAIL_HOST_PASSWORD"))
  const secret = Option.filter(password, (text) => Redacted.value(text) !== "")
  if (Option.isNone(user) && Option.isNone(secret)) return undefined
  if (Option.isNone(secret)) return yield* invalid("EMAIL_HOST_PASSWORD", "there is a user, but no password")
  if (Option.isNone(user)) return yield* invalid("EMAIL_HOST_USER", "there is a password, but no user")
  return { user: user.value, password: secret.value }
})

const tls: Setting<Smtp.Tls | undefined> = Effect.gen(function*() {
  const starttls = yield* flag("EMAIL_USE_TLS")
  const implicit = yield* flag("EMAIL_USE_SSL")
  if (starttls && implicit) {
    return yield* invalid("EMAIL_USE_SSL", "EMAIL_USE_TLS is set as well: set one of them at most")
  }
  return starttls ? "required" : implicit ? "implicit" : undefined
})

const timeouts: Setting<Smtp.Timeouts | undefined> = Effect.gen(function*() {
  const written = yield* optional("EMAIL_TIMEOUT")
  if (Option.isNone(written)) return undefined
  const timeout = EmailUrl.seconds(written.value)
  return Option.isNone(timeout)
    ? yield* invalid("EMAIL_TIMEOUT", "it is not a positive number of seconds")
    : EmailUrl.timeouts(timeout.value)
})

const pem = (name: string): Setting<string | undefined> =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const path = yield* optional(name)
    if (Option.isNone(path)) return undefined
    return yield* Effect.catchAll(fs.readFileString(path.value), () => invalid(name, "the file cannot be read"))
  })

const certificates: Setting<Smtp.Certificates | undefined> = Effect.gen(function*() {
  const cert = yield* pem("EMAIL_SSL_CERTFILE")
  const key = yield* pem("EMAIL_SSL_KEYFILE")
  if (cert === undefined && key === undefined) return undefined
  if (key === undefined) return yield* invalid("EMAIL_SSL_KEYFILE", "there is a certificate, but no key")
  if (cert === undefined) return yield* invalid("EMAIL_SSL_CERTFILE", "there is a key, but no certificate")
  return { cert, key: Redacted.make(key) }
})

const smtp: Setting<EmailUrl.Choice> = Effect.gen(function*() {
  const options: Smtp.Options = {
    host: Option.getOrElse(yield* optional("EMAIL_HOST"), () => "localhost"),
    port: Option.getOrUndefined(yield* unlessEmpty("EMAIL_PORT", Config.port)),
    tls: yield* tls,
    auth: yield* auth,
    timeouts: yield* timeouts,
    certificates: yield* certificates
  }
  return { _tag: "smtp", options }
})

const named: Setting<EmailUrl.Choice> = Effect.gen(function*() {
  const name = Option.getOrElse(yield* optional("EMAIL_BACKEND"), () => "smtp")
  switch (name) {
    case "smtp":
      return yield* smtp
    case "file":
      return { _tag: "file", ...(yield* File.config) }
    case "console":
    case "memory":
    case "dummy":
      return { _tag: name }
    default:
      return yield* invalid("EMAIL_BACKEND", "it is not smtp, console, file, memory or dummy")
  }
})

/** Where an option of a backend stands in the environment. */
const settingOf: Readonly<Record<string, string>> = {
  host: "EMAIL_HOST",
  port: "EMAIL_PORT",
  directory: "EMAIL_FILE_PATH",
  "auth.user": "EMAIL_HOST_USER",
  certificates: "EMAIL_SSL_CERTFILE"
}

/** What is chosen, and how an error about one of its options is told. */
interface Chosen {
  readonly choice: EmailUrl.Choice
  readonly explain: (option: string, reason: string) => ConfigError.ConfigError
}

const chosenByUrl = (url: Redacted.Redacted): Setting<Chosen> => {
  const choice = EmailUrl.parse(Redacted.value(url))
  return Either.isLeft(choice) ? invalid("EMAIL_URL", choice.left) : Effect.succeed({
    choice: choice.right,
    explain: (option, reason) => ConfigError.InvalidData(["EMAIL_URL"], `${option}: ${reason}`)
  })
}

const chosenByName: Setting<Chosen> = Effect.map(named, (choice) => ({
  choice,
  explain: (option, reason) => ConfigError.InvalidData([settingOf[option] ?? option], reason)
}))

const chosen: Setting<Chosen> = Effect.flatMap(
  Config.option(Config.redacted("EMAIL_URL")),
  (url) => Option.isSome(url) && Redacted.value(url.value) !== "" ? chosenByUrl(url.value) : chosenByName
)

type Building<A> = Effect.Effect<A, ConfigError.ConfigError, FileSystem.FileSystem | Path.Path | Scope.Scope>

const make: Building<Context.Context<MailBackend.MailBackend | Memory.Memory>> = Effect.gen(function*() {
  const { choice, explain } = yield* chosen
  const inMemory = yield* Memory.make
  const build = (): Building<MailBackend.Service> => {
    switch (choice._tag) {
      case "smtp":
        return Smtp.make(choice.options)
      case "file":
        return File.make(choice)
      case "console":
        return Console.make()
      case "memory":
        return Effect.succeed(inMemory.backend)
      case "dummy":
        return Dummy.make
    }
  }
  const backend = yield* Effect.mapError(
    build(),
    (error) => ConfigError.isInvalidData(error) ? explain(error.path.join("."), error.message) : error
  )
  return Context.make(MailBackend.MailBackend, backend).pipe(Context.add(Memory.Memory, inMemory.memory))
})

/**
 * Provides the backend that the configuration names, and the `Memory` that `memory` keeps messages in; with any other
 * backend it stays empty.
 *
 * Fails with a `ConfigError` that says which setting is wrong, and why.
 *
 * @example
 * ```ts
 * import { Backend } from "@effect-mail/backends"
 * import { NodeContext } from "@effect/platform-node"
 * import { Layer } from "effect"
 *
 * const MailLive = Backend.layerConfig.pipe(Layer.provide(NodeContext.layer))
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layerConfig: Layer.Layer<
  MailBackend.MailBackend | Memory.Memory,
  ConfigError.ConfigError,
  FileSystem.FileSystem | Path.Path
> = Layer.scopedContext(make)
