import { ByteWriter } from "./byteWriter.js"

/**
 * The charsets that a text body can be written in.
 *
 * @internal
 */
export type Charset = "utf-8" | "iso-8859-1" | "us-ascii"

/**
 * @internal
 */
export const isCharset = (text: string): text is Charset =>
  text === "utf-8" || text === "iso-8859-1" || text === "us-ascii"

/**
 * @internal
 */
export const isAscii = (text: string): boolean => /^[\x00-\x7f]*$/.test(text)

/**
 * Whether the charset can hold the text.
 *
 * @internal
 */
export const canHold = (charset: Charset, text: string): boolean => {
  switch (charset) {
    case "utf-8":
      return text.isWellFormed()
    case "iso-8859-1":
      // Readers take 0x80 to 0x9f for windows-1252, so the control characters that these octets stand for would be lost.
      return /^[\x00-\x7f\xa0-\xff]*$/.test(text)
    case "us-ascii":
      return isAscii(text)
  }
}

/**
 * Writes a text that the charset can hold.
 *
 * @internal
 */
export const write = (writer: ByteWriter, charset: Charset, text: string): void => {
  if (charset !== "iso-8859-1") return writer.text(text)
  writer.reserve(text.length)
  for (let i = 0; i < text.length; i++) writer.octets[writer.length++] = text.charCodeAt(i)
}

/**
 * The octets of a text that the charset can hold.
 *
 * @internal
 */
export const encode = (charset: Charset, text: string): Uint8Array => {
  const writer = new ByteWriter(text.length)
  write(writer, charset, text)
  return writer.cut()
}

const isAsciiOctets = (octets: Uint8Array): boolean => octets.every((octet) => octet < 0x80)

/**
 * Whether octets are valid in a charset. A charset that is not known here is never valid.
 *
 * @internal
 */
export const isValid = (charset: string, octets: Uint8Array): boolean => {
  const label = charset.toLowerCase()
  if (label === "us-ascii" || label === "ascii") return isAsciiOctets(octets)
  if (label === "iso-8859-1" || label === "latin1") return true
  try {
    new TextDecoder(label, { fatal: true }).decode(octets)
    return true
  } catch {
    return false
  }
}
