import type { Delivery } from "@effect-mail/core/MailBackend"
import { AttachmentError, type BackendError, CapabilityError } from "@effect-mail/core/MailError"
import * as Mime from "@effect-mail/core/Mime"
import type { Outgoing } from "@effect-mail/core/Outgoing"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
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

const checkCapabilities = (
  { client, dialogue: { extensions } }: Link,
  outgoing: Outgoing,
  size: number | undefined
): Effect.Effect<void, CapabilityError> => {
  const lacks = (capability: CapabilityError["capability"], description: string) =>
    Effect.fail(new CapabilityError({ capability, description }))
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
    : Effect.void
}

/** Gives the message to the server as it takes it; never ends of itself but when an attachment fails. */
const feed = (body: Body, octets: Stream.Stream<Uint8Array, AttachmentError>): Effect.Effect<never, AttachmentError> =>
  Stream.runForEach(octets, (chunk) => body.write(chunk)).pipe(
    Effect.zipRight(Effect.sync(() => body.finish(new Uint8Array(0)))),
    Effect.zipRight(Effect.never)
  )

/** Sends the message that the server waits for, and hears what it says to it. */
const handOver = (
  link: Link,
  outgoing: Outgoing,
  body: Body,
  whole: Uint8Array | undefined
): Effect.Effect<void, Signal | AttachmentError> => {
  const { command, reply } = link.settings.timeouts
  const answered = (begin: () => void) =>
    link.exchange(() => body.isEnded ? reply : command, (end) => {
      link.onReply = () => end()
      begin()
    })
  body.start()
  return whole !== undefined && Body.isShort(whole)
    ? answered(() => body.finish(whole))
    : Effect.raceFirst(
      answered(() => undefined),
      feed(body, whole === undefined ? Mime.stream(outgoing) : Stream.make(whole))
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
  const isAnswered = body.isEnded && transaction.message !== undefined && Verdict.isFinal(transaction.message)
  if (body.isStarted && !isAnswered) link.destroy()
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
  Effect.flatMap(Effect.serviceOption(Tracer.ParentSpan), (span) =>
    Option.isSome(span) ? Effect.annotateCurrentSpan(attributes()) : Effect.void)

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
  Effect.gen(function*() {
    const whole = outgoing.streamed ? undefined : yield* Mime.render(outgoing)
    yield* checkCapabilities(link, outgoing, whole?.length)
    link.dialogue.begin()
    const { release, startedAt } = link.limitWhole(link.settings.timeouts.send)
    const body = new Body(link)
    const ended = yield* Envelope.exchange(link, { outgoing, size: whole?.length, isAnew }).pipe(
      Effect.flatMap((isAwaited) => isAwaited ? handOver(link, outgoing, body, whole) : Effect.void),
      Effect.either,
      Effect.onInterrupt(() => Effect.sync(link.destroy)),
      Effect.ensuring(Effect.suspend(() => {
        release()
        return annotateSpan(() => phases(link, startedAt, body))
      }))
    )
    return conclude(link, outgoing, body, isAnew, ended)
  })
