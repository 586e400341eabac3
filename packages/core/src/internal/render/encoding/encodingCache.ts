import type { Charset } from "../../mime/syntax/charset.js"
import type { Octets } from "../../mime/tree.js"
import type { Encoded } from "./transferEncoding.js"

/**
 * Encodings that several messages share: of attachments by identity, for as long as they are in memory, and of the last
 * few texts. Only what is encoded a second time is kept.
 */

/** Copies the octets: `encode` reuses its buffer. */
const copyOf = ({ encoding, octets }: Encoded): Encoded => ({ encoding, octets: octets.slice() })

const seen = new WeakSet<Octets>()
const kept = new WeakMap<Octets, Encoded>()

/** The encoding of a content, if it was kept. */
export const get = (content: Octets): Encoded | undefined => kept.get(content)

/** Keeps the encoding of a content from the second time on. */
export const put = (content: Octets, encoded: Encoded): Encoded => {
  if (seen.has(content)) kept.set(content, copyOf(encoded))
  else seen.add(content)
  return encoded
}

interface RecentText {
  readonly text: string
  readonly charset: Charset
  encoded: Encoded | undefined
}

const maxTexts = 8
const maxTextLength = 256 * 1024

/** The last texts, the latest first. */
const recentTexts: Array<RecentText> = []

const takeRecent = (text: string, charset: Charset): RecentText | undefined => {
  const at = recentTexts.findIndex((recent) => recent.text === text && recent.charset === charset)
  const [found] = at < 0 ? [] : recentTexts.splice(at, 1)
  return found
}

/** The encoding of a text, kept from the second time on. */
export const text = (text: string, charset: Charset, encode: () => Encoded): Encoded => {
  if (text.length > maxTextLength) return encode()
  const known = takeRecent(text, charset)
  const recent = known ?? { text, charset, encoded: undefined }
  recentTexts.unshift(recent)
  if (recentTexts.length > maxTexts) recentTexts.pop()
  if (known === undefined) return encode()
  recent.encoded ??= copyOf(encode())
  return recent.encoded
}
