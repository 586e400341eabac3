import * as TerminalText from "@effect-mail/core/TerminalText"

/** Everything that comes from a message goes through this: one line, of which a terminal obeys nothing. */
export const visible = TerminalText.line

/** Several lines; line feeds stay. */
export const visibleLines = (text: string): string => text.split(/\r?\n/).map(visible).join("\n")

/** Joins emoji, and chooses how a sign looks. */
const withoutWidth = new Set(["\u200d", "\ufe0e", "\ufe0f"])

const wide = /\p{Script=Han}|\p{Script=Hiragana}|\p{Script=Katakana}|\p{Script=Hangul}|\p{Emoji_Presentation}/u

/** How many columns a text takes, as terminals count. */
export const columns = (text: string): number => {
  let count = 0
  for (const char of text) count += /\p{M}/u.test(char) || withoutWidth.has(char) ? 0 : wide.test(char) ? 2 : 1
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
