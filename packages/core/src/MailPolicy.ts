/**
 * How a backend is used: each policy makes a backend of another, or of the one that a layer provides. No policy is on by default, and all of them take the time
 * from `Clock`.
 *
 * @example
 * ```ts
 * import { Smtp } from "@effect-mail/backends"
 * import { MailPolicy } from "@effect-mail/core"
 * import { Schedule } from "effect"
 *
 * const MailLive = Smtp.layer({ host: "smtp.example.com" }).pipe(
 *   MailPolicy.rateLimit({ messages: 10, interval: "1 second" }),
 *   MailPolicy.retry(Schedule.intersect(Schedule.exponential("1 second"), Schedule.recurs(3)))
 * )
 * ```
 *
 * @since 0.1.0
 */
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Schedule from "effect/Schedule"
import type * as Address from "./Address.js"
import { toList } from "./internal/message/copy.js"
import type { OneOrMore } from "./internal/message/model.js"
import * as BulkMail from "./internal/policy/bulk.js"
import * as Concurrency from "./internal/policy/concurrency.js"
import * as Mapping from "./internal/policy/mapOutgoing.js"
import * as RateLimiting from "./internal/policy/rateLimit.js"
import * as Redirecting from "./internal/policy/recipients/redirect.js"
import * as Suppressing from "./internal/policy/recipients/suppress.js"
import * as SuppressingIf from "./internal/policy/recipients/suppressIf.js"
import * as Retrying from "./internal/policy/retry.js"
import * as FailingOver from "./internal/policy/routing/failover.js"
import * as Weighting from "./internal/policy/routing/weighted.js"
import * as Tapping from "./internal/policy/tap.js"
import * as Omitting from "./internal/policy/without.js"
import * as Wrap from "./internal/policy/wrap.js"
import * as MailBackend from "./MailBackend.js"
import type { BackendError } from "./MailError.js"
import type { Droppable, Outgoing } from "./Outgoing.js"

export type {
  /**
   * The options of `bulk`.
   *
   * @since 0.1.0
   * @category models
   */
  Bulk
} from "./internal/policy/bulk.js"

export type {
  /**
   * The backend that `failover` makes, with the state of its relays.
   *
   * @since 0.1.0
   * @category models
   */
  Failover,
  /**
   * A backend of `failover`, and until when it is skipped.
   *
   * @since 0.1.0
   * @category models
   */
  Relay
} from "./internal/policy/routing/failover.js"

export type {
  /**
   * The limits of `rateLimit`.
   *
   * @since 0.1.0
   * @category models
   */
  RateLimit
} from "./internal/policy/rateLimit.js"

export type {
  /**
   * The effects that `tap` runs.
   *
   * @since 0.1.0
   * @category models
   */
  Hooks
} from "./internal/policy/tap.js"

export type {
  /**
   * A policy that also applies to layers: it makes a backend of a `MailBackend.Service`, or of the one that a layer
   * provides. The other services of the layer stay.
   *
   * @since 0.1.0
   * @category models
   */
  Applicable,
  /**
   * What a policy makes of what it is applied to.
   *
   * @since 0.1.0
   * @category models
   */
  Applied,
  /**
   * A layer that provides a backend, and perhaps other services.
   *
   * @since 0.1.0
   * @category models
   */
  BackendLayer,
  /**
   * Makes a backend of another: any function is a policy.
   *
   * @since 0.1.0
   * @category models
   */
  Policy
} from "./internal/policy/wrap.js"

/**
 * Makes a policy that also applies to layers. The function is called once for each backend, and each time a layer is built.
 *
 * @example
 * ```ts
 * import { Dummy } from "@effect-mail/backends"
 * import { MailBackend, MailPolicy } from "@effect-mail/core"
 *
 * const named = (name: string) => MailPolicy.make((backend) => MailBackend.make({ ...backend.driver, name }))
 *
 * const MailLive = Dummy.layer.pipe(named("newsletter"))
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (policy: Wrap.Policy): Wrap.Applicable => Wrap.make(policy)

/**
 * A policy as a layer: it needs a backend, and provides one.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (
  policy: Wrap.Policy
): Layer.Layer<MailBackend.MailBackend, never, MailBackend.MailBackend> =>
  Layer.effect(MailBackend.MailBackend, Effect.map(MailBackend.MailBackend, policy))

/**
 * Applies a policy to the backend that a layer provides. The other services of the layer stay. Policies of this module need no
 * `apply`: `layer.pipe(MailPolicy.retry(schedule))`.
 *
 * @example
 * ```ts
 * import { Dummy } from "@effect-mail/backends"
 * import { MailPolicy } from "@effect-mail/core"
 *
 * const MailLive = Dummy.layer.pipe(MailPolicy.apply(MailPolicy.concurrency(2)))
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const apply = (
  policy: Wrap.Policy
): <Target extends Wrap.BackendLayer>(backend: Target) => Wrap.Applied<Target> => Wrap.make(policy)

/**
 * The options of `retry`.
 *
 * @since 0.1.0
 * @category models
 */
export interface RetryOptions {
  /**
   * Whether to send again what may have been accepted (`OutcomeUnknownError`). Recipients may get the message twice.
   * Default: `false`.
   */
  readonly retryUnknownOutcomesAndRiskDuplicates?: boolean | undefined
}

/**
 * Tries again, on the schedule, what was certainly not sent and may succeed later: errors that are `isTransient`. After a
 * partial result only the recipients that were deferred or not reached are tried again, with the same bytes and Message-ID.
 * The report, or the error, holds for every recipient the status of the last attempt that reached it.
 *
 * An attempt is not made before the time that the other end named (`retryAfter`). What may have been accepted is tried again
 * only where its error is `isRepeatable`, until `repeatableUntil` and to the same recipients: the provider knows it by its
 * idempotency key. If the last of these attempts is refused, the outcome stays unknown.
 *
 * Fails as the last attempt does, and with `OutcomeUnknownError` where an earlier attempt may have been accepted.
 *
 * @example
 * ```ts
 * import { MailPolicy } from "@effect-mail/core"
 * import { Schedule } from "effect"
 *
 * const patient = MailPolicy.retry(Schedule.intersect(Schedule.exponential("1 second"), Schedule.recurs(4)))
 * ```
 *
 * @since 0.1.0
 * @category policies
 */
export const retry = (schedule: Schedule.Schedule<unknown, unknown>, options: RetryOptions = {}): Wrap.Applicable =>
  Wrap.make(Retrying.retry(schedule, options.retryUnknownOutcomesAndRiskDuplicates === true))

/**
 * Sends by the first backend, and by the next one on an error that says `mayFailOver`: the relay cannot be reached or logged
 * in to, or lacks what the message needs. Only what was certainly not sent is passed on; a refused recipient stays refused.
 * Where a server refused some recipients and closed before it reached the others, only the others are passed on.
 *
 * After an error that is `isRelayFault` a backend is skipped for the `cooldown`, unless all are. Default: 1 minute.
 *
 * Fails as the last backend that was tried. Without backends it fails with `ConnectionError` of reason `Refused`.
 *
 * @example
 * ```ts
 * import { MailBackend, MailPolicy } from "@effect-mail/core"
 * import { Effect, Layer } from "effect"
 *
 * const withFallback = (first: MailBackend.Service, second: MailBackend.Service) =>
 *   Layer.effect(
 *     MailBackend.MailBackend,
 *     Effect.sync(() => MailPolicy.failover([first, second], { cooldown: "30 seconds" }))
 *   )
 * ```
 *
 * @since 0.1.0
 * @category policies
 */
export const failover = (
  backends: ReadonlyArray<MailBackend.Service>,
  options: { readonly cooldown?: Duration.DurationInput | undefined } = {}
): FailingOver.Failover => FailingOver.failover(backends, options.cooldown ?? "1 minute")

/**
 * Sends each message by the next backend in turn. Fails as that backend does.
 *
 * @example
 * ```ts
 * import { type MailBackend, MailPolicy } from "@effect-mail/core"
 *
 * const both = (one: MailBackend.Service, other: MailBackend.Service) => MailPolicy.roundRobin([one, other])
 * ```
 *
 * @since 0.1.0
 * @category policies
 */
export const roundRobin = (backends: ReadonlyArray<MailBackend.Service>): MailBackend.Service =>
  Weighting.weighted("roundRobin", backends.map((backend) => [backend, 1]))

/**
 * Distributes the messages by weight, evenly over any run of them. Fails as the chosen backend does.
 *
 * @example
 * ```ts
 * import { type MailBackend, MailPolicy } from "@effect-mail/core"
 *
 * const mostlyFirst = (first: MailBackend.Service, second: MailBackend.Service) =>
 *   MailPolicy.weighted([[first, 9], [second, 1]])
 * ```
 *
 * @since 0.1.0
 * @category policies
 */
export const weighted = (
  shares: ReadonlyArray<readonly [backend: MailBackend.Service, weight: number]>
): MailBackend.Service => Weighting.weighted("weighted", shares)

/**
 * Delays messages so that the limits hold, from the first message on. They pass in the order of arrival. Fails as the
 * backend does.
 *
 * @example
 * ```ts
 * import { MailPolicy } from "@effect-mail/core"
 *
 * const limited = MailPolicy.rateLimit({ messages: 14, recipients: 50, interval: "1 second" })
 * ```
 *
 * @since 0.1.0
 * @category policies
 */
export const rateLimit = (limit: RateLimiting.RateLimit): Wrap.Applicable => Wrap.make(RateLimiting.rateLimit(limit))

/**
 * Lets at most `permits` messages be delivered at once; the others wait. Fails as the backend does.
 *
 * @example
 * ```ts
 * import { MailPolicy } from "@effect-mail/core"
 *
 * const twoAtOnce = MailPolicy.concurrency(2)
 * ```
 *
 * @since 0.1.0
 * @category policies
 */
export const concurrency = (permits: number): Wrap.Applicable => Wrap.make(Concurrency.concurrency(permits))

/**
 * Sends everything to other addresses instead: for staging. The recipients of the envelope are replaced; the header does not
 * change. Recipients that pass `except` get their mail. It is called with the addresses of the envelope: without names, in
 * NFC and with A-labels.
 *
 * Fails as the backend does. If an address to redirect to is not one, every message fails with a `ConnectionError` of reason
 * `Configuration`.
 *
 * @example
 * ```ts
 * import { MailPolicy } from "@effect-mail/core"
 *
 * const toStaging = MailPolicy.redirectAll("staging@example.com", {
 *   except: (recipient) => recipient.endsWith("@example.com")
 * })
 * ```
 *
 * @since 0.1.0
 * @category policies
 */
export const redirectAll = (
  to: OneOrMore<Address.Input>,
  options: { readonly except?: ((recipient: string) => boolean) | undefined } = {}
): Wrap.Applicable => Wrap.make(Redirecting.redirectAll(toList(to), options.except ?? (() => false)))

/**
 * Leaves out one recipient, or those of a list, such as those who unsubscribed or whose mail bounced permanently. Their status in
 * the report is `NotSent`. A message that has only such recipients is not sent at all.
 *
 * Addresses are parsed before they are compared: names, quotes, Unicode domains and the case of a domain make no difference.
 *
 * Fails as the backend does. If an entry of the list is not an address, every message fails with a `ConnectionError` of
 * reason `Configuration`.
 *
 * @example
 * ```ts
 * import { MailPolicy } from "@effect-mail/core"
 *
 * const unsubscribed = MailPolicy.suppress(["ada@example.com", "bob@example.org"])
 * ```
 *
 * @since 0.1.0
 * @category policies
 */
export const suppress = (list: Address.Input | Iterable<Address.Input>): Wrap.Applicable =>
  Wrap.make(Suppressing.suppress(list))

/**
 * Leaves out recipients by a list that changes. For each message `pick` gets the addresses of the envelope, without names, in
 * NFC and with A-labels, and returns those to leave out. Their status in the report is `NotSent`.
 *
 * Fails as `pick` does, before the message is sent, and as the backend does.
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
export const suppressIf = (
  pick: (recipients: ReadonlyArray<string>) => Effect.Effect<ReadonlySet<string>, BackendError>
): Wrap.Applicable => Wrap.make(SuppressingIf.suppressIf(pick))

/**
 * Refuses what mailbox providers would refuse of a mailing, before a connection is opened: a message must have one recipient,
 * a DKIM signature of the author's domain or a parent of it, List-Unsubscribe with an `https:` URL and one-click (RFC 8058),
 * both covered by the signature, and no link that belongs to another recipient. Put it under `Dkim.sign`, so that it sees the
 * signature.
 *
 * A refused message fails with a `ConnectionError` of reason `Configuration` that says why; the others of a batch are sent.
 * Else fails as the backend does.
 *
 * @example
 * ```ts
 * import { Smtp } from "@effect-mail/backends"
 * import { Dkim, MailPolicy } from "@effect-mail/core"
 *
 * const NewsletterLive = (key: Dkim.Key) =>
 *   Smtp.layer({ host: "smtp.example.com" }).pipe(MailPolicy.bulk(), Dkim.sign(key))
 * ```
 *
 * @since 0.1.0
 * @category policies
 */
export const bulk = (options: BulkMail.Bulk = {}): Wrap.Applicable => Wrap.make(BulkMail.bulk(options))

/**
 * Changes each message, such as its envelope or the fields in front of it, before a connection is opened for it.
 *
 * Fails as the change does, before the message is sent, and as the backend does.
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
export const mapOutgoing = (
  change: (outgoing: Outgoing) => Effect.Effect<Outgoing, BackendError>
): Wrap.Applicable => Wrap.make(Mapping.mapOutgoing(change))

/**
 * Drops features from every message, so that a backend that does not carry them takes the message without: annotations (see
 * `Annotations`), and a return path that is not the author's address. The bytes do not change. Fails as the backend does.
 *
 * @example
 * ```ts
 * import { Smtp } from "@effect-mail/backends"
 * import { MailPolicy } from "@effect-mail/core"
 *
 * const MailLive = Smtp.layer({ host: "smtp.example.com" }).pipe(MailPolicy.without(["TAGS", "METADATA"]))
 * ```
 *
 * @since 0.1.0
 * @category policies
 */
export const without = (features: Iterable<Droppable>): Wrap.Applicable => Wrap.make(Omitting.without(features))

/**
 * Runs effects before and after each delivery, also after one that failed or was interrupted. Fails as the backend does.
 *
 * @example
 * ```ts
 * import { MailPolicy } from "@effect-mail/core"
 * import { Effect } from "effect"
 *
 * const logged = MailPolicy.tap({
 *   after: (outgoing, exit) => Effect.log(`${outgoing.messageId}: ${exit._tag}`)
 * })
 * ```
 *
 * @since 0.1.0
 * @category policies
 */
export const tap = (hooks: Tapping.Hooks): Wrap.Applicable => Wrap.make(Tapping.tap(hooks))
