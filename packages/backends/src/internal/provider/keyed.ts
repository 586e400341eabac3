import type { Service } from "@effect-mail/core/MailBackend"
import type * as HttpClient from "@effect/platform/HttpClient"
import type * as ConfigError from "effect/ConfigError"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import * as BackendDefinition from "../../BackendDefinition.js"
import * as HttpBackend from "../../HttpBackend.js"
import * as Settings from "../http/settings.js"

/** The options of a provider that asks for a key and nothing else. */
export interface Options {
  readonly apiKey: HttpBackend.Credentials
  readonly baseUrl?: string | URL | undefined
  readonly timeLimit?: Duration.DurationInput | undefined
}

/** A provider that asks for a key and nothing else; its API is at `host` and `path`, unless an option says otherwise. */
export interface Keyed extends Omit<HttpBackend.StructuredProvider, "request"> {
  readonly host: string
  readonly path?: string
  readonly request: (url: string) => HttpBackend.StructuredProvider["request"]
}

export const make =
  ({ host, path = "", request, ...provider }: Keyed) =>
  ({ apiKey, baseUrl, timeLimit }: Options): Effect.Effect<Service, ConfigError.ConfigError, HttpClient.HttpClient> =>
    Effect.gen(function*() {
      yield* Settings.checkSecret("apiKey", apiKey)
      const url = yield* Settings.baseUrl(baseUrl, `https://${host}${path}`)
      return yield* HttpBackend.make({ ...provider, request: request(url) }, { credentials: apiKey, timeLimit })
    })

export const definition = (keyed: Keyed): BackendDefinition.BackendDefinition => {
  const { name, path } = keyed
  const form = `${name}://key@default`
  const apiKey = Settings.secret({
    name: `EMAIL_${name.toUpperCase()}_API_KEY`,
    option: "apiKey",
    meaning: "the key of the account",
    default: "none: it must be set"
  })
  return BackendDefinition.make({
    name,
    schemes: [{ name, form, meaning: "the key of the account; another host than `default` is that of the API" }],
    settings: [apiKey],
    config: Effect.map(Settings.required(apiKey), (apiKey): Options => ({ apiKey })),
    fromUrl: (url): Either.Either<Options, string> =>
      Either.map(
        Settings.readUrl(url, form),
        ({ host, user }) => ({ ...Settings.hostOf(host, path), apiKey: Redacted.make(user) })
      ),
    make: (options) => Settings.withClient(make(keyed)(options))
  })
}
