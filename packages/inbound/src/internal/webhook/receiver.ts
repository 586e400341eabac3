import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Encoding from "effect/Encoding"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as ReplayGuard from "../../ReplayGuard.js"
import * as Crypto from "./crypto.js"
import type { Facts } from "./event.js"
import type { Incoming, Provider } from "./request.js"

/**
 * Why a request is refused:
 *
 * - `Unsigned`: it lacks a signature or a password
 * - `BadSignature`: that is wrong
 * - `Expired`: it was signed too long ago: five minutes, an hour for SES and Gmail; or, where nothing tells when it was sent,
 *   what it reports is older than three days
 * - `Replayed`: it was handled before
 * - `Pending`: it is being handled just now
 * - `Unreadable`: it is no event of this provider
 * - `TooLarge`: its body has more than 5 MiB
 *
 * @since 0.1.0
 * @category errors
 */
export class WebhookError extends Schema.TaggedError<WebhookError>("@effect-mail/inbound/WebhookError")(
  "WebhookError",
  {
    provider: Schema.String,
    reason: Schema.Literal("Unsigned", "BadSignature", "Expired", "Replayed", "Pending", "Unreadable", "TooLarge")
  }
) {
  /**
   * @since 0.1.0
   */
  override get message(): string {
    return `A webhook of ${this.provider} is refused: ${this.reason}`
  }
}

/**
 * What happened:
 *
 * - `delivered`: the recipient's server took it; `deferred`: it did not, and is asked again
 * - `bounced`: it refused for good; `kind` says whether the address is to blame
 * - `rejected`: the provider did not even try, as of an address on its own suppression list
 * - `complained`, `unsubscribed`: the recipient wants no more
 * - `opened`, `clicked`: seen, as far as that can be told
 * - `autoresponded`: a program answered
 * - `failed`: the provider could not make or send the message
 * - `received`: mail came into the mailbox `recipient`, such as a bounce: fetch it, as by `remoteId`
 * - `unknown`: anything else, such as that it was accepted
 *
 * @since 0.1.0
 * @category models
 */
export const Type = Schema.Literal(
  "delivered",
  "deferred",
  "bounced",
  "rejected",
  "complained",
  "opened",
  "clicked",
  "unsubscribed",
  "autoresponded",
  "failed",
  "received",
  "unknown"
)

/**
 * @since 0.1.0
 * @category models
 */
export type Type = typeof Type.Type

const text = Schema.optional(Schema.String)

/**
 * An event about one recipient.
 *
 * - `remoteId`: the provider's id of the message, as in the report of its delivery
 * - `kind`: of `bounced`: `Hard` where the provider says that the address is to blame
 * - `status`: X.Y.Z (RFC 3463)
 * - `url`: of `clicked`
 * - `raw`: the provider's event, untouched but for the secret in those of Microsoft Graph
 *
 * @since 0.1.0
 * @category models
 */
export const Event = Schema.Struct({
  provider: Schema.String,
  type: Type,
  recipient: text,
  remoteId: text,
  at: Schema.optional(Schema.DateTimeUtc),
  kind: Schema.optional(Schema.Literal("Hard", "Soft")),
  status: text,
  diagnostic: text,
  url: text,
  raw: Schema.Unknown
})

/**
 * @since 0.1.0
 * @category models
 */
export type Event = typeof Event.Type

/**
 * Takes the requests of one provider. `receive` checks one and hands its events to `handle`. Only when that succeeds the
 * request counts as handled: the same one is refused from then on, and is taken again after a failure, when the provider tries
 * again. What was handled is kept by `ReplayGuard`: in this process, unless a store is provided when the receiver is made.
 *
 * A process that dies between the two leaves the request unhandled. It is taken again after a minute, so that `handle` may
 * get the same events twice.
 *
 * @since 0.1.0
 * @category models
 */
export interface Receiver {
  readonly name: string
  readonly receive: <E, R>(
    incoming: Incoming,
    handle: (events: ReadonlyArray<Event>) => Effect.Effect<void, E, R>
  ) => Effect.Effect<void, WebhookError | ReplayGuard.ReplayGuardError | E, R>
  /**
   * The answer to a request that only asks whether the URL is ours, by its query; none for any other request.
   */
  readonly challenge: (query: URLSearchParams) => Option.Option<string>
}

/** Octets of a body. */
export const largest = 5 * 1024 * 1024
const hourMillis = 60 * 60 * 1000
export const claimMillis = 60 * 1000
/** Longer than any signature is good. */
const timedMillis = 3 * hourMillis
/** Longer than providers try again. */
const untimedMillis = 3 * 24 * hourMillis

const toEvent = (provider: string, facts: Facts): Event => {
  const event: Record<string, unknown> = { provider }
  for (const [key, value] of Object.entries(facts)) if (value !== undefined) event[key] = value
  return { provider, type: facts.type, raw: facts.raw, ...event }
}

/** What was kept so long is forgotten, so that nothing older may come in. */
const isForgotten = (facts: ReadonlyArray<Facts>, now: number): boolean =>
  facts.some(({ at }) => at !== undefined && at.epochMillis < now - untimedMillis + hourMillis)

/** A receiver of one provider. `before` runs for a request that is new, in front of the handler. */
export const make = (
  provider: Provider,
  before: (body: string) => Effect.Effect<void> = () => Effect.void
): Effect.Effect<Receiver> =>
  Effect.contextWith((context: Context.Context<never>) => {
    const guard = Context.get(context, ReplayGuard.ReplayGuard)
    const refuse = (reason: WebhookError["reason"]) => new WebhookError({ provider: provider.name, reason })
    return {
      name: provider.name,
      challenge: (query) => Option.fromNullable(provider.challenge?.(query)),
      receive: (incoming, handle) =>
        Effect.gen(function*() {
          if (incoming.body.length > largest) return yield* refuse("TooLarge")
          const now = yield* Clock.currentTimeMillis
          const delivery = yield* Effect.mapError(provider.verify(incoming, now), refuse)
          const body = new TextDecoder().decode(incoming.body)
          const facts = provider.read(body)
          if (facts === undefined) return yield* refuse("Unreadable")
          if (!provider.isTimed && isForgotten(facts, now)) return yield* refuse("Expired")
          const digest = yield* Crypto.sha256(Crypto.encode(`${provider.name}\0${delivery}`))
          const id = Encoding.encodeHex(digest)
          const handled = Effect.zipRight(
            Effect.zipRight(before(body), handle(facts.map((each) => toEvent(provider.name, each)))),
            Effect.flatMap(
              Clock.currentTimeMillis,
              (done) => guard.done(id, done + (provider.isTimed ? timedMillis : untimedMillis))
            )
          )
          yield* Effect.uninterruptibleMask((restore) =>
            Effect.gen(function*() {
              const claim = yield* guard.claim(id, now, now + claimMillis)
              if (claim !== "New") return yield* refuse(claim === "Done" ? "Replayed" : "Pending")
              // A claim that cannot be released lapses by itself.
              yield* Effect.onError(restore(handled), () => Effect.ignore(guard.release(id)))
            })
          )
        })
    }
  })
