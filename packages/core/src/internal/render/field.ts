import * as Option from "effect/Option"
import type { Address } from "../../Address.js"
import { formatAddrSpec, isPlainName, quote } from "../address/syntax.js"
import type { Field } from "../mime/field.js"
import { maxLine, preferredLine } from "../mime/lines.js"
import { encodeWords } from "./encoding/encodedWord.js"

const maxQuotedName = 60
const maxWord = 75

const fold = (name: string, tokens: ReadonlyArray<string>): string => {
  let folded = `${name}:`
  let column = folded.length
  for (const token of tokens) {
    if (column + 1 + token.length > preferredLine) {
      folded += "\r\n"
      column = 0
    }
    folded += ` ${token}`
    column += 1 + token.length
  }
  return `${folded}\r\n`
}

const firstWord = (name: string): number => {
  const room = preferredLine - name.length - 2
  return room < 30 ? maxWord : Math.min(maxWord, room)
}

const nameTokens = (name: string, first: number): ReadonlyArray<string> => {
  if (isPlainName(name)) {
    const words = name.split(" ")
    if (words.every((word) => word.length <= maxWord)) return words
  }
  const isQuotable = /^[\x20-\x7e]*$/.test(name) && !name.includes("=?") && name.length <= maxQuotedName
  return isQuotable ? [quote(name)] : encodeWords(name, first)
}

const addressTokens = (address: Address, first: number): ReadonlyArray<string> => {
  const addrSpec = formatAddrSpec(address.local, address.domain)
  return Option.match(address.name, {
    onNone: () => [addrSpec],
    onSome: (name) => [...nameTokens(name, first), `<${addrSpec}>`]
  })
}

const addresses = (name: string, list: ReadonlyArray<Address>): string => {
  const tokens: Array<string> = []
  list.forEach((address, i) => {
    const own = addressTokens(address, firstWord(name))
    own.forEach((token, j) => tokens.push(j === own.length - 1 && i < list.length - 1 ? `${token},` : token))
  })
  return fold(name, tokens)
}

const plainText = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/
// Text for people: a long word is encoded to avoid a long line. Programs that do not decode may read the other fields, so
// there a long word stays as it is, as long as a line can hold it.
const displayed = new Set(["subject", "comments", "keywords", "content-description"])

const text = (name: string, value: string): string => {
  if (value === "") return `${name}:\r\n`
  if (!plainText.test(value) || value.includes("=?")) return fold(name, encodeWords(value, firstWord(name)))
  if (name.length + 2 + value.length <= preferredLine) return `${name}: ${value}\r\n`
  const words = value.match(/ *[^ ]+/g) ?? []
  const limit = displayed.has(name.toLowerCase()) ? preferredLine : maxLine
  if (words.some((word, i) => word.length + (i === 0 ? 1 : 0) > limit)) {
    return fold(name, encodeWords(value, firstWord(name)))
  }
  let folded = `${name}:`
  let column = folded.length
  words.forEach((word, i) => {
    const piece = i === 0 ? ` ${word}` : word
    if (column + piece.length > preferredLine) {
      folded += "\r\n"
      column = 0
    }
    folded += piece
    column += piece.length
  })
  return `${folded}\r\n`
}

/** A field as it is written in the message: folded, with its line end. */
export const format = (field: Field): string => {
  switch (field._tag) {
    case "Addresses":
      return addresses(field.name, field.addresses)
    case "Text":
      return text(field.name, field.value)
    case "Tokens":
      return fold(field.name, field.tokens)
  }
}
