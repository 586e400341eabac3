import { givenName } from "./filename.js"
import type { Part, Structure } from "./scan.js"

/** Which parts a person reads, and which are files. */
export interface Contents {
  readonly html: Part | undefined
  readonly text: Part | undefined
  readonly files: ReadonlyArray<Part>
}

const isLeaf = (part: Part): boolean => part.children.length === 0 && !part.type.startsWith("multipart/")

const isBody = (part: Part, type: string): boolean =>
  part.type === type && part.disposition !== "attachment" && (givenName(part) === "" || part.disposition === "inline")

/** The parts by what they are for: attached messages count as one file each. */
export const contentsOf = ({ parts }: Structure): Contents => {
  const own = parts.filter((part) => !part.isEmbedded && (isLeaf(part) || part.type === "message/rfc822"))
  const html = own.find((part) => isBody(part, "text/html"))
  const text = own.find((part) => isBody(part, "text/plain"))
  return { html, text, files: own.filter((part) => part !== html && part !== text) }
}

/** Whether a file belongs into the html: it has a Content-ID, and is not declared an attachment. */
export const isInline = (part: Part): boolean => part.contentId !== "" && part.disposition !== "attachment"
