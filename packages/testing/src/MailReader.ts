/**
 * Reads messages as they came over the wire: which parts there are, what their headers say, and their contents, each only
 * when it is asked for. It reads whatever it is given, in time linear in its length; what is broken is read as far as it
 * can be.
 *
 * @since 0.1.0
 */
import * as Addresses from "./internal/mail/addresses.js"
import * as Contents from "./internal/mail/contents.js"
import * as Decode from "./internal/mail/decode.js"
import * as FileName from "./internal/mail/filename.js"
import * as Headers from "./internal/mail/header.js"
import * as Scan from "./internal/mail/scan.js"

export type { HeaderAddress } from "./internal/mail/addresses.js"
export type { Header } from "./internal/mail/header.js"
export type { Part } from "./internal/mail/scan.js"

/**
 * A message that was read. The octets are not copied.
 *
 * - `html`, `text`: the parts that are the body, where there are any
 * - `files`: every other part that has contents; an attached message counts as one
 * - `cuts`: where reading stopped: at 50 levels, 1,000 parts, or 256 KiB of a header block
 *
 * @since 0.1.0
 * @category models
 */
export interface Mail {
  readonly octets: Uint8Array
  readonly root: Scan.Part
  readonly parts: ReadonlyArray<Scan.Part>
  readonly html: Scan.Part | undefined
  readonly text: Scan.Part | undefined
  readonly files: ReadonlyArray<Scan.Part>
  readonly cuts: ReadonlyArray<string>
}

/**
 * Reads the structure of a message. Nothing is decoded yet. Any octets are a message to it.
 *
 * @example
 * ```ts
 * import { MailReader } from "@effect-mail/testing"
 *
 * const mail = MailReader.read(new TextEncoder().encode("Subject: Hello\r\n\r\nHello, Bob\r\n"))
 * console.log(MailReader.header(mail, "Subject"), MailReader.text(mail))
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const read = (octets: Uint8Array): Mail => {
  const structure = Scan.scan(octets)
  return { octets, ...structure, ...Contents.contentsOf(structure) }
}

/**
 * The decoded value of the first header field of that name, whatever its case; undefined where there is none.
 *
 * @since 0.1.0
 * @category getters
 */
export const header = (mail: Mail, name: string): string | undefined => {
  const found = Headers.find(mail.root.headers, name.toLowerCase())
  return found === undefined ? undefined : Headers.decoded(found.value)
}

/**
 * The addresses of the header fields of that name, with groups resolved and names decoded.
 *
 * @since 0.1.0
 * @category getters
 */
export const addresses = (mail: Mail, name: string): ReadonlyArray<Addresses.HeaderAddress> =>
  Addresses.addressesOf(mail.root.headers, name.toLowerCase())

/**
 * The plain text of the message, `format=flowed` honoured (RFC 3676); undefined where there is none.
 *
 * @since 0.1.0
 * @category getters
 */
export const text = (mail: Mail): string | undefined =>
  mail.text === undefined ? undefined : Decode.plainOf(mail.octets, mail.text)

/**
 * The html of the message, exactly as it was sent; undefined where there is none.
 *
 * @since 0.1.0
 * @category getters
 */
export const html = (mail: Mail): string | undefined =>
  mail.html === undefined ? undefined : Decode.textOf(mail.octets, mail.html)

/**
 * The octets of a part, its transfer encoding taken off.
 *
 * @since 0.1.0
 * @category getters
 */
export const partOctets = (mail: Mail, part: Scan.Part): Uint8Array => Decode.octetsOf(mail.octets, part)

/**
 * The part with that number: `1`, `2.1`.
 *
 * @since 0.1.0
 * @category getters
 */
export const partAt = (mail: Mail, path: string): Scan.Part | undefined => mail.parts.find((part) => part.path === path)

/**
 * A name under which a part can be saved. It never holds a path, a control character or one that steers the direction of
 * text, has at most 120 characters, and is `attachment-2.bin` or the like where the message gives none.
 *
 * @since 0.1.0
 * @category getters
 */
export const fileName = (part: Scan.Part): string => FileName.safeName(part)
