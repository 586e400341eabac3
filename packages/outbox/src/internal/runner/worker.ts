import type * as MailBackend from "@effect-mail/core/MailBackend"
import { type BackendError, isBackendError } from "@effect-mail/core/MailError"
import type * as Outgoing from "@effect-mail/core/Outgoing"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Queue from "effect/Queue"
import * as Random from "effect/Random"
import type * as Scope from "effect/Scope"
import * as Lane from "../model/lane.js"
import * as Retry from "../model/retry.js"
import type { Claimed } from "../model/service.js"
import * as Settlement from "../model/settlement.js"
import * as Attempt from "./attempt.js"
import * as Circuit from "./pace/circuit.js"
import * as Session from "./session.js"

/** How long there is until the message is given up, by the time of the store, as far as it is known here, in ms. */
const timeLeft = ({ claimedAt, giveUpAfter, giveUpAt }: Claimed, atMost: number, waited: number): number =>
  giveUpAt - Math.max(0, giveUpAfter - atMost) - claimedAt - waited

const errorOf = <A>(exit: Exit.Exit<A, BackendError>): BackendError | undefined =>
  Exit.isFailure(exit)
    ? Option.getOrUndefined(Option.filter(Cause.failureOption(exit.cause), isBackendError))
    : undefined

/** Notes what an attempt says of the mailer; whether the message is not to blame. */
const judge = (
  { circuit }: Attempt.Crew,
  error: BackendError | undefined,
  { isCommitted }: Attempt.Progress
): Effect.Effect<boolean> =>
  error !== undefined && Circuit.isOfMailer(error)
    ? Effect.as(circuit.fail(error), !isCommitted)
    : Effect.succeed(false)

const settle = (
  crew: Attempt.Crew,
  item: Claimed,
  exit: Exit.Exit<MailBackend.Delivery, BackendError>,
  progress: Attempt.Progress,
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
      timeLeft: timeLeft(item, settings.giveUpAfter, waited),
      resendUnknown: settings.resendUnknown
    })
    const dialogue = error === undefined ? [] : settings.dialogue(error)
    desk.settle(item, verdict, [...verdict.error === undefined ? [] : [verdict.error], ...dialogue].join("\n"))
  })
}

/** How far the last attempt at a message came. */
interface Last {
  progress: Attempt.Progress
}

/** A connection that had been open may have been closed while it was idle: then the message gets a new one, once. */
const onLine = (
  crew: Attempt.Crew,
  item: Claimed,
  outgoing: Outgoing.Outgoing,
  line: Session.Line,
  last: Last
): Effect.Effect<Exit.Exit<MailBackend.Delivery, BackendError>, BackendError> =>
  Effect.uninterruptibleMask((restore) => {
    const on = (session: MailBackend.MailSession, wasOpen: boolean) => {
      const progress: Attempt.Progress = Attempt.notBegun()
      last.progress = progress
      return Effect.flatMap(
        Effect.exit(restore(Attempt.deliver(crew, item, outgoing, session, progress))),
        (exit) => {
          if (Session.isKept(exit)) return Effect.succeed(exit)
          const error = errorOf(exit)
          const isStale = wasOpen && !progress.isCommitted && error?._tag === "ConnectionError" &&
            error.reason === "Lost"
          return Effect.zipRight(
            line.leave,
            isStale ? restore(onLine(crew, item, outgoing, line, last)) : Effect.succeed(exit)
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
const unreadable = (crew: Attempt.Crew, item: Claimed, error: string): void =>
  item.format === 1 && item.octets !== undefined
    ? crew.desk.settle(item, { ...gaveUp(item), reason: "notSendable", outcome: "Unreadable", error }, error)
    : crew.desk.giveBack(item, 60_000, error)

/** How long a worker waits after its connection could not be opened, in ms. */
const restAfterFailure = 1000

/** No session could be opened: nothing was sent, and the message is not to blame. */
const notOpened = (
  crew: Attempt.Crew,
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
const instead = (
  { circuit, desk, limits, mailer, settings }: Attempt.Crew,
  item: Claimed,
  now: number
): (() => void) | undefined => {
  if (circuit.isPaused(now)) return () => desk.giveBack(item, 0)
  if (timeLeft(item, settings.giveUpAfter, 0) <= 0) return () => desk.settle(item, gaveUp(item))
  const wait = limits(mailer, Lane.domain(item.recipients), now)
  return wait > 0 ? () => desk.giveBack(item, wait) : undefined
}

const attemptAt = (
  crew: Attempt.Crew,
  line: Session.Line,
  item: Claimed,
  last: Last
): Effect.Effect<void, BackendError> =>
  Effect.uninterruptibleMask((restore) =>
    Effect.clockWith((clock) => {
      const began = clock.unsafeCurrentTimeMillis()
      const other = instead(crew, item, began)
      if (other !== undefined) return Effect.sync(other)
      const send = (outgoing: Outgoing.Outgoing): Effect.Effect<void, BackendError> =>
        Effect.flatMap(Effect.exit(restore(onLine(crew, item, outgoing, line, last))), (outcome) => {
          const waited = clock.unsafeCurrentTimeMillis() - began
          return Exit.isSuccess(outcome)
            ? settle(crew, item, outcome.value, last.progress, waited)
            : notOpened(crew, item, outcome, restore)
        })
      return Effect.flatMap(
        restore(Attempt.thaw(crew, item)),
        (outgoing) =>
          Either.isRight(outgoing) ? send(outgoing.right) : Effect.sync(() => unreadable(crew, item, outgoing.left))
      )
    })
  )

/** Every way out of here settles the message, gives it back, or knows that it is another's: defects are ways out too. */
const handle = (crew: Attempt.Crew, line: Session.Line, item: Claimed): Effect.Effect<void> =>
  Effect.suspend(() => {
    if (!crew.desk.hand.take(item)) return Effect.void
    const last: Last = { progress: Attempt.notBegun() }
    return Effect.catchAllCause(
      attemptAt(crew, line, item, last),
      (cause) =>
        Effect.sync(() =>
          crew.desk.settle(
            item,
            Settlement.of({
              recipients: item.recipients,
              exit: Exit.failCause(cause),
              isCommitted: last.progress.isCommitted,
              delay: Retry.delayAfter(item.attempts, Retry.defaultDelays, 0.5),
              timeLeft: timeLeft(item, crew.settings.giveUpAfter, 0),
              resendUnknown: false
            })
          )
        )
    )
  })

/**
 * Sends one message after the other.
 */
export const run = (crew: Attempt.Crew, queue: Queue.Dequeue<Claimed>): Effect.Effect<never, never, Scope.Scope> =>
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
