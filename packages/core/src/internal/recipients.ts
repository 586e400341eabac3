import * as Effect from "effect/Effect"
import type { Address } from "../Address.js"
import type { RecipientStatus } from "../DeliveryReport.js"
import type * as MailBackend from "../MailBackend.js"
import * as Outgoing from "../Outgoing.js"
import { over } from "./policySession.js"
import { recipientKey } from "./recipientKey.js"

/**
 * @internal
 */
export const redirectAll =
  (to: ReadonlyArray<Address>, isExcepted: (recipient: string) => boolean) =>
  (backend: MailBackend.Service): MailBackend.Service =>
    over(backend, (session) => ({
      deliver: (outgoing) => session.deliver(Outgoing.redirect(outgoing, to, isExcepted))
    }))

/**
 * @internal
 */
export const suppress = (list: Iterable<string>) => {
  const keys = new Set(Array.from(list, recipientKey))
  const isSuppressed = (recipient: string): boolean => keys.has(recipientKey(recipient))
  return (backend: MailBackend.Service): MailBackend.Service =>
    over(
      backend,
      (session) => ({
        deliver: (outgoing) => {
          const kept = Outgoing.narrow(outgoing, (recipient) => !isSuppressed(recipient))
          const notSent = outgoing.envelope.to.filter(isSuppressed)
            .map((recipient): RecipientStatus => ({ _tag: "NotSent", recipient }))
          return kept.envelope.to.length === 0
            ? Effect.succeed({ recipients: notSent })
            : Effect.map(session.deliver(kept), (delivery) => ({
              ...delivery,
              recipients: [...delivery.recipients, ...notSent]
            }))
        }
      }),
      "lazy"
    )
}
