/**
 * The reader of an independent author, as an effect: what mail programs make of a message.
 */
import { Effect } from "effect"
import type { Email } from "postal-mime"
import PostalMime, { decodeWords } from "postal-mime"

export { addressParser, type Email } from "postal-mime"

export const read = (message: Uint8Array): Effect.Effect<Email> =>
  Effect.promise(() => PostalMime.parse(message, { forceRfc822Attachments: true }))

/** The decoded value of a header field that occurs once. */
export const header = (email: Email, name: string): string | undefined => {
  const found = email.headers.filter(({ key }) => key === name.toLowerCase())
  if (found.length > 1) throw new Error(`${name} occurs ${found.length} times`)
  return found[0] === undefined ? undefined : decodeWords(found[0].value)
}

/** The octets of an attachment. */
export const octets = (attachment: Email["attachments"][number]): Uint8Array =>
  attachment.content instanceof Uint8Array
    ? attachment.content
    : typeof attachment.content === "string"
    ? new TextEncoder().encode(attachment.content)
    : new Uint8Array(attachment.content)
