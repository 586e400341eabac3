import type { Address } from "../../Address.js"
import type { Field } from "../render/field.js"
import type { Part } from "./part.js"

/**
 * A checked message without what only sending can give it: Message-ID, Date and boundaries.
 *
 * @internal
 */
export interface Entity {
  readonly from: Address
  readonly fields: ReadonlyArray<Field>
  /** The Message-ID that the message brings along, in angle brackets. */
  readonly messageId: string | undefined
  /** The date that the message brings along, as it stands in the field. */
  readonly date: string | undefined
  readonly body: Part
  /** Whether the header of this message, or of one inside it, holds a non-ASCII local part. */
  readonly smtpUtf8: boolean
}

/**
 * What sending gives to a message. An embedded message derives its own from that of the message around it.
 *
 * @internal
 */
export interface Stamp {
  readonly messageId: string
  readonly date: string
  /** What every boundary of the message starts with; it does not occur in any of its contents. */
  readonly boundary: string
}

/**
 * No boundary is a prefix of another: stamps of embedded messages go on with a hyphen, boundaries end in a dot and one
 * letter (RFC 2046 section 5.1.1).
 *
 * @internal
 */
export const boundaryOf = (stamp: Stamp, subtype: "mixed" | "related" | "alternative"): string =>
  `${stamp.boundary}.${subtype.charAt(0)}`

const unique = (messageId: string): string => messageId.slice(1, messageId.indexOf("@"))

/**
 * The stamp of the `index`th message embedded in another.
 *
 * @internal
 */
export const embeddedStamp = (outer: Stamp, index: number, entity: Entity): Stamp => ({
  messageId: entity.messageId ?? `<${unique(outer.messageId)}.${index}@${messageIdDomain(entity.from)}>`,
  date: entity.date ?? outer.date,
  boundary: `${outer.boundary}-${index}`
})

/**
 * The right-hand side of a generated Message-ID: the author's domain, never the host's name.
 *
 * @internal
 */
export const messageIdDomain = (from: Address): string => from.domain
