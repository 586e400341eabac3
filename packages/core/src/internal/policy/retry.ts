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
    for (;;) {
      const outcome = yield* Effect.either(session.deliver(attempt, options))
      progress = Progress.advance(progress, outcome)
      const again = new Set(outstanding(attempt.envelope.to, outcome, progress, retriesUnknown))
      const isOver = again.size === 0 || Option.isNone(yield* Effect.option(driver.next(outcome)))
      if (isOver) return yield* Progress.conclude(outgoing, progress, outcome)
      attempt = Outgoing.narrow(outgoing, (recipient) => again.has(recipient))
    }
  })

export const retry = (schedule: Schedule.Schedule<unknown, unknown>, retriesUnknown: boolean): Policy => (backend) => {
  const patiently = (opening: Effect.Effect<void, BackendError>) =>
    Effect.retry(opening, { schedule, while: (error) => error.isTransient })
  return MailBackend.make({
    name: backend.name,
    open: Lasting.make(backend.driver).pipe(
      Effect.tap((session) => patiently(session.open)),
      Effect.map((session) => ({
        get window() {
          return session.window
        },
        openFor: (outgoing) => patiently(session.openFor(outgoing)),
        deliver: attempts(session, schedule, retriesUnknown)
      }))
    )
  })
}
