import { isLong as isSlicedAlways } from "../value/slices.js"
import type { CheckedMessage, Part } from "./tree.js"

/** RFC 2045 section 6.8: the length of a full line of base64, without its CRLF, and the octets that it encodes. */
export const base64Line = 76
export const octetsPerBase64Line = base64Line / 4 * 3

/** The length of `count` octets in base64, line ends included. */
export const base64Length = (count: number): number => {
  const characters = Math.ceil(count / 3) * 4
  return characters + Math.max(0, Math.ceil(characters / base64Line) - 1) * 2
}

/** The octets of a message that is rendered without a pause. */
const maxInOnePiece = 10 * 1024 * 1024

/** The octets of a content that a large message keeps in one piece with the rest. */
export const maxPiece = 64 * 1024

/** Whether octets are encoded slice by slice. */
export const isSliced = ({ octets }: { readonly octets: Uint8Array }, isLargeMessage: boolean): boolean =>
  isLargeMessage && octets.length > maxPiece

/** About how many octets a part has once it is rendered, in memory. */
export const estimate = (part: Part): number => {
  if (part._tag === "Multipart") return part.children.reduce((sum, child) => sum + estimate(child), 256)
  const { content } = part
  switch (content._tag) {
    case "Text":
      return content.text.length + (content.text.length >> 1) + 512
    case "Octets":
      return base64Length(content.octets.length) + 512
    case "Raw":
      // A long one is never in one piece with the rest: its line ends are not CRLF yet.
      return isSlicedAlways(content.octets) ? Infinity : content.octets.length + 512
    case "Embedded":
      return estimate(content.message.body) + 1024
    case "Streamed":
      return 512
  }
}

/** Whether a message of this many octets is rendered in pieces. */
export const isLarge = (octets: number): boolean => octets > maxInOnePiece

/** Whether a message is so large that it is rendered in pieces. */
export const isLargeMessage = ({ body }: CheckedMessage): boolean => isLarge(estimate(body))
