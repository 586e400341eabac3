import { decodeWords } from "postal-mime"

/** A header field as it is in the message. */
export interface Header {
  readonly name: string
  /** Unfolded, not decoded. */
  readonly value: string
  /** Octets from the start of the message to the start of the field, and to the end of its last line. */
  readonly start: number
  readonly end: number
}

const lineFeed = 10
const carriageReturn = 13
const isBlank = (octet: number | undefined): boolean => octet === 32 || octet === 9

/** A header block may have so many octets; what is longer is cut. */
export const maxHeaderBlock = 256 * 1024
const maxHeaders = 2_000
const utf8 = new TextDecoder("utf-8", { fatal: true })

/** Octets as text: UTF-8 where it is valid, ISO-8859-1 where not. */
export const textOf = (octets: Uint8Array): string => {
  try {
    return utf8.decode(octets)
  } catch {
    return Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength).toString("latin1")
  }
}

export interface HeaderBlock {
  readonly headers: ReadonlyArray<Header>
  /** Where the body starts. */
  readonly end: number
  readonly isCut: boolean
}

/** The header block from `start`, which ends at an empty line or at `limit`. CRLF, LF and a bare CR before LF are taken. */
export const readHeaders = (message: Buffer, start: number, limit: number): HeaderBlock => {
  const headers: Array<Header> = []
  const stop = Math.min(limit, start + maxHeaderBlock)
  let at = start
  let open: { start: number; end: number } | undefined
  const close = (): void => {
    if (open === undefined || headers.length >= maxHeaders) return
    const text = textOf(message.subarray(open.start, open.end))
    const colon = text.indexOf(":")
    if (colon > 0) {
      headers.push({
        name: text.slice(0, colon).trim(),
        value: text.slice(colon + 1).replace(/\r?\n(?=[ \t])/g, "").replace(/\r?\n$/, "").trim(),
        start: open.start,
        end: open.end
      })
    }
    open = undefined
  }
  while (at < stop) {
    const found = message.indexOf(lineFeed, at)
    const next = found < 0 || found >= limit ? limit : found + 1
    const length = next - at - (message[next - 1] === lineFeed ? 1 : 0) -
      (message[next - 2] === carriageReturn && message[next - 1] === lineFeed && next - 2 >= at ? 1 : 0)
    if (length === 0) {
      close()
      return { headers, end: next, isCut: false }
    }
    if (isBlank(message[at]) && open !== undefined) open.end = Math.min(next, stop)
    else {
      close()
      open = { start: at, end: Math.min(next, stop) }
    }
    at = next
  }
  close()
  if (at < limit) {
    const rest = message.indexOf("\r\n\r\n", at)
    return { headers, end: rest < 0 || rest + 4 > limit ? limit : rest + 4, isCut: true }
  }
  return { headers, end: limit, isCut: false }
}

/** The first field of that name. */
export const find = (headers: ReadonlyArray<Header>, name: string): Header | undefined =>
  headers.find((header) => header.name.toLowerCase() === name)

/** A value with its encoded words (RFC 2047) decoded; as it is, where they are broken. */
export const decoded = (value: string): string => {
  try {
    return value.includes("=?") ? decodeWords(value) : value
  } catch {
    return value
  }
}

/** A media type or a disposition, and its parameters (RFC 2045 section 5.1, RFC 2231). */
export interface Structured {
  readonly value: string
  readonly parameters: ReadonlyMap<string, string>
}

const unescapePercent = (text: string, charset: string): string => {
  const octets = Buffer.from(
    text.replace(/%([0-9a-f]{2})/gi, (_, hex) => String.fromCharCode(parseInt(hex, 16))),
    "latin1"
  )
  try {
    return new TextDecoder(charset === "" ? "utf-8" : charset).decode(octets)
  } catch {
    return octets.toString("latin1")
  }
}

interface Piece {
  readonly index: number
  readonly text: string
  readonly isEncoded: boolean
}

const join = (pieces: ReadonlyArray<Piece>): string => {
  const sorted = pieces.slice().sort((one, other) => one.index - other.index)
  const first = sorted[0]
  const tagged = first?.isEncoded === true ? /^([^']*)'[^']*'/.exec(first.text) : null
  const charset = tagged?.[1] ?? ""
  let raw = ""
  for (const [i, { isEncoded, text }] of sorted.entries()) {
    const own = i === 0 && tagged !== null ? text.slice(tagged[0].length) : text
    // One charset covers all pieces, whose octets may be split anywhere.
    raw += isEncoded ? own : encodeURIComponent(own.toWellFormed())
  }
  return sorted.some(({ isEncoded }) => isEncoded)
    ? unescapePercent(raw, charset)
    : sorted.map(({ text }) => text).join("")
}

const parameterPattern = /;\s*([^\s=;"]+)\s*=\s*("(?:[^"\\]|\\.)*"|[^;]*)/g
const maxParameters = 64

export const structured = (value: string): Structured => {
  const semicolon = value.indexOf(";")
  const head = (semicolon < 0 ? value : value.slice(0, semicolon)).trim().toLowerCase()
  const pieces = new Map<string, Array<Piece>>()
  const parameters = new Map<string, string>()
  let count = 0
  for (
    const [, rawName = "", rawValue = ""] of value.slice(semicolon < 0 ? value.length : semicolon).matchAll(
      parameterPattern
    )
  ) {
    if (count++ >= maxParameters) break
    const trimmed = rawValue.trim()
    const text = trimmed.startsWith("\"") && trimmed.endsWith("\"") && trimmed.length > 1
      ? trimmed.slice(1, -1).replace(/\\(.)/g, "$1")
      : trimmed
    const match = /^([^*]+)(?:\*(\d{1,4}))?(\*)?$/.exec(rawName.toLowerCase())
    if (match === null) continue
    const [, name = "", index, star] = match
    if (index === undefined && star === undefined) {
      if (!parameters.has(name)) parameters.set(name, decoded(text))
    } else {
      const list = pieces.get(name) ?? []
      list.push({ index: Number(index ?? 0), text, isEncoded: star !== undefined })
      pieces.set(name, list)
    }
  }
  for (const [name, list] of pieces) parameters.set(name, join(list))
  return { value: head, parameters }
}
