import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import * as MailBackend from "../../MailBackend.js"
import type { BackendError } from "../../MailError.js"
import * as Outgoing from "../../Outgoing.js"
import * as Lasting from "../driver/lastingSession.js"
import * as Progress from "../driver/progress.js"
import type { Policy } from "./wrap.js"

/** The recipients of the next attempt: those that may get the message later, and certainly do not have it. */
const outstanding = (
  attempted: ReadonlyArray<string>,
  outcome: Progress.Outcome,
  progress: Progress.Progress,
  retriesUnknown: boolean
): ReadonlyArray<string> => {
  if (Either.isLeft(outcome) && Progress.statusesOf(outcome).length === 0) {
    return outcome.left.isTransient ? attempted : []
  }
  const notReached = new Set(Progress.notReached(outcome))
  return attempted.filter((recipient) => {
    const status = progress.statuses.get(recipient)
    return notReached.has(recipient) || status?._tag === "Deferred" || (status?._tag === "Unknown" && retriesUnknown)
  })
}

/** Until when a message of unknown outcome may be given to the same provider again, which knows it by its key. */
const repeatableUntil = (outcome: Progress.Outcome, before: number | undefined): number | undefined => {
  if (Either.isRight(outcome) || outcome.left._tag !== "OutcomeUnknownError") return before
  const { recipients, repeatableUntil } = outcome.left
  return repeatableUntil === undefined || recipients.some(({ _tag }) => _tag !== "Unknown")
    ? undefined
    : Math.min(repeatableUntil, before ?? Infinity)
}

/** After a permanent refusal of the second attempt, a third one would be refused as well. */
const isWorthRepeating = (outcome: Progress.Outcome): boolean =>
  Either.isLeft(outcome) && (outcome.left._tag === "OutcomeUnknownError" || outcome.left.isTransient)

const pauseOf = (outcome: Progress.Outcome): number =>
  Either.isLeft(outcome) && outcome.left._tag === "RejectedError" && outcome.left.retryAfter !== undefined
    ? Duration.toMillis(outcome.left.retryAfter)
    : 0

const isUnknown = ({ statuses }: Progress.Progress, recipient: string): boolean =>
  statuses.get(recipient)?._tag === "Unknown"

const attempts = (
  session: MailBackend.MailSession,
  schedule: Schedule.Schedule<unknown, unknown>,
  retriesUnknown: boolean
) =>
(
  outgoing: Outgoing.Outgoing,
  options?: MailBackend.DeliverOptions
): Effect.Effect<MailBackend.Delivery, BackendError> =>
  Effect.gen(function*() {
    const driver = yield* Schedule.driver(schedule)
    let progress = Progress.nothingKnown
    let attempt = outgoing
    let until: number | undefined
    for (;;) {
      const outcome = yield* Effect.either(session.deliver(attempt, options))
      const answeredAt = yield* Clock.currentTimeMillis
      progress = Progress.advance(progress, outcome, !retriesUnknown)
      until = repeatableUntil(outcome, until)
      const attempted = attempt.envelope.to
      const mayRepeat = retriesUnknown || (until !== undefined && isWorthRepeating(outcome))
      const again = new Set(outstanding(attempted, outcome, progress, mayRepeat))
      const isOver = again.size === 0 || Option.isNone(yield* Effect.option(driver.next(outcome)))
      if (isOver) return yield* Progress.conclude(outgoing, progress, outcome)
      const now = yield* Clock.currentTimeMillis
      const begins = Math.max(now, answeredAt + pauseOf(outcome))
      // The key is that of the message to exactly these recipients.
      const isRepetition = !retriesUnknown && attempted.some((recipient) => isUnknown(progress, recipient))
      if (isRepetition && (until === undefined || begins >= until || again.size < attempted.length)) {
        return yield* Progress.conclude(outgoing, progress, outcome)
      }
      if (begins > now) yield* Effect.sleep(begins - now)
      attempt = Outgoing.narrow(outgoing, (recipient) => again.has(recipient))
    }
  })

export const retry = (schedule: Schedule.Schedule<unknown, unknown>, retriesUnknown: boolean): Policy => (backend) => {
  const patiently = (opening: Effect.Effect<void, BackendError>) =>
    Effect.retry(opening, { schedule, while: (error) => error.isTransient })
  return MailBackend.make({
    name: backend.name,
    crypto: backend.driver.crypto,
    open: Lasting.make(backend.driver).pipe(
      Effect.tap((session) => patiently(session.open)),
      Effect.map((session) => ({
        get window() {
          return session.window
        },
        get isConnectionless() {
          return session.isConnectionless
        },
        openFor: (outgoing) => patiently(session.openFor(outgoing)),
        deliver: attempts(session, schedule, retriesUnknown)
      }))
    )
  })
}
