import * as Effect from "effect/Effect"
import type { RecipientStatus } from "../../../DeliveryReport.js"
import type { BackendError } from "../../../MailError.js"
import * as Outgoing from "../../../Outgoing.js"
import { over, type Policy } from "../wrap.js"

export const suppressIf = (
  pick: (recipients: ReadonlyArray<string>) => Effect.Effect<ReadonlySet<string>, BackendError>
): Policy =>
(backend) =>
  over(
    backend,
    (session) => ({
      openFor: (outgoing) =>
        Effect.flatMap(pick(outgoing.envelope.to), (suppressed) =>
          outgoing.envelope.to.every((recipient) =>
              suppressed.has(recipient)
            )
            ? Effect.void
            : session.openFor(outgoing)),
      deliver: (outgoing, options) =>
        Effect.flatMap(pick(outgoing.envelope.to), (suppressed) => {
          const kept = Outgoing.narrow(outgoing, (recipient) => !suppressed.has(recipient))
          const notSent = outgoing.envelope.to.filter((recipient) => suppressed.has(recipient))
            .map((recipient): RecipientStatus => ({ _tag: "NotSent", recipient }))
          return kept.envelope.to.length === 0 && notSent.length > 0
            ? Effect.succeed({ recipients: notSent })
            : Effect.map(session.deliver(kept, options), (delivery) => ({
              ...delivery,
              recipients: [...delivery.recipients, ...notSent]
            }))
        })
    }),
    "lazy"
  )
