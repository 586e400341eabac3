/**
 * Text that a terminal may be given: nothing in it is obeyed, hides, or changes the direction of what follows.
 *
 * @since 0.1.0
 */

/** Control characters that have a picture of their own: U+2400 to U+241F, and U+2421 for DEL. */
const pictureOf = (point: number): string | undefined =>
  point < 0x20 ? String.fromCodePoint(0x2400 + point) : point === 0x7f ? "\u2421" : undefined

const show = (char: string): string => {
  const point = char.codePointAt(0) ?? 0
  return pictureOf(point) ?? `⟨U+${point.toString(16).toUpperCase().padStart(4, "0")}⟩`
}

/** U+200D and U+FE0E, U+FE0F join emoji and choose how a sign looks: they steer nothing. */
const unseen = /(?!\u200d|\ufe0e|\ufe0f)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu

/** The same, without tabs and without the ends of lines. */
const unseenInLines = /(?!\t|\n|\r\n|\u200d|\ufe0e|\ufe0f)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu

/**
 * A text as one line: a line end or a tab becomes a space, a control character its picture (`␛`), and a character that
 * cannot be seen or turns the direction of text its code point (`⟨U+202E⟩`). A lone surrogate becomes U+FFFD.
 *
 * @example
 * ```ts
 * import { TerminalText } from "@effect-mail/core"
 *
 * console.log(TerminalText.line("red\u001b[31m\r\nnext")) // red␛[31m next
 * ```
 *
 * @since 0.1.0
 * @category combinators
 */
export const line = (text: string): string => text.toWellFormed().replace(/\r?\n|\t/g, " ").replace(unseen, show)

/**
 * A text of several lines: as `line`, but tabs, LF and CRLF stay as they are. A carriage return alone is shown as `␍`.
 *
 * @since 0.1.0
 * @category combinators
 */
export const lines = (text: string): string => text.toWellFormed().replace(unseenInLines, show)
