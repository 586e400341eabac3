/**
 * The page `docs/errors.md`, made of errors that were brought about: what it says is what a program gets.
 */
import { MailError } from "@effect-mail/core"
import { type Failure, failures, kindOf } from "@effect-mail/test-kit/FailureCases"
import { Effect } from "effect"

const introduction = `# Errors, and what to do about them

Each row was brought about when this page was made: \`npm run docs:errors\` makes it again, and a test compares the two.

The \`message\` of an error says what happened, where, and what to do about it; the last of these alone is \`advice\`.
\`host\`, \`port\` and, where one was chosen by name, \`mailer\` are fields, too. No message holds an address, a subject or a
secret: replies of the server, which may, are in \`response\` and \`recipients\`. \`isTransient\` says whether the same message
may be tried again, as [policies](policies.md) do; \`mayFailOver\` whether another server may be given it, and \`isRelayFault\`
whether this one is of no use for any message. Whether anything was sent follows from the tag.

| what happened | error | message | what to do | try again? | was it sent? |
| --- | --- | --- | --- | --- | --- |
`

const wasSent = (error: MailError.MailError): string =>
  error._tag === "OutcomeUnknownError"
    ? "unknown"
    : MailError.isMessageError(error)
    ? "no; nothing was opened"
    : "no"

/** Ports and generated names differ from run to run. */
const withoutPlace = (text: string): string => text.replace(/\([a-z0-9.-]+:\d+/, "(smtp.example.com:587")

const row = ({ error: failing, what }: Failure) =>
  Effect.map(Effect.scoped(failing), (error) => {
    const message = withoutPlace(error.message.slice(0, -error.advice.length).trimEnd())
    const cells = [
      what,
      `\`${kindOf(error)}\``,
      message,
      error.advice,
      error.isTransient ? "yes" : "no",
      wasSent(error)
    ]
    return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |\n`
  })

export const page = Effect.map(
  Effect.forEach(failures, row, { concurrency: 8 }),
  (rows) => `${introduction}${rows.join("")}`
)
