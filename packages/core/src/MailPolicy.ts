/**
 * How a backend is used: each policy makes a backend of another. None is on unless it is written, and all of them keep
 * time by `Clock`.
 *
 * @example
 * ```ts
 * import { Smtp } from "@effect-mail/backends"
 * import { MailPolicy } from "@effect-mail/core"
 * import { Layer, Schedule } from "effect"
 *
 * const MailLive = Smtp.layer({ host: "smtp.example.com" }).pipe(
 *   MailPolicy.apply(MailPolicy.rateLimit({ messages: 10, interval: "1 second" })),
 *   MailPolicy.apply(MailPolicy.retry(Schedule.intersect(Schedule.exponential("1 second"), Schedule.recurs(3))))
 * )
 * ```
 *
 * @since 0.1.0
 */
import type * as DateTime from "effect/DateTime"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import type * as Option from "effect/Option"
import type * as Schedule from "effect/Schedule"
import * as Address from "./Address.js"
import * as RateLimiting from "./internal/policy/rateLimit.js"
import * as Recipients from "./internal/policy/recipients.js"
import * as Retrying from "./internal/policy/retry.js"
import * as Routing from "./internal/policy/routing.js"
import { over } from "./internal/policy/wrap.js"
import * as MailBackend from "./MailBackend.js"
import type { BackendError } from "./MailError.js"
import * as Outgoing from "./Outgoing.js"

/**
 * Makes a backend of another.
 *
 * @since 0.1.0
 * @category models
 */
export type Policy = (backend: MailBackend.Service) => MailBackend.Service

/**
 * A policy as a layer: it wants a backend, and provides one.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (
  policy: Policy
): Layer.Layer<MailBackend.MailBackend, never, MailBackend.MailBackend> =>
  Layer.effect(MailBackend.MailBackend, Effect.map(MailBackend.MailBackend, policy))

/**
 * Puts a policy over the backend that a layer provides.
 *
 * @since 0.1.0
 * @category layers
 */
export const apply = (policy: Policy) =>
<E, R>(
  backend: Layer.Layer<MailBackend.MailBackend, E, R>
): Layer.Layer<MailBackend.MailBackend, E, R> => Layer.provide(layer(policy), backend)

/**
 * What `retry` may be told.
 *
 * @since 0.1.0
 * @category models
 */
export interface RetryOptions {
  /**
   * Also sends again what may have been accepted already (`OutcomeUnknownError`). Recipients may get the message twice.
   */
  readonly retryUnknownOutcomesAndRiskDuplicates?: boolean | undefined
}

/**
 * Tries again, as the schedule says, what is proven not sent and may succeed later. After a partial result only the
 * recipients that were deferred or not reached are tried again, with the same bytes and the same Message-ID. The report, or the error, tells of
 * every recipient what the last attempt that reached it made of it.
 *
 * Where the other end said when to come back (`retryAfter`), it is not tried before. What may have been accepted already is
 * tried again only where its error `isRepeatable`, until `repeatableUntil` and to the same recipients: the provider knows it
 * by its idempotency key. If the last of these tries is refused, what became of the first stays unknown.
 *
 * @since 0.1.0
 * @category policies
 */
export const retry = (schedule: Schedule.Schedule<unknown, unknown>, options: RetryOptions = {}): Policy =>
  Retrying.retry(schedule, options.retryUnknownOutcomesAndRiskDuplicates === true)

/**
 * A backend of `failover`, and until when it is passed over.
 *
 * @since 0.1.0
 * @category models
 */
export interface Relay {
  readonly name: string
  readonly outUntil: Option.Option<DateTime.Utc>
}

/**
 * What `failover` makes: a backend whose relays can be looked at.
 *
 * @since 0.1.0
 * @category models
 */
export interface Failover extends MailBackend.Service {
  readonly relays: Effect.Effect<ReadonlyArray<Relay>>
}

/**
 * Sends by the first backend, and by the next where that one cannot be reached or logged in to, or lacks what the message
 * needs. Only what is proven not sent is passed on; a recipient that a server refuses is refused. Where it refused some and
 * went away before the others, only the others are passed on.
 *
 * A backend that cannot be reached or logged in to is passed over for the `cooldown` (one minute unless said otherwise),
 * unless all are.
 *
 * @since 0.1.0
 * @category policies
 */
export const failover = (
  backends: ReadonlyArray<MailBackend.Service>,
  options: { readonly cooldown?: Duration.DurationInput | undefined } = {}
): Failover => Routing.failover(backends, options.cooldown ?? "1 minute")

/**
 * Sends each message by the next backend in turn.
 *
 * @since 0.1.0
 * @category policies
 */
export const roundRobin = (backends: ReadonlyArray<MailBackend.Service>): MailBackend.Service =>
  Routing.weighted("roundRobin", backends.map((backend) => [backend, 1]))

/**
 * Shares the messages out by weight, evenly over any stretch of them.
 *
 * @since 0.1.0
 * @category policies
 */
export const weighted = (
  shares: ReadonlyArray<readonly [backend: MailBackend.Service, weight: number]>
): MailBackend.Service => Routing.weighted("weighted", shares)

/**
 * How many messages, and how many recipients, may pass in any stretch of time as long as `interval`. A message with more
 * recipients than may pass at once passes alone.
 *
 * @since 0.1.0
 * @category models
 */
export interface RateLimit {
  readonly messages?: number | undefined
  readonly recipients?: number | undefined
  readonly interval: Duration.DurationInput
}

/**
 * Holds messages back so that no more pass than may, from the first one on. They pass in the order of coming.
 *
 * @since 0.1.0
 * @category policies
 */
export const rateLimit: (limit: RateLimit) => Policy = RateLimiting.rateLimit

/**
 * Lets at most `permits` messages be delivered at once.
 *
 * @since 0.1.0
 * @category policies
 */
export const concurrency = (permits: number): Policy => (backend) => {
  const semaphore = Effect.unsafeMakeSemaphore(permits)
  return over(backend, (session) => ({
    deliver: (outgoing, options) => semaphore.withPermits(1)(session.deliver(outgoing, options))
  }))
}

/**
 * Sends everything to other addresses instead: for staging. To, Cc and Bcc of the envelope are replaced, the headers
 * stay as they are. Recipients that `except` picks get their mail; it is given addresses as they stand in the envelope,
 * without names, in NFC and with A-labels.
 *
 * @since 0.1.0
 * @category policies
 */
export const redirectAll = (
  to: Address.Address | ReadonlyArray<Address.Address>,
  options: { readonly except?: ((recipient: string) => boolean) | undefined } = {}
): Policy => Recipients.redirectAll(Address.isAddress(to) ? [to] : to, options.except ?? (() => false))

/**
 * Leaves out the recipients of a list, such as those who unsubscribed or whose mail bounced for good. Reports say
 * `NotSent` of them, and a message to nobody else is not sent at all.
 *
 * Both are parsed before they are compared: names, quotes, Unicode domains and the case of a domain make no difference.
 * With an entry that is no address nothing is sent: every message fails with a `ConnectionError` of reason `Configuration`.
 *
 * @since 0.1.0
 * @category policies
 */
export const suppress: (list: Iterable<Address.Input>) => Policy = Recipients.suppress

/**
 * Drops what is named from every message, so that a backend that does not carry it takes the message without: annotations
 * of `Annotations`, and a return path other than the author's address. The bytes stay as they are.
 *
 * @example
 * ```ts
 * import { Smtp } from "@effect-mail/backends"
 * import { MailPolicy } from "@effect-mail/core"
 *
 * const MailLive = Smtp.layer({ host: "smtp.example.com" }).pipe(
 *   MailPolicy.apply(MailPolicy.without(["TAGS", "METADATA"]))
 * )
 * ```
 *
 * @since 0.1.0
 * @category policies
 */
export const without = (features: Iterable<Outgoing.Droppable>): Policy => {
  const drop = Outgoing.drop(Array.from(features))
  return (backend) =>
    over(backend, (session) => ({ deliver: (outgoing, options) => session.deliver(drop(outgoing), options) }))
}

/**
 * What `tap` runs.
 *
 * @since 0.1.0
 * @category models
 */
export interface Hooks {
  readonly before?: ((outgoing: Outgoing.Outgoing) => Effect.Effect<void>) | undefined
  readonly after?:
    | ((outgoing: Outgoing.Outgoing, exit: Exit.Exit<MailBackend.Delivery, BackendError>) => Effect.Effect<void>)
    | undefined
}

/**
 * Runs effects before and after each delivery, also after one that failed or was interrupted.
 *
 * @since 0.1.0
 * @category policies
 */
export const tap = ({ after, before }: Hooks): Policy => (backend) =>
  over(backend, (session) => ({
    deliver: (outgoing, options) =>
      Effect.zipRight(
        before?.(outgoing) ?? Effect.void,
        Effect.onExit(session.deliver(outgoing, options), (exit) => after?.(outgoing, exit) ?? Effect.void)
      )
  }))
