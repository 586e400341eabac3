import * as Effect from "effect/Effect"
import * as Slices from "../value/slices.js"
import { isSliced } from "./size.js"
import * as MediaType from "./syntax/mediaType.js"
import { type CheckedMessage, forEachLeaf, type Multipart, type Stamp } from "./tree.js"

/**
 * The boundary of a multipart. No boundary is a prefix of another: stamps of embedded messages continue with a hyphen,
 * boundaries end in a dot and one letter (RFC 2046 section 5.1.1).
 */
export const boundaryOf = (stamp: Stamp, subtype: Multipart["subtype"]): string =>
  `${stamp.boundary}.${subtype.charAt(0)}`

const equalsSign = 61

/** How many characters distinguish a boundary whose start occurs in a content. */
const endingLength = 8

/** Every boundary starts with `=_`, which few contents hold. Only there are the rest of its characters compared. */
const addEndings = (endings: Set<string>, octets: Uint8Array, start: string, from = 0, to = octets.length): void => {
  const isAt = (at: number): boolean => {
    for (let i = 1; i < start.length; i++) if (octets[at + i] !== start.charCodeAt(i)) return false
    return true
  }
  for (let at = octets.indexOf(equalsSign, from); at >= 0 && at < to; at = octets.indexOf(equalsSign, at + 1)) {
    if (!isAt(at)) continue
    const end = at + start.length
    endings.add(String.fromCharCode(...octets.subarray(end, end + endingLength)))
  }
}

/** Adds what follows a text wherever it occurs in the contents, except in those that are sliced. */
const addAllEndings = (endings: Set<string>, start: string, message: CheckedMessage, isLarge: boolean): void =>
  forEachLeaf(message.body, ({ content, type }) => {
    switch (content._tag) {
      case "Text":
        for (let at = content.text.indexOf(start); at >= 0; at = content.text.indexOf(start, at + 1)) {
          endings.add(content.text.slice(at + start.length, at + start.length + endingLength))
        }
        return
      case "Octets":
        // Base64 has no underscore.
        return MediaType.isText(type) && !isSliced(content, isLarge)
          ? addEndings(endings, content.octets, start)
          : undefined
      case "Raw":
        return isSliced(content, isLarge) ? undefined : addEndings(endings, content.octets, start)
    }
  })

const slicedRaws = (message: CheckedMessage): ReadonlyArray<Uint8Array> => {
  const found: Array<Uint8Array> = []
  forEachLeaf(message.body, ({ content }) => {
    if (content._tag === "Raw" && isSliced(content, true)) found.push(content.octets)
  })
  return found
}

const choose = (start: string, endings: ReadonlySet<string>): string => {
  if (endings.size === 0) return start
  let count = 0
  const ending = (): string => count.toString(36).padStart(endingLength, "0")
  while (endings.has(ending())) count++
  return start + ending()
}

/**
 * The start of boundaries that occurs nowhere in a message that is not large. One pass over the contents is enough: they
 * hold only a few of the possible endings.
 */
export const unusedBoundary = (unique: string, message: CheckedMessage): string => {
  const start = `=_${unique}`
  const endings = new Set<string>()
  addAllEndings(endings, start, message, false)
  return choose(start, endings)
}

/** The start of boundaries that occurs nowhere in a large message. */
export const unusedBoundaryInLarge = (unique: string, message: CheckedMessage): Effect.Effect<string> =>
  Effect.suspend(() => {
    const start = `=_${unique}`
    const endings = new Set<string>()
    addAllEndings(endings, start, message, true)
    const search = (octets: Uint8Array) =>
      Slices.forEach(octets, (from, to) => {
        addEndings(endings, octets, start, from, to)
        return true
      })
    return Effect.map(
      Effect.forEach(slicedRaws(message), search, { discard: true }),
      () => choose(start, endings)
    )
  })
