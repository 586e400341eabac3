/**
 * Who sends what is in the outbox. Any number of runners may work on one outbox, in any number of processes: each message is
 * claimed by one of them, and an attempt is recorded before the backend may become responsible for it.
 *
 * Policies over the backend act when a message is sent: `suppress` and `redirectAll` belong here.
 *
 * @example
 * ```ts
 * import { Smtp } from "@effect-mail/backends"
 * import { OutboxRunner, OutboxStore, SqliteClient } from "@effect-mail/outbox"
 * import { Layer } from "effect"
 *
 * const RunnerLive = OutboxRunner.layer({ connections: 8, dialogue: Smtp.transcript }).pipe(
 *   Layer.provide(Smtp.layer({ host: "smtp.example.com" })),
 *   Layer.provide(OutboxStore.layerSql()),
 *   Layer.provide(SqliteClient.layer({ filename: "shop.db" }))
 * )
 * ```
 *
 * @since 0.1.0
 */
import type * as MailBackend from "@effect-mail/core/MailBackend"
import type * as Mailers from "@effect-mail/core/Mailers"
import * as Config from "effect/Config"
import type { ConfigError } from "effect/ConfigError"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import * as Engine from "./internal/runner/engine.js"
import * as Stations from "./internal/runner/mailers.js"
import * as Settings from "./internal/runner/options.js"
import type { OutboxError } from "./OutboxError.js"
import * as OutboxStore from "./OutboxStore.js"

export type { RetentionOptions, Settings } from "./internal/runner/options.js"
export type { Limit } from "./internal/runner/pace/limits.js"

/**
 * `mailers`: the names of the mailers for which it sends beside the default one, as `Mailers.layer` knows them.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options<Name extends string = never> extends Settings.Settings {
  readonly mailers?: ReadonlyArray<Name> | undefined
}

/**
 * What a runner needs.
 *
 * @since 0.1.0
 * @category models
 */
export type Needs<Name extends string> =
  | OutboxStore.OutboxStore
  | MailBackend.MailBackend
  | (Name extends string ? Mailers.Mailer<Name> : never)

const engine = <Name extends string>(
  options: Options<Name>
): Effect.Effect<Engine.Engine, ConfigError, Needs<Name> | Scope.Scope> =>
  Effect.gen(function*() {
    const store = yield* OutboxStore.OutboxStore
    const mailers = yield* Stations.mailersOf(options.mailers ?? [])
    return yield* Engine.make(store, Settings.resolve(options), mailers, () => undefined, options.owner)
  })

/**
 * Sends until it is interrupted. Then it claims no more, waits for what is on its way, and gives the rest back.
 *
 * @since 0.1.0
 * @category running
 */
export const run = <Name extends string = never>(
  options: Options<Name> = {}
): Effect.Effect<never, ConfigError, Needs<Name>> => Effect.scoped(Effect.flatMap(engine(options), ({ loop }) => loop))

/**
 * Sends what is due, and ends when nothing is: for tests, cron jobs and functions that live shortly. What is to be tried again
 * later is left.
 *
 * @since 0.1.0
 * @category running
 */
export const drain = <Name extends string = never>(
  options: Options<Name> = {}
): Effect.Effect<void, ConfigError | OutboxError, Needs<Name>> =>
  Effect.scoped(Effect.flatMap(engine(options), ({ drain }) => drain))

/**
 * A runner for as long as the layer is there.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = <Name extends string = never>(
  options: Options<Name> = {}
): Layer.Layer<never, ConfigError, Needs<Name>> =>
  Layer.scopedDiscard(Effect.flatMap(engine(options), ({ loop }) => Effect.forkScoped(loop)))

/**
 * Settings from the environment: `OUTBOX_CONNECTIONS`, `OUTBOX_LEASE`, `OUTBOX_POLL`, `OUTBOX_STOP_WITHIN`,
 * `OUTBOX_GIVE_UP_AFTER` (durations such as `30 seconds`) and `OUTBOX_UNKNOWN` (`park` or `resendAndRiskDuplicates`). What is not set has its default.
 *
 * @since 0.1.0
 * @category configuration
 */
export const config: Config.Config<Options> = Config.all({
  connections: Config.withDefault(Config.integer("OUTBOX_CONNECTIONS"), undefined),
  lease: Config.withDefault(Config.duration("OUTBOX_LEASE"), undefined),
  poll: Config.withDefault(Config.duration("OUTBOX_POLL"), undefined),
  stopWithin: Config.withDefault(Config.duration("OUTBOX_STOP_WITHIN"), undefined),
  giveUpAfter: Config.withDefault(Config.duration("OUTBOX_GIVE_UP_AFTER"), undefined),
  unknown: Config.withDefault(Config.literal("park", "resendAndRiskDuplicates")("OUTBOX_UNKNOWN"), undefined)
})

/**
 * A runner whose settings come from a `Config`, such as `config`.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerConfig = <Name extends string = never>(
  options: Config.Config<Options<Name>>
): Layer.Layer<never, ConfigError, Needs<Name>> => Layer.unwrapEffect(Effect.map(options, layer))
