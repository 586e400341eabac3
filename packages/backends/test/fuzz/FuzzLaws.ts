/**
 * What may never happen, whatever a server does.
 */
import type { ScriptedSmtpServer } from "@effect-mail/testing"
import { classOf, isProvenNotSent, type Outcome } from "../faults/Outcome.js"

export interface Call {
  readonly subject: string
  readonly outcome: Outcome
}

const isSuccess = (outcome: Outcome): boolean => ["success", "partial"].includes(classOf(outcome))

const isUnknown = (outcome: Outcome): boolean => ["ambiguous", "interrupted"].includes(classOf(outcome))

const isPositive = (code: number | undefined): boolean => code !== undefined && code >= 200 && code < 300

export const marker = (subject: string): string => `\r\nSubject: ${subject}\r\n`

/** The laws that were broken. */
export const broken = (
  calls: ReadonlyArray<Call>,
  ledger: ScriptedSmtpServer.Ledger
): ReadonlyArray<string> =>
  calls.flatMap(({ outcome, subject }) => {
    const received = ledger.received.filter(({ bytes }) => Buffer.from(bytes).includes(marker(subject)))
    // A server that refuses a message and keeps it all the same is past all help.
    const accepted = received.filter(({ isAccepted, reply }) => isAccepted && !(reply !== undefined && reply >= 400))
    const reached = accepted.flatMap(({ to }) => to)
    const laws: ReadonlyArray<readonly [law: string, holds: boolean]> = [
      ["every call has an outcome", classOf(outcome) !== "defect"],
      [
        "no success without a complete 2xx after the dot",
        !isSuccess(outcome) || received.some(({ reply }) => isPositive(reply))
      ],
      [
        "nothing is proven not sent whose dot came without a complete reply",
        !isProvenNotSent(outcome) || received.every(({ reply }) => reply !== undefined)
      ],
      ["nothing that was accepted was reported not sent", !isProvenNotSent(outcome) || accepted.length === 0],
      ["no two copies for one recipient", isUnknown(outcome) || new Set(reached).size === reached.length]
    ]
    return laws.flatMap(([law, holds]) => holds ? [] : [`${law}: ${subject} was ${classOf(outcome)}`])
  }).concat(
    ledger.commands.every(({ isKnown, line }) => isKnown && !line.includes("eve@"))
      ? []
      : ["nothing of a message was read as a command"]
  )
