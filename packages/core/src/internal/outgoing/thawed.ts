import * as Option from "effect/Option"
import * as Message from "../../Message.js"
import type { Ready } from "../render/message.js"
import type { Frozen } from "./frozen.js"
import * as Internal from "./outgoing.js"

/** Makes a message of what was stored, whose bytes are in memory or come as a stream. */
export const make = (
  { annotations, envelope, mailer, messageId }: Pick<Frozen, "annotations" | "envelope" | "mailer" | "messageId">,
  streamed: boolean,
  source: Omit<Ready, "_tag" | "front" | "guards">
): Internal.Outgoing => {
  const { eightBit, from, notification, requireTls, smtpUtf8, to } = envelope
  return Internal.make({
    message: Message.make({
      envelopeFrom: from,
      bcc: to,
      messageId,
      requireTls,
      deliveryNotification: notification,
      annotations
    }),
    envelope: { from, to, smtpUtf8 },
    messageId,
    mailer,
    eightBit,
    requireTls,
    notification: Option.fromNullable(notification),
    annotations,
    streamed
  }, { _tag: "Ready", front: [], ...source })
}
