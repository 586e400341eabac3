/** The steps of a connection, and at which of them an error happens. */
import type { BackendError } from "@effect-mail/core/MailError"

export const steps = ["name", "connect", "TLS", "login"] as const
export type Name = (typeof steps)[number]

export interface Row {
  readonly step: Name
  readonly isOk: boolean | undefined
  readonly detail: string
  readonly took: number | undefined
  readonly advice: string
}

/** The step at which an error happened. */
export const stepOf = (error: BackendError): Name => {
  if (error._tag === "AuthenticationError") return "login"
  if (error._tag === "CapabilityError") return "TLS"
  if (error._tag !== "ConnectionError") return "login"
  switch (error.reason) {
    case "Dns":
      return "name"
    case "Tls":
    case "Certificate":
      return "TLS"
    default:
      return error.detail === "AwaitingTls" ? "TLS" : "connect"
  }
}

/** What happened, and what to do about it. */
export const failedRow = (error: BackendError): Row => ({
  step: stepOf(error),
  isOk: false,
  detail: error.message.replace(error.advice, "").trim(),
  took: undefined,
  advice: error.advice
})
