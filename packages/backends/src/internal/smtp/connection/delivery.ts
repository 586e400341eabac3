import * as Envelope from "@effect-mail/core/Envelope"
import type * as MailBackend from "@effect-mail/core/MailBackend"
import { at, type BackendError, CapabilityError } from "@effect-mail/core/MailError"
import * as Mime from "@effect-mail/core/Mime"
import type { Outgoing } from "@effect-mail/core/Outgoing"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Tracer from "effect/Tracer"
import { notCarried } from "../../annotations.js"
import * as Commands from "../protocol/command/commands.js"
import * as DotStuffing from "../protocol/command/dotStuffing.js"
import * as Extensions from "../protocol/command/extensions.js"
import * as Outcome from "../protocol/transfer/outcome.js"
import type { Letter } from "../protocol/transfer/transaction.js"
import * as Attributes from "./attributes.js"
import type { Channel } from "./channel.js"
import { Delivery } from "./supervisedTransaction.js"
import * as Transcript from "./transcript.js"

/** Octets of one write. */
const pieceSize = 64 * 1024

/** The connection ended before the server accepted DATA: another one may take the message. */
export class GivenUp {
  readonly _tag = "GivenUp"
  constructor(readonly error: BackendError) {}
}

type Sending = Effect.Effect<MailBackend.Delivery, BackendError | GivenUp>

/** Durations of the phases that were reached, for the span of the message. */
const phases = ({ clock, settings }: Channel, { times: { Body, Envelope = 0, Sent } }: Delivery) => ({
  ...Attributes.ofPlace(settings),
  ...Body === undefined ? {} : { "smtp.envelope_ms": Body - Envelope },
  ...Body === undefined || Sent === undefined ? {} : {
    "smtp.data_ms": Sent - Body,
    "smtp.reply_ms": clock.unsafeCurrentTimeMillis() - Sent
  }
})

/** The outcome of a message, from its replies. */
const conclude = (channel: Channel, outgoing: Outgoing, delivery: Delivery): Sending =>
  Effect.contextWithEffect((context: Context.Context<never>) => {
    const span = Context.getOption(context, Tracer.ParentSpan)
    if (Option.isSome(span) && span.value._tag === "Span") {
      for (const [key, value] of Object.entries(phases(channel, delivery))) span.value.attribute(key, value)
    }
    const verdict = Outcome.decide(delivery, outgoing.envelope.to)
    if (Either.isRight(verdict)) return verdict
    const error = Transcript.attach(at(verdict.left, channel.settings), channel.session.transcript(delivery))
    return Effect.fail(Outcome.isGivenUp(delivery, error) ? new GivenUp(error) : error)
  })

/** Sends a message that is in memory, in the socket's callbacks. */
const sendAtOnce = (channel: Channel, outgoing: Outgoing, letter: Letter): Sending =>
  Effect.async((resume) => {
    const delivery: Delivery = new Delivery(
      letter,
      channel.settings.timeouts.send,
      () => resume(conclude(channel, outgoing, delivery))
    )
    channel.session.submit(delivery)
    return Effect.sync(() => channel.session.cancel(delivery))
  })

/** Sends a message whose content is supplied after the server has accepted DATA. */
const sendOnDemand = (
  channel: Channel,
  outgoing: Outgoing,
  letter: Letter,
  supply: (delivery: Delivery) => Effect.Effect<void, BackendError>
): Sending =>
  Effect.suspend(() => {
    const asked = Effect.unsafeMakeLatch()
    const settled = Effect.unsafeMakeLatch()
    const delivery = new Delivery(
      letter,
      channel.settings.timeouts.send,
      () => settled.unsafeOpen(),
      () => asked.unsafeOpen()
    )
    const supplied = asked.await.pipe(
      Effect.zipRight(supply(delivery)),
      Effect.catchAll((error) => Effect.sync(() => channel.session.fail(delivery, error))),
      Effect.zipRight(Effect.never)
    )
    channel.session.submit(delivery)
    return Effect.raceFirst(settled.await, supplied).pipe(
      Effect.onInterrupt(() => Effect.sync(() => channel.session.cancel(delivery))),
      Effect.zipRight(Effect.suspend(() => conclude(channel, outgoing, delivery)))
    )
  })

/** Writes octets as fast as the server reads them. */
const writePieces = (channel: Channel, delivery: Delivery, octets: Uint8Array): Effect.Effect<void> =>
  Effect.async((resume) => {
    let written = 0
    let isOver = false
    const writePiece = (): void => {
      if (isOver) return
      const piece = octets.subarray(written, written + pieceSize)
      written += piece.length
      channel.write(piece, taken)
    }
    const taken = (): void => {
      channel.noteActivity()
      // One turn of the event loop for each piece, so that an early refusal is read before the end is written.
      if (written < octets.length) setImmediate(writePiece)
      else {
        delivery.isStarving = true
        resume(Effect.void)
      }
    }
    delivery.isStarving = false
    writePiece()
    return Effect.sync(() => {
      isOver = true
    })
  })

const writeContent = (
  channel: Channel,
  delivery: Delivery,
  outgoing: Outgoing,
  whole: Uint8Array | undefined,
  beforeEnd: Effect.Effect<void, BackendError>
): Effect.Effect<void, BackendError> =>
  Effect.suspend(() => {
    const stuffer = new DotStuffing.DotStuffer()
    const write = (octets: Uint8Array) => writePieces(channel, delivery, stuffer.stuff(octets))
    // Without the final dot the server has nothing, however long the upload takes.
    return (whole === undefined ? Mime.runForEach(outgoing, write) : write(whole)).pipe(
      Effect.zipRight(beforeEnd),
      Effect.zipRight(Effect.sync(() => channel.session.finish(delivery, stuffer.end)))
    )
  })

/** Sends one message over a connection. */
export const deliver = (
  channel: Channel,
  outgoing: Outgoing,
  { beforeCommit }: MailBackend.DeliverOptions = {}
): Sending =>
  Effect.flatMap(outgoing.streamed ? Effect.succeed(undefined) : Mime.render(outgoing), (whole): Sending => {
    const lost = notCarried(outgoing, channel.settings.protocol.toUpperCase())
    if (lost !== undefined) return Effect.fail(at(lost, channel.settings))
    const { extensions, isEncrypted } = channel.session.handshake
    const isSizeAsked = whole === undefined && extensions.has("SIZE")
    const size = isSizeAsked ? Option.getOrUndefined(Mime.size(outgoing)) : whole?.length
    const demands = { envelope: Envelope.of(outgoing), size, isEncrypted }
    const lacking = Extensions.lacking(extensions, demands)
    if (lacking !== undefined) return Effect.fail(at(new CapabilityError(lacking), channel.settings))
    const commands = {
      ...Commands.envelope(extensions, demands),
      hasReplyForEach: channel.settings.protocol === "lmtp"
    }
    if (whole === undefined || whole.length > pieceSize) {
      return sendOnDemand(
        channel,
        outgoing,
        commands,
        (delivery) => writeContent(channel, delivery, outgoing, whole, beforeCommit ?? Effect.void)
      )
    }
    if (channel.session.takesChunks) {
      const sent = sendAtOnce(channel, outgoing, { ...commands, chunk: whole })
      return beforeCommit === undefined ? sent : Effect.zipRight(beforeCommit, sent)
    }
    const letter = { ...commands, content: DotStuffing.whole(whole) }
    return beforeCommit === undefined
      ? sendAtOnce(channel, outgoing, letter)
      : sendOnDemand(
        channel,
        outgoing,
        { ...letter, isGated: true },
        (delivery) => Effect.zipRight(beforeCommit, Effect.sync(() => channel.session.commit(delivery)))
      )
  })
