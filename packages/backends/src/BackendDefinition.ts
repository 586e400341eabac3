/**
 * How a backend is chosen by configuration: its name for `EMAIL_BACKEND`, the schemes of its `EMAIL_URL`, and its settings.
 * `Backend.layerConfigWith` takes a list of definitions, to which a program can add its own.
 *
 * @since 0.1.0
 */
import type * as MailBackend from "@effect-mail/core/MailBackend"
import * as Config from "effect/Config"
import * as ConfigError from "effect/ConfigError"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"

/**
 * One setting: a variable of the environment, or an option in the query of `EMAIL_URL`.
 *
 * - `option`: the option of the backend that it sets, with dots between levels; errors about the option name the setting
 * - `meaning`: its description, with unit and scope
 * - `default`: its value if it is not set
 * - `parse`: reads the text; a failure is the reason, without the text, which may be a secret in the wrong place
 *
 * @since 0.1.0
 * @category models
 */
export interface Setting<out A = unknown> {
  readonly name: string
  readonly option: string
  readonly meaning: string
  readonly default: string
  readonly parse: (text: string) => Either.Either<A, string>
}

/**
 * Reads a setting from the configuration; an empty text leaves it unset, too. Fails with a `ConfigError` that names it.
 *
 * @example
 * ```ts
 * import { BackendDefinition } from "@effect-mail/backends"
 * import { Either, Redacted } from "effect"
 *
 * const token: BackendDefinition.Setting<Redacted.Redacted> = {
 *   name: "EMAIL_API_TOKEN",
 *   option: "token",
 *   meaning: "the token of the account",
 *   default: "none",
 *   parse: (text) => Either.right(Redacted.make(text))
 * }
 *
 * const read = BackendDefinition.read(token)
 * ```
 *
 * @since 0.1.0
 * @category configuration
 */
export const read = <A>({ name, parse }: Setting<A>): Effect.Effect<Option.Option<A>, ConfigError.ConfigError> =>
  Effect.flatMap(Config.option(Config.string(name)), (written) => {
    if (Option.isNone(written) || written.value === "") return Effect.succeedNone
    return Either.mapBoth(parse(written.value), {
      onLeft: (reason) => ConfigError.InvalidData([name], reason),
      onRight: Option.some
    })
  })

/**
 * One form of `EMAIL_URL`.
 *
 * - `name`: in lower case and without the colon
 * - `form`: a template of the URL
 * - `meaning`: its description
 *
 * @since 0.1.0
 * @category models
 */
export interface Scheme {
  readonly name: string
  readonly form: string
  readonly meaning: string
}

/**
 * The parts of a definition.
 *
 * - `name`: its value of `EMAIL_BACKEND`
 * - `schemes`: its forms of `EMAIL_URL`
 * - `settings`, `query`: what `config` reads, and what the query of `EMAIL_URL` may hold, to be told in the table of settings
 *   and in errors
 * - `config`: the options, where `EMAIL_BACKEND` names the backend
 * - `fromUrl`: the options, where `EMAIL_URL` has one of the schemes. It gets the URL also as it was written, since parsing
 *   normalizes it. A text as its failure is the reason why the URL cannot be, without any part of it that may be secret.
 * - `make`: the backend of these options. A `ConfigError` has the option as its path, and is told of the setting, or of `EMAIL_URL`.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options<A, RConfig = never, RUrl = never, RMake = never> {
  readonly name: string
  readonly schemes: ReadonlyArray<Scheme>
  readonly settings?: ReadonlyArray<Setting> | undefined
  readonly query?: ReadonlyArray<Setting> | undefined
  readonly config: Effect.Effect<A, ConfigError.ConfigError, RConfig>
  readonly fromUrl: (url: URL, written: string) => Effect.Effect<A, string | ConfigError.ConfigError, RUrl>
  readonly make: (options: A) => Effect.Effect<MailBackend.Service, ConfigError.ConfigError, RMake>
}

/**
 * A backend that configuration can choose, and its requirements.
 *
 * - `fromConfig`: the backend, with the settings of the environment
 * - `fromUrl`: the backend of a URL with one of the schemes
 *
 * @since 0.1.0
 * @category models
 */
export interface BackendDefinition<out R = never> {
  readonly name: string
  readonly schemes: ReadonlyArray<Scheme>
  readonly settings: ReadonlyArray<Setting>
  readonly query: ReadonlyArray<Setting>
  readonly fromConfig: Effect.Effect<MailBackend.Service, ConfigError.ConfigError, R>
  readonly fromUrl: (url: URL, written: string) => Effect.Effect<MailBackend.Service, ConfigError.ConfigError, R>
}

/**
 * The requirements of these definitions.
 *
 * @since 0.1.0
 * @category models
 */
export type Requirements<D> = D extends BackendDefinition<infer R> ? R : never

/** The setting of an option, or the first of those of its parts. */
const settingOf = (settings: ReadonlyArray<Setting>, path: string): string =>
  settings.find(({ option }) => option === path || option.startsWith(`${path}.`))?.name ?? path

const ofUrl = (reason: string): ConfigError.ConfigError => ConfigError.InvalidData(["EMAIL_URL"], reason)

/**
 * The definition of a backend.
 *
 * @example
 * ```ts
 * import { Backend, BackendDefinition } from "@effect-mail/backends"
 * import { MailBackend } from "@effect-mail/core"
 * import { Effect } from "effect"
 *
 * const counting = BackendDefinition.make({
 *   name: "counting",
 *   schemes: [{ name: "counting", form: "counting:number", meaning: "counts from that number" }],
 *   config: Effect.succeed({ start: 0 }),
 *   fromUrl: (url) => /^[0-9]+$/.test(url.pathname)
 *     ? Effect.succeed({ start: Number(url.pathname) })
 *     : Effect.fail("it is not counting:number"),
 *   make: ({ start }) => Effect.sync(() => {
 *     let count = start
 *     const deliver: MailBackend.MailSession["deliver"] = (outgoing) => Effect.sync(() => {
 *       count++
 *       return MailBackend.acceptAll(outgoing)
 *     })
 *     return MailBackend.make({ name: "counting", open: Effect.succeed({ deliver }) })
 *   })
 * })
 *
 * const MailLive = Backend.layerConfigWith([...Backend.definitions, counting])
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = <A, RConfig = never, RUrl = never, RMake = never>(
  { config, fromUrl, make, name, query = [], schemes, settings = [] }: Options<A, RConfig, RUrl, RMake>
): BackendDefinition<RConfig | RUrl | RMake> => {
  const build = (options: A, explain: (option: string, reason: string) => ConfigError.ConfigError) =>
    Effect.mapError(
      make(options),
      (error) => ConfigError.isInvalidData(error) ? explain(error.path.join("."), error.message) : error
    )
  return {
    name,
    schemes,
    settings,
    query,
    fromConfig: Effect.flatMap(
      config,
      (options) => build(options, (option, reason) => ConfigError.InvalidData([settingOf(settings, option)], reason))
    ),
    fromUrl: (url, written) =>
      fromUrl(url, written).pipe(
        Effect.mapError((error) => typeof error === "string" ? ofUrl(error) : error),
        Effect.flatMap((options) =>
          build(options, (option, reason) => ofUrl(option === "" ? reason : `${option}: ${reason}`))
        )
      )
  }
}
