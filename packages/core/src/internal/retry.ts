import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import type { RecipientStatus, Reply } from "../DeliveryReport.js"
import * as MailBackend from "../MailBackend.js"
import { type BackendError, OutcomeUnknownError, RejectedError } from "../MailError.js"
import * as Outgoing from "../Outgoing.js"
import * as Session from "./session.js"

type Outcome = Either.Either<MailBackend.Delivery, BackendError>

/** What is known of each recipient, over all attempts so far. */
interface Progress {
  readonly statuses: ReadonlyMap<string, RecipientStatus>
  readonly response: Reply | undefined
  readonly rejection: RejectedError | undefined
}

const nothingKnown: Progress = { statuses: new Map(), response: undefined, rejection: undefined }

const statusesOf = (outcome: Outcome): ReadonlyArray<RecipientStatus> => {
  if (Either.isRight(outcome)) return outcome.right.recipients
  const error = outcome.left
  return error._tag === "RejectedError" || error._tag === "OutcomeUnknownError" ? error.recipients : []
}

const advance = (progress: Progress, outcome: Outcome): Progress => {
  const statuses = new Map(progress.statuses)
  for (const status of statusesOf(outcome)) statuses.set(status.recipient, status)
  return {
    statuses,
    response: Either.isRight(outcome) ? outcome.right.response : progress.response,
    rejection: Either.isLeft(outcome) && outcome.left._tag === "RejectedError" ? outcome.left : progress.rejection
  }
}

/** Who is worth another attempt: nobody else gets the message again. */
const outstanding = (
  attempted: ReadonlyArray<string>,
  outcome: Outcome,
  progress: Progress,
  retriesUnknown: boolean
): ReadonlyArray<string> => {
  if (Either.isLeft(outcome) && statusesOf(outcome).length === 0) return outcome.left.isTransient ? attempted : []
  return attempted.filter((recipient) => {
    const status = progress.statuses.get(recipient)
    return status?._tag === "Deferred" || (status?._tag === "Unknown" && retriesUnknown)
  })
}

/** The last outcome, with what earlier attempts had settled. */
const conclude = (outgoing: Outgoing.Outgoing, progress: Progress, last: Outcome): Outcome => {
  const recipients = outgoing.envelope.to.map((recipient): RecipientStatus =>
    progress.statuses.get(recipient) ?? { _tag: "NotSent", recipient }
  )
  if (recipients.some(({ _tag }) => _tag === "Accepted")) {
    return Either.right({ recipients, response: progress.response })
  }
  if (recipients.some(({ _tag }) => _tag === "Unknown")) {
    return Either.left(
      Either.isLeft(last) && last.left._tag === "OutcomeUnknownError"
        ? new OutcomeUnknownError({ recipients, description: last.left.description })
        : new OutcomeUnknownError({ recipients, description: "an earlier attempt was not answered" })
    )
  }
  const { rejection } = progress
  if (rejection === undefined) return last
  const { code, command, enhancedCode, response } = rejection
  return Either.left(new RejectedError({ command, recipients, code, enhancedCode, response }))
}

const attempts = (
  session: MailBackend.MailSession,
  schedule: Schedule.Schedule<unknown, unknown>,
  retriesUnknown: boolean
) =>
(outgoing: Outgoing.Outgoing): Effect.Effect<MailBackend.Delivery, BackendError> =>
  Effect.gen(function*() {
    const driver = yield* Schedule.driver(schedule)
    let progress = nothingKnown
    let attempt = outgoing
    for (;;) {
      const outcome = yield* Effect.either(session.deliver(attempt))
      progress = advance(progress, outcome)
      const again = new Set(outstanding(attempt.envelope.to, outcome, progress, retriesUnknown))
      const isOver = again.size === 0 || Option.isNone(yield* Effect.option(driver.next(outcome)))
      if (isOver) return yield* conclude(outgoing, progress, outcome)
      attempt = Outgoing.narrow(outgoing, (recipient) => again.has(recipient))
    }
  })

/**
 * @internal
 */
export const retry =
  (schedule: Schedule.Schedule<unknown, unknown>, retriesUnknown: boolean) =>
  (backend: MailBackend.Service): MailBackend.Service =>
    MailBackend.make({
      name: backend.name,
      open: Session.make(backend.driver).pipe(
        Effect.tap((session) => Effect.retry(session.open, { schedule, while: (error) => error.isTransient })),
        Effect.map((session) => ({ deliver: attempts(session, schedule, retriesUnknown) }))
      )
    })
