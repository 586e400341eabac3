/**
 * A message that a backend kept instead of sending it: for the memory of `@effect-mail/backends`, the mailbox of
 * `@effect-mail/testing`, and backends like them.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type { AttachmentError } from "./MailError.js"
import * as Mime from "./Mime.js"
import type { Outgoing } from "./Outgoing.js"

/**
 * A message that was sent: the value, its envelope with the Bcc recipients, its Message-ID in angle brackets, the bytes
 * that SMTP would carry, and the name of the mailer that sent it where it was chosen by name.
 *
 * @since 0.1.0
 * @category models
 */
export interface SentMessage extends Pick<Outgoing, "message" | "envelope" | "messageId" | "mailer"> {
  readonly bytes: Uint8Array
}

/**
 * Renders a message, and keeps it with its bytes.
 *
 * Fails with `AttachmentError` when a stream of an attachment fails.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (outgoing: Outgoing): Effect.Effect<SentMessage, AttachmentError> =>
  Effect.map(Mime.render(outgoing), (bytes) => {
    const { envelope, mailer, message, messageId } = outgoing
    return { message, envelope, messageId, bytes, mailer }
  })
