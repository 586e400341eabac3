import type { Delivery } from "@effect-mail/core/MailBackend"
import { AttachmentError, type BackendError, CapabilityError } from "@effect-mail/core/MailError"
import * as Mime from "@effect-mail/core/Mime"
import type { Outgoing } from "@effect-mail/core/Outgoing"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Tracer from "effect/Tracer"
import { Body } from "./smtpBody.js"
import * as Envelope from "./smtpEnvelope.js"
import type { Link, Signal } from "./smtpLink.js"
import { isPositive } from "./smtpReply.js"
import * as Verdict from "./smtpVerdict.js"

/**
 * What became of a message, and how far it came.
 *
 * @internal
 */
export interface Result {
  readonly verdict: Either.Either<Delivery, BackendError>
  /** Whether the server asked for the message, so that octets of it may have gone out. */
  readonly isBodyStarted: boolean
}

const lackingCapability = (
  { client, dialogue: { extensions } }: Link,
  outgoing: Outgoing,
  size: number | undefined
): CapabilityError | undefined => {
  const lacks = (capability: CapabilityError["capability"], description: string) =>
    new CapabilityError({ capability, description })
  if (outgoing.envelope.smtpUtf8 && !extensions.has("SMTPUTF8")) {
    return lacks("SMTPUTF8", "an address is not ASCII, and the server takes only those that are")
  }
  if (outgoing.eightBit && !extensions.has("8BITMIME")) {
    return lacks("8BITMIME", "the message holds 8-bit octets, and the server takes none")
  }
  if (outgoing.message.requireTls && !(client.secure && extensions.has("REQUIRETLS"))) {
    return lacks("REQUIRETLS", "the message must stay encrypted on its way, and the server does not promise that")
  }
  const largest = Number(extensions.get("SIZE") ?? 0)
  return size !== undefined && largest > 0 && size > largest
    ? lacks("SIZE", `the message has ${size} octets, and the server takes ${largest}`)
    : undefined
}

/** Gives the message to the server as it takes it; never ends of itself but when an attachment fails. */
const feed = (
  body: Body,
  outgoing: Outgoing,
  whole: Uint8Array | undefined
): Effect.Effect<never, AttachmentError> =>
  (whole === undefined ? Mime.runForEach(outgoing, (piece) => body.write(piece)) : body.write(whole)).pipe(
    Effect.zipRight(Effect.sync(() => body.finish(new Uint8Array(0)))),
    Effect.zipRight(Effect.never)
  )

/** All that is said of one message: the envelope, the message, and the reply to it. */
const converse = (
  link: Link,
  outgoing: Outgoing,
  body: Body,
  whole: Uint8Array | undefined,
  isAnew: boolean
): Effect.Effect<void, Signal | AttachmentError> => {
  const { command, reply, send } = link.settings.timeouts
  const last = link.touch() + send
  const due = (lastActivity: number) => Math.min(lastActivity + (body.isEnded ? reply : command), last)
  const onAsked = (): boolean => {
    body.start()
    if (whole === undefined || !Body.isShort(whole)) return false
    body.finish(whole)
    return true
  }
  /** Who answers before the end, or not to the point, is out of step. */
  const onAnswered = (): void => {
    const { message } = link.dialogue.transaction
    if (!body.isEnded || message === undefined || !Verdict.isFinal(message)) link.destroy()
  }
  return Effect.flatMap(
    Envelope.exchange(link, due, { outgoing, size: whole?.length, isAnew, onAsked, onAnswered }),
    (isAwaited) => {
      if (!isAwaited) return Effect.void
      const answer = link.exchange(due, (end) => {
        const hear = (): void => {
          onAnswered()
          end()
        }
        link.onReply = hear
        // It may have come together with what asked for the message.
        if (link.dialogue.transaction.message !== undefined) hear()
      })
      return Effect.raceFirst(answer, feed(body, outgoing, whole))
    }
  )
}

const stalled = () =>
  new AttachmentError({
    filename: Option.none(),
    cause: new Cause.TimeoutException("an attachment stopped coming")
  })

const interruption = (link: Link, signal: Signal | AttachmentError, body: Body): Verdict.Interruption => {
  switch (signal._tag) {
    case "AttachmentError":
      return { _tag: "SourceFailed", error: signal }
    case "Ended":
      return { _tag: "Lost" }
    case "Failed":
      return { _tag: "Lost", cause: link.tell(signal.error) }
    case "TimedOut":
      return body.isStarving ? { _tag: "SourceFailed", error: stalled() } : { _tag: "TimedOut" }
  }
}

const conclude = (
  link: Link,
  outgoing: Outgoing,
  body: Body,
  isAnew: boolean,
  ended: Either.Either<void, Signal | AttachmentError>
): Result => {
  const { transaction, violation } = link.dialogue
  if (isAnew && (transaction.rset === undefined || !isPositive(transaction.rset))) {
    link.destroy()
    const error = Verdict.connectionError("Lost", "the connection could not be used again")
    return { isBodyStarted: false, verdict: Either.left(error) }
  }
  if (Either.isLeft(ended)) link.destroy()
  return {
    isBodyStarted: body.isStarted,
    verdict: Verdict.decide({
      recipients: outgoing.envelope.to,
      transaction,
      isBodyEnded: body.isEnded,
      violation,
      interruption: Either.isRight(ended) ? undefined : interruption(link, ended.left, body)
    })
  }
}

/** How long each phase took that was gone through, for the span of the message. */
const phases = (link: Link, startedAt: number, body: Body): Record<string, unknown> => {
  const { clock, settings } = link
  const { endedAt, startedAt: dataAt } = body
  return {
    "server.address": settings.host,
    "server.port": settings.port,
    ...dataAt === undefined ? {} : { "smtp.envelope_ms": dataAt - startedAt },
    ...dataAt === undefined || endedAt === undefined ? {} : {
      "smtp.data_ms": endedAt - dataAt,
      "smtp.reply_ms": clock.unsafeCurrentTimeMillis() - endedAt
    }
  }
}

/** Where there is a span, which costs more to ask for than to look for. */
const annotateSpan = (attributes: () => Record<string, unknown>): Effect.Effect<void> =>
  Effect.flatMap(
    Effect.serviceOption(Tracer.ParentSpan),
    (span) => Option.isSome(span) ? Effect.annotateCurrentSpan(attributes()) : Effect.void
  )

/**
 * Sends one message, and says what became of it. `isAnew` as in `Envelope.Beginning`.
 *
 * @internal
 */
export const transact = (
  link: Link,
  outgoing: Outgoing,
  isAnew: boolean
): Effect.Effect<Result, AttachmentError | CapabilityError> =>
  Effect.flatMap(outgoing.streamed ? Effect.succeed(undefined) : Mime.render(outgoing), (whole) => {
    const lacking = lackingCapability(link, outgoing, whole?.length)
    if (lacking !== undefined) return Effect.fail(lacking)
    link.dialogue.begin()
    const startedAt = link.touch()
    const body = new Body(link)
    return Effect.flatMap(
      Effect.either(converse(link, outgoing, body, whole, isAnew)),
      (ended) =>
        Effect.as(
          annotateSpan(() => phases(link, startedAt, body)),
          conclude(link, outgoing, body, isAnew, ended)
        )
    )
  })
