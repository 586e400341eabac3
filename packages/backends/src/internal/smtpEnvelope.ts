import type { Outgoing } from "@effect-mail/core/Outgoing"
import type * as Effect from "effect/Effect"
import * as Command from "./smtpCommand.js"
import type { Step, Transaction } from "./smtpDialogue.js"
import type { Due, Link, Signal } from "./smtpLink.js"
import { isPositive } from "./smtpReply.js"

/**
 * How a message begins.
 *
 * - `size`: in octets, where it is known
 * - `isAnew`: whether the server is to forget what came before, and to show that it is still in step
 * - `onAsked`: what is done at once when the server asks for the message; gives whether all of it is written
 * - `onAnswered`: what is done at once when the server has answered the message
 *
 * @internal
 */
export interface Beginning {
  readonly outgoing: Outgoing
  readonly size: number | undefined
  readonly isAnew: boolean
  readonly onAsked: () => boolean
  readonly onAnswered: () => void
}

/** Whether the server has refused a command that the next one needs. */
const isRefused = (step: Step, { mail, rcpt, rset }: Transaction, recipients: number): boolean => {
  switch (step) {
    case "RSET":
      return rset === undefined || !isPositive(rset)
    case "MAIL":
      return mail === undefined || !isPositive(mail)
    case "RCPT":
      return rcpt.length === recipients && !rcpt.some(isPositive)
    default:
      return false
  }
}

/**
 * Sends the envelope, as a whole where the server takes that (RFC 2920), else one command after the other. Ends with
 * whether the server waits for a message that is still to be written.
 *
 * @internal
 */
export const exchange = (link: Link, due: Due, beginning: Beginning): Effect.Effect<boolean, Signal> => {
  const { isAnew, onAnswered, onAsked, outgoing, size } = beginning
  const { dialogue } = link
  return link.exchange<boolean>(due, (end) => {
    const commands = Command.envelope(outgoing, size, dialogue.extensions)
    if (isAnew) commands.unshift(Command.rset)
    const isPipelined = dialogue.extensions.has("PIPELINING")
    const recipients = outgoing.envelope.to.length
    let said = isPipelined ? commands.length : 1

    const afterData = (): void => {
      const { data, mail, rcpt } = dialogue.transaction
      const isTaken = mail !== undefined && isPositive(mail)
      if (data?.code !== 354) end(false)
      else if (!isTaken) {
        link.destroy()
        end(false)
      } else if (!rcpt.some(isPositive)) {
        // RFC 2920 section 3.1: who asks for the message although there is nobody to take it gets an empty one.
        link.write(".\r\n")
      } else if (!onAsked()) end(true)
    }

    link.onReply = (step) => {
      if (step === "DATA") afterData()
      else if (step === "message") {
        if (dialogue.transaction.rcpt.some(isPositive)) onAnswered()
        end(false)
      } else if (isRefused(step, dialogue.transaction, recipients)) {
        // What was sent along is answered too.
        if (!isPipelined || step === "RSET") end(false)
      } else if (said < commands.length) link.say(commands.slice(said, ++said))
    }
    link.say(isPipelined ? commands : commands.slice(0, 1))
  })
}
