import type { RecipientStatus, Reply } from "@effect-mail/core/DeliveryReport"
import type { Delivery } from "@effect-mail/core/MailBackend"
import type { ConnectionError } from "@effect-mail/core/MailError"
import { type BackendError, OutcomeUnknownError, RejectedError } from "@effect-mail/core/MailError"
import * as Either from "effect/Either"
import { connectionError } from "../connectionError.js"
import type { Ending } from "../ending.js"
import { isNegative, isPositive } from "../reply/reply.js"
import type { Transaction } from "./transaction.js"

type Outcome = Either.Either<Delivery, BackendError>

const isFarewell = ({ code }: Reply): boolean => code === 421

/** The reply if it refuses: 4yz or 5yz, except 421, which only announces the end of the session (RFC 5321 section 3.8). */
const refusing = (reply: Reply | undefined): Reply | undefined =>
  reply !== undefined && isNegative(reply) && !isFarewell(reply) ? reply : undefined

/** Neither 2yz, 4yz nor 5yz: only 354 to DATA may be so. */
const isOdd = (reply: Reply): boolean => !isPositive(reply) && !isNegative(reply)

/** The status of a refused recipient. 552 to RCPT is "too many recipients" (RFC 5321 section 4.5.3.1.10). */
const refusal = (recipient: string, reply: Reply, isRcpt = false): RecipientStatus => ({
  _tag: reply.code < 500 || (isRcpt && reply.code === 552) ? "Deferred" : "Rejected",
  recipient,
  reply
})

const notSent = (recipient: string): RecipientStatus => ({ _tag: "NotSent", recipient })

/**
 * The status of each recipient by its reply to RCPT. A refusal stays, whatever follows it; `taken` gives the status of the
 * others, by the reply to the message that is theirs, if it is there.
 */
const statuses = (
  transaction: Transaction,
  recipients: ReadonlyArray<string>,
  taken: (recipient: string, reply: Reply | undefined) => RecipientStatus
): ReadonlyArray<RecipientStatus> => {
  let count = 0
  return recipients.map((recipient, i) => {
    const reply = transaction.rcpt[i]
    const refused = refusing(reply)
    if (refused !== undefined) return refusal(recipient, refused, true)
    return reply === undefined || isPositive(reply)
      ? taken(recipient, transaction.replyTo(count++))
      : notSent(recipient)
  })
}

const rejected = (
  command: RejectedError["command"],
  recipients: ReadonlyArray<RecipientStatus>,
  { code, enhancedCode, text }: Reply
): Outcome => Either.left(new RejectedError({ command, recipients, code, enhancedCode, response: text }))

const unknown = (transaction: Transaction, recipients: ReadonlyArray<string>, description: string): Outcome =>
  Either.left(
    new OutcomeUnknownError({
      recipients: statuses(transaction, recipients, (recipient) => ({ _tag: "Unknown", recipient })),
      description
    })
  )

const settled = (recipient: string, reply: Reply | undefined): RecipientStatus => {
  if (reply === undefined || isOdd(reply)) return { _tag: "Unknown", recipient }
  return isPositive(reply) ? { _tag: "Accepted", recipient, reply } : refusal(recipient, reply)
}

/**
 * The end of the message was written: only the replies to it decide. Where one recipient was accepted there is a report,
 * which says of the others whether they were refused, or are unknown.
 */
const afterTheEnd = (transaction: Transaction, recipients: ReadonlyArray<string>): Outcome => {
  const { ending, messages } = transaction
  const each = statuses(transaction, recipients, settled)
  const positive = messages.find(isPositive)
  if (positive !== undefined) return Either.right({ recipients: each, response: positive })
  const odd = messages.find(isOdd)
  const [first] = messages
  if (first === undefined || odd !== undefined || each.some(({ _tag }) => _tag === "Unknown")) {
    const description = odd !== undefined
      ? `the server answered the message with ${odd.code}`
      : ending === undefined
      ? "it was not answered"
      : reasonOf(ending)
    return Either.left(new OutcomeUnknownError({ recipients: each, description }))
  }
  return rejected("message", each, messages.find(({ code }) => code < 500) ?? first)
}

const reasonOf = (ending: Ending): string => {
  switch (ending._tag) {
    case "Violation":
      return `the server sent ${ending.what}`
    case "TimedOut":
      return "the server did not answer in time"
    default:
      return "the connection was lost"
  }
}

const protocolError = (description: string): ConnectionError => connectionError("Protocol", description)

/** The session ended before the message was sent: refusals stay, and the other recipients are `NotSent`. */
const leftUndone = (
  transaction: Transaction,
  recipients: ReadonlyArray<string>,
  failure: ConnectionError,
  farewell?: Reply
): Outcome => {
  const refusals = transaction.rcpt.filter((reply) => refusing(reply) !== undefined)
  const [first] = refusals
  if (first === undefined) return Either.left(failure)
  const telling = farewell ?? refusals.find(({ code }) => code < 500) ?? first
  return rejected("RCPT", statuses(transaction, recipients, notSent), telling)
}

/** Whether the server accepted a message whose end was not written. */
const claimsMessage = ({ data, message, premature }: Transaction): boolean =>
  data?.code === 354 && (message === undefined ? premature.startsWith("2") : isPositive(message))

/**
 * The end of the message was not written, so that no server can have the message. The first that applies decides:
 *
 * 1. a refusal of the sender refuses every recipient; refusals of all recipients are their statuses
 * 2. a positive reply to the message makes the outcome unknown, because the server may have accepted a part of it
 * 3. a refusal of DATA, or of the message half-way, refuses the accepted recipients
 * 4. a violation is a protocol error, and so is a reply that is not 2yz, 4yz or 5yz
 * 5. after a lost connection, refusals stay
 */
const beforeTheEnd = (transaction: Transaction, recipients: ReadonlyArray<string>): Outcome => {
  const { data, ending, mail, message, rcpt } = transaction
  const all = (command: RejectedError["command"], reply: Reply): Outcome =>
    rejected(command, statuses(transaction, recipients, (recipient) => refusal(recipient, reply)), reply)
  const refused = { data: refusing(data), mail: refusing(mail), message: refusing(message) }
  if (refused.mail !== undefined) {
    const { mail: reply } = refused
    return rejected("MAIL", recipients.map((recipient) => refusal(recipient, reply)), reply)
  }
  if (mail !== undefined && isOdd(mail)) return Either.left(protocolError(`the server answered MAIL with ${mail.code}`))
  const isNoneTaken = rcpt.length === recipients.length && !rcpt.some((reply) => isPositive(reply) || isFarewell(reply))
  if (isNoneTaken) {
    return leftUndone(transaction, recipients, protocolError("the server answered RCPT with neither yes nor no"))
  }
  if (claimsMessage(transaction)) {
    return unknown(transaction, recipients, "the server answered the message before its end")
  }
  if (refused.message !== undefined) {
    const { message: reply } = refused
    const each = statuses(
      transaction,
      recipients,
      (recipient, own) => own === undefined ? notSent(recipient) : refusal(recipient, own)
    )
    return rejected("message", each, reply)
  }
  if (refused.data !== undefined) return all("DATA", refused.data)
  if (ending?._tag === "Violation") return Either.left(protocolError(`the server sent ${ending.what}`))
  if (message !== undefined && isOdd(message)) {
    return Either.left(protocolError("the server answered the message before its end"))
  }
  const farewell = [mail, ...rcpt, data, message].find((reply) => reply !== undefined && isFarewell(reply))
  if (farewell !== undefined) {
    const failure = connectionError("Unavailable", "the server is closing", { reply: farewell })
    return leftUndone(transaction, recipients, failure, farewell)
  }
  switch (ending?._tag) {
    case "SourceFailed":
      return Either.left(ending.error)
    case "TimedOut":
      return leftUndone(transaction, recipients, connectionError("Timeout", "the server did not answer in time"))
    case "Lost":
    case "Closing":
      return leftUndone(
        transaction,
        recipients,
        connectionError("Lost", "the connection was lost before the message was handed over", {
          cause: ending._tag === "Lost" ? ending.cause : undefined
        })
      )
    default:
      return Either.left(protocolError("the message could not be handed over"))
  }
}

/** Whether the end of the message was written, so that the server may be responsible for it. */
const isHandedOver = ({ isLastRcpt, letter, mail, progress, rcpt }: Transaction): boolean => {
  if (progress !== "Sent") return false
  // A chunk is written with its envelope: if that is refused, the server is not responsible.
  return letter.chunk === undefined || !(refusing(mail) !== undefined || (isLastRcpt && !rcpt.some(isPositive)))
}

/**
 * The outcome of a message: by the reply to it, then by the replies to its envelope, then by why the session ended. Only a
 * 2yz reply after the end of the message is a success.
 */
export const decide = (transaction: Transaction, recipients: ReadonlyArray<string>): Outcome =>
  isHandedOver(transaction) ? afterTheEnd(transaction, recipients) : beforeTheEnd(transaction, recipients)

/**
 * Whether another connection may take the message: the session ended before the server accepted DATA, and not because of
 * this message.
 */
export const isGivenUp = (transaction: Transaction, error: BackendError): boolean => {
  const { ending, expected, isBehind, isFirst, progress } = transaction
  if (error._tag !== "ConnectionError" || ending === undefined) return false
  if (progress === "Waiting") return true
  // No reply at all: the server does not accept pipelining, or the connection is dead.
  const isUnanswered = expected === "RSET" || isBehind
  return progress === "Envelope" && !isFirst && (ending._tag !== "TimedOut" || isUnanswered)
}
