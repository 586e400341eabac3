import * as Either from "effect/Either"
import type { RecipientStatus, Reply } from "../../DeliveryReport.js"
import { type BackendError, OutcomeUnknownError, RejectedError } from "../../MailError.js"
import type { Outgoing } from "../outgoing/outgoing.js"
import type { Delivery } from "./driver.js"

/** The outcome of one attempt. */
export type Outcome = Either.Either<Delivery, BackendError>

/**
 * What all attempts so far tell of each recipient. `NotSent` means that the server was not reached: a recipient that a
 * policy left out has no status.
 */
export interface Progress {
  readonly statuses: ReadonlyMap<string, RecipientStatus>
  readonly response: Reply | undefined
  readonly remoteId: string | undefined
  readonly rejection: RejectedError | undefined
}

export const nothingKnown: Progress = {
  statuses: new Map(),
  response: undefined,
  remoteId: undefined,
  rejection: undefined
}

export const statusesOf = (outcome: Outcome): ReadonlyArray<RecipientStatus> => Either.merge(outcome).recipients

const rejectionOf = (outcome: Outcome): RejectedError | undefined =>
  Either.isLeft(outcome) && outcome.left._tag === "RejectedError" ? outcome.left : undefined

/** Whether only a second attempt was refused: that says nothing of the first one, which was not answered. */
const isOfRepetition = (known: RecipientStatus | undefined, status: RecipientStatus): boolean =>
  known?._tag === "Unknown" && status._tag !== "Accepted"

/**
 * What is known after another attempt. With `keepsUnknown`, a recipient that may have the message stays `Unknown` until an
 * attempt is accepted.
 */
export const advance = (progress: Progress, outcome: Outcome, keepsUnknown = false): Progress => {
  const statuses = new Map(progress.statuses)
  const rejection = rejectionOf(outcome)
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
 * The recipients that an attempt did not reach, although it refused others: the connection ended before. A recipient that a
 * policy left out is `NotSent` in a report, never in a refusal.
 */
export const notReached = (outcome: Outcome): ReadonlyArray<string> =>
  (rejectionOf(outcome)?.recipients ?? []).filter(({ _tag }) => _tag === "NotSent").map(({ recipient }) => recipient)

/** The same error for a policy that may use another backend: only the backend that has the idempotency key may repeat. */
export const notRepeatable = (error: BackendError): BackendError =>
  error._tag === "OutcomeUnknownError" && error.isRepeatable
    ? new OutcomeUnknownError({ ...error, repeatableUntil: undefined })
    : error

/** The last outcome, with the results of earlier attempts. */
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
