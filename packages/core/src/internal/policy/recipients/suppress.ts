import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Address from "../../../Address.js"
import type { RecipientStatus } from "../../../DeliveryReport.js"
import { ConnectionError } from "../../../MailError.js"
import * as Outgoing from "../../../Outgoing.js"
import { recipientKey, textKey } from "../../address/key.js"
import { over, type Policy } from "../wrap.js"

/** A text is one address, although it can be iterated. */
const entries = (list: Address.Input | Iterable<Address.Input>): Iterable<Address.Input> =>
  typeof list === "string" || !(Symbol.iterator in list) ? [list] : list

export const suppress = (list: Address.Input | Iterable<Address.Input>): Policy => {
  const keys = new Set<string>()
  let unreadable = 0
  for (const entry of entries(list)) {
    const address = Address.fromInput(entry)
    if (Either.isRight(address)) keys.add(recipientKey(address.right))
    else unreadable++
  }
  const isSuppressed = (recipient: string): boolean => keys.has(textKey(recipient))
  // It is unknown whom such an entry means, and so whether the next message may be sent to them.
  const error = new ConnectionError({
    reason: "Configuration",
    description: `${unreadable} of the entries of the suppression list are not addresses`
  })
  const keep = Outgoing.narrow((recipient) => !isSuppressed(recipient))
  return (backend) =>
    over(
      backend,
      (session) => ({
        openFor: (outgoing) => {
          const kept = keep(outgoing)
          return kept.envelope.to.length === 0 ? Effect.void : session.openFor(kept)
        },
        deliver: (outgoing, options) => {
          if (unreadable > 0) return Effect.fail(error)
          const kept = keep(outgoing)
          const notSent = outgoing.envelope.to.filter(isSuppressed)
            .map((recipient): RecipientStatus => ({ _tag: "NotSent", recipient }))
          return kept.envelope.to.length === 0
            ? Effect.succeed({ recipients: notSent })
            : Effect.map(session.deliver(kept, options), (delivery) => ({
              ...delivery,
              recipients: [...delivery.recipients, ...notSent]
            }))
        }
      }),
      "lazy"
    )
}
