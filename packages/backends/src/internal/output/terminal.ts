const decoder = new TextDecoder("utf-8", { ignoreBOM: true })

/**
 * Characters that control a terminal or are invisible: control characters but tab, LF and CRLF, direction controls, and
 * default ignorable ones. The two variation selectors of emoji stay.
 */
const unseen = /(?!\t|\n|\r\n|\ufe0e|\ufe0f)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu

const escape = (char: string): string => {
  const point = (char.codePointAt(0) ?? 0).toString(16)
  return point.length > 4 ? `\\u{${point}}` : `\\u${point.padStart(4, "0")}`
}

/** Octets as text that is safe to print: U+FFFD for what is not UTF-8, escapes such as `\u001b` for controls. */
export const show = (octets: Uint8Array): string => decoder.decode(octets).replace(unseen, escape)
