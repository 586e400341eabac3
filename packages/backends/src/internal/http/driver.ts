import type { Capability } from "@effect-mail/core/Capability"
import * as Envelope from "@effect-mail/core/Envelope"
import type * as MailBackend from "@effect-mail/core/MailBackend"
import {
  at,
  type AttachmentError,
  type BackendError,
  CapabilityError,
  OutcomeUnknownError,
  RejectedError
} from "@effect-mail/core/MailError"
import * as Mime from "@effect-mail/core/Mime"
import * as Outgoing from "@effect-mail/core/Outgoing"
import type { HttpClientRequest } from "@effect/platform/HttpClientRequest"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Credentials from "./exchange/credentials.js"
import * as Exchange from "./exchange/exchange.js"
import type { Addressed, Answer, Provider } from "./provider.js"

type Deliver = MailBackend.MailSession["deliver"]

const lacks = (capability: Capability, description: string) =>
  Effect.fail(new CapabilityError({ capability, description }))

const hex = (octets: ArrayBuffer): string =>
  Array.from(new Uint8Array(octets), (octet) => octet.toString(16).padStart(2, "0")).join("")

/** Of the message and its envelope: a try for the rest of its recipients is another request. */
const keyOf = ({ envelope: { from, to }, messageId }: Outgoing.Outgoing): Effect.Effect<string> => {
  const text = new TextEncoder().encode(JSON.stringify([messageId, from, to]))
  return Effect.map(Effect.promise(() => crypto.subtle.digest("SHA-256", text)), hex)
}

/** A Bcc field in front (RFC 5322 section 3.6.3): one address a line, so that no line is too long. */
const withBcc = (bytes: Uint8Array, recipients: ReadonlyArray<string>): Uint8Array => {
  if (recipients.length === 0) return bytes
  const field = new TextEncoder().encode(`Bcc: ${recipients.join(",\r\n ")}\r\n`)
  const whole = new Uint8Array(field.length + bytes.length)
  whole.set(field)
  whole.set(bytes, field.length)
  return whole
}

const checkNeeds = <C>({ carries, limits = {}, name }: Provider<C>, outgoing: Outgoing.Outgoing) => {
  const carried = new Set(carries)
  return Effect.suspend((): Effect.Effect<void, CapabilityError> => {
    for (const need of Outgoing.needs(outgoing)) {
      if (!carried.has(need)) return lacks(need, `${name} does not carry it`)
    }
    const { length } = outgoing.envelope.to
    return limits.recipients !== undefined && length > limits.recipients
      ? lacks("RECIPIENTS", `the message has ${length} recipients, and ${name} takes ${limits.recipients}`)
      : Effect.void
  })
}

const checkSize = <C>({ limits = {}, name }: Provider<C>, octets: number | undefined) =>
  limits.octets !== undefined && octets !== undefined && octets > limits.octets
    ? lacks("SIZE", `there are ${octets} octets, and ${name} takes ${limits.octets}`)
    : Effect.void

const addressedOf = <C>(
  { idempotency }: Provider<C>,
  outgoing: Outgoing.Outgoing
): Effect.Effect<Addressed> => {
  const { annotations } = outgoing
  const made = idempotency?.keys === "always" && annotations.idempotencyKey === undefined
    ? Effect.asSome(keyOf(outgoing))
    : Effect.succeed(Option.fromNullable(annotations.idempotencyKey))
  return Effect.map(made, (idempotencyKey) => ({ envelope: Envelope.of(outgoing), annotations, idempotencyKey }))
}

const requestOf = <C>(
  provider: Provider<C>,
  outgoing: Outgoing.Outgoing,
  addressed: Addressed
): Effect.Effect<HttpClientRequest, AttachmentError | CapabilityError> => {
  if (provider.takes === "fields") {
    return Option.match(Outgoing.letter(outgoing), {
      onNone: () => lacks("MIME", `${provider.name} does not carry it`),
      onSome: (letter) =>
        Effect.tap(
          provider.request({ ...letter, ...addressed }),
          ({ body }) => checkSize(provider, body.contentLength)
        )
    })
  }
  const { request, takes } = provider
  return checkSize(provider, Option.getOrUndefined(Mime.size(outgoing))).pipe(
    Effect.zipRight(Mime.render(outgoing)),
    Effect.map((bytes) => takes === "mime" ? bytes : withBcc(bytes, Outgoing.blindCopies(outgoing))),
    Effect.tap((bytes) => checkSize(provider, bytes.length)),
    Effect.flatMap((bytes) => request({ ...addressed, bytes }))
  )
}

/** What authorizing wrote into the header: a secret may be in another form there. */
const addedBy = (before: HttpClientRequest, after: HttpClientRequest): ReadonlyArray<string> =>
  Object.entries(after.headers).flatMap(([name, value]) =>
    before.headers[name] === value ? [] : [value, ...value.split(" ")]
  )

/** Until when the provider knows the message by its key, where it was sent with one. */
const repeatable = <C>(
  { idempotency }: Provider<C>,
  { idempotencyKey }: Addressed,
  begun: number
) =>
(error: BackendError): BackendError =>
  error._tag === "OutcomeUnknownError" && idempotency !== undefined && Option.isSome(idempotencyKey)
    ? new OutcomeUnknownError({
      ...error,
      repeatableUntil: begun + Duration.toMillis(Duration.decode(idempotency.window))
    })
    : error

/** Delivers by one request, or by two where credentials that expire were refused the first time. */
export const deliverBy = <C>(
  provider: Provider<C>,
  client: Exchange.Client,
  credentials: Credentials.Keeper<C>,
  timeLimit: Duration.Duration
): Deliver =>
(outgoing, { beforeCommit } = {}) =>
  Effect.gen(function*() {
    yield* checkNeeds(provider, outgoing)
    const letter = yield* addressedOf(provider, outgoing)
    const request = yield* requestOf(provider, outgoing, letter)
    const place = Exchange.placeOf(request)
    yield* Effect.annotateCurrentSpan({ "server.address": place.host })
    const ask = (credentials: C) =>
      Effect.gen(function*() {
        const written = provider.authorize(request, credentials)
        const authorized = Effect.isEffect(written) ? yield* written : written
        const secrets = [...Credentials.secretsOf(credentials), ...addedBy(request, authorized)]
        return yield* Exchange.ask(client, letter, authorized, secrets, timeLimit)
      })
    const judge = (answer: Answer) => provider.verdict(letter, answer)

    const exchange = Effect.gen(function*() {
      const first = yield* credentials.get
      yield* beforeCommit ?? Effect.void
      const verdict = judge(yield* ask(first))
      const isRefused = Either.isLeft(verdict) && verdict.left._tag === "AuthenticationError"
      const second = isRefused ? credentials.after(first) : undefined
      return yield* second === undefined ? verdict : judge(yield* ask(yield* second))
    })
    const begun = yield* Clock.currentTimeMillis
    return yield* Effect.mapError(exchange, (error) => at(repeatable(provider, letter, begun)(error), place))
  })

/**
 * Sessions of one batch, or of several, that keep to the rate of the provider: after an answer with Retry-After no
 * request is made before that time. When that time is too far away to wait for, messages are deferred without a request.
 */
export const paced = (deliver: Deliver, longestPause: Duration.Duration): MailBackend.MailSession => {
  let pausedUntil = 0
  let last: RejectedError | undefined

  const notice = (error: BackendError) =>
    error._tag !== "RejectedError" || error.retryAfter === undefined
      ? Effect.void
      : Effect.map(Clock.currentTimeMillis, (now) => {
        const until = now + Duration.toMillis(error.retryAfter ?? Duration.zero)
        if (until > pausedUntil) {
          pausedUntil = until
          last = error
        }
      })

  const stillDeferred = (outgoing: Outgoing.Outgoing, { response }: RejectedError, millis: number) =>
    Effect.fail(
      new RejectedError({
        command: "message",
        recipients: outgoing.envelope.to.map((recipient) => ({
          _tag: "Deferred",
          recipient,
          reply: { code: 451, text: response }
        })),
        code: 451,
        response,
        retryAfter: Duration.millis(millis)
      })
    )

  const send: Deliver = (outgoing, options) =>
    Effect.flatMap(Clock.currentTimeMillis, (now) => {
      const pause = pausedUntil - now
      if (pause <= 0) return Effect.tapError(deliver(outgoing, options), notice)
      return last !== undefined && pause > Duration.toMillis(longestPause)
        ? stillDeferred(outgoing, last, pause)
        : Effect.zipRight(Effect.sleep(pause), send(outgoing, options))
    })

  return { deliver: send, isConnectionless: true }
}
