import type * as MailBackend from "@effect-mail/core/MailBackend"
import { type BackendError, ConnectionError } from "@effect-mail/core/MailError"
import * as Outgoing from "@effect-mail/core/Outgoing"
import * as Context from "effect/Context"
import * as DefaultServices from "effect/DefaultServices"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Tracer from "effect/Tracer"
import type { Claimed, Service } from "../model/service.js"
import * as TraceContext from "../model/traceContext.js"
import type { Desk } from "./desk.js"
import type { Resolved } from "./options.js"
import type { Circuit } from "./pace/circuit.js"
import type { Limits } from "./pace/limits.js"
import type { Line } from "./session.js"

/**
 * What the workers of one mailer share.
 *
 * `telling`: whether the backend says when it begins to be responsible. Until it was seen to, an attempt is recorded before
 * the message is handed over at all; and until it is known, one message at a time finds out.
 */
export interface Crew {
  readonly mailer: string
  readonly driver: MailBackend.MailDriver
  readonly store: Service
  readonly desk: Desk
  readonly settings: Resolved
  readonly circuit: Circuit
  readonly limits: Limits
  readonly lines: Set<Line>
  readonly findingOut: Effect.Semaphore
  telling: "unknown" | "tells" | "silent"
}

/** How far an attempt came. */
export interface Progress {
  isCommitted: boolean
  isRefused: boolean
  isTold: boolean
}

export const notBegun = (): Progress => ({ isCommitted: false, isRefused: false, isTold: false })

const read = Schema.decodeUnknownEither(Outgoing.FrozenFromOctets)

/** The message, for those of its recipients who are still to get it. Large octets are read while they are sent. */
export const thaw = (crew: Crew, item: Claimed): Effect.Effect<Either.Either<Outgoing.Outgoing, string>> => {
  const head = {
    format: item.format,
    messageId: item.messageId,
    ...crew.mailer === "default" ? {} : { mailer: crew.mailer },
    envelope: item.envelope,
    ...item.annotations === undefined ? {} : { annotations: item.annotations }
  }
  const pending = new Set(item.recipients)
  const narrowed = Outgoing.narrow((recipient) => pending.has(recipient))
  const failed = (error: { readonly message: string }): string => error.message
  return item.octets === undefined
    ? Effect.match(Outgoing.thawStream({ ...head, bytes: crew.store.octets(item.id) }, item.size), {
      onFailure: (error) => Either.left(failed(error)),
      onSuccess: (outgoing) => Either.right(narrowed(outgoing))
    })
    : Effect.succeed(Either.mapBoth(read({ ...head, bytes: item.octets }), {
      onLeft: failed,
      onRight: (frozen) => narrowed(Outgoing.thaw(frozen))
    }))
}

const notRecorded = (description: string, cause?: unknown): ConnectionError =>
  new ConnectionError({ reason: "Io", description, cause })

/** Records that the backend may be responsible from now on. Once it is asked it is waited for: the record may be there. */
const begin = (crew: Crew, item: Claimed, progress: Progress): Effect.Effect<void, BackendError> =>
  Effect.suspend(() =>
    progress.isCommitted ?
      Effect.void :
      Effect.uninterruptible(Effect.async((resume) =>
        crew.desk.start(item, (exit) => {
          if (Exit.isFailure(exit)) {
            return resume(Effect.mapError(exit, (error) => notRecorded(error.message, error)))
          }
          progress.isCommitted = exit.value
          progress.isRefused = !exit.value
          resume(exit.value ? Effect.void : Effect.fail(notRecorded("another runner has the message")))
        })
      ))
  )

const delivered = (
  crew: Crew,
  item: Claimed,
  outgoing: Outgoing.Outgoing,
  session: MailBackend.MailSession,
  progress: Progress
): Effect.Effect<MailBackend.Delivery, BackendError> => {
  const told = Effect.suspend(() => {
    progress.isTold = true
    crew.telling = "tells"
    return begin(crew, item, progress)
  })
  // A driver may throw before it gives an effect.
  const delivery = Effect.suspend(() => session.deliver(outgoing, { beforeCommit: told }))
  const early = Effect.zipRight(begin(crew, item, progress), delivery)
  const asKnown = Effect.suspend(() => crew.telling === "tells" ? delivery : early)
  return Effect.suspend(() => crew.telling === "unknown" ? crew.findingOut.withPermits(1)(asKnown) : asKnown)
}

/** The tracer of a program that has none keeps no span, and so none is made for it. */
const noTracer = Context.get(DefaultServices.liveServices, Tracer.Tracer)

const traced = <A, E>(crew: Crew, item: Claimed, self: Effect.Effect<A, E>): Effect.Effect<A, E> =>
  Effect.tracerWith((tracer) =>
    tracer === noTracer ? self : Effect.withSpan(self, "outbox.attempt", {
      kind: "consumer",
      captureStackTrace: false,
      ...Option.match(TraceContext.parse(item.trace), { onNone: () => ({}), onSome: (parent) => ({ parent }) }),
      attributes: { "outbox.mailer": crew.mailer, "outbox.tries": item.attempts }
    })
  )

/** One attempt at a message, in its span. */
export const deliver = (
  crew: Crew,
  item: Claimed,
  outgoing: Outgoing.Outgoing,
  session: MailBackend.MailSession,
  progress: Progress
): Effect.Effect<MailBackend.Delivery, BackendError> =>
  traced(crew, item, delivered(crew, item, outgoing, session, progress))
