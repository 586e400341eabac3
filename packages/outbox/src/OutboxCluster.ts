/**
 * Several machines that share an outbox by `@effect/cluster`: the outbox is divided into 32 lanes, by mailer and domain of the
 * recipient, and the shard locks of the cluster say which runner has which lane. So the limits of a domain hold over all
 * machines. Needs PostgreSQL, and no port: the runners know each other by their database.
 *
 * The lanes only place the work. That a message is sent once is the table's doing, with the cluster and without it: where two
 * runners believe that they have a lane, each message is still claimed by one of them.
 *
 * @example
 * ```ts
 * import { Smtp } from "@effect-mail/backends"
 * import { OutboxStore } from "@effect-mail/outbox"
 * import * as OutboxCluster from "@effect-mail/outbox/OutboxCluster"
 * import { PgClient } from "@effect/sql-pg"
 * import { Layer, Redacted } from "effect"
 *
 * const RunnerLive = OutboxCluster.layer({ connections: 8, limits: { "@example.com": { messages: 10, interval: "1 second" } } })
 *   .pipe(
 *     Layer.provide(Smtp.layer({ host: "smtp.example.com" })),
 *     Layer.provide(OutboxStore.layerSql()),
 *     Layer.provide(PgClient.layer({ url: Redacted.make("postgres://localhost/shop") }))
 *   )
 * ```
 *
 * @since 0.1.0
 */
import * as MessageStorage from "@effect/cluster/MessageStorage"
import * as RunnerAddress from "@effect/cluster/RunnerAddress"
import * as RunnerHealth from "@effect/cluster/RunnerHealth"
import * as Runners from "@effect/cluster/Runners"
import * as Sharding from "@effect/cluster/Sharding"
import * as ShardingConfig from "@effect/cluster/ShardingConfig"
import * as SqlRunnerStorage from "@effect/cluster/SqlRunnerStorage"
import type * as SqlClient from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import type { ConfigError } from "effect/ConfigError"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import * as Lane from "./internal/model/lane.js"
import * as Engine from "./internal/runner/engine.js"
import * as Stations from "./internal/runner/mailers.js"
import * as Settings from "./internal/runner/options.js"
import type * as OutboxRunner from "./OutboxRunner.js"
import * as OutboxStore from "./OutboxStore.js"

/**
 * Settings of the cluster under which a runner that was killed is missed after 5 to 8 seconds rather than half a minute, at the
 * price of four times as many statements while nothing happens.
 *
 * @since 0.1.0
 * @category configuration
 */
export const quick: Partial<ShardingConfig.ShardingConfig["Type"]> = {
  shardLockExpiration: "6 seconds",
  shardLockRefreshInterval: "2 seconds",
  refreshAssignmentsInterval: "1 second",
  entityMessagePollInterval: "2 seconds"
}

/** Each runner has a name of its own in the place of an address: nothing listens there. */
const sharding = (
  config: Partial<ShardingConfig.ShardingConfig["Type"]>
): Layer.Layer<Sharding.Sharding, SqlError, SqlClient.SqlClient> =>
  Layer.unwrapEffect(Effect.map(Random.nextIntBetween(1, 2 ** 31), (name) =>
    Sharding.layer.pipe(
      Layer.provide(Runners.layerNoop),
      Layer.provide(MessageStorage.layerNoop),
      Layer.provide([SqlRunnerStorage.layer, RunnerHealth.layerNoop]),
      Layer.provide(ShardingConfig.layer({
        ...config,
        runnerAddress: Option.some(RunnerAddress.make(`outbox-${name.toString(36)}`, 1))
      }))
    )))

/**
 * A lane is held as long as its singleton runs: then messages of it are claimed. It ends at once, and never by itself; what is
 * on its way goes on, and settles under its fence.
 */
const lane = (held: Set<number>, number: number): Layer.Layer<never, never, Sharding.Sharding> =>
  Layer.scopedDiscard(Effect.flatMap(Sharding.Sharding, (cluster) =>
    cluster.registerSingleton(
      `@effect-mail/outbox/lane/${number}`,
      Effect.acquireUseRelease(
        Effect.sync(() => held.add(number)),
        () => Effect.never,
        () => Effect.sync(() => held.delete(number))
      )
    )))

/**
 * A runner that claims from the lanes that the cluster gives to it. Limits of domains (`"@example.com"`) hold over all
 * machines; limits of mailers hold for each process.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = <Name extends string = never>(
  options: OutboxRunner.Options<Name> = {},
  config: Partial<ShardingConfig.ShardingConfig["Type"]> = {}
): Layer.Layer<never, ConfigError | SqlError, OutboxRunner.Needs<Name> | SqlClient.SqlClient> =>
  Layer.suspend(() => {
    const held = new Set<number>()
    const lanes = Array.from({ length: Lane.count }, (_, number) => lane(held, number))
    const engine = Layer.scopedDiscard(Effect.gen(function*() {
      const store = yield* OutboxStore.OutboxStore
      const mailers = yield* Stations.mailersOf(options.mailers ?? [])
      const { loop } = yield* Engine.make(store, Settings.resolve(options), mailers, () => [...held], options.owner)
      yield* Effect.forkScoped(loop)
    }))
    const [first, ...rest] = lanes
    const all = first === undefined ? Layer.empty : Layer.mergeAll(first, ...rest)
    return Layer.merge(engine, Layer.provide(all, sharding(config)))
  })
