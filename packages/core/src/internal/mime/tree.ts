import type * as Option from "effect/Option"
import type * as Stream from "effect/Stream"
import type { Address } from "../../Address.js"
import type { Field } from "./field.js"
import type { Charset } from "./syntax/charset.js"
import type { MediaType } from "./syntax/mediaType.js"

/** A checked message without what only sending adds: Message-ID, Date and boundaries. */
export interface CheckedMessage {
  readonly from: Address
  readonly fields: ReadonlyArray<Field>
  /** The Message-ID that the message already has, in angle brackets. */
  readonly messageId: string | undefined
  /** The date that the message already has, in the form of the field. */
  readonly date: string | undefined
  readonly body: Part
  /** Whether the header of this message, or of one inside it, has a non-ASCII local part. */
  readonly smtpUtf8: boolean
}

/** A checked MIME part (RFC 2045 section 2.5). */
export type Part = Leaf | Multipart

/** Octets that come as a stream. */
export interface StreamedContent {
  readonly stream: Stream.Stream<Uint8Array, unknown>
  /** The same octets in chunks that share one buffer: each chunk is valid until the next one is pulled. */
  readonly reusedBuffer: Stream.Stream<Uint8Array, unknown>
  readonly filename: Option.Option<string>
  /** The number of octets, where it is known. */
  readonly size: number | undefined
}

/**
 * The content of a leaf:
 *
 * - `Text`: a text that its charset can hold; any of its line ends means "new line"
 * - `Octets`: octets that must arrive unchanged
 * - `Streamed`: octets that are not in memory
 * - `Raw`: a complete message; its line ends are CRLF, or become CRLF while a long one is written
 * - `Embedded`: a checked message
 */
export type Content =
  | { readonly _tag: "Text"; readonly text: string; readonly charset: Charset }
  | Octets
  | StreamedContent & { readonly _tag: "Streamed" }
  | { readonly _tag: "Raw"; readonly octets: Uint8Array; readonly isEightBit: boolean }
  | { readonly _tag: "Embedded"; readonly message: CheckedMessage }

export interface Octets {
  readonly _tag: "Octets"
  readonly octets: Uint8Array
}

export interface Leaf {
  readonly _tag: "Leaf"
  readonly type: MediaType
  readonly disposition: Disposition | undefined
  readonly contentId: string | undefined
  readonly fields: ReadonlyArray<Field>
  readonly content: Content
}

export interface Disposition {
  readonly kind: "attachment" | "inline"
  readonly filename: string | undefined
}

export interface Multipart {
  readonly _tag: "Multipart"
  readonly subtype: "mixed" | "related" | "alternative"
  readonly children: ReadonlyArray<Part>
}

export const leaf = (type: MediaType, content: Content): Leaf => ({
  _tag: "Leaf",
  type,
  disposition: undefined,
  contentId: undefined,
  fields: [],
  content
})

/** The parts in one multipart; a single part is returned as it is. */
export const group = (subtype: Multipart["subtype"], children: ReadonlyArray<Part>): Part | undefined =>
  children.length > 1 ? { _tag: "Multipart", subtype, children } : children[0]

/** The leaves of a message, without those of embedded messages. */
export const topLeaves = (part: Part): ReadonlyArray<Leaf> =>
  part._tag === "Multipart" ? part.children.flatMap(topLeaves) : [part]

/** Visits each leaf, including those of embedded messages. */
export const forEachLeaf = (part: Part, f: (leaf: Leaf) => void): void => {
  if (part._tag === "Multipart") return part.children.forEach((child) => forEachLeaf(child, f))
  f(part)
  if (part.content._tag === "Embedded") forEachLeaf(part.content.message.body, f)
}

/** Whether some leaf, of this message or of an embedded one, has a content that passes the test. */
export const someContent = (part: Part, test: (content: Content) => boolean): boolean =>
  part._tag === "Multipart"
    ? part.children.some((child) => someContent(child, test))
    : test(part.content) || (part.content._tag === "Embedded" && someContent(part.content.message.body, test))

/** What sending adds to a message. An embedded message derives its own stamp from that of the message around it. */
export interface Stamp {
  readonly messageId: string
  readonly date: string
  /** The start of every boundary of the message. It occurs in none of the contents. */
  readonly boundary: string
}

/** The right-hand side of a generated Message-ID: the author's domain, never the name of this host. */
export const messageIdDomain = (from: Address): string => from.domain

const unique = (messageId: string): string => messageId.slice(1, messageId.indexOf("@"))

/** The stamp of the `index`th message embedded in another. */
export const embeddedStamp = (outer: Stamp, index: number, message: CheckedMessage): Stamp => ({
  messageId: message.messageId ?? `<${unique(outer.messageId)}.${index}@${messageIdDomain(message.from)}>`,
  date: message.date ?? outer.date,
  boundary: `${outer.boundary}-${index}`
})
