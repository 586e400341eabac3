/**
 * The settings that apply where a message sets nothing. All have defaults, so a program need not provide them. `layer` and
 * `layerConfig` set some of them, `Effect.provideService` all.
 *
 * @since 0.1.0
 */
import * as Config from "effect/Config"
import * as ConfigError from "effect/ConfigError"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Effectable from "effect/Effectable"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Address from "./Address.js"
import { splitList } from "./internal/address/syntax.js"
import * as Check from "./internal/check/message.js"
import { toList } from "./internal/message/copy.js"
import type { OneOrMore } from "./internal/message/model.js"
import { type Charset, isCharset } from "./internal/mime/syntax/charset.js"

/**
 * - `defaultFrom`: the sender of messages without one. Default: `webmaster@localhost`, which is used only by `Mail.sendMail`,
 *   `Mail.sendMassMail` and mail to the staff; other sends fail with `InvalidMessageError`
 * - `serverEmail`: the sender of `Mail.mailAdmins` and `Mail.mailManagers`
 * - `admins`, `managers`: their recipients
 * - `subjectPrefix`: what their subjects start with
 * - `charset`: of text and html
 * - `maxRecipients`: the maximal number of recipients of one message. Default: 1000
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
 * What `layer` sets: some of the settings, in the forms that a program has them in. What is left out, or `undefined`, does not
 * change.
 *
 * - `defaultFrom`: `Option.none()` takes away a sender that was set before
 * - `admins`, `managers`: one address or several
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  readonly defaultFrom?: Address.Input | Option.Option<Address.Input> | undefined
  readonly serverEmail?: Address.Input | undefined
  readonly admins?: OneOrMore<Address.Input> | undefined
  readonly managers?: OneOrMore<Address.Input> | undefined
  readonly subjectPrefix?: string | undefined
  readonly charset?: Charset | undefined
  readonly maxRecipients?: number | undefined
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
}) {
  static {
    // As an effect it is a view: each merged layer has its own entries in the context.
    Object.assign(this, Effectable.CommitPrototype, { commit: () => Effect.contextWith(settingsOf) })
  }
}

/** What a layer sets. */
type Given = { readonly [Name in keyof Settings]?: Settings[Name] | undefined }

/** What a layer sets, and the settings that it changes. */
interface Change {
  readonly on: Settings
  readonly settings: Given
}

const names = [
  "defaultFrom",
  "serverEmail",
  "admins",
  "managers",
  "subjectPrefix",
  "charset",
  "maxRecipients"
] as const satisfies ReadonlyArray<keyof Settings>

/** The entry of each setting of a layer in the context, beside the entry of all settings. */
const changes = names.map((name) => [name, Context.GenericTag<Change>(`@effect-mail/core/MailConfig/${name}`)] as const)

/** The settings that a layer changed. Settings that were provided as a whole have none. */
const builtOn = new WeakMap<Settings, Settings>()

const areSame = (one: Settings, other: Settings): boolean =>
  one === other || names.every((name) => one[name] === other[name])

/**
 * The settings in a context: the nearest ones, with those of the layers that they were merged with. `MailConfig` as an
 * effect returns the same for the running effect; `Context.get` finds only the nearest.
 *
 * @since 0.1.0
 * @category configuration
 */
export const settingsOf = (context: Context.Context<never>): Settings => {
  const nearest = Context.get(context, MailConfig)
  const on = builtOn.get(nearest)
  if (on === undefined) return nearest
  let merged = nearest
  for (const [name, tag] of changes) {
    const change = Option.getOrUndefined(Context.getOption(context, tag))
    if (change !== undefined && change.settings[name] !== nearest[name] && areSame(change.on, on)) {
      merged = { ...merged, [name]: change.settings[name] }
    }
  }
  return merged
}

const contextOf = (on: Settings, given: Given): Context.Context<never> => {
  const settings = { ...on }
  const services = new Map<string, unknown>([[MailConfig.key, settings]])
  for (const [name, tag] of changes) {
    if (given[name] === undefined) continue
    Object.assign(settings, { [name]: given[name] })
    services.set(tag.key, { on, settings: given } satisfies Change)
  }
  builtOn.set(settings, on)
  return Context.unsafeMake<never>(services)
}

const senderOf = (input: Address.Input | Option.Option<Address.Input>): Option.Option<Address.Input> =>
  Option.isOption(input) ? input : Option.some(input)

const given = ({ admins, defaultFrom, managers, ...others }: Options): Given => ({
  ...others,
  ...defaultFrom === undefined ? {} : { defaultFrom: senderOf(defaultFrom) },
  ...admins === undefined ? {} : { admins: toList(admins) },
  ...managers === undefined ? {} : { managers: toList(managers) }
})

/**
 * Sets some of the settings; the others do not change. Merged layers keep each other's settings; where both set the same one,
 * the last wins.
 *
 * Never fails: sending fails with `InvalidAddressError` for what is not one mailbox.
 *
 * @example
 * ```ts
 * import { MailConfig } from "@effect-mail/core"
 *
 * const settings = MailConfig.layer({ defaultFrom: "Shop <shop@example.com>", admins: "ada@example.com" })
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (options: Options): Layer.Layer<never> =>
  Layer.effectContext(Effect.map(MailConfig, (on) => contextOf(on, given(options))))

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

/** A setting, or nothing where the environment does not set it. */
const ifSet = <A>(read: Config.Config<A>, asSettings: (value: A) => Partial<Settings>) =>
  Config.withDefault(Config.map(read, asSettings), {})

/** Only the settings that the environment sets. */
const present: Config.Config<Partial<Settings>> = Config.map(
  Config.all([
    ifSet(mailbox("DEFAULT_FROM_EMAIL"), (from) => ({ defaultFrom: Option.some(from) })),
    ifSet(mailbox("SERVER_EMAIL"), (serverEmail) => ({ serverEmail })),
    ifSet(mailboxes("ADMINS"), (admins) => ({ admins })),
    ifSet(mailboxes("MANAGERS"), (managers) => ({ managers })),
    ifSet(Config.string("EMAIL_SUBJECT_PREFIX"), (subjectPrefix) => ({ subjectPrefix })),
    ifSet(charset, (charset) => ({ charset }))
  ]),
  (settings) => settings.reduce((all, some) => ({ ...all, ...some }))
)

/**
 * The settings from the environment: `DEFAULT_FROM_EMAIL`, `SERVER_EMAIL`, `ADMINS` and `MANAGERS` (addresses
 * between commas), `EMAIL_SUBJECT_PREFIX`, `DEFAULT_CHARSET`. What is not set has its default. Fails with a `ConfigError`
 * that names an invalid setting.
 *
 * @since 0.1.0
 * @category configuration
 */
export const config: Config.Config<Settings> = Config.map(present, (settings) => ({ ...defaults, ...settings }))

/**
 * Sets the settings from configuration; the others do not change, as with `layer`. Default: those of `config` that the
 * environment sets.
 *
 * Fails with a `ConfigError` that names an invalid setting.
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
  wrapped: Config.Config.Wrap<Options> = config
): Layer.Layer<never, ConfigError.ConfigError> =>
  Layer.unwrapEffect(Effect.map(wrapped === config ? present : Config.unwrap(wrapped), layer))
