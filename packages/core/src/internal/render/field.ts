import * as Option from "effect/Option"
import type { Address } from "../../Address.js"
import { formatAddrSpec, isPlainName, quote } from "../address/syntax.js"
import { longestLine, preferredLine } from "../mime/lineLength.js"
import { encodeWords } from "./encodedWord.js"

/**
 * A header field whose content was checked:
 *
 * - `Addresses`: mailboxes, whose names may become encoded-words
 * - `Text`: unstructured text for people, encoded where it must be
 * - `Tokens`: structured ASCII, folded only between its tokens and never encoded
 *
 * @internal
 */
export type Field =
  | { readonly _tag: "Addresses"; readonly name: string; readonly addresses: ReadonlyArray<Address> }
  | { readonly _tag: "Text"; readonly name: string; readonly value: string }
  | { readonly _tag: "Tokens"; readonly name: string; readonly tokens: ReadonlyArray<string> }

const longestQuotedName = 60
const longestWord = 75

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
  return room < 30 ? longestWord : Math.min(longestWord, room)
}

const nameTokens = (name: string, first: number): ReadonlyArray<string> => {
  if (isPlainName(name)) {
    const words = name.split(" ")
    if (words.every((word) => word.length <= longestWord)) return words
  }
  const isQuotable = /^[\x20-\x7e]*$/.test(name) && !name.includes("=?") && name.length <= longestQuotedName
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
// Text for people: a long word is better encoded than left on a long line. Other fields may be read by programs that do
// not decode, so there a long word is left whole as long as a line can hold it.
const displayed = new Set(["subject", "comments", "keywords", "content-description"])

const text = (name: string, value: string): string => {
  if (value === "") return `${name}:\r\n`
  if (!plainText.test(value) || value.includes("=?")) return fold(name, encodeWords(value, firstWord(name)))
  if (name.length + 2 + value.length <= preferredLine) return `${name}: ${value}\r\n`
  const words = value.match(/ *[^ ]+/g) ?? []
  const limit = displayed.has(name.toLowerCase()) ? preferredLine : longestLine
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

/**
 * A field as it stands in the message, folded, with its line end.
 *
 * @internal
 */
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
