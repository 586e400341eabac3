import type { Deferred, RecipientStatus, Rejected, Reply } from "@effect-mail/core/DeliveryReport"
import type { Delivery } from "@effect-mail/core/MailBackend"
import {
  type AttachmentError,
  type BackendError,
  ConnectionError,
  OutcomeUnknownError,
  RejectedError
} from "@effect-mail/core/MailError"
import * as Either from "effect/Either"
import type { Transaction } from "./smtpDialogue.js"
import { isNegative, isPositive } from "./smtpReply.js"

/**
 * Why a step of the session ended without its answer.
 *
 * @internal
 */
export type Interruption =
  | { readonly _tag: "Lost"; readonly cause?: unknown }
  | { readonly _tag: "TimedOut" }
  | { readonly _tag: "SourceFailed"; readonly error: AttachmentError }

/**
 * Everything that is known of a message when its sending has ended.
 *
 * @internal
 */
export interface Facts {
  readonly recipients: ReadonlyArray<string>
  readonly transaction: Transaction
  /** Whether the end of the message was read, so that the final dot may have gone out. */
  readonly isBodyEnded: boolean
  readonly violation: string | undefined
  readonly interruption: Interruption | undefined
}

/**
 * Whether a reply to the message settles it: a 2xx, a 4xx or a 5xx.
 *
 * @internal
 */
export const isFinal = (reply: Reply): boolean => isPositive(reply) || isNegative(reply)

/** RFC 5321 section 4.5.3.1.10: 552 to RCPT means "too many recipients for now". */
const refusal = (recipient: string, reply: Reply, isRcpt = false): Deferred | Rejected => ({
  _tag: reply.code < 500 || (isRcpt && reply.code === 552) ? "Deferred" : "Rejected",
  recipient,
  reply
})

const rejected = (
  command: RejectedError["command"],
  recipients: ReadonlyArray<RecipientStatus>,
  reply: Reply
): Either.Either<never, BackendError> =>
  Either.left(
    new RejectedError({
      command,
      recipients,
      code: reply.code,
      enhancedCode: reply.enhancedCode,
      response: reply.text
    })
  )

const connectionFailure = (
  reason: ConnectionError["reason"],
  description: string,
  details: { readonly reply?: Reply; readonly cause?: unknown } = {}
): Either.Either<never, BackendError> => Either.left(connectionError(reason, description, details))

/**
 * @internal
 */
export const connectionError = (
  reason: ConnectionError["reason"],
  description: string,
  { cause, reply }: { readonly reply?: Reply | undefined; readonly cause?: unknown } = {}
): ConnectionError =>
  new ConnectionError({
    reason,
    description,
    code: reply?.code,
    enhancedCode: reply?.enhancedCode,
    response: reply?.text,
    ...cause === undefined ? {} : { cause }
  })

const unknown = (facts: Facts, description: string): Either.Either<never, BackendError> =>
  Either.left(
    new OutcomeUnknownError({
      recipients: facts.recipients.map((recipient, i): RecipientStatus => {
        const reply = facts.transaction.rcpt[i]
        return reply !== undefined && isNegative(reply)
          ? refusal(recipient, reply, true)
          : { _tag: "Unknown", recipient }
      }),
      description
    })
  )

const afterTheDot = (facts: Facts): Either.Either<Delivery, BackendError> => {
  const { interruption, recipients, transaction, violation } = facts
  const reply = transaction.message
  const refused = (i: number): Reply | undefined => {
    const answer = transaction.rcpt[i]
    return answer !== undefined && isNegative(answer) ? answer : undefined
  }
  if (reply !== undefined && isPositive(reply)) {
    return Either.right({
      recipients: recipients.map((recipient, i): RecipientStatus => {
        const answer = refused(i)
        return answer === undefined ? { _tag: "Accepted", recipient, reply } : refusal(recipient, answer, true)
      }),
      response: reply
    })
  }
  if (reply !== undefined && isNegative(reply)) {
    return rejected(
      "message",
      recipients.map((recipient, i) => {
        const answer = refused(i)
        return answer === undefined ? refusal(recipient, reply) : refusal(recipient, answer, true)
      }),
      reply
    )
  }
  if (reply !== undefined) return unknown(facts, `the server answered the message with ${reply.code}`)
  if (violation !== undefined) return unknown(facts, `the server sent ${violation}`)
  return unknown(
    facts,
    interruption?._tag === "TimedOut" ? "the server did not answer in time" : "the connection was lost"
  )
}

const beforeTheDot = (facts: Facts): Either.Either<never, BackendError> => {
  const { interruption, recipients, transaction, violation } = facts
  const { data, mail, message, rcpt } = transaction
  const replies = [mail, ...rcpt, data, message].filter((reply) => reply !== undefined)
  const closing = replies.find((reply) => reply.code === 421)
  if (closing !== undefined) return connectionFailure("Unavailable", "the server is closing", { reply: closing })
  if (mail !== undefined && isNegative(mail)) {
    return rejected("MAIL", recipients.map((recipient) => refusal(recipient, mail)), mail)
  }
  if (rcpt.length === recipients.length && rcpt.every(isNegative)) {
    const statuses = recipients.map((recipient, i): RecipientStatus => {
      const reply = rcpt[i]
      return reply === undefined ? { _tag: "NotSent", recipient } : refusal(recipient, reply, true)
    })
    const [first] = rcpt
    const telling = rcpt.find((reply) => reply.code < 500) ?? first
    if (telling !== undefined) return rejected("RCPT", statuses, telling)
  }
  if (message !== undefined && isNegative(message)) {
    return rejected("message", recipients.map((recipient) => refusal(recipient, message)), message)
  }
  if (data !== undefined && isNegative(data)) {
    return rejected(
      "DATA",
      recipients.map((recipient, i) => {
        const reply = rcpt[i]
        return reply !== undefined && isNegative(reply)
          ? refusal(recipient, reply, true)
          : refusal(recipient, data)
      }),
      data
    )
  }
  if (violation !== undefined) return connectionFailure("Protocol", `the server sent ${violation}`)
  if (message !== undefined) return connectionFailure("Protocol", "the server answered the message before its end")
  if (interruption === undefined) return connectionFailure("Protocol", "the message could not be handed over")
  switch (interruption._tag) {
    case "SourceFailed":
      return Either.left(interruption.error)
    case "TimedOut":
      return connectionFailure("Timeout", "the server did not answer in time")
    case "Lost":
      return connectionFailure("Lost", "the connection was lost before the message was handed over", {
        cause: interruption.cause
      })
  }
}

/**
 * What became of a message: decided by the reply after the dot, then by the reply at the step, then by the phase, then
 * by the cause. Success takes a complete 2xx reply after the end of the message, and nothing else.
 *
 * @internal
 */
export const decide = (facts: Facts): Either.Either<Delivery, BackendError> =>
  facts.isBodyEnded ? afterTheDot(facts) : beforeTheDot(facts)
