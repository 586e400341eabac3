import * as Either from "effect/Either"
import { parseDomain } from "./domain.js"

/** The parts of a mailbox. `local` is the local part without quotes or escapes; an empty `name` is no name. */
export interface Mailbox {
  readonly name: string
  readonly local: string
  readonly domain: string
}

type Parsed<A> = Either.Either<A, string>

const atext = "A-Za-z0-9!#$%&'*+\\-/=?^_`{|}~"
// Without invisible characters, and without the three that NFC maps to ASCII: the checked address would not be the one that
// is mailed.
const utf8 = "[^\\x00-\\x7f\\p{Cc}\\p{Cf}\\p{Cs}\\p{Z}\\u037e\\u1fef\\u212a]"
const simpleAddrSpec =
  /^[A-Za-z0-9_+-]+(?:\.[A-Za-z0-9_+-]+)*@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}$/
const dotAtom = new RegExp(`^(?:[${atext}]|${utf8})+(?:\\.(?:[${atext}]|${utf8})+)*$`, "u")
const asciiDotAtom = new RegExp(`^[${atext}]+(?:\\.[${atext}]+)*$`)
const quotedText = new RegExp(`^(?:[\\x20-\\x7e]|${utf8})*$`, "u")
const phrase = new RegExp(`^(?:[${atext}. ]|[^\\x00-\\x7f])+$`)
const encodedWord = /=\?[^?]*\?[^?]*\?[^?]*\?=/

export const looksEncoded = (text: string): boolean => text.includes("=?") && encodedWord.test(text)

/** A control character: C0, DEL or C1. */
export const control = /[\x00-\x1f\x7f-\x9f]/

const octets = (text: string): number => {
  let count = 0
  for (const char of text) {
    const point = char.codePointAt(0) ?? 0
    count += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4
  }
  return count
}

/** Reads a quoted-string at the start of `text`: its content, and what follows the closing quote. */
const readQuoted = (text: string): { readonly content: string; readonly rest: string } | undefined => {
  let content = ""
  let start = 1
  for (let i = 1; i < text.length; i++) {
    const char = text.charAt(i)
    if (char === "\"") return { content: content + text.slice(start, i), rest: text.slice(i + 1) }
    if (char === "\\") {
      content += text.slice(start, i)
      start = ++i
    }
  }
  return undefined
}

const finishAddrSpec = (written: string, decoded: string, domainText: string): Parsed<Mailbox> => {
  if (octets(written) > 64) return Either.left("the local part is longer than 64 octets")
  const local = decoded.normalize("NFC")
  if (octets(local) > 64) return Either.left("the local part is longer than 64 octets")
  // Relays and logs read these as the end of the path: RFC 5321 parsers disagree about them even inside quotes.
  if (/[<>]/.test(local)) return Either.left("the local part holds an angle bracket")
  if (looksEncoded(local)) return Either.left("the local part looks like an encoded-word")
  return Either.flatMap(parseDomain(domainText), (domain) =>
    octets(written) + 1 + domain.length > 254
      ? Either.left("the address is longer than 254 octets")
      : Either.right({ name: "", local, domain }))
}

// Nearly every address. The full grammar below accepts all of these with the same result.
const isSimple = (text: string): boolean =>
  text.length <= 254 && simpleAddrSpec.test(text) && text.indexOf("@") <= 64 && !/[@.]xn--/i.test(text)

/** A domain may be longer than 254 octets before it is mapped: up to four characters become one. */
const maxWritten = 2048

/** Parses an addr-spec by RFC 5321 section 4.1.2 and RFC 6531: no comments, no folding, no source route. */
export const parseAddrSpec = (text: string): Parsed<Mailbox> => {
  if (isSimple(text)) {
    const at = text.indexOf("@")
    return Either.right({ name: "", local: text.slice(0, at), domain: text.slice(at + 1) })
  }
  if (text === "") return Either.left("it is empty")
  if (text.length > maxWritten) return Either.left("the address is longer than 254 octets")
  if (control.test(text)) return Either.left("it holds a control character")
  if (!text.isWellFormed()) return Either.left("it holds a lone surrogate")
  if (text.startsWith("\"")) {
    const quoted = readQuoted(text)
    if (quoted === undefined) return Either.left("the quoted local part is not closed")
    if (!quoted.rest.startsWith("@")) return Either.left("text follows the quoted local part")
    if (!quotedText.test(quoted.content)) return Either.left("the local part holds characters that it must not hold")
    return finishAddrSpec(text.slice(0, text.length - quoted.rest.length), quoted.content, quoted.rest.slice(1))
  }
  const at = text.indexOf("@")
  if (at < 0) return Either.left("there is no @")
  const local = text.slice(0, at)
  if (local === "") return Either.left("there is no local part")
  if (!dotAtom.test(local)) return Either.left("the local part is not a dot-atom")
  return finishAddrSpec(local, local, text.slice(at + 1))
}

/** Not by a pattern, which would search for the end from every blank. */
const withoutEndBlanks = (text: string): string => {
  let end = text.length
  while (text.charAt(end - 1) === " ") end--
  return text.slice(0, end)
}

const withName = (name: string, angle: string): Parsed<Mailbox> => {
  if (!angle.startsWith("<") || !angle.endsWith(">")) return Either.left("there is text where <address> should be")
  return Either.map(parseAddrSpec(angle.slice(1, -1)), (mailbox) => ({ ...mailbox, name }))
}

/**
 * Parses one mailbox: `address`, `<address>`, `Name <address>` or `"Name" <address>`. The name is what a person reads,
 * not wire form: an encoded-word outside quotes is refused.
 */
export const parseMailbox = (text: string): Parsed<Mailbox> => {
  if (!text.endsWith(">")) return parseAddrSpec(text)
  if (control.test(text)) return Either.left("it holds a control character")
  if (!text.isWellFormed()) return Either.left("it holds a lone surrogate")
  if (text.startsWith("\"")) {
    const quoted = readQuoted(text)
    return quoted === undefined
      ? Either.left("the quoted name is not closed")
      : withName(quoted.content, quoted.rest.replace(/^ +/, ""))
  }
  const open = text.indexOf("<")
  if (open < 0) return Either.left("there is a > without a <")
  if (open === 0) return withName("", text)
  const name = text.slice(0, open)
  if (name.startsWith(" ")) return Either.left("it starts with a blank")
  if (!phrase.test(name)) return Either.left("the name holds characters that need quotes")
  if (looksEncoded(name)) return Either.left("the name is an encoded-word: give it as plain text")
  return withName(withoutEndBlanks(name), text.slice(open))
}

/** Whether a name may be in a quoted-string or an encoded-word. */
export const checkName = (name: unknown): Parsed<string> => {
  if (typeof name !== "string") return Either.left("the name is not a string")
  if (control.test(name)) return Either.left("the name holds a control character")
  return name.isWellFormed() ? Either.right(name) : Either.left("the name holds a lone surrogate")
}

/** Splits a list at the commas, or at other separators, that are not in quotes. */
export const splitList = (text: string, separators = ","): ReadonlyArray<string> => {
  const members: Array<string> = []
  let start = 0
  let quoted = false
  for (let i = 0; i < text.length; i++) {
    const char = text.charAt(i)
    if (quoted && char === "\\") i++
    else if (char === "\"") quoted = !quoted
    else if (!quoted && separators.includes(char)) {
      members.push(text.slice(start, i).trim())
      start = i + 1
    }
  }
  members.push(text.slice(start).trim())
  return members
}

/**
 * Whether a text that is not one mailbox is a list of mailboxes as people write it: with commas, semicolons or blanks, or
 * with a comma after the only one.
 */
export const areSeveral = (text: string): boolean => {
  if (control.test(text)) return false
  const members = splitList(text, text.includes("<") ? ",;" : ",; ")
  const addresses = members.filter((member) => member.includes("@"))
  const isOneInList = () => /[,;] *$/.test(text) && members.every((member) => member === "" || member === addresses[0])
  return addresses.length > 1 || (addresses.length === 1 && isOneInList())
}

const escapeQuoted = (text: string): string => text.replace(/["\\]/g, "\\$&")

export const quote = (text: string): string => `"${escapeQuoted(text)}"`

/** The addr-spec as it is written between `<` and `>`: the local part is quoted only where necessary. */
export const formatAddrSpec = (local: string, domain: string): string =>
  `${asciiDotAtom.test(local) || dotAtom.test(local) ? local : quote(local)}@${domain}`

const plainName = new RegExp(`^[${atext}]+(?: [${atext}]+)*$`)

/** Whether a name may be written as bare atoms. */
export const isPlainName = (name: string): boolean => plainName.test(name) && !name.includes("=?")

const unicodeName = new RegExp(`^(?:[${atext}]|[^\\x00-\\x7f])+(?: (?:[${atext}]|[^\\x00-\\x7f])+)*$`)

/** A mailbox as a person writes it, in Unicode. `parseMailbox` reads it back. */
export const formatMailbox = ({ domain, local, name }: Mailbox): string => {
  const addrSpec = formatAddrSpec(local, domain)
  if (name === "") return addrSpec
  return `${unicodeName.test(name) && !name.includes("=?") ? name : quote(name)} <${addrSpec}>`
}
