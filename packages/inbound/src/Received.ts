/**
 * The header of a message that came in, as far as answering it needs: who wrote it, where an answer goes to, and what it
 * belongs to.
 *
 * @since 0.1.0
 */
import * as Address from "./internal/notice/address.js"
import { readHeader, valueOf, valuesOf } from "./internal/notice/header.js"

/**
 * A message that came in.
 *
 * - `returnPath`: MAIL FROM, as the last server wrote it; empty for the null reverse-path, undefined where no server did
 * - `from`, `to`: addresses without names
 * - `references`: Message-IDs in angle brackets, oldest first, at most 100
 * - `headers`: the fields in their order, with names in lower case, unfolded, without control characters
 *
 * @since 0.1.0
 * @category models
 */
export interface Received {
  readonly returnPath: string | undefined
  readonly from: string | undefined
  readonly replyTo: string | undefined
  readonly to: ReadonlyArray<string>
  readonly subject: string
  readonly messageId: string | undefined
  readonly inReplyTo: string | undefined
  readonly references: ReadonlyArray<string>
  readonly headers: ReadonlyArray<readonly [name: string, value: string]>
}

const longestHeader = 256 * 1024
const mostReferences = 100
const mostRecipients = 1000

const messageIds = (text: string): ReadonlyArray<string> => Array.from(text.matchAll(/<[^<>\s]{1,250}>/g), ([id]) => id)

const returnPathOf = (value: string | undefined): string | undefined =>
  value === undefined ? undefined : /^<\s*>/.test(value) ? "" : Address.bare(value)

/**
 * Reads the header, up to 256 KiB of it. What is not there is undefined or empty; nothing fails.
 *
 * @example
 * ```ts
 * import { AutoReply, Received } from "@effect-mail/inbound"
 *
 * const mayBeAnswered = (octets: Uint8Array): boolean => AutoReply.allowed(Received.parse(octets))
 * ```
 *
 * @since 0.1.0
 * @category reading
 */
export const parse = (octets: Uint8Array): Received => {
  const fields = readHeader(new TextDecoder().decode(octets.subarray(0, longestHeader)))
  const references = messageIds(valueOf(fields, "references") ?? "")
  return {
    returnPath: returnPathOf(valueOf(fields, "return-path")),
    from: Address.bare(valueOf(fields, "from") ?? ""),
    replyTo: Address.bare(valueOf(fields, "reply-to") ?? ""),
    to: [...valuesOf(fields, "to"), ...valuesOf(fields, "cc")].slice(0, mostRecipients)
      .flatMap((value) => value.split(",")).slice(0, mostRecipients).flatMap((value) => Address.bare(value) ?? []),
    subject: valueOf(fields, "subject") ?? "",
    messageId: messageIds(valueOf(fields, "message-id") ?? "")[0],
    inReplyTo: messageIds(valueOf(fields, "in-reply-to") ?? "")[0],
    references: references.length <= mostReferences
      ? references
      : [...references.slice(0, 1), ...references.slice(1 - mostReferences)],
    headers: fields.map(({ name, value }) => [name, value] as const)
  }
}

/**
 * The values of a field, by its name in any case.
 *
 * @example
 * ```ts
 * import { Received } from "@effect-mail/inbound"
 *
 * const isList = (received: Received.Received): boolean => Received.header(received, "List-Id").length > 0
 * ```
 *
 * @since 0.1.0
 * @category getters
 */
export const header = (self: Received, name: string): ReadonlyArray<string> => {
  const key = name.toLowerCase()
  return self.headers.flatMap(([name, value]) => name === key ? [value] : [])
}
