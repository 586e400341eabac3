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
import * as Schema from "effect/Schema"
import type * as Stream from "effect/Stream"

const queued = (outgoing: Outgoing.Outgoing, ticket: string | undefined): MailBackend.Delivery => ({
  recipients: outgoing.envelope.to.map((recipient): DeliveryReport.RecipientStatus =>
    ticket === undefined ? { _tag: "Queued", recipient } : { _tag: "Queued", recipient, ticket }
  )
})

/**
 * A backend whose messages are put away.
 */
export const backend = (
  keep: (outgoing: Outgoing.Outgoing) => Effect.Effect<string | undefined, BackendError>
): MailBackend.Service =>
  MailBackend.make({
    name: "outbox",
    open: Effect.succeed({
      deliver: (outgoing, options) =>
        Effect.zipRight(options?.beforeCommit ?? Effect.void, keep(outgoing)).pipe(
          Effect.map((ticket) => queued(outgoing, ticket))
        )
    })
  })

const noRecipient = new InvalidMessageError({ reason: "there is no recipient: give one by `to`, `cc` or `bcc`" })

/** Checks a message as sending does. */
const check = (message: Message.Message): Effect.Effect<Outgoing.Outgoing, MessageError | AttachmentError> =>
  Effect.suspend(() => {
    let kept: Outgoing.Outgoing | undefined
    const capturing = backend((outgoing) =>
      Effect.sync(() => {
        kept = outgoing
        return undefined
      })
    )
    return capturing.send(message).pipe(
      Effect.catchAll((error) =>
        isMessageError(error) || error._tag === "AttachmentError" ? Effect.fail(error) : Effect.die(error)
      ),
      Effect.flatMap(() => kept === undefined ? Effect.fail(noRecipient) : Effect.succeed(kept))
    )
  })

/** Checks a message as sending does, and renders it. */
export const freeze = (message: Message.Message): Effect.Effect<Outgoing.Frozen, MessageError | AttachmentError> =>
  Effect.flatMap(check(message), Outgoing.freeze)

const encode = Schema.encodeSync(Outgoing.FrozenFromOctets)

/** A message as a store takes it: rendered, where it fits into memory. */
export type Storable = Outgoing.FrozenStored<Uint8Array | Stream.Stream<Uint8Array, AttachmentError>>

export const storable = (outgoing: Outgoing.Outgoing): Effect.Effect<Storable, MessageError | AttachmentError> =>
  outgoing.envelope.to.length === 0
    ? Effect.fail(noRecipient)
    : outgoing.streamed
    ? Outgoing.freezeStream(outgoing)
    : Effect.map(Outgoing.freeze(outgoing), encode)

export const ofFrozen: (frozen: Outgoing.Frozen) => Storable = encode

/** Checks a message as sending does, and makes it storable. */
export const ofMessage = (message: Message.Message): Effect.Effect<Storable, MessageError | AttachmentError> =>
  Effect.flatMap(check(message), storable)
