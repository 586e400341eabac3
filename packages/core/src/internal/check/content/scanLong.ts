import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { type Alternative, isAttachment, isMessage, type Message } from "../../message/model.js"
import * as MediaType from "../../mime/syntax/mediaType.js"
import * as Octets from "../../value/bytes.js"
import * as Slices from "../../value/slices.js"
import { maxNested } from "../message.js"
import { checkType, scanInSlices } from "./attachment.js"
import * as Scan from "./scan.js"

const isLongContent = ({ content }: { readonly content: unknown }): boolean =>
  Octets.isOctets(content) && Slices.isLong(content)

const scanAlternative = ({ content, contentType }: Alternative): Effect.Effect<void> => {
  const type = checkType(contentType)
  return Octets.isOctets(content) && Either.isRight(type) && MediaType.isMessage(type.right)
    ? Scan.readyMessages.inSlices(content)
    : Effect.void
}

/**
 * Scans the long contents of a message slice by slice, so that its check, which uses the results, takes no time. Empty
 * where no content is long.
 */
export const scanLong = (message: Message): ReadonlyArray<Effect.Effect<void>> => {
  const scans: Array<Effect.Effect<void>> = []
  const visit = ({ alternatives, attachments }: Message, depth: number): void => {
    for (const alternative of alternatives) if (isLongContent(alternative)) scans.push(scanAlternative(alternative))
    for (const attachment of attachments) {
      if (!isAttachment(attachment)) continue
      if (isLongContent(attachment)) scans.push(scanInSlices(attachment))
      else if (depth < maxNested && isMessage(attachment.content)) visit(attachment.content, depth + 1)
    }
  }
  if (isMessage(message)) visit(message, 0)
  return scans
}
