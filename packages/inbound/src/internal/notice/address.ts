const longest = 320

/** `\x{...}` of RFC 6533 section 3. */
const unescape = (text: string): string =>
  text.replace(/\\x\{([0-9A-Fa-f]{1,6})\}/g, (whole, digits: string) => {
    const code = Number.parseInt(digits, 16)
    return code >= 0x20 && code !== 0x7f && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff)
      ? String.fromCodePoint(code)
      : whole
  })

/** An address behind its type, as `rfc822; <ada@example.com>`: without type, blanks and angle brackets. */
export const typed = (value: string | undefined): string | undefined => {
  if (value === undefined) return undefined
  const semicolon = value.indexOf(";")
  const type = semicolon < 0 ? "" : value.slice(0, semicolon).trim().toLowerCase()
  const written = value.slice(semicolon + 1).trim()
  const bare = written.startsWith("<") && written.endsWith(">") ? written.slice(1, -1).trim() : written
  const address = type === "utf-8" ? unescape(bare) : bare
  return address === "" || address.length > longest ? undefined : address
}

/** A mailbox without its name: the content of the last angle brackets, or all of it. */
export const bare = (value: string): string | undefined => {
  const open = value.lastIndexOf("<")
  const close = open < 0 ? -1 : value.indexOf(">", open)
  const address = (close < 0 ? value : value.slice(open + 1, close)).trim()
  return isAddress(address) ? address : undefined
}

/** Whether a text looks like one address: what finds addresses in prose must not find anything else. */
export const isAddress = (text: string): boolean =>
  text.length <= longest && /^[^\s@<>(),;:"[\]]+@[^\s@<>(),;:"[\]]+\.[^\s@<>(),;:"[\]]+$/.test(text)
