/**
 * What a message may ask of the way it is sent by. `Outgoing.needs` says what a message asks for; a backend that does not
 * carry it fails with a `CapabilityError` before anything is sent.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { capabilities } from "./internal/error/reasons.js"

/**
 * A feature that not every way of sending carries.
 *
 * Extensions of SMTP:
 *
 * - `SMTPUTF8`: an address is not ASCII (RFC 6531)
 * - `8BITMIME`: the octets are not ASCII (RFC 6152)
 * - `SIZE`: the message is larger than the other end takes (RFC 1870)
 * - `STARTTLS`: the connection is to be encrypted (RFC 3207)
 * - `DSN`: reports of the delivery (RFC 3461)
 * - `REQUIRETLS`: encryption on the whole way (RFC 8689)
 *
 * Of the envelope:
 *
 * - `ENVELOPE`: an address in To or Cc does not get the message
 * - `RETURN-PATH`: MAIL FROM is not the author's address
 * - `RECIPIENTS`: there are more recipients than the other end takes in one message
 *
 * Of the content:
 *
 * - `MIME`: the very octets are to go out: a stored message, or one that is signed
 * - `HTML`: there is no html
 * - `HEADERS`: header fields of the program's own
 * - `REPLY-TO`: several addresses to reply to
 * - `ALTERNATIVES`: forms of the body beside text and html
 * - `INLINE`: attachments that the html shows by their Content-ID
 * - `ATTACHMENT-TYPE`: an attachment has another media type than its filename says
 *
 * Annotations, which only providers know:
 *
 * - `TAGS`, `METADATA`, `SCHEDULE`, `IDEMPOTENCY`: see `Annotations`
 *
 * @since 0.1.0
 * @category models
 */
export const Capability = Schema.Literal(...capabilities)

/**
 * @since 0.1.0
 * @category models
 */
export type Capability = typeof Capability.Type
