import type { RecipientStatus, Reply } from "@effect-mail/core/DeliveryReport"
import * as MailBackend from "@effect-mail/core/MailBackend"
import { type BackendError, ConnectionError, OutcomeUnknownError, RejectedError } from "@effect-mail/core/MailError"
import type { Outgoing } from "@effect-mail/core/Outgoing"
import * as Either from "effect/Either"

const all = ({ envelope }: Outgoing, status: (recipient: string) => RecipientStatus) => envelope.to.map(status)

/** Codes of replies are those of SMTP. */
export const refused = (outgoing: Outgoing, command: "MAIL" | "RCPT" | "message", text: string): RejectedError => {
  const reply: Reply = { code: command === "message" ? 554 : 553, text }
  return new RejectedError({
    command,
    recipients: all(outgoing, (recipient) => ({ _tag: "Rejected", recipient, reply })),
    code: reply.code,
    response: text
  })
}

const deferred = (outgoing: Outgoing, text: string): RejectedError => {
  const reply: Reply = { code: 451, text }
  return new RejectedError({
    command: "message",
    recipients: all(outgoing, (recipient) => ({ _tag: "Deferred", recipient, reply })),
    code: reply.code,
    response: text
  })
}

export const unknown = (outgoing: Outgoing, description: string): OutcomeUnknownError =>
  new OutcomeUnknownError({
    recipients: all(outgoing, (recipient) => ({ _tag: "Unknown", recipient })),
    description
  })

const notSent = (reason: "Unavailable" | "Io" | "Configuration", name: string): ConnectionError =>
  new ConnectionError({ reason, description: `the program ended with ${name}` })

/** What an exit code means (sysexits.h). */
export const verdict = (outgoing: Outgoing, code: number): Either.Either<MailBackend.Delivery, BackendError> => {
  switch (code) {
    case 0:
      return Either.right(MailBackend.acceptAll(outgoing))
    case 64:
      return Either.left(notSent("Configuration", "EX_USAGE"))
    case 65:
      return Either.left(refused(outgoing, "message", "EX_DATAERR"))
    case 66:
      return Either.left(notSent("Configuration", "EX_NOINPUT"))
    case 67:
      return Either.left(refused(outgoing, "RCPT", "EX_NOUSER"))
    case 68:
      return Either.left(refused(outgoing, "RCPT", "EX_NOHOST"))
    case 69:
      return Either.left(notSent("Unavailable", "EX_UNAVAILABLE"))
    case 71:
      return Either.left(notSent("Io", "EX_OSERR"))
    case 72:
      return Either.left(notSent("Io", "EX_OSFILE"))
    case 73:
      return Either.left(notSent("Io", "EX_CANTCREAT"))
    case 74:
      return Either.left(notSent("Io", "EX_IOERR"))
    case 75:
      return Either.left(deferred(outgoing, "EX_TEMPFAIL"))
    case 76:
      return Either.left(notSent("Configuration", "EX_PROTOCOL"))
    case 77:
      return Either.left(notSent("Configuration", "EX_NOPERM"))
    case 78:
      return Either.left(notSent("Configuration", "EX_CONFIG"))
    default:
      return Either.left(unknown(outgoing, `the program ended with ${code}`))
  }
}
