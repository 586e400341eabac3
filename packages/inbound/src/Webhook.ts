/**
 * Events that providers report by calling a URL of yours: one vocabulary for all of them, signatures checked over the raw body,
 * nothing taken twice.
 *
 * Resend, SendGrid, Mailgun, Postmark, Brevo and Amazon SES report so. Gmail and Microsoft Graph do not: there, failures come
 * as mail, which `Notice` reads.
 *
 * @since 0.1.0
 */
import type * as HttpApp from "@effect/platform/HttpApp"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { InboundConfigError } from "./InboundConfigError.js"
import * as Basic from "./internal/webhook/basic.js"
import * as Crypto from "./internal/webhook/crypto.js"
import type { Facts } from "./internal/webhook/event.js"
import * as Mailgun from "./internal/webhook/mailgun.js"
import type { Provider } from "./internal/webhook/request.js"
import * as Resend from "./internal/webhook/resend.js"
import * as SendGrid from "./internal/webhook/sendgrid.js"
import * as Ses from "./internal/webhook/ses.js"

/**
 * Why a request is refused:
 *
 * - `Unsigned`: it lacks a signature or a password
 * - `BadSignature`: that is wrong
 * - `Expired`: it was signed too long ago: five minutes, and an hour for SES
 * - `Replayed`: it was taken before
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
    reason: Schema.Literal("Unsigned", "BadSignature", "Expired", "Replayed", "Unreadable", "TooLarge")
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
 * - `raw`: the provider's event, untouched
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
 * What came: the names of headers in lower case, and the body octet for octet.
 *
 * @since 0.1.0
 * @category models
 */
export interface Incoming {
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly body: Uint8Array
}

/**
 * Takes the requests of one provider. `receive` checks one and hands its events to `handle`. Only when that succeeds the
 * request counts as taken: the same one is refused from then on, and is taken again after a failure, when the provider tries
 * again.
 *
 * What was taken is kept in mind for as long as a signature is good, in this process; give `handle` the same events twice
 * without harm where there are several processes.
 *
 * @since 0.1.0
 * @category models
 */
export interface Receiver {
  readonly name: string
  readonly receive: <E, R>(
    incoming: Incoming,
    handle: (events: ReadonlyArray<Event>) => Effect.Effect<void, E, R>
  ) => Effect.Effect<void, WebhookError | E, R>
}

const largest = 5 * 1024 * 1024
const mostKept = 100_000
const keptMillis = 2 * 60 * 60 * 1000

/** Deliveries that were taken, the oldest first. */
class Taken {
  readonly #times = new Map<string, number>()

  /** Whether it is new. From now on it is not. */
  take(id: string, now: number): boolean {
    for (const [oldest, time] of this.#times) {
      if (now - time < keptMillis && this.#times.size < mostKept) break
      this.#times.delete(oldest)
    }
    if (this.#times.has(id)) return false
    this.#times.set(id, now)
    return true
  }

  forget(id: string): void {
    this.#times.delete(id)
  }
}

const toEvent = (provider: string, facts: Facts): Event => {
  const event: Record<string, unknown> = { provider }
  for (const [key, value] of Object.entries(facts)) if (value !== undefined) event[key] = value
  return { provider, type: facts.type, raw: facts.raw, ...event }
}

const receiver = (
  provider: Provider,
  before: (body: string) => Effect.Effect<void> = () => Effect.void
): Receiver => {
  const taken = new Taken()
  const refuse = (reason: WebhookError["reason"]) => new WebhookError({ provider: provider.name, reason })
  return {
    name: provider.name,
    receive: (incoming, handle) =>
      Effect.gen(function*() {
        if (incoming.body.length > largest) return yield* refuse("TooLarge")
        const now = yield* Clock.currentTimeMillis
        const id = yield* Effect.mapError(provider.verify(incoming, now), refuse)
        const body = new TextDecoder().decode(incoming.body)
        const facts = provider.read(body)
        if (facts === undefined) return yield* refuse("Unreadable")
        if (!taken.take(id, now)) return yield* refuse("Replayed")
        yield* Effect.zipRight(before(body), handle(facts.map((each) => toEvent(provider.name, each)))).pipe(
          Effect.onError(() => Effect.sync(() => taken.forget(id)))
        )
      })
  }
}

const bad = (option: string, reason: string) => Effect.fail(new InboundConfigError({ option, reason }))

/**
 * Resend, and other providers that sign as Standard Webhooks does. `secret` is the one that the provider shows, `whsec_...`.
 *
 * Fails with `InboundConfigError` for a secret that is none.
 *
 * @since 0.1.0
 * @category providers
 */
export const resend = (
  options: { readonly secret: Redacted.Redacted<string> }
): Effect.Effect<Receiver, InboundConfigError> =>
  Effect.suspend(() => {
    const key = Crypto.fromBase64(Redacted.value(options.secret).replace(/^whsec_/, ""))
    return key === undefined || key.length < 16
      ? bad("secret", "it is not whsec_ and base64")
      : Effect.succeed(receiver(Resend.make(key)))
  })

/**
 * SendGrid's Event Webhook with the signature switched on. `publicKey` is the verification key that SendGrid shows.
 *
 * Fails with `InboundConfigError` for a key that is none.
 *
 * @since 0.1.0
 * @category providers
 */
export const sendGrid = (options: { readonly publicKey: string }): Effect.Effect<Receiver, InboundConfigError> =>
  Effect.suspend(() => {
    const key = Crypto.fromBase64(options.publicKey.replace(/-----[A-Z ]{1,30}-----/g, ""))
    return key === undefined || key.length < 60
      ? bad("publicKey", "it is not the base64 of a P-256 key")
      : Effect.succeed(receiver(SendGrid.make(key)))
  })

/**
 * Mailgun. `signingKey` is the HTTP webhook signing key. Mailgun signs no more than a time and a token: take its calls over
 * `https:` alone.
 *
 * Fails with `InboundConfigError` for an empty key.
 *
 * @since 0.1.0
 * @category providers
 */
export const mailgun = (
  options: { readonly signingKey: Redacted.Redacted<string> }
): Effect.Effect<Receiver, InboundConfigError> =>
  Effect.suspend(() => {
    const key = Redacted.value(options.signingKey)
    return key === "" ? bad("signingKey", "it is empty") : Effect.succeed(receiver(Mailgun.make(Crypto.encode(key))))
  })

/**
 * A user and a password of your choice, for providers that sign nothing: write them into the URL that the provider calls, as
 * `https://user:password@example.com/webhooks`.
 *
 * @since 0.1.0
 * @category models
 */
export interface BasicOptions {
  readonly user: string
  readonly password: Redacted.Redacted<string>
}

const basic =
  (make: (user: string, password: string) => Provider) =>
  (options: BasicOptions): Effect.Effect<Receiver, InboundConfigError> =>
    Effect.suspend(() => {
      const password = Redacted.value(options.password)
      return password.length < 8
        ? bad("password", "it is shorter than 8 characters")
        : Effect.succeed(receiver(make(options.user, password)))
    })

/**
 * Postmark. Fails with `InboundConfigError` for a password of less than 8 characters.
 *
 * @since 0.1.0
 * @category providers
 */
export const postmark: (options: BasicOptions) => Effect.Effect<Receiver, InboundConfigError> = basic(Basic.postmark)

/**
 * Brevo. Fails with `InboundConfigError` for a password of less than 8 characters.
 *
 * @since 0.1.0
 * @category providers
 */
export const brevo: (options: BasicOptions) => Effect.Effect<Receiver, InboundConfigError> = basic(Basic.brevo)

/**
 * Amazon SES by SNS. `topics` are the ARNs of your topics: others are refused. Certificates are fetched from hosts of SNS alone,
 * and kept. A subscription that SNS asks to confirm is confirmed.
 *
 * @since 0.1.0
 * @category providers
 */
export const ses = (
  options: { readonly topics: ReadonlyArray<string> }
): Effect.Effect<Receiver, InboundConfigError, HttpClient.HttpClient> =>
  Effect.gen(function*() {
    if (options.topics.length === 0) {
      return yield* bad("topics", "there is no topic, so that everything would be refused")
    }
    const client = yield* HttpClient.HttpClient
    const known = new Map<string, string>()
    const get = (url: string) =>
      client.get(url).pipe(
        Effect.flatMap((response) => response.text),
        Effect.timeout("10 seconds")
      )
    const certificate = (url: string) => {
      const pem = known.get(url)
      return pem !== undefined
        ? Effect.succeed(pem)
        : Effect.tap(get(url), (pem) => Effect.sync(() => void (known.size < 20 && known.set(url, pem))))
    }
    const confirm = (body: string): Effect.Effect<void> => {
      const url = Ses.subscribeUrl(body)
      return url === undefined ? Effect.void : Effect.ignore(get(url))
    }
    return receiver(Ses.make({ topics: options.topics, certificate }), confirm)
  })

const statuses: Readonly<Record<WebhookError["reason"], number>> = {
  Unsigned: 401,
  BadSignature: 401,
  Expired: 401,
  // The provider did not hear the first answer: it is not to try for ever.
  Replayed: 200,
  Unreadable: 400,
  TooLarge: 413
}

/**
 * Answers the calls of a provider: 200 when the events were handled or had been before, 401 for a wrong signature, 500 where
 * `handle` fails, so that the provider tries again.
 *
 * @example
 * ```ts
 * import { Webhook } from "@effect-mail/inbound"
 * import { Config, Console, Effect } from "effect"
 *
 * const app = Effect.gen(function*() {
 *   const secret = yield* Config.redacted("RESEND_WEBHOOK_SECRET")
 *   const resend = yield* Webhook.resend({ secret })
 *   return Webhook.app(resend, (events) => Effect.forEach(events, ({ type }) => Console.log(type), { discard: true }))
 * })
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const app = <E, R>(
  receiver: Receiver,
  handle: (events: ReadonlyArray<Event>) => Effect.Effect<void, E, R>
): HttpApp.Default<never, R> =>
  Effect.gen(function*() {
    const request = yield* HttpServerRequest.HttpServerRequest
    if (request.method !== "POST") return HttpServerResponse.empty({ status: 405, headers: { Allow: "POST" } })
    const body = yield* request.arrayBuffer.pipe(
      HttpServerRequest.withMaxBodySize(Option.some(largest)),
      Effect.option
    )
    if (Option.isNone(body)) return HttpServerResponse.empty({ status: 413 })
    return yield* receiver.receive({ headers: request.headers, body: new Uint8Array(body.value) }, handle).pipe(
      Effect.as(HttpServerResponse.empty({ status: 200 })),
      Effect.catchAll((error) =>
        Effect.succeed(
          HttpServerResponse.empty({ status: error instanceof WebhookError ? statuses[error.reason] : 500 })
        )
      )
    )
  })
