import * as FileSystem from "@effect/platform/FileSystem"
import * as ConfigError from "effect/ConfigError"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { read, type Setting } from "../../BackendDefinition.js"
import type { Auth, Certificates, Options, Timeouts, Tls } from "../smtp/options.js"
import * as Text from "./text.js"

const host: Setting<string> = {
  name: "EMAIL_HOST",
  option: "host",
  meaning: "the server: a host name or an address",
  default: "`localhost`",
  parse: Text.string
}

const port: Setting<number> = {
  name: "EMAIL_PORT",
  option: "port",
  meaning: "its port",
  default: "465 with TLS from the start, 587 where STARTTLS is required, else 25",
  parse: Text.port
}

const useTls: Setting<boolean> = {
  name: "EMAIL_USE_TLS",
  option: "tls",
  meaning: "whether STARTTLS is required; not with `EMAIL_USE_SSL`",
  default: "only with credentials; else STARTTLS where it is offered",
  parse: Text.boolean
}

const useSsl: Setting<boolean> = {
  name: "EMAIL_USE_SSL",
  option: "tls",
  meaning: "whether TLS is there from the start; not with `EMAIL_USE_TLS`",
  default: "only on port 465",
  parse: Text.boolean
}

const user: Setting<string> = {
  name: "EMAIL_HOST_USER",
  option: "auth.user",
  meaning: "who logs in; only with `EMAIL_HOST_PASSWORD`",
  default: "no login",
  parse: Text.string
}

const password: Setting<Redacted.Redacted> = {
  name: "EMAIL_HOST_PASSWORD",
  option: "auth.password",
  meaning: "the password; only with `EMAIL_HOST_USER`",
  default: "no login",
  parse: (text) => Either.right(Redacted.make(text))
}

const timeout: Setting<Duration.Duration> = {
  name: "EMAIL_TIMEOUT",
  option: "timeouts",
  meaning:
    "seconds for connecting, for the greeting, and for each further reply or step, but not for the reply after the final dot",
  default: "30 for connecting, 30 for the greeting, 120 for each further one",
  parse: Text.seconds
}

const certificate: Setting<string> = {
  name: "EMAIL_SSL_CERTFILE",
  option: "certificates.cert",
  meaning: "the path of a PEM file: the client's certificate; only with `EMAIL_SSL_KEYFILE`",
  default: "none",
  parse: Text.string
}

const key: Setting<string> = {
  name: "EMAIL_SSL_KEYFILE",
  option: "certificates.key",
  meaning: "the path of a PEM file: the key of that certificate; only with `EMAIL_SSL_CERTFILE`",
  default: "none",
  parse: Text.string
}

export const settings: ReadonlyArray<Setting> = [
  host,
  port,
  useTls,
  useSsl,
  user,
  password,
  timeout,
  certificate,
  key
]

const invalid = ({ name }: Setting, reason: string) => Effect.fail(ConfigError.InvalidData([name], reason))

const isSet = (setting: Setting<boolean>) => Effect.map(read(setting), Option.getOrElse(() => false))

const readAuth: Effect.Effect<Auth | undefined, ConfigError.ConfigError> = Effect.gen(function*() {
  const name = yield* read(user)
  const secret = yield* read(password)
  if (Option.isNone(name) && Option.isNone(secret)) return undefined
  if (Option.isNone(secret)) return yield* invalid(password, "there is a user, but no password")
  if (Option.isNone(name)) return yield* invalid(user, "there is a password, but no user")
  return { user: name.value, password: secret.value }
})

const readTls: Effect.Effect<Tls | undefined, ConfigError.ConfigError> = Effect.gen(function*() {
  const isRequired = yield* isSet(useTls)
  const isImplicit = yield* isSet(useSsl)
  if (isRequired && isImplicit) {
    return yield* invalid(useSsl, `${useTls.name} is set as well: set one of them at most`)
  }
  return isRequired ? "required" : isImplicit ? "implicit" : undefined
})

/** One limit for each step but the reply after the final dot, where a short limit creates duplicates. */
export const timeoutsOf = (limit: Duration.Duration): Timeouts => ({ connect: limit, greeting: limit, command: limit })

const pem = (setting: Setting<string>) =>
  Effect.flatMap(
    read(setting),
    Option.match({
      onNone: () => Effect.succeed(undefined),
      onSome: (path) =>
        Effect.flatMap(FileSystem.FileSystem, (fs) =>
          Effect.catchAll(fs.readFileString(path), () => invalid(setting, "the file cannot be read")))
    })
  )

const readCertificates: Effect.Effect<
  Certificates | undefined,
  ConfigError.ConfigError,
  FileSystem.FileSystem
> = Effect.gen(function*() {
  const cert = yield* pem(certificate)
  const secret = yield* pem(key)
  if (cert === undefined && secret === undefined) return undefined
  if (secret === undefined) return yield* invalid(key, "there is a certificate, but no key")
  if (cert === undefined) return yield* invalid(certificate, "there is a key, but no certificate")
  return { cert, key: Redacted.make(secret) }
})

export const options: Effect.Effect<Options, ConfigError.ConfigError, FileSystem.FileSystem> = Effect.gen(function*() {
  return {
    host: Option.getOrElse(yield* read(host), () => "localhost"),
    port: Option.getOrUndefined(yield* read(port)),
    tls: yield* readTls,
    auth: yield* readAuth,
    timeouts: Option.getOrUndefined(Option.map(yield* read(timeout), timeoutsOf)),
    certificates: yield* readCertificates
  }
})
