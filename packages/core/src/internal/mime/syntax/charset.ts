import * as Either from "effect/Either"
import type * as Stream from "effect/Stream"
import { ByteWriter } from "../../value/byteWriter.js"
import * as Slices from "../../value/slices.js"

/**
 * The charsets that a text body can be written in.
 *
 * @since 0.1.0
 * @category models
 */
export type Charset = "utf-8" | "iso-8859-1" | "us-ascii"

export const isCharset = (text: string): text is Charset =>
  text === "utf-8" || text === "iso-8859-1" || text === "us-ascii"

/** The IANA names of the three, and other spellings that readers know. */
const names: Readonly<Record<Charset, ReadonlyArray<string>>> = {
  "utf-8": ["utf-8", "csUTF8", "unicode-1-1-utf-8"],
  "iso-8859-1": [
    "ISO_8859-1:1987",
    "iso-ir-100",
    "ISO-8859-1",
    "latin1",
    "l1",
    "IBM819",
    "CP819",
    "csISOLatin1",
    "8859-1"
  ],
  "us-ascii": [
    "US-ASCII",
    "iso-ir-6",
    "ANSI_X3.4-1968",
    "ANSI_X3.4-1986",
    "ISO_646.irv:1991",
    "ISO646-US",
    "us",
    "IBM367",
    "cp367",
    "csASCII",
    "ascii"
  ]
}

/** Readers compare the names of charsets without case, and many of them without punctuation. */
const spelling = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]/g, "")

const aliases: ReadonlyMap<string, Charset> = new Map(
  (["utf-8", "iso-8859-1", "us-ascii"] as const).flatMap((charset) =>
    names[charset].map((name) => [spelling(name), charset] as const)
  )
)

// In these charsets ASCII octets mean other characters, so that a filter that reads the octets misses the markup. The
// Encoding Standard and HTML forbid them for the same reason.
const disguising =
  /utf0*7|^(?:cp|ms|windows|x)*65000$|utf0*32|ucs0*4|utf0*1$|cesu|bocu|scsu|hzgb|^hz$|iso2022(?!jp)|ebcdic/
const ebcdicPage =
  /^(?:cs|x)*(?:cp|ibm|ccsid)0*(?:37|38|27[34578]|28[0145]|290|297|42[034]|500|87[01]|880|905|918|1026|1047|114\d)$/

/** The charset that a name means: one of the three by its own name, any other as it is named. Fails with the reason. */
export const parse = (name: string): Either.Either<string, string> => {
  const key = spelling(name)
  if (!/^[A-Za-z0-9][A-Za-z0-9._:()+-]{0,59}$/.test(name)) return Either.left("the charset is not the name of one")
  return disguising.test(key) || ebcdicPage.test(key)
    ? Either.left("ASCII means something else in the charset")
    : Either.right(aliases.get(key) ?? name)
}

export const isAscii = (text: string): boolean => /^[\x00-\x7f]*$/.test(text)

/** Whether the charset can hold the text. */
export const canHold = (charset: Charset, text: string): boolean => {
  switch (charset) {
    case "utf-8":
      return text.isWellFormed()
    case "iso-8859-1":
      // Readers decode 0x80 to 0x9f as windows-1252, so the control characters that these octets encode would be lost.
      return /^[\x00-\x7f\xa0-\xff]*$/.test(text)
    case "us-ascii":
      return isAscii(text)
  }
}

/** Writes a text that the charset can hold. */
export const write = (writer: ByteWriter, charset: Charset, text: string): void => {
  if (charset !== "iso-8859-1") return writer.text(text)
  writer.reserve(text.length)
  for (let i = 0; i < text.length; i++) writer.octets[writer.length++] = text.charCodeAt(i)
}

/** The octets of a text that the charset can hold. */
export const encode = (charset: Charset, text: string): Uint8Array => {
  const writer = new ByteWriter(text.length)
  write(writer, charset, text)
  return writer.cut()
}

const isHighSurrogate = (unit: number): boolean => (unit & 0xfc00) === 0xd800

/** A text that the charset can hold, encoded slice by slice. */
export const slicesOf = (text: string, charset: Charset): Stream.Stream<Uint8Array> =>
  Slices.make(
    text.length,
    (start) =>
      isHighSurrogate(text.charCodeAt(start + Slices.size - 1)) ? start + Slices.size + 1 : start + Slices.size,
    (start, end) => encode(charset, text.slice(start, end))
  )
