import type * as Option from "effect/Option"
import type * as Stream from "effect/Stream"
import type { Field } from "../render/field.js"
import type { Charset } from "./charset.js"
import type { MediaType } from "./mediaType.js"
import type { Entity } from "./message.js"

/**
 * A MIME part (RFC 2046) whose every header was checked.
 *
 * @internal
 */
export type Part = Leaf | Multipart

/**
 * What a leaf holds:
 *
 * - `Text`: a text that its charset can hold; its line ends mean "new line", whatever they are
 * - `Octets`: octets that must arrive as they are
 * - `Streamed`: octets that are not there yet
 * - `Raw`: a ready message; its line ends are CRLF, but those of a long one become so as it goes out
 * - `Entity`: a message of ours
 * - `Ready`: a whole part, with its header, that goes as it is; its line ends are CRLF
 *
 * @internal
 */
export type Content =
  | { readonly _tag: "Text"; readonly text: string; readonly charset: Charset }
  | Octets
  | {
    readonly _tag: "Streamed"
    readonly stream: Stream.Stream<Uint8Array, unknown>
    /** The same octets, in chunks that count only until the next one is wanted. */
    readonly transient: Stream.Stream<Uint8Array, unknown>
    readonly filename: Option.Option<string>
    /** How many octets there will be, as far as anybody knows. */
    readonly size: number | undefined
  }
  | { readonly _tag: "Raw"; readonly octets: Uint8Array; readonly isEightBit: boolean }
  | { readonly _tag: "Entity"; readonly entity: Entity }
  | { readonly _tag: "Ready"; readonly octets: Uint8Array; readonly isEightBit: boolean }

/**
 * @internal
 */
export interface Octets {
  readonly _tag: "Octets"
  readonly octets: Uint8Array
}

/**
 * @internal
 */
export interface Leaf {
  readonly _tag: "Leaf"
  readonly type: MediaType
  readonly disposition: Disposition | undefined
  readonly contentId: string | undefined
  readonly fields: ReadonlyArray<Field>
  readonly content: Content
}

/**
 * @internal
 */
export interface Disposition {
  readonly kind: "attachment" | "inline"
  readonly filename: string | undefined
}

/**
 * @internal
 */
export interface Multipart {
  readonly _tag: "Multipart"
  readonly subtype: "mixed" | "related" | "alternative"
  readonly children: ReadonlyArray<Part>
}

/**
 * @internal
 */
export const leaf = (type: MediaType, content: Content): Leaf => ({
  _tag: "Leaf",
  type,
  disposition: undefined,
  contentId: undefined,
  fields: [],
  content
})

/**
 * The parts in one multipart, or the only one as it is.
 *
 * @internal
 */
export const group = (subtype: Multipart["subtype"], children: ReadonlyArray<Part>): Part | undefined =>
  children.length > 1 ? { _tag: "Multipart", subtype, children } : children[0]

/**
 * The leaves of a message, without those of embedded messages.
 *
 * @internal
 */
export const topLeaves = (part: Part): ReadonlyArray<Leaf> =>
  part._tag === "Multipart" ? part.children.flatMap(topLeaves) : [part]

/**
 * Each leaf, those of embedded messages included.
 *
 * @internal
 */
export const forEachLeaf = (part: Part, f: (leaf: Leaf) => void): void => {
  if (part._tag === "Multipart") return part.children.forEach((child) => forEachLeaf(child, f))
  f(part)
  if (part.content._tag === "Entity") forEachLeaf(part.content.entity.body, f)
}

/**
 * Whether a test holds for some leaf, those of embedded messages included.
 *
 * @internal
 */
export const someLeaf = (part: Part, test: (leaf: Leaf) => boolean): boolean =>
  part._tag === "Multipart"
    ? part.children.some((child) => someLeaf(child, test))
    : test(part) || (part.content._tag === "Entity" && someLeaf(part.content.entity.body, test))

/**
 * Whether a test holds for the content of some leaf.
 *
 * @internal
 */
export const someContent = (part: Part, test: (content: Content) => boolean): boolean =>
  someLeaf(part, ({ content }) => test(content))
