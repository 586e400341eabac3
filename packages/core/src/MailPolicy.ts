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
import * as BulkMail from "./internal/policy/bulk.js"
import * as OnOutgoing from "./internal/policy/outgoing.js"
import * as RateLimiting from "./internal/policy/rateLimit.js"
import * as Recipients from "./internal/policy/recipients.js"
import * as Retrying from "./internal/policy/retry.js"
import * as Routing from "./internal/policy/routing.js"
import { over } from "./internal/policy/wrap.js"
import * as MailBackend from "./MailBackend.js"
import type { BackendError } from "./MailError.js"
import type { Outgoing } from "./Outgoing.js"

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
 * The same with a list that changes: it is asked for each message which of its recipients to leave out, by the addresses
 * of the envelope, without names, in NFC and with A-labels. Where it fails, the message is not sent.
 *
 * @example
 * ```ts
 * import { MailPolicy } from "@effect-mail/core"
 * import { Effect } from "effect"
 *
 * const unsubscribed = new Set(["bob@example.com"])
 * const policy = MailPolicy.suppressIf((recipients) =>
 *   Effect.sync(() => new Set(recipients.filter((recipient) => unsubscribed.has(recipient)))))
 * ```
 *
 * @since 0.1.0
 * @category policies
 */
export const suppressIf: (
  pick: (recipients: ReadonlyArray<string>) => Effect.Effect<ReadonlySet<string>, BackendError>
) => Policy = OnOutgoing.suppressIf

/**
 * What `bulk` may be told.
 *
 * - `recipientOf`: to whom a link to unsubscribe belongs, where that can be told, as `Unsubscribe.recipientOf` of
 *   `@effect-mail/inbound` can. Without it, or where it says none, links are compared with those of the last 10,000
 *   messages
 *
 * @since 0.1.0
 * @category models
 */
export interface Bulk {
  readonly recipientOf?: ((url: string) => Effect.Effect<Option.Option<string>>) | undefined
}

/**
 * Refuses what mailbox providers would refuse of a mailing, before a connection is opened: a message must have one recipient,
 * a DKIM signature of the author's domain or a parent of it, List-Unsubscribe with an `https:` URL and one-click (RFC 8058),
 * both covered by the signature, and no link that belongs to another recipient. Put it under `Dkim.sign`, so that it sees the
 * signature.
 *
 * A message that is refused fails with a `ConnectionError` of reason `Configuration` that says why; the others of a batch go
 * out.
 *
 * @example
 * ```ts
 * import { Smtp } from "@effect-mail/backends"
 * import { Dkim, MailPolicy } from "@effect-mail/core"
 *
 * const NewsletterLive = (key: Dkim.Key) =>
 *   Smtp.layer({ host: "smtp.example.com" }).pipe(
 *     MailPolicy.apply(MailPolicy.bulk()),
 *     MailPolicy.apply(Dkim.sign(key))
 *   )
 * ```
 *
 * @since 0.1.0
 * @category policies
 */
export const bulk = (options: Bulk = {}): Policy => BulkMail.bulk(options)

/**
 * Changes each message on its way, such as its envelope or the fields in front of it, before a connection is opened for
 * it. Where the change fails, the message is not sent.
 *
 * @example
 * ```ts
 * import { MailPolicy, Outgoing } from "@effect-mail/core"
 * import { Effect } from "effect"
 *
 * const tagged = MailPolicy.mapOutgoing((outgoing) =>
 *   Effect.orDie(Outgoing.prepend(outgoing, { "Feedback-ID": "42:welcome:shop" })))
 * ```
 *
 * @since 0.1.0
 * @category policies
 */
export const mapOutgoing: (
  change: (outgoing: Outgoing) => Effect.Effect<Outgoing, BackendError>
) => Policy = OnOutgoing.mapOutgoing

/**
 * What `tap` runs.
 *
 * @since 0.1.0
 * @category models
 */
export interface Hooks {
  readonly before?: ((outgoing: Outgoing) => Effect.Effect<void>) | undefined
  readonly after?:
    | ((outgoing: Outgoing, exit: Exit.Exit<MailBackend.Delivery, BackendError>) => Effect.Effect<void>)
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
