import * as Address from "@effect-mail/core/Address"
import type { RecipientStatus, Reply } from "@effect-mail/core/DeliveryReport"
import { RejectedError } from "@effect-mail/core/MailError"
import * as Either from "effect/Either"

/**
 * The recipients that `refuse` is about: an address, several, an expression that matches addresses, or a test. Addresses are
 * compared without their names, and without the case of the domain.
 *
 * @since 0.1.0
 * @category models
 */
export type Recipients = Address.Input | ReadonlyArray<Address.Input> | RegExp | ((recipient: string) => boolean)

export interface Rule {
  readonly fits: (recipient: string) => boolean
  readonly reply: Reply
}

const keyOf = (input: Address.Input): string =>
  Either.match(Address.fromInput(input), {
    onLeft: ({ input }) => input,
    onRight: ({ domain, local }) => `${local}@${domain.toLowerCase()}`
  })

const isOne = (recipients: Address.Input | ReadonlyArray<Address.Input>): recipients is Address.Input =>
  !Array.isArray(recipients)

export const testOf = (recipients: Recipients): (recipient: string) => boolean => {
  if (typeof recipients === "function") return recipients
  // An expression with the flag `g` or `y` would begin where it ended before.
  if (recipients instanceof RegExp) return (recipient) => recipient.search(recipients) >= 0
  const keys = new Set((isOne(recipients) ? [recipients] : recipients).map(keyOf))
  return (recipient) => keys.has(keyOf(recipient))
}

export const noMailbox: Reply = { code: 550, enhancedCode: "5.1.1", text: "5.1.1 No such mailbox" }

export const statusOf = (recipient: string, reply: Reply | undefined): RecipientStatus =>
  reply === undefined
    ? { _tag: "Accepted", recipient }
    : { _tag: reply.code < 500 ? "Deferred" : "Rejected", recipient, reply }

/** The error where every recipient was refused. As of a server, the error has the reply that leaves the most hope. */
export const rejection = (
  recipients: ReadonlyArray<RecipientStatus>,
  { code, enhancedCode, text }: Reply
): RejectedError => new RejectedError({ command: "RCPT", recipients, code, enhancedCode, response: text })
