/**
 * What became of one call, in the words of the scenarios.
 */
import { DeliveryReport, type MailError } from "@effect-mail/core"
import { Cause, Exit, Option } from "effect"
import type { Class } from "./Scenario.js"

export type Outcome = Exit.Exit<DeliveryReport.DeliveryReport, MailError.MailError>

const classOfError = (error: MailError.MailError): Class => {
  if (error._tag === "OutcomeUnknownError") return "ambiguous"
  if (error.isTransient) return "transient"
  switch (error._tag) {
    case "AuthenticationError":
      return "configuration"
    case "CapabilityError":
      return error.capability === "STARTTLS" ? "configuration" : "permanent"
    case "ConnectionError":
      return error.reason === "Greeting" ? "permanent" : "configuration"
    default:
      return "permanent"
  }
}

export const errorOf = (outcome: Outcome): MailError.MailError | undefined =>
  Exit.isFailure(outcome) ? Option.getOrUndefined(Cause.failureOption(outcome.cause)) : undefined

export const classOf = (outcome: Outcome): Class | "defect" => {
  if (Exit.isSuccess(outcome)) return DeliveryReport.isComplete(outcome.value) ? "success" : "partial"
  const error = errorOf(outcome)
  if (error !== undefined) return classOfError(error)
  return Cause.isInterruptedOnly(outcome.cause) ? "interrupted" : "defect"
}

/** The tag of an error, and its reason where it has one. */
export const nameOf = (outcome: Outcome): string => {
  const error = errorOf(outcome)
  if (error === undefined) return classOf(outcome)
  const detail = "reason" in error ? error.reason : "command" in error ? error.command : ""
  return `${error._tag} ${"capability" in error ? error.capability : detail}`.trim()
}

/** Whether no recipient can have the message. */
export const isProvenNotSent = (outcome: Outcome): boolean =>
  ["transient", "permanent", "configuration"].includes(classOf(outcome))
