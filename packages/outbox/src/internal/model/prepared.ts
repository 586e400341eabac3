import type * as DeliveryReport from "@effect-mail/core/DeliveryReport"
import * as MailBackend from "@effect-mail/core/MailBackend"
import {
  type AttachmentError,
  type BackendError,
  InvalidMessageError,
  isMessageError,
  type MessageError
} from "@effect-mail/core/MailError"
import type * as Message from "@effect-mail/core/Message"
import * as Outgoing from "@effect-mail/core/Outgoing"
import * as Effect from "effect/Effect"

const queued = (outgoing: Outgoing.Outgoing, ticket: string | undefined): MailBackend.Delivery => ({
  recipients: outgoing.envelope.to.map((recipient): DeliveryReport.RecipientStatus =>
    ticket === undefined ? { _tag: "Queued", recipient } : { _tag: "Queued", recipient, ticket }
  )
})

/**
 * A backend whose messages are put away.
 */
export const backend = (
  keep: (frozen: Outgoing.Frozen) => Effect.Effect<string | undefined, BackendError>
): MailBackend.Service =>
  MailBackend.make({
    name: "outbox",
    open: Effect.succeed({
      deliver: (outgoing, options) =>
        Outgoing.freeze(outgoing).pipe(
          Effect.zipLeft(options?.beforeCommit ?? Effect.void),
          Effect.flatMap(keep),
          Effect.map((ticket) => queued(outgoing, ticket))
        )
    })
  })

/**
 * Checks a message as sending does, and renders it.
 */
export const freeze = (message: Message.Message): Effect.Effect<Outgoing.Frozen, MessageError | AttachmentError> =>
  Effect.suspend(() => {
    let kept: Outgoing.Frozen | undefined
    const capturing = backend((frozen) =>
      Effect.sync(() => {
        kept = frozen
        return undefined
      })
    )
    return capturing.send(message).pipe(
      Effect.catchAll((error) =>
        isMessageError(error) || error._tag === "AttachmentError" ? Effect.fail(error) : Effect.die(error)
      ),
      Effect.flatMap(() =>
        kept === undefined
          ? Effect.fail(new InvalidMessageError({ reason: "there is no recipient: give one by `to`, `cc` or `bcc`" }))
          : Effect.succeed(kept)
      )
    )
  })
