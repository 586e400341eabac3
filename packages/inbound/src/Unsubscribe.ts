/**
 * Unsubscribing with one click (RFC 8058): signed links, the fields that announce them, and an `HttpApp` behind them.
 *
 * Scanners follow every link of a message. So a GET changes nothing and shows a page with a button; the POST of that
 * button, and that of a mailbox provider, unsubscribe.
 *
 * @since 0.1.0
 */
import { Message } from "@effect-mail/core"
import type * as HttpApp from "@effect/platform/HttpApp"
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Encoding from "effect/Encoding"
import * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { InboundConfigError } from "./InboundConfigError.js"
import * as Hmac from "./internal/hmac.js"
import * as OneClick from "./internal/unsubscribe/oneClick.js"
import * as Page from "./internal/unsubscribe/page.js"

/**
 * Who leaves which list.
 *
 * - `list`: the name that the link was made with
 * - `recipient`: the address, or what else the link was made with
 *
 * @since 0.1.0
 * @category models
 */
export interface Subscription {
  readonly list: string
  readonly recipient: string
}

/**
 * The store could not take it. The mailbox provider is told to try again.
 *
 * @since 0.1.0
 * @category errors
 */
export class UnsubscribeError extends Schema.TaggedError<UnsubscribeError>("@effect-mail/inbound/UnsubscribeError")(
  "UnsubscribeError",
  { cause: Schema.Defect }
) {
  /**
   * @since 0.1.0
   */
  override get message(): string {
    return "A recipient could not be unsubscribed"
  }
}

/**
 * Where it is noted. The same subscription may come any number of times.
 *
 * @since 0.1.0
 * @category tags
 */
export class Store extends Context.Tag("@effect-mail/inbound/Unsubscribe/Store")<Store, {
  readonly unsubscribe: (subscription: Subscription) => Effect.Effect<void, UnsubscribeError>
}>() {}

/**
 * The words of the page.
 *
 * @since 0.1.0
 * @category models
 */
export interface Words extends Page.Words {}

/**
 * - `secret`: at least 16 characters. Links of an older secret do not work, so keep it: `formerSecrets` are accepted still
 * - `base`: the `https:` URL of the app, to which the token is added. Its path is where the app answers
 * - `words`: of the page, in your language. Default: English
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  readonly secret: Redacted.Redacted<string>
  readonly formerSecrets?: ReadonlyArray<Redacted.Redacted<string>> | undefined
  readonly base: string | URL
  readonly words?: Partial<Words> | undefined
}

/**
 * - `url`: the link for one recipient of a list. It never expires, since providers offer it as long as the message is there
 * - `read`: the list and the recipient of a token; none where it is not ours
 * - `recipientOf`: to whom a link of this app belongs, for `MailPolicy.bulk`; none for any other link
 * - `addTo`: gives the message List-Unsubscribe, with this link, and List-Unsubscribe-Post (RFC 8058)
 * - `app`: answers for the link. It asks for no login and sets no cookie, and never redirects
 *
 * @since 0.1.0
 * @category models
 */
export interface Unsubscribe {
  readonly url: (list: string, recipient: string) => Effect.Effect<string>
  readonly read: (token: string) => Effect.Effect<Option.Option<Subscription>>
  readonly recipientOf: (url: string) => Effect.Effect<Option.Option<string>>
  readonly addTo: (message: Message.Message, list: string, recipient: string) => Effect.Effect<Message.Message>
  readonly app: HttpApp.Default<never, Store>
}

const version = "1"
const longestToken = 2000

const check = ({ base, formerSecrets = [], secret }: Options): Either.Either<URL, InboundConfigError> => {
  const fail = (option: string, reason: string) => Either.left(new InboundConfigError({ option, reason }))
  for (const each of [secret, ...formerSecrets]) {
    const fault = Hmac.secretFault(each)
    if (fault !== undefined) return fail("secret", fault)
  }
  const text = String(base)
  if (!URL.canParse(text)) return fail("base", "it is not a URL")
  const url = new URL(text)
  if (url.protocol !== "https:") return fail("base", "RFC 8058 demands an https: URL")
  if (url.username !== "" || url.password !== "") return fail("base", "a link must not hold credentials")
  return url.hash !== "" || url.searchParams.has("t")
    ? fail("base", "it has a fragment, or a parameter t")
    : Either.right(url)
}

const separator = "\0"

const security = {
  "Cache-Control": "no-store",
  "Content-Security-Policy":
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'",
  "Referrer-Policy": "no-referrer",
  "X-Content-Type-Options": "nosniff",
  "X-Robots-Tag": "noindex"
}

const answer = (status: number, page: string, headers: Readonly<Record<string, string>> = {}) =>
  HttpServerResponse.text(page, {
    status,
    contentType: "text/html; charset=utf-8",
    headers: { ...security, ...headers }
  })

/**
 * Fails with `InboundConfigError` for a secret of less than 16 characters, and for a base that is no `https:` URL.
 *
 * @example
 * ```ts
 * import { Message } from "@effect-mail/core"
 * import { Unsubscribe } from "@effect-mail/inbound"
 * import { Effect, Redacted } from "effect"
 *
 * const newsletter = Effect.gen(function*() {
 *   const unsubscribe = yield* Unsubscribe.make({
 *     secret: Redacted.make("sixteen characters or more"),
 *     base: "https://example.com/unsubscribe"
 *   })
 *   const message = Message.make({ from: "news@example.com", to: "bob@example.org", subject: "News", text: "..." })
 *   return yield* unsubscribe.addTo(message, "news", "bob@example.org")
 * })
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: Options): Effect.Effect<Unsubscribe, InboundConfigError> =>
  Effect.gen(function*() {
    const base = yield* check(options)
    const signer = yield* Hmac.make(options.secret)
    const former = yield* Effect.forEach(options.formerSecrets ?? [], Hmac.make)
    const words = { ...Page.english, ...options.words }

    const claim = (list: string, recipient: string): string =>
      version + Encoding.encodeBase64Url(`${list.toWellFormed()}${separator}${recipient.toWellFormed()}`)

    const token = (list: string, recipient: string): Effect.Effect<string> => {
      const claimed = claim(list, recipient)
      return Effect.map(signer.sign(claimed), (mac) => `${claimed}.${Encoding.encodeBase64Url(mac)}`)
    }

    const read = (token: string): Effect.Effect<Option.Option<Subscription>> => {
      const [claimed = "", mac = "", ...rest] = token.length > longestToken ? [] : token.split(".")
      const octets = Encoding.decodeBase64Url(mac)
      if (!claimed.startsWith(version) || rest.length > 0 || Either.isLeft(octets)) return Effect.succeedNone
      return Effect.map(
        Effect.exists([signer, ...former], (each) =>
          Effect.map(each.sign(claimed), (expected) => Hmac.isEqual(expected, octets.right))),
        (isOurs) => {
          const text = Encoding.decodeBase64UrlString(claimed.slice(version.length))
          if (!isOurs || Either.isLeft(text)) {
            return Option.none()
          }
          const at = text.right.indexOf(separator)
          return at < 0
            ? Option.none()
            : Option.some({ list: text.right.slice(0, at), recipient: text.right.slice(at + 1) })
        }
      )
    }

    const url = (list: string, recipient: string): Effect.Effect<string> =>
      Effect.map(token(list, recipient), (token) => {
        const link = new URL(base)
        link.searchParams.set("t", token)
        return link.href
      })

    const show = (page: (words: Words, subscription: Subscription) => string, subscription: Subscription) =>
      page(words, subscription)

    const post = (request: HttpServerRequest.HttpServerRequest, subscription: Subscription) =>
      Effect.gen(function*() {
        const isOneClick = yield* OneClick.isAsked(request)
        if (!isOneClick) {
          return answer(400, show(Page.ask, subscription))
        }
        const store = yield* Store
        return yield* Effect.match(store.unsubscribe(subscription), {
          onFailure: () =>
            answer(503, Page.failed(words), { "Retry-After": "60" }),
          onSuccess: () => answer(200, show(Page.done, subscription))
        })
      })

    const app: HttpApp.Default<never, Store> = Effect.gen(function*() {
      const request = yield* HttpServerRequest.HttpServerRequest
      const query = request.url.slice((request.url.indexOf("?") + 1) || request.url.length)
      const subscription = yield* read(new URLSearchParams(query).get("t") ?? "")
      if (!["GET", "HEAD", "POST"].includes(request.method)) return answer(405, "", { Allow: "GET, HEAD, POST" })
      if (Option.isNone(subscription)) return answer(404, Page.unknown(words))
      return request.method === "POST"
        ? yield* post(request, subscription.value)
        : answer(200, show(Page.ask, subscription.value))
    })

    return {
      url,
      read,
      recipientOf: (url) => {
        const link = URL.canParse(url) ? new URL(url) : undefined
        return link === undefined || link.origin !== base.origin || link.pathname !== base.pathname
          ? Effect.succeedNone
          : Effect.map(read(link.searchParams.get("t") ?? ""), Option.map(({ recipient }) => recipient))
      },
      addTo: (message, list, recipient) =>
        Effect.map(url(list, recipient), (link) => Message.listUnsubscribe(message, link)),
      app
    }
  })
