import type { Outgoing } from "@effect-mail/core/Outgoing"
import type * as Effect from "effect/Effect"
import * as Command from "./smtpCommand.js"
import type { Step, Transaction } from "./smtpDialogue.js"
import type { Link, Signal } from "./smtpLink.js"
import { isPositive } from "./smtpReply.js"

/**
 * How a message begins.
 *
 * - `size`: in octets, where it is known
 * - `isAnew`: whether the server is to forget what came before, and to show that it is still in step
 *
 * @internal
 */
export interface Beginning {
  readonly outgoing: Outgoing
  readonly size: number | undefined
  readonly isAnew: boolean
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
 * whether the server waits for the message.
 *
 * @internal
 */
export const exchange = (link: Link, { isAnew, outgoing, size }: Beginning): Effect.Effect<boolean, Signal> => {
  const { dialogue, settings } = link
  return link.exchange<boolean>(() => settings.timeouts.command, (end) => {
    const commands = Command.envelope(outgoing, size, dialogue.extensions)
    const all = isAnew ? [Command.rset, ...commands] : commands
    const isPipelined = dialogue.extensions.has("PIPELINING")
    const recipients = outgoing.envelope.to.length
    let said = isPipelined ? all.length : 1

    /** RFC 2920 section 3.1: who asked for the message although there is nobody to take it gets an empty one. */
    const afterData = (): void => {
      const { data, mail, rcpt } = dialogue.transaction
      if (data?.code !== 354) return end(false)
      if (rcpt.some(isPositive) && mail !== undefined && isPositive(mail)) return end(true)
      if (mail === undefined || !isPositive(mail)) {
        link.destroy()
        return end(false)
      }
      link.write(".\r\n")
    }

    link.onReply = (step) => {
      if (step === "message") return end(false)
      if (step === "DATA") return afterData()
      if (isRefused(step, dialogue.transaction, recipients)) {
        // What was sent along is answered too.
        if (!isPipelined || step === "RSET") end(false)
        return
      }
      if (said < all.length) link.say(all.slice(said, ++said))
    }
    link.say(all.slice(0, said))
  })
}
