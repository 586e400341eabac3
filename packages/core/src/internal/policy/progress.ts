import * as Either from "effect/Either"
import type { RecipientStatus, Reply } from "../../DeliveryReport.js"
import type { Delivery } from "../../MailBackend.js"
import { type BackendError, OutcomeUnknownError, RejectedError } from "../../MailError.js"
import type { Outgoing } from "../../Outgoing.js"

/**
 * What became of one attempt.
 *
 * @internal
 */
export type Outcome = Either.Either<Delivery, BackendError>

/**
 * What is known of each recipient, over all attempts so far. `NotSent` is known only of who was not reached: whom a policy
 * leaves out has no status.
 *
 * @internal
 */
export interface Progress {
  readonly statuses: ReadonlyMap<string, RecipientStatus>
  readonly response: Reply | undefined
  readonly remoteId: string | undefined
  readonly rejection: RejectedError | undefined
}

/**
 * @internal
 */
export const nothingKnown: Progress = {
  statuses: new Map(),
  response: undefined,
  remoteId: undefined,
  rejection: undefined
}

/**
 * @internal
 */
export const statusesOf = (outcome: Outcome): ReadonlyArray<RecipientStatus> => {
  if (Either.isRight(outcome)) return outcome.right.recipients
  const error = outcome.left
  return error._tag === "RejectedError" || error._tag === "OutcomeUnknownError" ? error.recipients : []
}

/** Whether a refusal is of a second try alone: it says nothing of the first one, which was not answered. */
const isOfRepetition = (known: RecipientStatus | undefined, status: RecipientStatus): boolean =>
  known?._tag === "Unknown" && status._tag !== "Accepted"

/**
 * What is known after another attempt. Told so, it keeps of who may have the message that this is unknown.
 *
 * @internal
 */
export const advance = (progress: Progress, outcome: Outcome, keepsUnknown = false): Progress => {
  const statuses = new Map(progress.statuses)
  const rejection = Either.isLeft(outcome) && outcome.left._tag === "RejectedError" ? outcome.left : undefined
  for (const status of statusesOf(outcome)) {
    if (keepsUnknown && isOfRepetition(statuses.get(status.recipient), status)) continue
    if (status._tag !== "NotSent" || rejection !== undefined) statuses.set(status.recipient, status)
  }
  return {
    statuses,
    response: Either.isRight(outcome) ? outcome.right.response : progress.response,
    remoteId: Either.isRight(outcome) ? outcome.right.remoteId ?? progress.remoteId : progress.remoteId,
    rejection: rejection ?? progress.rejection
  }
}

/**
 * Whom an attempt did not reach, although it refused others: the server went away before. What a policy leaves out is
 * `NotSent` in a report, never in a refusal.
 *
 * @internal
 */
export const notReached = (outcome: Outcome): ReadonlyArray<string> =>
  Either.isLeft(outcome) && outcome.left._tag === "RejectedError"
    ? outcome.left.recipients.filter(({ _tag }) => _tag === "NotSent").map(({ recipient }) => recipient)
    : []

/**
 * An outcome that no other backend may take for one to be repeated: only the one that has the idempotency key knows it.
 *
 * @internal
 */
export const notRepeatable = (error: BackendError): BackendError =>
  error._tag === "OutcomeUnknownError" && error.isRepeatable
    ? new OutcomeUnknownError({ ...error, repeatableUntil: undefined })
    : error

/**
 * The last outcome, with what earlier attempts had settled.
 *
 * @internal
 */
export const conclude = (outgoing: Outgoing, progress: Progress, last: Outcome): Outcome => {
  const recipients = outgoing.envelope.to.map((recipient): RecipientStatus =>
    progress.statuses.get(recipient) ?? { _tag: "NotSent", recipient }
  )
  if (recipients.some(({ _tag }) => _tag === "Accepted")) {
    const { remoteId, response } = progress
    return Either.right({ recipients, response, ...remoteId === undefined ? {} : { remoteId } })
  }
  if (recipients.some(({ _tag }) => _tag === "Unknown")) {
    return Either.left(
      Either.isLeft(last) && last.left._tag === "OutcomeUnknownError"
        ? new OutcomeUnknownError({ ...last.left, recipients })
        : new OutcomeUnknownError({ recipients, description: "an earlier attempt was not answered" })
    )
  }
  const { rejection } = progress
  if (rejection === undefined) return last
  const known = recipients.filter(({ recipient }) => progress.statuses.has(recipient))
  return Either.left(new RejectedError({ ...rejection, recipients: known }))
}
