/**
 * What webhooks were taken: so that none is handled twice, also by several processes, and after a restart.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"

/**
 * The store failed. The provider is told to try again.
 *
 * @since 0.1.0
 * @category errors
 */
export class ReplayGuardError extends Schema.TaggedError<ReplayGuardError>("@effect-mail/inbound/ReplayGuardError")(
  "ReplayGuardError",
  { operation: Schema.String, cause: Schema.Defect }
) {
  /**
   * @since 0.1.0
   */
  override get message(): string {
    return `The store of webhooks failed at ${this.operation}`
  }
}

/**
 * What became of a delivery that came:
 *
 * - `New`: it is to be handled now, by the one who asked
 * - `Pending`: it is being handled, by this process or another one
 * - `Done`: it was handled
 *
 * @since 0.1.0
 * @category models
 */
export type Claim = "New" | "Pending" | "Done"

/**
 * Times are in milliseconds since 1970. `id` names a delivery of a provider, in up to 64 characters.
 *
 * - `claim`: of several calls for one id one gets `New`. A claim that ends without `done` or `release`, as where the process
 *   died, is forgotten at `until`
 * - `done`: it was handled, and is kept until then
 * - `release`: it could not be handled, and is new when it comes again
 *
 * @since 0.1.0
 * @category models
 */
export interface Service {
  readonly claim: (id: string, now: number, until: number) => Effect.Effect<Claim, ReplayGuardError>
  readonly done: (id: string, until: number) => Effect.Effect<void, ReplayGuardError>
  readonly release: (id: string) => Effect.Effect<void, ReplayGuardError>
}

const mostKept = 100_000

/**
 * In memory, for one process: the last 100,000 deliveries. A restart forgets them.
 *
 * @since 0.1.0
 * @category constructors
 */
export const makeMemory = (): Service => {
  const entries = new Map<string, { readonly isDone: boolean; readonly until: number }>()
  const forget = (now: number): void => {
    for (const [oldest, { until }] of entries) {
      if (until > now && entries.size < mostKept) break
      entries.delete(oldest)
    }
  }
  return {
    claim: (id, now, until) =>
      Effect.sync(() => {
        forget(now)
        const known = entries.get(id)
        if (known !== undefined && known.until > now) return known.isDone ? "Done" : "Pending"
        entries.delete(id)
        entries.set(id, { isDone: false, until })
        return "New"
      }),
    done: (id, until) =>
      Effect.sync(() => {
        entries.delete(id)
        entries.set(id, { isDone: true, until })
      }),
    release: (id) => Effect.sync(() => void entries.delete(id))
  }
}

/**
 * Where receivers of webhooks look, from when they are made. Default: in memory, together for all of this process.
 * `@effect-mail/inbound/ReplayGuardSql` keeps it in a database.
 *
 * @since 0.1.0
 * @category configuration
 */
export class ReplayGuard extends Context.Reference<ReplayGuard>()("@effect-mail/inbound/ReplayGuard", {
  defaultValue: makeMemory
}) {}

/**
 * A memory of its own, as for a test.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerMemory: Layer.Layer<ReplayGuard> = Layer.sync(ReplayGuard, makeMemory)
