/**
 * A message prepared, rendered and read back by the strict reader.
 */
import type { MailError, Message } from "@effect-mail/core"
import { Mime, Outgoing } from "@effect-mail/core"
import { Effect } from "effect"
import * as MimeReader from "./MimeReader.js"

export interface Rendered {
  readonly outgoing: Outgoing.Outgoing
  readonly bytes: Uint8Array
  readonly entity: MimeReader.Entity
}

export const render = (
  message: Message.Message
): Effect.Effect<Rendered, MailError.MessageError | MailError.AttachmentError> =>
  Effect.gen(function*() {
    const outgoing = yield* Outgoing.prepare(message)
    const bytes = yield* Mime.render(outgoing)
    return { outgoing, bytes, entity: MimeReader.read(bytes) }
  })
