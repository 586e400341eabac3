import type { RecipientStatus, Reply } from "@effect-mail/core/DeliveryReport"
import type { Delivery } from "@effect-mail/core/MailBackend"
import { type BackendError, isBackendError } from "@effect-mail/core/MailError"
import * as Cause from "effect/Cause"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import type { Reason, Recipient } from "../../OutboxMessage.js"
import type { Settlement } from "./service.js"

/**
 * What a settlement says of the message itself; the runner adds whose it is.
 */
export type Verdict = Omit<Settlement, "id" | "fence" | "owner" | "detail">

/**
 * What is known of an attempt that has ended.
 *
 * - `recipients`: for whom it was
 * - `isCommitted`: whether the backend was let go on, so that it may have sent the message
 * - `delay`: in ms, until the next try
 * - `timeLeft`: in ms, until the message is given up
 */
export interface Ended {
  readonly recipients: ReadonlyArray<string>
  readonly exit: Exit.Exit<Delivery, BackendError>
  readonly isCommitted: boolean
  readonly delay: number
  readonly timeLeft: number
  readonly resendUnknown: boolean
}

const withReply = (address: string, state: Recipient["state"], reply: Reply | undefined): Recipient =>
  reply === undefined ? { address, state } : { address, state, reply }

/** A refusal leaves open whom the server did not reach; what a policy leaves out of a delivery is left out for good. */
const fromStatus = (status: RecipientStatus, isRefusal: boolean): Recipient => {
  const { recipient } = status
  switch (status._tag) {
    case "Accepted":
      return withReply(recipient, "accepted", status.reply)
    case "Queued":
      return withReply(recipient, "accepted", undefined)
    case "Deferred":
      return withReply(recipient, "pending", status.reply)
    case "Rejected":
      return withReply(recipient, "rejected", status.reply)
    case "NotSent":
      return withReply(recipient, isRefusal ? "pending" : "notSent", undefined)
    case "Unknown":
      return withReply(recipient, "unknown", undefined)
  }
}

/** In doubt the state that promises least: no message is reported as not sent when it may have been sent. */
const weight: Record<Recipient["state"], number> = { unknown: 4, accepted: 3, pending: 2, rejected: 1, notSent: 0 }

/**
 * The recipients of the message, and who got it in their place. A policy that redirects names others: who is not named
 * then waits if those do, and got no copy otherwise.
 */
const fromStatuses = (
  own: ReadonlyArray<string>,
  statuses: ReadonlyArray<RecipientStatus>,
  missing: Recipient["state"],
  isRefusal: boolean
): ReadonlyArray<Recipient> => {
  const known = new Map(statuses.map((status) => [status.recipient, fromStatus(status, isRefusal)]))
  const others = [...known.values()].filter(({ address }) => !own.includes(address))
  const worst = others.reduce<Recipient["state"] | undefined>(
    (state, other) => state === undefined || weight[other.state] > weight[state] ? other.state : state,
    undefined
  )
  const unnamed = worst === undefined ? missing : worst === "accepted" ? "notSent" : worst
  return [
    ...own.map((address) => known.get(address) ?? withReply(address, unnamed, undefined)),
    ...others.filter(({ state }) => state !== "pending")
  ]
}

const all = (recipients: ReadonlyArray<string>, state: Recipient["state"]): ReadonlyArray<Recipient> =>
  recipients.map((address) => ({ address, state }))

interface Said {
  readonly recipients: ReadonlyArray<Recipient>
  readonly outcome: string
  readonly error: string | undefined
  readonly reason: Reason | undefined
  readonly isCounted: boolean
}

const ofError = (error: BackendError, recipients: ReadonlyArray<string>): Said => {
  const said = { outcome: error._tag, error: error.message, reason: undefined, isCounted: true } as const
  switch (error._tag) {
    case "RejectedError":
      return {
        ...said,
        recipients: fromStatuses(recipients, error.recipients, error.isTransient ? "pending" : "rejected", true)
      }
    case "OutcomeUnknownError":
      return { ...said, recipients: fromStatuses(recipients, error.recipients, "unknown", true), reason: "unanswered" }
    case "CapabilityError":
    case "AttachmentError":
      return { ...said, recipients: all(recipients, "notSent"), reason: "notSendable" }
    case "ConnectionError":
      return { ...said, recipients: all(recipients, "pending") }
    case "AuthenticationError":
      return { ...said, recipients: all(recipients, "pending"), isCounted: false }
  }
}

const said = (ended: Ended): Said => {
  const { exit, isCommitted, recipients } = ended
  if (Exit.isSuccess(exit)) {
    const statuses = exit.value.recipients
    return {
      recipients: fromStatuses(recipients, statuses, "notSent", false),
      outcome: "Delivery",
      error: undefined,
      reason: undefined,
      isCounted: true
    }
  }
  const failure = Cause.failureOption(exit.cause)
  if (Option.isSome(failure) && isBackendError(failure.value)) return ofError(failure.value, recipients)
  const isInterrupted = Cause.isInterruptedOnly(exit.cause)
  return {
    recipients: all(recipients, isCommitted ? "unknown" : "pending"),
    outcome: isInterrupted ? "Interrupted" : "Defect",
    error: isInterrupted ? "the runner was stopped" : Cause.pretty(exit.cause).slice(0, 1000),
    reason: isCommitted ? "unanswered" : undefined,
    isCounted: !isInterrupted || isCommitted
  }
}

const settledState = (recipients: ReadonlyArray<Recipient>): "delivered" | "failed" =>
  recipients.some(({ state }) => state === "accepted") ? "delivered" : "failed"

/**
 * What becomes of a message after an attempt. Nothing that may have been sent is ever said not to have been: where the backend
 * was not let go on nothing was sent, and where it was only its word counts.
 */
export const of = (ended: Ended): Verdict => {
  const { error, isCounted, outcome, reason, recipients } = said(ended)
  const states = new Set(recipients.map(({ state }) => state))
  const verdict = { outcome, error, isCounted, reason, recipients, delay: 0, isProof: !states.has("unknown") }
  if (states.has("unknown") && !ended.resendUnknown) {
    // What is still pending is parked with the rest: the message is one.
    return { ...verdict, state: "unknown", reason: reason ?? "unanswered" }
  }
  const reopened = recipients.map((recipient): Recipient =>
    recipient.state === "unknown" ? { ...recipient, state: "pending" } : recipient
  )
  if (reopened.some(({ state }) => state === "pending")) {
    const delay = isCounted ? ended.delay : 0
    return delay >= ended.timeLeft
      ? {
        ...verdict,
        state: states.has("unknown") ? "unknown" : "failed",
        reason: "gaveUp",
        recipients: recipients.map((recipient) =>
          recipient.state === "pending" ? { ...recipient, state: "notSent" } : recipient
        )
      }
      : { ...verdict, state: "queued", reason: undefined, delay, recipients: reopened }
  }
  const state = settledState(recipients)
  return { ...verdict, state, reason: state === "failed" ? reason ?? "rejected" : undefined }
}

/** For what was claimed and not tried: it goes back, and is due after the delay. */
export const returned = (recipients: ReadonlyArray<string>, delay: number, error: string | undefined): Verdict => ({
  state: "queued",
  delay,
  reason: undefined,
  outcome: "Returned",
  error,
  isCounted: false,
  isProof: true,
  recipients: all(recipients, "pending")
})
