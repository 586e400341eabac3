const decoder = new TextDecoder("utf-8", { ignoreBOM: true })

/**
 * What a terminal would obey, or show nothing of: control characters but tab and the line ends LF and CRLF, what steers the
 * direction of text, and what cannot be seen. The two selectors of emoji stay: they only choose how a sign looks.
 */
const unseen = /(?!\t|\n|\r\n|\ufe0e|\ufe0f)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu

const escape = (char: string): string => {
  const point = (char.codePointAt(0) ?? 0).toString(16)
  return point.length > 4 ? `\\u{${point}}` : `\\u${point.padStart(4, "0")}`
}

/**
 * Octets as a terminal may be given them: what is not UTF-8 is shown as U+FFFD, and what the terminal would take for a
 * command, or hide, as an escape such as `\u001b`.
 */
export const show = (octets: Uint8Array): string => decoder.decode(octets).replace(unseen, escape)
