import type { Part } from "./scan.js"

const hexOf = (octet: number | undefined): number =>
  octet === undefined
    ? -1
    : octet >= 48 && octet <= 57
    ? octet - 48
    : (octet | 32) >= 97 && (octet | 32) <= 102
    ? (octet | 32) - 87
    : -1

/** Quoted-printable (RFC 2045 section 6.7); what is none is left as it is. */
const quotedPrintable = (body: Buffer): Buffer => {
  const out = Buffer.allocUnsafe(body.length)
  let length = 0
  for (let at = 0; at < body.length; at++) {
    const octet = body[at] ?? 0
    if (octet === 61) {
      const high = hexOf(body[at + 1])
      const low = hexOf(body[at + 2])
      if (high >= 0 && low >= 0) {
        out[length++] = high * 16 + low
        at += 2
        continue
      }
      let end = at + 1
      while (body[end] === 32 || body[end] === 9) end++
      const isSoft = body[end] === 10 || (body[end] === 13 && body[end + 1] === 10)
      if (isSoft) {
        at = body[end] === 10 ? end : end + 1
        continue
      }
    }
    out[length++] = octet
  }
  return out.subarray(0, length)
}

/** The octets of a part as they are on the wire. */
export const wireOf = (message: Uint8Array, part: Part): Buffer =>
  Buffer.from(message.buffer, message.byteOffset + part.bodyStart, part.end - part.bodyStart)

/** A body without its transfer encoding. An encoding that is not known is left as it is. */
export const octetsOfBody = (encoding: string, body: Buffer): Buffer => {
  switch (encoding) {
    case "base64":
      return Buffer.from(body.toString("latin1"), "base64")
    case "quoted-printable":
      return quotedPrintable(body)
    default:
      return body
  }
}

/** The octets of a part, without its transfer encoding. */
export const octetsOf = (message: Uint8Array, part: Part): Buffer => octetsOfBody(part.encoding, wireOf(message, part))

/** About how many octets `octetsOf` gives, without decoding. */
export const decodedSize = (part: Part): number => {
  const wire = part.end - part.bodyStart
  return part.encoding === "base64" ? Math.floor(wire * (76 / 78) * 0.75) : wire
}

/** The charset that is declared, in lower case; `us-ascii` where none is. */
export const charsetOf = (part: Part): string => (part.parameters.get("charset") ?? "us-ascii").toLowerCase()

const decoderOf = (label: string): TextDecoder => {
  try {
    return new TextDecoder(label)
  } catch {
    // UTF-7, and whatever else no browser decodes either: shown as the octets are, never run.
    return new TextDecoder("windows-1252")
  }
}

/** A part as text. Octets beyond ASCII where none may be are taken for UTF-8. */
export const textOf = (message: Uint8Array, part: Part): string => {
  const label = charsetOf(part)
  return decoderOf(label === "us-ascii" || label === "ascii" ? "utf-8" : label).decode(octetsOf(message, part))
}

/** Text with the line breaks of format=flowed taken back (RFC 3676). */
export const unflowed = (text: string, deletesSpace: boolean): string => {
  const out: Array<string> = []
  let paragraph: string | undefined
  let depth = 0
  for (const line of text.split(/\r?\n/)) {
    const quote = /^>*/.exec(line)?.[0].length ?? 0
    const content = line.slice(quote).replace(/^ /, "")
    const isSignature = content === "-- "
    if (paragraph !== undefined && (quote !== depth || isSignature)) {
      out.push(paragraph)
      paragraph = undefined
    }
    const isFlowed = content.endsWith(" ") && !isSignature
    const own = isFlowed && deletesSpace ? content.slice(0, -1) : content
    const prefix = quote > 0 ? `${">".repeat(quote)} ` : ""
    paragraph = paragraph === undefined ? prefix + own : paragraph + own
    depth = quote
    if (!isFlowed) {
      out.push(paragraph)
      paragraph = undefined
    }
  }
  if (paragraph !== undefined) out.push(paragraph)
  return out.join("\n")
}

/** The text of a text/plain part as a person reads it. */
export const plainOf = (message: Uint8Array, part: Part): string => {
  const text = textOf(message, part)
  return part.parameters.get("format")?.toLowerCase() === "flowed"
    ? unflowed(text, part.parameters.get("delsp")?.toLowerCase() === "yes")
    : text
}
