import type * as MailBackend from "@effect-mail/core/MailBackend"
import { type BackendError, ConnectionError, isBackendError } from "@effect-mail/core/MailError"
import * as Outgoing from "@effect-mail/core/Outgoing"
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as DefaultServices from "effect/DefaultServices"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Queue from "effect/Queue"
import * as Random from "effect/Random"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import * as Tracer from "effect/Tracer"
import * as Lane from "../model/lane.js"
import * as Retry from "../model/retry.js"
import type { Claimed, Service } from "../model/service.js"
import * as Settlement from "../model/settlement.js"
import * as TraceContext from "../model/traceContext.js"
import type { Desk } from "./desk.js"
import type { Resolved } from "./options.js"
import * as Circuit from "./pace/circuit.js"
import type { Limits } from "./pace/limits.js"
import * as Session from "./session.js"

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
  readonly circuit: Circuit.Circuit
  readonly limits: Limits
  readonly lines: Set<Session.Line>
  readonly findingOut: Effect.Semaphore
  telling: "unknown" | "tells" | "silent"
}

interface Progress {
  isCommitted: boolean
  isRefused: boolean
  isTold: boolean
}

const notBegun = (): Progress => ({ isCommitted: false, isRefused: false, isTold: false })

/** The time of the store, as far as it is known here. */
const timeLeft = ({ claimedAt, giveUpAt }: Claimed, waited: number): number => giveUpAt - claimedAt - waited

const read = Schema.decodeUnknownEither(Outgoing.FrozenFromOctets)

/** The message, for those of its recipients who are still to get it. */
const thawed = (crew: Crew, item: Claimed, octets: Uint8Array): Either.Either<Outgoing.Outgoing, string> =>
  Either.mapBoth(
    read({
      format: item.format,
      messageId: item.messageId,
      ...crew.mailer === "default" ? {} : { mailer: crew.mailer },
      envelope: item.envelope,
      bytes: octets
    }),
    {
      onLeft: (error) => error.message,
      onRight: (frozen) => {
        const pending = new Set(item.recipients)
        return Outgoing.narrow(Outgoing.thaw(frozen), (recipient) => pending.has(recipient))
      }
    }
  )

const thaw = (crew: Crew, item: Claimed): Effect.Effect<Either.Either<Outgoing.Outgoing, string>> =>
  item.octets !== undefined ? Effect.succeed(thawed(crew, item, item.octets)) : Effect.match(
    crew.store.octets(item.id),
    {
      onFailure: (error) => Either.left(error.message),
      onSuccess: (octets) => thawed(crew, item, Option.getOrElse(octets, () => new Uint8Array(0)))
    }
  )

const notRecorded = (description: string, cause?: unknown): ConnectionError =>
  new ConnectionError({ reason: "Io", description, cause })

/** Records that the backend may be responsible from now on. Once it is asked it is waited for: the record may be there. */
const begin = (crew: Crew, item: Claimed, progress: Progress): Effect.Effect<void, BackendError> =>
  Effect.suspend(() =>
    progress.isCommitted ? Effect.void : Effect.uninterruptible(Effect.async((resume) =>
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

const deliver = (
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

const errorOf = <A>(exit: Exit.Exit<A, BackendError>): BackendError | undefined =>
  Exit.isFailure(exit)
    ? Option.getOrUndefined(Option.filter(Cause.failureOption(exit.cause), isBackendError))
    : undefined

/** Notes what an attempt says of the mailer; whether the message is not to blame. */
const judge = (
  { circuit }: Crew,
  error: BackendError | undefined,
  { isCommitted }: Progress
): Effect.Effect<boolean> =>
  error !== undefined && Circuit.isOfMailer(error)
    ? Effect.as(circuit.fail(error), !isCommitted)
    : Effect.succeed(false)

const settle = (
  crew: Crew,
  item: Claimed,
  exit: Exit.Exit<MailBackend.Delivery, BackendError>,
  progress: Progress,
  waited: number
): Effect.Effect<void> => {
  const { desk, settings } = crew
  if (Exit.isSuccess(exit)) {
    crew.circuit.succeed()
    // A backend that says it for some messages only is not to be relied on.
    if (!progress.isTold && exit.value.recipients.some(({ _tag }) => _tag !== "NotSent")) crew.telling = "silent"
  }
  if (progress.isRefused) return Effect.sync(() => desk.forget(item))
  const error = errorOf(exit)
  return Effect.zipWith(judge(crew, error, progress), Random.next, (isOfMailer, random) => {
    if (isOfMailer) return desk.giveBack(item, 0, error?.message)
    const verdict = Settlement.of({
      recipients: item.recipients,
      exit,
      isCommitted: progress.isCommitted,
      delay: Retry.delayAfter(item.attempts, settings.retry, random),
      timeLeft: timeLeft(item, waited),
      resendUnknown: settings.resendUnknown
    })
    const dialogue = error === undefined ? [] : settings.dialogue(error)
    desk.settle(item, verdict, [...verdict.error === undefined ? [] : [verdict.error], ...dialogue].join("\n"))
  })
}

/** The last attempt at a message. */
interface Attempt {
  progress: Progress
}

/** A connection that had been open may have been closed while it was idle: then the message gets a new one, once. */
const onLine = (
  crew: Crew,
  item: Claimed,
  outgoing: Outgoing.Outgoing,
  line: Session.Line,
  attempt: Attempt
): Effect.Effect<Exit.Exit<MailBackend.Delivery, BackendError>, BackendError> =>
  Effect.uninterruptibleMask((restore) => {
    const on = (session: MailBackend.MailSession, wasOpen: boolean) => {
      const progress: Progress = notBegun()
      attempt.progress = progress
      return Effect.flatMap(
        Effect.exit(restore(traced(crew, item, deliver(crew, item, outgoing, session, progress)))),
        (exit) => {
          if (Session.isKept(exit)) return Effect.succeed(exit)
          const error = errorOf(exit)
          const isStale = wasOpen && !progress.isCommitted && error?._tag === "ConnectionError" &&
            error.reason === "Lost"
          return Effect.zipRight(
            line.leave,
            isStale ? restore(onLine(crew, item, outgoing, line, attempt)) : Effect.succeed(exit)
          )
        }
      )
    }
    return line.session === undefined
      ? Effect.flatMap(restore(line.open), (session) => on(session, false))
      : on(line.session, true)
  })

const gaveUp = (item: Claimed): Settlement.Verdict => ({
  ...Settlement.returned(item.recipients, 0, undefined),
  state: "failed",
  reason: "gaveUp",
  outcome: "GaveUp",
  recipients: item.recipients.map((address) => ({ address, state: "notSent" }))
})

/** What cannot be read may be what a newer writer wrote: then a newer runner gets it. What is spoilt fails. */
const unreadable = (crew: Crew, item: Claimed, error: string): void =>
  item.format === 1 && item.octets !== undefined
    ? crew.desk.settle(item, { ...gaveUp(item), reason: "notSendable", outcome: "Unreadable", error }, error)
    : crew.desk.giveBack(item, 60_000, error)

/** How long a worker waits after its connection could not be opened, in ms. */
const restAfterFailure = 1000

/** No session could be opened: nothing was sent, and the message is not to blame. */
const notOpened = (
  crew: Crew,
  item: Claimed,
  outcome: Exit.Failure<unknown, BackendError>,
  restore: <A, E>(self: Effect.Effect<A, E>) => Effect.Effect<A, E>
): Effect.Effect<void, BackendError> => {
  const error = errorOf(outcome)
  if (error === undefined) {
    return Cause.isInterruptedOnly(outcome.cause)
      ? Effect.sync(() => crew.desk.giveBack(item, 0))
      : Effect.failCause(outcome.cause)
  }
  const isAnyOpen = [...crew.lines].some(({ session }) => session !== undefined)
  return (isAnyOpen ? Effect.void : crew.circuit.fail(error)).pipe(
    Effect.zipRight(Effect.sync(() => crew.desk.giveBack(item, 0, error.message))),
    Effect.zipRight(restore(Effect.sleep(restAfterFailure)))
  )
}

/** What has to be done with a message instead of sending it now. */
const instead = ({ circuit, desk, limits, mailer }: Crew, item: Claimed, now: number): (() => void) | undefined => {
  if (circuit.isPaused(now)) return () => desk.giveBack(item, 0)
  if (timeLeft(item, 0) <= 0) return () => desk.settle(item, gaveUp(item))
  const wait = limits(mailer, Lane.domain(item.recipients), now)
  return wait > 0 ? () => desk.giveBack(item, wait) : undefined
}

const attemptAt = (
  crew: Crew,
  line: Session.Line,
  item: Claimed,
  attempt: Attempt
): Effect.Effect<void, BackendError> =>
  Effect.uninterruptibleMask((restore) =>
    Effect.clockWith((clock) => {
      const began = clock.unsafeCurrentTimeMillis()
      const other = instead(crew, item, began)
      if (other !== undefined) return Effect.sync(other)
      const send = (outgoing: Outgoing.Outgoing): Effect.Effect<void, BackendError> =>
        Effect.flatMap(Effect.exit(restore(onLine(crew, item, outgoing, line, attempt))), (outcome) => {
          const waited = clock.unsafeCurrentTimeMillis() - began
          return Exit.isSuccess(outcome)
            ? settle(crew, item, outcome.value, attempt.progress, waited)
            : notOpened(crew, item, outcome, restore)
        })
      return Effect.flatMap(
        restore(thaw(crew, item)),
        (outgoing) =>
          Either.isRight(outgoing) ? send(outgoing.right) : Effect.sync(() => unreadable(crew, item, outgoing.left))
      )
    })
  )

/** Every way out of here settles the message, gives it back, or knows that it is another's: defects are ways out too. */
const handle = (crew: Crew, line: Session.Line, item: Claimed): Effect.Effect<void> =>
  Effect.suspend(() => {
    if (!crew.desk.hand.take(item)) return Effect.void
    const attempt: Attempt = { progress: notBegun() }
    return Effect.catchAllCause(
      attemptAt(crew, line, item, attempt),
      (cause) =>
        Effect.sync(() =>
          crew.desk.settle(
            item,
            Settlement.of({
              recipients: item.recipients,
              exit: Exit.failCause(cause),
              isCommitted: attempt.progress.isCommitted,
              delay: Retry.delayAfter(item.attempts, Retry.defaultDelays, 0.5),
              timeLeft: timeLeft(item, 0),
              resendUnknown: false
            })
          )
        )
    )
  })

/**
 * Sends one message after the other.
 */
export const run = (crew: Crew, queue: Queue.Dequeue<Claimed>): Effect.Effect<never, never, Scope.Scope> =>
  Effect.gen(function*() {
    const line = yield* Session.make(crew.driver)
    crew.lines.add(line)
    const idle = Effect.zipRight(Effect.sleep("10 seconds"), line.leave)
    // The connection is closed where nothing comes for a while; a message is waited for without a limit of time.
    const wait = Effect.flatMap(
      Effect.fork(idle),
      (closing) => Effect.zipLeft(Queue.take(queue), Fiber.interrupt(closing))
    )
    const next = Effect.flatMap(
      Effect.flatMap(Queue.poll(queue), Option.match({ onNone: () => wait, onSome: Effect.succeed })),
      (item) => handle(crew, line, item)
    )
    return yield* Effect.forever(next)
  })
