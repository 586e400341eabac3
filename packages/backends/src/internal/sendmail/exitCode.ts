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

type Failure = (outgoing: Outgoing, name: string) => BackendError

const notSentFor = (reason: "Unavailable" | "Io" | "Configuration"): Failure => (_, name) => notSent(reason, name)
const refusedAt = (command: "RCPT" | "message"): Failure => (outgoing, name) => refused(outgoing, command, name)

/** The codes of sysexits.h. */
const failures: Readonly<Record<number, readonly [name: string, failure: Failure]>> = {
  64: ["EX_USAGE", notSentFor("Configuration")],
  65: ["EX_DATAERR", refusedAt("message")],
  66: ["EX_NOINPUT", notSentFor("Configuration")],
  67: ["EX_NOUSER", refusedAt("RCPT")],
  68: ["EX_NOHOST", refusedAt("RCPT")],
  69: ["EX_UNAVAILABLE", notSentFor("Unavailable")],
  71: ["EX_OSERR", notSentFor("Io")],
  72: ["EX_OSFILE", notSentFor("Io")],
  73: ["EX_CANTCREAT", notSentFor("Io")],
  74: ["EX_IOERR", notSentFor("Io")],
  75: ["EX_TEMPFAIL", deferred],
  76: ["EX_PROTOCOL", notSentFor("Configuration")],
  77: ["EX_NOPERM", notSentFor("Configuration")],
  78: ["EX_CONFIG", notSentFor("Configuration")]
}

/** What an exit code means. */
export const verdict = (outgoing: Outgoing, code: number): Either.Either<MailBackend.Delivery, BackendError> => {
  if (code === 0) return Either.right(MailBackend.acceptAll(outgoing))
  const known = failures[code]
  if (known === undefined) return Either.left(unknown(outgoing, `the program ended with ${code}`))
  const [name, failure] = known
  return Either.left(failure(outgoing, name))
}
