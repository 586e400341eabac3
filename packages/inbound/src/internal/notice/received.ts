import * as Either from "effect/Either"
import * as Encoding from "effect/Encoding"
import { type Field, readFields, valueOf } from "./header.js"

/** A part with its header and its body, not decoded. */
export interface Part {
  readonly type: string
  readonly fields: ReadonlyArray<Field>
  readonly body: string
}

/**
 * A message that came in, as far as notices are read from it: the parts of its multiparts, in their order. Messages inside
 * it are parts, and stay closed.
 */
export interface Received {
  readonly fields: ReadonlyArray<Field>
  readonly parts: ReadonlyArray<Part>
}

const deepest = 20
const mostParts = 1000
const longestHeader = 256 * 1024
const longestBoundary = 200
const longestText = 256 * 1024

interface Entity {
  readonly fields: ReadonlyArray<Field>
  readonly body: string
}

/** Some put empty lines in front of the header. */
const skipEmptyLines = (text: string): number => {
  let start = 0
  while (text[start] === "\r" || text[start] === "\n") start++
  return start
}

/** A part may have no header: then it begins with an empty line. */
const entity = (text: string): Entity => {
  if (/^\r?\n/.test(text)) return { fields: [], body: text.slice(text.indexOf("\n") + 1) }
  const empty = /\r?\n\r?\n|\r\r/.exec(text.slice(0, longestHeader))
  const end = empty === null ? Math.min(text.length, longestHeader) : empty.index
  return {
    fields: readFields(text.slice(0, end).split(/\r\n|\n|\r/)),
    body: text.slice(empty === null ? end : end + empty[0].length)
  }
}

const contentType = (fields: ReadonlyArray<Field>, otherwise: string): string =>
  /^[^\s;]+/.exec((valueOf(fields, "content-type") ?? otherwise).toLowerCase())?.[0] ?? otherwise

const boundaryOf = (fields: ReadonlyArray<Field>): string | undefined => {
  const match = /boundary\s{0,9}=\s{0,9}(?:"([^"]*)"|([^\s;"]+))/i.exec(valueOf(fields, "content-type") ?? "")
  const boundary = match?.[1] ?? match?.[2] ?? ""
  return boundary === "" || boundary.length > longestBoundary ? undefined : boundary
}

const isLineStart = (text: string, at: number): boolean => at === 0 || text[at - 1] === "\n" || text[at - 1] === "\r"

/** The bodies between the delimiters (RFC 2046 section 5.1.1). The last may lack its end. */
const split = (body: string, boundary: string): ReadonlyArray<string> => {
  const delimiter = `--${boundary}`
  const parts: Array<string> = []
  let start = -1
  for (let at = body.indexOf(delimiter); at >= 0; at = body.indexOf(delimiter, at + delimiter.length)) {
    const behind = body.slice(at + delimiter.length, at + delimiter.length + 2)
    if (!isLineStart(body, at) || !/^(?:$|\s|--$)/.test(behind)) continue
    if (start >= 0) parts.push(body.slice(start, at))
    const lineEnd = body.indexOf("\n", at)
    start = lineEnd < 0 ? body.length : lineEnd + 1
    if (behind === "--" || parts.length >= mostParts) return parts
  }
  return start < 0 ? parts : [...parts, body.slice(start)]
}

const leaves = ({ body, fields }: Entity, depth: number, otherwise = "text/plain"): ReadonlyArray<Part> => {
  const type = contentType(fields, otherwise)
  const boundary = type.startsWith("multipart/") ? boundaryOf(fields) : undefined
  if (boundary === undefined) return [{ type, fields, body }]
  if (depth >= deepest) return []
  const inside = type === "multipart/digest" ? "message/rfc822" : "text/plain"
  return split(body, boundary).flatMap((part) => leaves(entity(part), depth + 1, inside)).slice(0, mostParts)
}

export const parse = (octets: Uint8Array): Received => {
  const text = new TextDecoder().decode(octets)
  const outermost = entity(text.slice(skipEmptyLines(text)))
  return { fields: outermost.fields, parts: leaves(outermost, 0) }
}

const unquote = (text: string): Uint8Array => {
  const octets: Array<number> = []
  const joined = text.replace(/=[ \t]{0,9}\r?\n/g, "")
  for (let i = 0; i < joined.length; i++) {
    const hex = joined[i] === "=" ? /^[0-9A-Fa-f]{2}/.exec(joined.slice(i + 1, i + 3))?.[0] : undefined
    if (hex === undefined) octets.push(...new TextEncoder().encode(joined[i] ?? ""))
    else {
      octets.push(Number.parseInt(hex, 16))
      i += 2
    }
  }
  return Uint8Array.from(octets)
}

const decoder = (fields: ReadonlyArray<Field>): TextDecoder => {
  const charset = /charset\s{0,9}=\s{0,9}"?([^\s;"]+)/i.exec(valueOf(fields, "content-type") ?? "")?.[1] ?? "utf-8"
  try {
    return new TextDecoder(charset)
  } catch {
    return new TextDecoder()
  }
}

/** The text of a part, up to a length, without its transfer encoding. */
export const textOf = ({ body, fields }: Part, longest = longestText): string => {
  const text = body.slice(0, longest)
  switch ((valueOf(fields, "content-transfer-encoding") ?? "").toLowerCase()) {
    case "base64": {
      const digits = text.replace(/[^A-Za-z0-9+/]/g, "")
      const decoded = Encoding.decodeBase64(digits.slice(0, digits.length - digits.length % 4))
      return Either.isRight(decoded) ? decoder(fields).decode(decoded.right) : ""
    }
    case "quoted-printable":
      return decoder(fields).decode(unquote(text))
    default:
      return text
  }
}
