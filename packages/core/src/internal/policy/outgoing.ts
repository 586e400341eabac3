import * as Effect from "effect/Effect"
import type { RecipientStatus } from "../../DeliveryReport.js"
import type * as MailBackend from "../../MailBackend.js"
import type { BackendError } from "../../MailError.js"
import * as Outgoing from "../../Outgoing.js"
import { over } from "./wrap.js"

type Change = (outgoing: Outgoing.Outgoing) => Effect.Effect<Outgoing.Outgoing, BackendError>

/** Changes each message before the connection is opened for it. */
export const mapOutgoing = (change: Change) => (backend: MailBackend.Service): MailBackend.Service =>
  over(
    backend,
    (session) => ({
      openFor: (outgoing) => Effect.flatMap(change(outgoing), session.openFor),
      deliver: (outgoing, options) => Effect.flatMap(change(outgoing), (changed) => session.deliver(changed, options))
    }),
    "lazy"
  )

/** Leaves out the recipients that the test picks, which is asked once for each message. */
export const suppressIf = (
  pick: (recipients: ReadonlyArray<string>) => Effect.Effect<ReadonlySet<string>, BackendError>
) =>
(backend: MailBackend.Service): MailBackend.Service =>
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
