/**
 * Rules of RFC 5322, 2045 and 2047 for the octets of a message that readers let pass. What is found is told in words.
 */
import * as MimeReader from "./MimeReader.js"
import { binary } from "./WireReader.js"

const once = [
  "date",
  "from",
  "sender",
  "reply-to",
  "to",
  "cc",
  "message-id",
  "in-reply-to",
  "references",
  "subject",
  "mime-version",
  "content-type",
  "content-transfer-encoding",
  "content-disposition",
  "content-id"
]

const lintOctets = (text: string): ReadonlyArray<string> => {
  const found: Array<string> = []
  if (/(?<!\r)\n/.test(text)) found.push("a LF without CR")
  if (/\r(?!\n)/.test(text)) found.push("a CR without LF")
  if (text.includes("\0")) found.push("a NUL")
  for (const line of text.split("\r\n")) if (line.length > 998) found.push(`a line of ${line.length} octets`)
  return found
}

const lintWord = (word: string): ReadonlyArray<string> => {
  if (word.length > 75) return [`an encoded-word of ${word.length} octets`]
  try {
    MimeReader.decodeWords(word)
    return []
  } catch (error) {
    return [`an encoded-word that does not decode on its own: ${word}: ${error}`]
  }
}

// A line of one token is as short as folding can make it (RFC 5322 section 2.2.3): a URL that is longer has to be.
const canBeFolded = (line: string): boolean => /\S[ \t]+\S/.test(line)

const lintHeader = (header: string, isUtf8: boolean): ReadonlyArray<string> => {
  const found: Array<string> = []
  if (!isUtf8 && /[^\x00-\x7f]/.test(header)) found.push("an octet above 127 in a header")
  for (const line of header.split("\r\n")) {
    if (line.length > 78 && canBeFolded(line)) found.push(`a header line of ${line.length} octets: ${line}`)
    if (line !== "" && line.trim() === "") found.push("a header line of blanks only")
  }
  for (const line of header.split(/\r\n(?![ \t])/)) {
    if (line !== "" && !/^[\x21-\x39\x3b-\x7e]+:/.test(line)) found.push(`not a header field: ${line}`)
  }
  for (const word of MimeReader.words(header)) found.push(...lintWord(word))
  return found
}

const nameOf = (header: MimeReader.Header): string => header.name.toLowerCase()

const lintFields = (entity: MimeReader.Entity): ReadonlyArray<string> => {
  const names = entity.headers.map(nameOf)
  return once.filter((name) => names.filter((other) => other === name).length > 1).map((name) => `${name} occurs twice`)
}

const lintMessageFields = (entity: MimeReader.Entity): ReadonlyArray<string> => {
  const names = new Set(entity.headers.map(nameOf))
  const missing = ["date", "from", "mime-version"].filter((name) => !names.has(name)).map((name) => `no ${name}`)
  return [...missing, ...["bcc", "resent-bcc"].filter((name) => names.has(name))]
}

const lintPart = (entity: MimeReader.Entity): ReadonlyArray<string> => {
  const found = [...lintFields(entity)]
  const isContainer = entity.boundary !== undefined || entity.type.startsWith("message/")
  if (isContainer && !["7bit", "8bit", "binary"].includes(entity.encoding)) {
    found.push(`${entity.type} in ${entity.encoding}`)
  }
  if (entity.encoding === "7bit" && /[^\x00-\x7f]/.test(binary(entity.octets))) found.push("8-bit content in 7bit")
  if (entity.boundary !== undefined && entity.children.length === 0) found.push(`${entity.type} without parts`)
  return found
}

/** Everything that is wrong with a message. With `smtpUtf8` its header may be UTF-8 (RFC 6532). */
export const lint = (message: Uint8Array, { smtpUtf8 }: { readonly smtpUtf8: boolean }): ReadonlyArray<string> => {
  const entity = MimeReader.read(message)
  const parts = MimeReader.all(entity)
  const headers = parts.map((part) => part.headers.flatMap(({ lines }) => lines).join("\r\n"))
  return [
    ...lintOctets(binary(message)),
    ...lintMessageFields(entity),
    ...headers.flatMap((header) => lintHeader(header, smtpUtf8)),
    ...parts.flatMap(lintPart)
  ]
}
