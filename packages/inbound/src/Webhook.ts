/**
 * Events that providers report by calling a URL of yours: one vocabulary for all of them, signatures checked over the raw body,
 * nothing taken twice.
 *
 * Resend, SendGrid, Mailgun, Postmark, Brevo and Amazon SES report what became of a message. Gmail and Microsoft Graph report
 * that mail came, such as a bounce: fetch it, and `Notice` reads it.
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
import { InboundConfigError } from "./InboundConfigError.js"
import * as Crypto from "./internal/webhook/crypto.js"
import * as Basic from "./internal/webhook/provider/basic.js"
import * as Gmail from "./internal/webhook/provider/gmail.js"
import * as Graph from "./internal/webhook/provider/graph.js"
import * as Mailgun from "./internal/webhook/provider/mailgun.js"
import * as Resend from "./internal/webhook/provider/resend.js"
import * as SendGrid from "./internal/webhook/provider/sendgrid.js"
import * as Ses from "./internal/webhook/provider/ses.js"
import * as Receiver from "./internal/webhook/receiver.js"
import type { Provider } from "./internal/webhook/request.js"

export {
  /**
   * An event about one recipient.
   *
   * @since 0.1.0
   * @category models
   */
  Event,
  /**
   * Takes the requests of one provider.
   *
   * @since 0.1.0
   * @category models
   */
  type Receiver,
  /**
   * What happened.
   *
   * @since 0.1.0
   * @category models
   */
  Type,
  /**
   * Why a request is refused.
   *
   * @since 0.1.0
   * @category errors
   */
  WebhookError
} from "./internal/webhook/receiver.js"

export type {
  /**
   * A request of a provider.
   *
   * @since 0.1.0
   * @category models
   */
  Incoming
} from "./internal/webhook/request.js"

const bad = (option: string, reason: string) => Effect.fail(new InboundConfigError({ option, reason }))

/**
 * Resend, and other providers that sign as Standard Webhooks does. `secret` is the one that the provider shows, `whsec_...`.
 *
 * Fails with `InboundConfigError` for a secret that is none.
 *
 * @example
 * ```ts
 * import { Webhook } from "@effect-mail/inbound"
 * import { Redacted } from "effect"
 *
 * const receiver = Webhook.resend({ secret: Redacted.make("whsec_...") })
 * ```
 *
 * @since 0.1.0
 * @category providers
 */
export const resend = (
  options: { readonly secret: Redacted.Redacted<string> }
): Effect.Effect<Receiver.Receiver, InboundConfigError> =>
  Effect.suspend(() => {
    const key = Crypto.fromBase64(Redacted.value(options.secret).replace(/^whsec_/, ""))
    return key === undefined || key.length < 16
      ? bad("secret", "it is not whsec_ and base64")
      : Receiver.make(Resend.make(key))
  })

/**
 * SendGrid's Event Webhook with the signature switched on. `publicKey` is the verification key that SendGrid shows.
 *
 * Fails with `InboundConfigError` for a key that is none.
 *
 * @example
 * ```ts
 * import { Webhook } from "@effect-mail/inbound"
 *
 * const receiver = Webhook.sendGrid({ publicKey: "MFkwEwYH..." })
 * ```
 *
 * @since 0.1.0
 * @category providers
 */
export const sendGrid = (
  options: { readonly publicKey: string }
): Effect.Effect<Receiver.Receiver, InboundConfigError> =>
  Effect.suspend(() => {
    const key = Crypto.fromBase64(options.publicKey.replace(/-----[A-Z ]{1,30}-----/g, ""))
    return key === undefined || key.length < 60
      ? bad("publicKey", "it is not the base64 of a P-256 key")
      : Receiver.make(SendGrid.make(key))
  })

/**
 * Mailgun. `signingKey` is the HTTP webhook signing key. Mailgun signs no more than a time and a token: take its calls over
 * `https:` alone.
 *
 * Fails with `InboundConfigError` for an empty key.
 *
 * @example
 * ```ts
 * import { Webhook } from "@effect-mail/inbound"
 * import { Redacted } from "effect"
 *
 * const receiver = Webhook.mailgun({ signingKey: Redacted.make("...") })
 * ```
 *
 * @since 0.1.0
 * @category providers
 */
export const mailgun = (
  options: { readonly signingKey: Redacted.Redacted<string> }
): Effect.Effect<Receiver.Receiver, InboundConfigError> =>
  Effect.suspend(() => {
    const key = Redacted.value(options.signingKey)
    return key === "" ? bad("signingKey", "it is empty") : Receiver.make(Mailgun.make(Crypto.encode(key)))
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
  (options: BasicOptions): Effect.Effect<Receiver.Receiver, InboundConfigError> =>
    Effect.suspend(() => {
      const password = Redacted.value(options.password)
      return password.length < 8
        ? bad("password", "it is shorter than 8 characters")
        : Receiver.make(make(options.user, password))
    })

/**
 * Postmark. Fails with `InboundConfigError` for a password of less than 8 characters.
 *
 * @example
 * ```ts
 * import { Webhook } from "@effect-mail/inbound"
 * import { Redacted } from "effect"
 *
 * const receiver = Webhook.postmark({ user: "hook", password: Redacted.make("...") })
 * ```
 *
 * @since 0.1.0
 * @category providers
 */
export const postmark: (options: BasicOptions) => Effect.Effect<Receiver.Receiver, InboundConfigError> = basic(
  Basic.postmark
)

/**
 * Brevo. Fails with `InboundConfigError` for a password of less than 8 characters.
 *
 * @example
 * ```ts
 * import { Webhook } from "@effect-mail/inbound"
 * import { Redacted } from "effect"
 *
 * const receiver = Webhook.brevo({ user: "hook", password: Redacted.make("...") })
 * ```
 *
 * @since 0.1.0
 * @category providers
 */
export const brevo: (options: BasicOptions) => Effect.Effect<Receiver.Receiver, InboundConfigError> = basic(Basic.brevo)

/**
 * Amazon SES by SNS. `topics` are the ARNs of your topics: others are refused. Certificates are fetched from hosts of SNS alone,
 * and kept. A subscription that SNS asks to confirm is confirmed.
 *
 * @example
 * ```ts
 * import { Webhook } from "@effect-mail/inbound"
 *
 * const receiver = Webhook.ses({ topics: ["arn:aws:sns:eu-west-1:123456789012:mail"] })
 * ```
 *
 * @since 0.1.0
 * @category providers
 */
export const ses = (
  options: { readonly topics: ReadonlyArray<string> }
): Effect.Effect<Receiver.Receiver, InboundConfigError, HttpClient.HttpClient> =>
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
    return yield* Receiver.make(Ses.make({ topics: options.topics, certificate }), confirm)
  })

const googleKeys = "https://www.googleapis.com/oauth2/v3/certs"

/**
 * Gmail, by push notifications of Cloud Pub/Sub whose subscription has authentication switched on. `audience` is that of the
 * subscription, which is the URL that it calls unless it was set; `account` is the service account that signs. The keys are
 * fetched from Google, and kept.
 *
 * A notification says that something happened in a mailbox, by its `historyId`: ask the API for what is new since the last.
 *
 * Fails with `InboundConfigError` for an empty audience, and for an account that is no address.
 *
 * @example
 * ```ts
 * import { Webhook } from "@effect-mail/inbound"
 *
 * const receiver = Webhook.gmail({
 *   audience: "https://example.com/webhooks/gmail",
 *   account: "push@project.iam.gserviceaccount.com"
 * })
 * ```
 *
 * @since 0.1.0
 * @category providers
 */
export const gmail = (
  options: { readonly audience: string; readonly account: string }
): Effect.Effect<Receiver.Receiver, InboundConfigError, HttpClient.HttpClient> =>
  Effect.gen(function*() {
    if (options.audience === "") return yield* bad("audience", "it is empty")
    if (!options.account.includes("@")) return yield* bad("account", "it is not the address of a service account")
    const client = yield* HttpClient.HttpClient
    let known: string | undefined
    let fetchedAt = Number.NEGATIVE_INFINITY
    const fetched = client.get(googleKeys).pipe(
      Effect.flatMap((response) => response.text),
      Effect.timeout("10 seconds"),
      Effect.tap((keys) => Effect.sync(() => void (known = keys)))
    )
    const keys = (isStale: boolean) =>
      Effect.flatMap(Clock.currentTimeMillis, (now) => {
        // Tokens with keys that do not exist must not make us ask Google each time.
        const mayAsk = known === undefined || (isStale && now - fetchedAt > Receiver.claimMillis)
        if (!mayAsk) return Effect.succeed(known ?? "")
        fetchedAt = now
        return fetched
      })
    return yield* Receiver.make(Gmail.make({ ...options, keys }))
  })

/**
 * Microsoft Graph, by change notifications of a subscription to the messages of a mailbox. `clientState` is the secret that
 * the subscription was made with, of 16 characters or more: each notification holds it. `app` answers when Graph asks whether
 * the URL is yours.
 *
 * A notification says that a message was created, by `remoteId`: fetch it by the API.
 *
 * Fails with `InboundConfigError` for a secret that is shorter, or longer than the 128 characters that Graph takes.
 *
 * @example
 * ```ts
 * import { Webhook } from "@effect-mail/inbound"
 * import { Redacted } from "effect"
 *
 * const receiver = Webhook.msGraph({ clientState: Redacted.make("sixteen characters or more") })
 * ```
 *
 * @since 0.1.0
 * @category providers
 */
export const msGraph = (
  options: { readonly clientState: Redacted.Redacted<string> }
): Effect.Effect<Receiver.Receiver, InboundConfigError> =>
  Effect.suspend(() => {
    const clientState = Redacted.value(options.clientState)
    return clientState.length < 16 || clientState.length > 128
      ? bad("clientState", "it does not have 16 to 128 characters")
      : Receiver.make(Graph.make(clientState))
  })

const statuses: Readonly<Record<Receiver.WebhookError["reason"], number>> = {
  Unsigned: 401,
  BadSignature: 401,
  Expired: 401,
  // The provider did not hear the first answer: it is not to try for ever.
  Replayed: 200,
  Pending: 503,
  Unreadable: 400,
  TooLarge: 413
}

/**
 * Answers the calls of a provider: 200 when the events were handled or had been before, 401 for a wrong signature, 503 while
 * the same call is being handled, and 500 where `handle` or the store fails, so that the provider tries again.
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
  receiver: Receiver.Receiver,
  handle: (events: ReadonlyArray<Receiver.Event>) => Effect.Effect<void, E, R>
): HttpApp.Default<never, R> =>
  Effect.gen(function*() {
    const request = yield* HttpServerRequest.HttpServerRequest
    if (request.method !== "POST") return HttpServerResponse.empty({ status: 405, headers: { Allow: "POST" } })
    const query = request.url.slice((request.url.indexOf("?") + 1) || request.url.length)
    const challenge = receiver.challenge(new URLSearchParams(query))
    if (Option.isSome(challenge)) {
      return HttpServerResponse.text(challenge.value, {
        contentType: "text/plain",
        headers: { "X-Content-Type-Options": "nosniff" }
      })
    }
    const body = yield* request.arrayBuffer.pipe(
      HttpServerRequest.withMaxBodySize(Option.some(Receiver.largest)),
      Effect.option
    )
    if (Option.isNone(body)) return HttpServerResponse.empty({ status: 413 })
    return yield* receiver.receive({ headers: request.headers, body: new Uint8Array(body.value) }, handle).pipe(
      Effect.as(HttpServerResponse.empty({ status: 200 })),
      Effect.catchAll((error) =>
        Effect.succeed(
          HttpServerResponse.empty({ status: error instanceof Receiver.WebhookError ? statuses[error.reason] : 500 })
        )
      )
    )
  })
