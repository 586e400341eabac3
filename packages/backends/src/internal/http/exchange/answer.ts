import type { RecipientStatus, Reply } from "@effect-mail/core/DeliveryReport"
import type { Delivery } from "@effect-mail/core/MailBackend"
import { AuthenticationError, OutcomeUnknownError, RejectedError } from "@effect-mail/core/MailError"
import * as Duration from "effect/Duration"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { Addressed, Answer, Verdict } from "../provider.js"

const longestExcerpt = 500

/** One line of printable text: an answer may hold anything. */
const printable = (text: string): string =>
  text.slice(0, longestExcerpt).replace(/\s+/g, " ").trim()
    .replace(/[\p{Cc}\p{Cf}\p{Cs}]/gu, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`)

const explain = ({ body, status }: Answer): string => `HTTP ${status} ${printable(body)}`.trim()

const outcomes = (
  { envelope }: Addressed,
  status: (recipient: string) => RecipientStatus
): ReadonlyArray<RecipientStatus> => envelope.to.map(status)

/**
 * The provider took the message for all recipients, and calls it `remoteId`.
 *
 * @since 0.1.0
 * @category verdicts
 */
export const accepted = (letter: Addressed, remoteId?: string | undefined): Either.Either<Delivery> =>
  Either.right({
    recipients: outcomes(letter, (recipient) => ({ _tag: "Accepted", recipient })),
    ...remoteId === undefined ? {} : { remoteId }
  })

/**
 * The provider took the message, which it calls `remoteId`, for some of its recipients, and does not say for which: a report in
 * which each of them is `Unknown`.
 *
 * @since 0.1.0
 * @category verdicts
 */
export const partly = (letter: Addressed, remoteId?: string | undefined): Either.Either<Delivery> =>
  Either.right({
    recipients: outcomes(letter, (recipient) => ({ _tag: "Unknown", recipient })),
    ...remoteId === undefined ? {} : { remoteId }
  })

/**
 * What was refused.
 *
 * @since 0.1.0
 * @category models
 */
export type Refused = RejectedError["command"]

/** Codes of replies are those of SMTP, where 4xx is for now and 5xx for good. */
const codes: Readonly<Record<Refused, number>> = { MAIL: 550, RCPT: 550, DATA: 554, message: 554 }

/**
 * The provider refused the message for good, and so for all recipients. `refused` says whether the sender (`MAIL`) or the
 * recipients (`RCPT`) are the reason, where the answer tells.
 *
 * @since 0.1.0
 * @category verdicts
 */
export const rejected = (
  letter: Addressed,
  answer: Answer,
  refused: Refused = "message"
): Either.Either<never, RejectedError> => {
  const reply: Reply = { code: codes[refused], text: explain(answer) }
  return Either.left(
    new RejectedError({
      command: refused,
      recipients: outcomes(letter, (recipient) => ({ _tag: "Rejected", recipient, reply })),
      code: reply.code,
      response: reply.text
    })
  )
}

/** RFC 9110 section 10.2.3: seconds, or a date. */
const retryAfter = ({ headers, receivedAt }: Answer): Duration.Duration | undefined => {
  const written = headers["retry-after"]?.trim() ?? ""
  if (/^[0-9]{1,9}$/.test(written)) return Duration.seconds(Number(written))
  const time = /^[A-Za-z]{3},/.test(written) ? Date.parse(written) : NaN
  const now = Date.parse(headers["date"] ?? "")
  const millis = time - (Number.isNaN(now) ? receivedAt : now)
  return Number.isNaN(millis) ? undefined : Duration.millis(Math.max(0, millis))
}

/**
 * The provider takes nothing for now: a rate or a quota. With `retryAfter` where the answer has that header.
 *
 * @since 0.1.0
 * @category verdicts
 */
export const deferred = (letter: Addressed, answer: Answer): Either.Either<never, RejectedError> => {
  const reply: Reply = { code: 451, text: explain(answer) }
  const pause = retryAfter(answer)
  return Either.left(
    new RejectedError({
      command: "message",
      recipients: outcomes(letter, (recipient) => ({ _tag: "Deferred", recipient, reply })),
      code: reply.code,
      response: reply.text,
      ...pause === undefined ? {} : { retryAfter: pause }
    })
  )
}

/**
 * The provider refused the credentials, and so took nothing.
 *
 * @since 0.1.0
 * @category verdicts
 */
export const unauthorized = (answer: Answer): Either.Either<never, AuthenticationError> =>
  Either.left(new AuthenticationError({ reason: "Refused", response: explain(answer) }))

/**
 * The answer does not say what became of the message.
 *
 * @since 0.1.0
 * @category verdicts
 */
export const unknown = (letter: Addressed, answer: Answer): Either.Either<never, OutcomeUnknownError> =>
  unknownFor(letter, `the provider answered ${answer.status}${isCut(answer) ? ", and the answer was cut off" : ""}`)

export const unknownFor = (
  letter: Addressed,
  description: string,
  cause?: unknown
): Either.Either<never, OutcomeUnknownError> =>
  Either.left(
    new OutcomeUnknownError({
      recipients: outcomes(letter, (recipient) => ({ _tag: "Unknown", recipient })),
      description,
      ...cause === undefined ? {} : { cause }
    })
  )

/**
 * What an answer means by its status alone (RFC 9110 section 15): for every answer of which a provider says nothing
 * particular.
 *
 * - 401, 403: `AuthenticationError`
 * - 408, 420, 425, 429: `RejectedError`, deferred
 * - any other 4xx, and a redirect, which is never followed: `RejectedError`
 * - 5xx, and any other: `OutcomeUnknownError`. A gateway answers 503 also for a request that went through
 *
 * @since 0.1.0
 * @category verdicts
 */
export const byStatus = (letter: Addressed, answer: Answer): Verdict => {
  const { status } = answer
  if (status === 401 || status === 403) return unauthorized(answer)
  if (status === 408 || status === 420 || status === 425 || status === 429) return deferred(letter, answer)
  return status === 0 || (status >= 300 && status < 500) ? rejected(letter, answer) : unknown(letter, answer)
}

/**
 * The body as JSON of a shape; none where it is not.
 *
 * @since 0.1.0
 * @category reading
 */
export const json = <A, I>({ body }: Answer, schema: Schema.Schema<A, I>): Option.Option<A> =>
  Schema.decodeUnknownOption(Schema.parseJson(schema))(body)

const isJson = (text: string): boolean => Either.isRight(Either.try((): unknown => JSON.parse(text)))

/**
 * Whether the body ended too early: the connection did, or JSON does not close.
 *
 * @since 0.1.0
 * @category reading
 */
export const isCut = ({ body, isWhole }: Answer): boolean => !isWhole || (/^\s*\{/.test(body) && !isJson(body))

/**
 * A success whose body holds the provider's name of the message. Where the status decides already, a body that was cut off
 * makes an accepted message without a name; where the body could say otherwise, its outcome is unknown. A body of any other
 * shape did not come from the provider: unknown.
 *
 * @since 0.1.0
 * @category verdicts
 */
export const named = (
  letter: Addressed,
  answer: Answer,
  field: string,
  decides: "status" | "body"
): Verdict => {
  const id = Option.flatMapNullable(json(answer, idIn), (object) => object[field])
  if (Option.isSome(id) && typeof id.value === "string" && id.value !== "") return accepted(letter, printable(id.value))
  return decides === "status" && isCut(answer) ? accepted(letter) : unknown(letter, answer)
}

const idIn = Schema.Record({ key: Schema.String, value: Schema.Unknown })
