import type * as MailBackend from "@effect-mail/core/MailBackend"
import { type BackendError, ConnectionError, isBackendError } from "@effect-mail/core/MailError"
import * as Outgoing from "@effect-mail/core/Outgoing"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Queue from "effect/Queue"
import * as Random from "effect/Random"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
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

/** How long there is until the message is given up, by the time of the store, as far as it is known here, in ms. */
const timeLeft = ({ claimedAt, giveUpAfter, giveUpAt }: Claimed, atMost: number, waited: number): number =>
  giveUpAt - Math.max(0, giveUpAfter - atMost) - claimedAt - waited

const read = Schema.decodeUnknown(Outgoing.FrozenFromOctets)

/** The message, for those of its recipients who are still to get it. Large octets are read while they are sent. */
const thaw = (crew: Crew, item: Claimed): Effect.Effect<Outgoing.Outgoing, string> => {
  const head = {
    format: item.format,
    messageId: item.messageId,
    ...crew.mailer === "default" ? {} : { mailer: crew.mailer },
    envelope: item.envelope,
    ...item.annotations === undefined ? {} : { annotations: item.annotations }
  }
  const pending = new Set(item.recipients)
  const outgoing = item.octets === undefined
    ? Outgoing.thawStream({ ...head, bytes: crew.store.octets(item.id) }, item.size)
    : Effect.map(read({ ...head, bytes: item.octets }), Outgoing.thaw)
  return outgoing.pipe(
    Effect.map(Outgoing.narrow((recipient) => pending.has(recipient))),
    Effect.mapError(({ message }) => message)
  )
}

const notRecorded = (description: string, cause?: unknown): ConnectionError =>
  new ConnectionError({ reason: "Io", description, cause })

/** Records that the backend may be responsible from now on. Once it is asked it is waited for: the record may be there. */
const begin = (crew: Crew, item: Claimed, progress: Progress): Effect.Effect<void, BackendError> =>
  Effect.suspend(() =>
    progress.isCommitted ? Effect.void : Effect.uninterruptible(Effect.matchEffect(crew.desk.start(item), {
      onFailure: (error) => Effect.fail(notRecorded(error.message, error)),
      onSuccess: (isHeld) =>
        Effect.suspend(() => {
          progress.isCommitted = isHeld
          progress.isRefused = !isHeld
          return isHeld ? Effect.void : Effect.fail(notRecorded("another runner has the message"))
        })
    }))
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

const traced = <A, E>(crew: Crew, item: Claimed, self: Effect.Effect<A, E>): Effect.Effect<A, E> =>
  Effect.withSpan(self, "outbox.attempt", {
    kind: "consumer",
    captureStackTrace: false,
    ...Option.match(TraceContext.parse(item.trace), { onNone: () => ({}), onSome: (parent) => ({ parent }) }),
    attributes: { "outbox.mailer": crew.mailer, "outbox.tries": item.attempts }
  })

const errorOf = <A>(exit: Exit.Exit<A, BackendError>): BackendError | undefined =>
  Exit.isFailure(exit)
    ? Option.getOrUndefined(Option.filter(Cause.failureOption(exit.cause), isBackendError))
    : undefined

const settle = (
  crew: Crew,
  item: Claimed,
  exit: Exit.Exit<MailBackend.Delivery, BackendError>,
  { isCommitted, isRefused, isTold }: Progress,
  waited: number
): Effect.Effect<void> =>
  Effect.gen(function*() {
    const { circuit, desk, settings } = crew
    if (Exit.isSuccess(exit)) {
      yield* circuit.succeed
      // A backend that says it for some messages only is not to be relied on.
      if (!isTold && exit.value.recipients.some(({ _tag }) => _tag !== "NotSent")) crew.telling = "silent"
    }
    if (isRefused) return yield* desk.forget(item)
    const error = errorOf(exit)
    if (error !== undefined && Circuit.isOfMailer(error)) {
      yield* circuit.fail(error)
      if (!isCommitted) return yield* desk.giveBack(item, 0, error.message)
    }
    const random = yield* Random.next
    const verdict = Settlement.of({
      recipients: item.recipients,
      exit,
      isCommitted,
      delay: Retry.delayAfter(item.attempts, settings.retry, random),
      timeLeft: timeLeft(item, settings.giveUpAfter, waited),
      resendUnknown: settings.resendUnknown
    })
    const dialogue = error === undefined ? [] : settings.dialogue(error)
    yield* desk.settle(item, verdict, [...verdict.error === undefined ? [] : [verdict.error], ...dialogue].join("\n"))
  })

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
  Effect.uninterruptibleMask((restore) =>
    Effect.gen(function*() {
      const wasOpen = line.isOpen
      const session = yield* restore(line.open)
      const progress: Progress = notBegun()
      attempt.progress = progress
      const exit = yield* Effect.exit(restore(traced(crew, item, deliver(crew, item, outgoing, session, progress))))
      if (!Session.isKept(exit)) yield* line.leave
      const error = errorOf(exit)
      const isStale = wasOpen && !progress.isCommitted && error?._tag === "ConnectionError" && error.reason === "Lost"
      return isStale ? yield* restore(onLine(crew, item, outgoing, line, attempt)) : exit
    })
  )

const gaveUp = (item: Claimed): Settlement.Verdict => ({
  ...Settlement.returned(item.recipients, 0, undefined),
  state: "failed",
  reason: "gaveUp",
  outcome: "GaveUp",
  recipients: item.recipients.map((address) => ({ address, state: "notSent" }))
})

/** What cannot be read may be what a newer writer wrote: then a newer runner gets it. What is spoilt fails. */
const unreadable = (crew: Crew, item: Claimed, error: string): Effect.Effect<void> =>
  item.format === 1 && item.octets !== undefined
    ? crew.desk.settle(item, { ...gaveUp(item), reason: "notSendable", outcome: "Unreadable", error }, error)
    : crew.desk.giveBack(item, 60_000, error)

/** How long a worker waits after its connection could not be opened, in ms. */
const restAfterFailure = 1000

const attemptAt = (
  crew: Crew,
  line: Session.Line,
  item: Claimed,
  attempt: Attempt
): Effect.Effect<void, BackendError> =>
  Effect.uninterruptibleMask((restore) =>
    Effect.gen(function*() {
      const { circuit, desk, limits, settings } = crew
      if (yield* circuit.isPaused) return yield* desk.giveBack(item, 0)
      if (timeLeft(item, settings.giveUpAfter, 0) <= 0) return yield* desk.settle(item, gaveUp(item))
      const wait = yield* limits(crew.mailer, Lane.domain(item.recipients))
      if (wait > 0) return yield* desk.giveBack(item, wait)
      const began = yield* Clock.currentTimeMillis
      const outgoing = yield* Effect.either(restore(thaw(crew, item)))
      if (outgoing._tag === "Left") return yield* unreadable(crew, item, outgoing.left)
      const outcome = yield* Effect.exit(restore(onLine(crew, item, outgoing.right, line, attempt)))
      if (Exit.isSuccess(outcome)) {
        return yield* settle(crew, item, outcome.value, attempt.progress, (yield* Clock.currentTimeMillis) - began)
      }
      if (!Cause.isInterruptedOnly(outcome.cause) && errorOf(outcome) === undefined) {
        return yield* Effect.failCause(outcome.cause)
      }
      // No session could be opened: nothing was sent, and the message is not to blame.
      const error = errorOf(outcome)
      if (error !== undefined && ![...crew.lines].some(({ isOpen }) => isOpen)) yield* circuit.fail(error)
      yield* desk.giveBack(item, 0, error?.message)
      if (error !== undefined) yield* restore(Effect.sleep(restAfterFailure))
    })
  )

/** Every way out of here settles the message, gives it back, or knows that it is another's: defects are ways out too. */
const handle = (crew: Crew, line: Session.Line, item: Claimed): Effect.Effect<void> =>
  Effect.suspend(() => {
    if (!crew.desk.hand.take(item)) return Effect.void
    const attempt: Attempt = { progress: notBegun() }
    return Effect.catchAllCause(attemptAt(crew, line, item, attempt), (cause) =>
      crew.desk.settle(
        item,
        Settlement.of({
          recipients: item.recipients,
          exit: Exit.failCause(cause),
          isCommitted: attempt.progress.isCommitted,
          delay: Retry.delayAfter(item.attempts, Retry.defaultDelays, 0.5),
          timeLeft: timeLeft(item, crew.settings.giveUpAfter, 0),
          resendUnknown: false
        })
      ))
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
