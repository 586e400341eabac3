import { AuthenticationError, type BackendError, CapabilityError } from "@effect-mail/core/MailError"
import * as Predicate from "effect/Predicate"
import * as Certificate from "../../certificate.js"
import { connectionError } from "../protocol/connectionError.js"
import type { Encryption, Failure } from "../protocol/handshake/handshake.js"
import { isSyntaxError } from "../protocol/reply/reply.js"
import { tlsFromStart } from "../protocol/session.js"

const wrongProtocolCodes = new Set<unknown>(["ERR_SSL_WRONG_VERSION_NUMBER", "ERR_SSL_PACKET_LENGTH_TOO_LONG"])

export const startTlsMissing = (): CapabilityError =>
  new CapabilityError({
    capability: "STARTTLS",
    description: "the server does not encrypt the connection, and the credentials or the settings require it"
  })

type Refused = Extract<Failure, { readonly _tag: "Refused" }>
type Ended = Extract<Failure, { readonly _tag: "Ended" }>

const refused = ({ reply, step }: Refused): BackendError => {
  switch (step) {
    case "AUTH":
      return new AuthenticationError({
        reason: "Refused",
        code: reply.code,
        enhancedCode: reply.enhancedCode,
        response: reply.text
      })
    case "STARTTLS":
      return connectionError("Tls", "the server refused STARTTLS", { reply })
    case "EHLO":
      // Over SMTP it is followed by HELO, and so is refused for other reasons only.
      return isSyntaxError(reply)
        ? connectionError("Protocol", "the server does not speak LMTP", { reply })
        : connectionError("Greeting", "the server refused to talk", { reply })
    default:
      return connectionError("Greeting", "the server refused to talk", { reply })
  }
}

const lost = (step: Ended["step"], cause: unknown): BackendError => {
  const code = Predicate.hasProperty(cause, "code") ? cause.code : undefined
  const fault = typeof code === "string" ? Certificate.faultOf(code) : undefined
  if (fault !== undefined) return connectionError("Certificate", fault.description, { detail: fault.detail, cause })
  if (typeof code === "string" && Certificate.isOursRefused(code)) {
    return connectionError("Tls", "the server wants a client certificate, or another one", {
      detail: "ClientCertificate",
      cause
    })
  }
  if (wrongProtocolCodes.has(code)) {
    return connectionError("Protocol", "the server does not speak TLS here", { detail: "ClearText", cause })
  }
  switch (step) {
    case "TLS":
      return connectionError("Tls", "the connection was lost in the TLS handshake", { cause })
    case "AUTH":
      return connectionError("Lost", "the connection was lost while logging in", { cause })
    default:
      return connectionError("Lost", "the connection was lost", { cause })
  }
}

/** No greeting means that the server awaits TLS, or clear text: the settings tell which of them it did not get. */
const timedOut = (step: Ended["step"], encryption: Encryption): BackendError => {
  if (encryption === "implicit" && (step === "TLS" || step === "greeting")) {
    return connectionError("Timeout", "the server did not greet in time", { detail: "AwaitingTls" })
  }
  return step === "greeting"
    ? connectionError("Timeout", "the server did not greet in time", { detail: "AwaitingGreeting" })
    : connectionError("Timeout", "the server did not answer in time")
}

const ended = ({ ending, reply, step }: Ended, encryption: Encryption): BackendError => {
  switch (ending._tag) {
    case "TimedOut":
      return timedOut(step, encryption)
    case "Closing":
      return connectionError("Unavailable", "the server is closing", { reply })
    case "Violation":
      return connectionError("Protocol", `the server sent ${ending.what}`, {
        ...ending.what === tlsFromStart ? { detail: "TlsFromStart" } : {}
      })
    case "Lost":
      return lost(step, ending.cause)
    default:
      return connectionError("Lost", "the connection was lost")
  }
}

/** The error of a failed handshake, by the step that failed. */
export const handshakeError = (failure: Failure, encryption: Encryption): BackendError => {
  switch (failure._tag) {
    case "NotOffered":
      return startTlsMissing()
    case "Refused":
      return refused(failure)
    case "Ended":
      return ended(failure, encryption)
  }
}
