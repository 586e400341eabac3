import * as Option from "effect/Option"
import { AttachmentError, type InvalidAttachment } from "../../MailError.js"

const invalid = (filename: Option.Option<string>, cause: string): InvalidAttachment =>
  Object.assign(
    new AttachmentError({ filename, reason: "Invalid", cause: new TypeError(cause) }),
    { reason: "Invalid" } as const
  )

/** The error of a content that is not octets. */
export const notOctets = (filename: Option.Option<string>, what: string): InvalidAttachment =>
  invalid(filename, `${what} is not a Uint8Array`)

/** The error of a message that was never checked, where its bytes are wanted. */
export const notChecked = (): InvalidAttachment =>
  invalid(Option.none(), "the message was not made by Outgoing.prepare")
