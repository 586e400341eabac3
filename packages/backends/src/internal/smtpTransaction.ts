import type { Delivery } from "@effect-mail/core/MailBackend"
import { AttachmentError, type BackendError, CapabilityError } from "@effect-mail/core/MailError"
import type { Message } from "@effect-mail/core/Message"
import * as Mime from "@effect-mail/core/Mime"
import type { Outgoing } from "@effect-mail/core/Outgoing"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import type SMTPConnection from "nodemailer/lib/smtp-connection"
import { Body } from "./smtpBody.js"
import type { Link, Signal } from "./smtpLink.js"
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

const deliveryNotification = ({ deliveryNotification: written }: Message): SMTPConnection.DSNOptions | undefined => {
  if (Option.isNone(written)) return undefined
  const { envelopeId, notify, return: returned } = written.value
  return {
    envid: envelopeId,
    notify: notify === "never" ? ["NEVER"] : notify?.map((event) => event.toUpperCase()),
    ret: returned === undefined ? undefined : returned === "full" ? "FULL" : "HDRS"
  }
}

// nodemailer keeps its state in the envelope that it is given: each attempt needs its own.
const envelopeOf = ({ eightBit, envelope, message }: Outgoing, size: number | undefined): SMTPConnection.Envelope => ({
  from: envelope.from,
  to: [...envelope.to],
  size,
  use8BitMime: eightBit,
  requireTLSExtensionEnabled: message.requireTls,
  dsn: deliveryNotification(message)
})

/** nodemailer looks at what else has arrived a turn after each reply. */
const repliesHeard = (count: number): Effect.Effect<void> =>
  Effect.repeatN(
    Effect.async<void>((resume) => {
      setImmediate(() => resume(Effect.void))
    }),
    count
  )

const exchange = (
  link: Link,
  outgoing: Outgoing,
  body: Body,
  size: number | undefined
): Effect.Effect<void, Signal> => {
  const { command, reply } = link.settings.timeouts
  return link.exchange(
    () => body.isEnded ? reply : command,
    (done) => link.client.send(envelopeOf(outgoing, size), body, (error) => done(error))
  ).pipe(
    // A second reply to the message shows now.
    Effect.zipLeft(repliesHeard(1)),
    // Replies that came before the connection ended count, but none of them may ask for the message any more.
    Effect.tapError(() => {
      body.destroy()
      return repliesHeard(outgoing.envelope.to.length + 2)
    })
  )
}

/** Gives the message to the reader as it wants it; never ends of itself but when an attachment fails. */
const feed = (body: Body, outgoing: Outgoing): Effect.Effect<never, AttachmentError> => {
  const give = (octets: Uint8Array) => Effect.async<void>((resume) => body.giveAll(octets, () => resume(Effect.void)))
  return Stream.runForEach(Mime.stream(outgoing), give).pipe(
    Effect.zipRight(Effect.sync(() => body.giveEnd())),
    Effect.zipRight(Effect.never)
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
  ended: Either.Either<void, Signal | AttachmentError>
): Result => {
  const { transaction, violation } = link.dialogue
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

/**
 * Sends one message, and says what became of it.
 *
 * @internal
 */
export const transact = (
  link: Link,
  outgoing: Outgoing
): Effect.Effect<Result, AttachmentError | CapabilityError> =>
  Effect.gen(function*() {
    const whole = outgoing.streamed ? undefined : yield* Mime.render(outgoing)
    yield* checkCapabilities(link, outgoing, whole?.length)
    link.dialogue.begin()
    const { release, startedAt } = link.limitWhole(link.settings.timeouts.send)
    const body = new Body(link.touch)
    if (whole !== undefined) body.giveAll(whole, () => body.giveEnd())
    const sending = exchange(link, outgoing, body, whole?.length)
    const ended = yield* (whole === undefined ? Effect.raceFirst(sending, feed(body, outgoing)) : sending).pipe(
      Effect.either,
      Effect.ensuring(Effect.suspend(() => {
        release()
        body.destroy()
        return Effect.annotateCurrentSpan(phases(link, startedAt, body))
      }))
    )
    return conclude(link, outgoing, body, ended)
  })
