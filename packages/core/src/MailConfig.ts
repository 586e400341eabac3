/**
 * The settings that messages fall back to. They have defaults, so that no program must provide them; `layer` and
 * `layerConfig` set them for a whole program, `Effect.provideService` for one effect.
 *
 * @since 0.1.0
 */
import * as Config from "effect/Config"
import * as ConfigError from "effect/ConfigError"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Address from "./Address.js"
import { splitList } from "./internal/addressSyntax.js"
import { type Charset, isCharset } from "./internal/charset.js"
import * as Check from "./internal/check.js"

/**
 * - `defaultFrom`: the sender of messages that name none; without it such a message is an `InvalidMessageError`
 * - `serverEmail`: the sender of `Mail.mailAdmins` and `Mail.mailManagers`
 * - `admins`, `managers`: their recipients
 * - `subjectPrefix`: what their subjects start with
 * - `charset`: of text and html
 * - `maxRecipients`: the most recipients that one message may have
 *
 * @since 0.1.0
 * @category models
 */
export interface Settings {
  readonly defaultFrom: Option.Option<Address.Input>
  readonly serverEmail: Address.Input
  readonly admins: ReadonlyArray<Address.Input>
  readonly managers: ReadonlyArray<Address.Input>
  readonly subjectPrefix: string
  readonly charset: Charset
  readonly maxRecipients: number
}

/**
 * @since 0.1.0
 * @category configuration
 */
export const defaults: Settings = {
  ...Check.defaults,
  serverEmail: "root@localhost",
  admins: [],
  managers: [],
  subjectPrefix: "[Effect] "
}

/**
 * The settings of the running effect.
 *
 * @since 0.1.0
 * @category configuration
 */
export class MailConfig extends Context.Reference<MailConfig>()("@effect-mail/core/MailConfig", {
  defaultValue: (): Settings => defaults
}) {}

/**
 * Sets some of the settings; the others keep their defaults.
 *
 * @example
 * ```ts
 * import { MailConfig } from "@effect-mail/core"
 * import { Option } from "effect"
 *
 * const settings = MailConfig.layer({ defaultFrom: Option.some("Shop <shop@example.com>"), admins: ["ada@example.com"] })
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (settings: Partial<Settings>): Layer.Layer<never> =>
  Layer.succeed(MailConfig, { ...defaults, ...settings })

const invalid = (reason: string) => ConfigError.InvalidData([], reason)

const mailbox = (name: string): Config.Config<Address.Address> =>
  Config.mapOrFail(Config.string(name), (text) => Either.mapLeft(Address.parse(text), (error) => invalid(error.reason)))

const mailboxes = (name: string): Config.Config<ReadonlyArray<Address.Address>> =>
  Config.mapOrFail(Config.string(name), (text) => {
    const addresses: Array<Address.Address> = []
    for (const entry of text.trim() === "" ? [] : splitList(text)) {
      const address = Address.parse(entry)
      if (Either.isLeft(address)) {
        return Either.left(invalid(`entry ${addresses.length + 1} is not an address: ${address.left.reason}`))
      }
      addresses.push(address.right)
    }
    return Either.right(addresses)
  })

const charset: Config.Config<Charset> = Config.mapOrFail(
  Config.string("DEFAULT_CHARSET"),
  (text) => {
    const label = text.toLowerCase()
    return isCharset(label) ? Either.right(label) : Either.left(invalid("it is not utf-8, iso-8859-1 or us-ascii"))
  }
)

/**
 * The settings as they stand in the environment: `DEFAULT_FROM_EMAIL`, `SERVER_EMAIL`, `ADMINS` and `MANAGERS` (addresses
 * between commas), `EMAIL_SUBJECT_PREFIX`, `DEFAULT_CHARSET`. What is not set keeps its default; what is set wrongly is a
 * `ConfigError` that names it.
 *
 * @since 0.1.0
 * @category configuration
 */
export const config: Config.Config<Settings> = Config.all({
  defaultFrom: Config.map(
    Config.option(mailbox("DEFAULT_FROM_EMAIL")),
    (from): Option.Option<Address.Input> => Option.orElse(from, () => defaults.defaultFrom)
  ),
  serverEmail: Config.withDefault(mailbox("SERVER_EMAIL"), defaults.serverEmail),
  admins: Config.withDefault(mailboxes("ADMINS"), defaults.admins),
  managers: Config.withDefault(mailboxes("MANAGERS"), defaults.managers),
  subjectPrefix: Config.withDefault(Config.string("EMAIL_SUBJECT_PREFIX"), defaults.subjectPrefix),
  charset: Config.withDefault(charset, defaults.charset),
  maxRecipients: Config.succeed(defaults.maxRecipients)
})

/**
 * Sets the settings from configuration, by default from `config`.
 *
 * @example
 * ```ts
 * import { MailConfig } from "@effect-mail/core"
 *
 * const settings = MailConfig.layerConfig()
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layerConfig = (
  wrapped: Config.Config.Wrap<Settings> = config
): Layer.Layer<never, ConfigError.ConfigError> =>
  Layer.effect(MailConfig, Effect.map(Config.unwrap(wrapped), (settings): Settings => settings))
