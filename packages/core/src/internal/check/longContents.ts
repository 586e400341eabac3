import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Attachment from "../../Attachment.js"
import type * as Message from "../../Message.js"
import * as MediaType from "../mime/mediaType.js"
import type { Entity } from "../mime/message.js"
import { forEachLeaf, someLeaf } from "../mime/part.js"
import * as Render from "../render/message.js"
import * as Octets from "../value/bytes.js"
import { isMessage } from "../value/isMessage.js"
import * as Slices from "../value/slices.js"
import { checkType, scanInSlices } from "./attachment.js"
import { mostNested } from "./nesting.js"
import * as Scan from "./scan.js"

const isLongContent = ({ content }: { readonly content: unknown }): boolean =>
  Octets.isOctets(content) && Slices.isLong(content)

const scanAlternative = ({ content, contentType }: Message.Alternative): Effect.Effect<void> => {
  const type = checkType(contentType)
  return Octets.isOctets(content) && Either.isRight(type) && MediaType.isMessage(type.right)
    ? Scan.readyMessages.inSlices(content)
    : Effect.void
}

/**
 * Looks slice by slice through what is long in a message, so that its check takes no time; nothing where nothing is.
 *
 * @internal
 */
export const scanLong = (message: Message.Message): ReadonlyArray<Effect.Effect<void>> => {
  const scans: Array<Effect.Effect<void>> = []
  const visit = ({ alternatives, attachments }: Message.Message, depth: number): void => {
    for (const alternative of alternatives) if (isLongContent(alternative)) scans.push(scanAlternative(alternative))
    for (const attachment of attachments) {
      if (!Attachment.isAttachment(attachment)) continue
      if (isLongContent(attachment)) scans.push(scanInSlices(attachment))
      else if (depth < mostNested && isMessage(attachment.content)) visit(attachment.content, depth + 1)
    }
  }
  if (isMessage(message)) visit(message, 0)
  return scans
}

const equalsSign = 61

/** How many characters make a boundary one of its own, where what it starts with occurs. */
const endingLength = 8

/** Every boundary starts with `=_`, which few contents hold: only there is it compared as a whole. */
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

/** Adds what follows a text wherever it occurs in the contents, but for the long ones. */
const addAllEndings = (endings: Set<string>, start: string, entity: Entity, isLarge: boolean): void =>
  forEachLeaf(entity.body, ({ content, type }) => {
    switch (content._tag) {
      case "Text":
        for (let at = content.text.indexOf(start); at >= 0; at = content.text.indexOf(start, at + 1)) {
          endings.add(content.text.slice(at + start.length, at + start.length + endingLength))
        }
        return
      case "Octets":
        // What goes as base64 has no underscore.
        return MediaType.isText(type) && !Render.isSliced(content, isLarge)
          ? addEndings(endings, content.octets, start)
          : undefined
      case "Raw":
        return Render.isSliced(content, isLarge) ? undefined : addEndings(endings, content.octets, start)
      case "Ready":
        return addEndings(endings, content.octets, start)
    }
  })

const slicedRaws = (entity: Entity): ReadonlyArray<Uint8Array> => {
  const found: Array<Uint8Array> = []
  someLeaf(entity.body, ({ content }) => {
    if (content._tag === "Raw" && Render.isSliced(content, true)) found.push(content.octets)
    return false
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
 * A boundary that occurs nowhere in a message that is not large. One pass over the contents is enough: of the endings that
 * can be told apart they hold but a few.
 */
export const unusedBoundary = (unique: string, entity: Entity): string => {
  const start = `=_${unique}`
  const endings = new Set<string>()
  addAllEndings(endings, start, entity, false)
  return choose(start, endings)
}

/** A boundary that occurs nowhere in a large message. */
export const unusedBoundaryInLarge = (unique: string, entity: Entity): Effect.Effect<string> =>
  Effect.suspend(() => {
    const start = `=_${unique}`
    const endings = new Set<string>()
    addAllEndings(endings, start, entity, true)
    const search = (octets: Uint8Array) =>
      Slices.forEach(octets, (from, to) => {
        addEndings(endings, octets, start, from, to)
        return true
      })
    return Effect.map(
      Effect.forEach(slicedRaws(entity), search, { discard: true }),
      () => choose(start, endings)
    )
  })
