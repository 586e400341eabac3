/** Control characters that have a picture of their own (U+2400 to U+2421). */
const pictureOf = (point: number): string | undefined =>
  point < 0x20 ? String.fromCodePoint(0x2400 + point) : point === 0x7f ? "\u2421" : undefined

const unseen = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu
/** Joins emoji, and chooses how a sign looks: it steers nothing. */
const harmless = new Set(["\u200d", "\ufe0e", "\ufe0f"])

const show = (char: string): string => {
  if (harmless.has(char)) return char
  const point = char.codePointAt(0) ?? 0
  return pictureOf(point) ?? `⟨U+${point.toString(16).toUpperCase().padStart(4, "0")}⟩`
}

/**
 * A text as one line that a terminal may be given: nothing in it is obeyed, hides, or changes the direction of what
 * follows. Everything that comes from a message goes through this.
 */
export const visible = (text: string): string => text.toWellFormed().replace(/\r?\n|\t/g, " ").replace(unseen, show)

/** Several lines; line feeds stay. */
export const visibleLines = (text: string): string => text.split(/\r?\n/).map(visible).join("\n")

const wide = /\p{Script=Han}|\p{Script=Hiragana}|\p{Script=Katakana}|\p{Script=Hangul}|\p{Emoji_Presentation}/u

/** How many columns a text takes, as terminals count. */
export const columns = (text: string): number => {
  let count = 0
  for (const char of text) count += /\p{M}/u.test(char) || harmless.has(char) ? 0 : wide.test(char) ? 2 : 1
  return count
}

/** A text cut to so many columns. */
export const cut = (text: string, width: number): string => {
  if (text.length <= width && columns(text) <= width) return text
  let out = ""
  let used = 0
  for (const char of text) {
    const own = columns(char)
    if (used + own > width - 1) return `${out}…`
    out += char
    used += own
  }
  return out
}
