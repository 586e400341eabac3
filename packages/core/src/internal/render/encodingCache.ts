import type { Charset } from "../mime/charset.js"
import type { Octets } from "../mime/part.js"
import type { Encoded } from "./transferEncoding.js"

/**
 * What many messages have in common is encoded once: an attachment by its identity, for as long as it is there, and a text
 * that is among the last few. The first message alone leaves nothing behind: only what comes a second time is kept.
 */

/** An encoding that stays what it is: that of `encode` counts only until the next one. */
const keep = ({ encoding, octets }: Encoded): Encoded => ({ encoding, octets: octets.slice() })

const seen = new WeakSet<Octets>()
const kept = new WeakMap<Octets, Encoded>()

/**
 * The encoding of a content, where it was kept.
 *
 * @internal
 */
export const recall = (content: Octets): Encoded | undefined => kept.get(content)

/**
 * Keeps the encoding of a content that comes a second time.
 *
 * @internal
 */
export const remember = (content: Octets, encoded: Encoded): Encoded => {
  if (seen.has(content)) kept.set(content, keep(encoded))
  else seen.add(content)
  return encoded
}

interface RecentText {
  readonly text: string
  readonly charset: Charset
  encoded: Encoded | undefined
}

const mostTexts = 8
const longestText = 256 * 1024

/** The last texts, the latest first. */
const recentTexts: Array<RecentText> = []

const takeRecent = (text: string, charset: Charset): RecentText | undefined => {
  const at = recentTexts.findIndex((recent) => recent.text === text && recent.charset === charset)
  const [found] = at < 0 ? [] : recentTexts.splice(at, 1)
  return found
}

/**
 * The encoding of a text.
 *
 * @internal
 */
export const ofText = (text: string, charset: Charset, encode: () => Encoded): Encoded => {
  if (text.length > longestText) return encode()
  const known = takeRecent(text, charset)
  const recent = known ?? { text, charset, encoded: undefined }
  recentTexts.unshift(recent)
  if (recentTexts.length > mostTexts) recentTexts.pop()
  if (known === undefined) return encode()
  recent.encoded ??= keep(encode())
  return recent.encoded
}
