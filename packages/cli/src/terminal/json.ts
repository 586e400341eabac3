const unseen = /[\x7f-\x9f\p{Cf}\p{Zl}\p{Zp}]/gu

const escaped = (char: string): string =>
  Array.from({ length: char.length }, (_, i) => `\\u${char.charCodeAt(i).toString(16).padStart(4, "0")}`).join("")

/** A value as one line of JSON. What a terminal would obey, or what hides, is escaped: it means the same. */
export const jsonLine = (value: unknown): string => `${JSON.stringify(value).replace(unseen, escaped)}\n`
