export const decode = (octets: Uint8Array): string => new TextDecoder().decode(octets)

/** The verb of a command, in upper case; nothing where there is none. */
export const verbOf = (line: string): string => /^[A-Za-z]+(?= |$)/.exec(line)?.[0].toUpperCase() ?? ""

const verbs = new Set([
  "EHLO",
  "HELO",
  "LHLO",
  "STARTTLS",
  "AUTH",
  "MAIL",
  "RCPT",
  "DATA",
  "BDAT",
  "RSET",
  "NOOP",
  "QUIT"
])

/** Whether a line starts with a command of SMTP. */
export const isCommand = (line: string): boolean => verbs.has(verbOf(line))

/** The argument of MAIL or RCPT. */
export interface Path {
  readonly address: string
  /** What follows the path, with the space before it. */
  readonly parameters: string
}

/** The path of MAIL FROM or RCPT TO, with or without spaces before it. A quoted local part may hold a bracket. */
export const pathOf = (line: string): Path | undefined => {
  const match = /^[A-Z]+ (?:FROM|TO): *<((?:"(?:[^"\\]|\\.)*"|[^">])*)>(.*)$/is.exec(line)
  return match === null ? undefined : { address: match[1] ?? "", parameters: match[2] ?? "" }
}

const isOneCode = (reply: string): boolean =>
  new Set(reply.trimEnd().split("\r\n").map((line) => line.slice(0, 3))).size === 1

/** The code of the reply with which a text begins, if that is there as a whole (RFC 5321 section 4.2). */
export const firstReply = (text: string): number | undefined => {
  const match = /^(?:[2-5][0-9]{2}-[^\r\n]*\r\n)*([2-5][0-9]{2})(?: [^\r\n]*)?\r\n/.exec(text)
  return match === null || !isOneCode(match[0]) ? undefined : Number(match[1])
}

/** The number of SIZE= among the parameters of MAIL (RFC 1870 section 6). */
export const declaredSize = (parameters: string): number =>
  Number(/ SIZE=([0-9]{1,20})(?= |$)/i.exec(parameters)?.[1] ?? 0)

/** The arguments of BDAT (RFC 3030 section 2). */
export const chunkOf = (line: string): { readonly size: number; readonly isLast: boolean } | undefined => {
  const match = /^BDAT ([0-9]{1,15})( LAST)? *$/i.exec(line)
  return match === null ? undefined : { size: Number(match[1]), isLast: match[2] !== undefined }
}

/** The first word of what EHLO offers, in upper case. */
export const keywordOf = (extension: string): string => extension.split(/[ =]/)[0]?.toUpperCase() ?? ""

/** Whether an address is like a pattern, in which `*` is any text. Upper case is as lower case. Linear in the address. */
export const matchesPattern = (pattern: string, address: string): boolean => {
  const text = address.toLowerCase()
  const [start = "", ...others] = pattern.toLowerCase().split("*")
  const end = others.pop()
  if (end === undefined) return text === start
  if (!text.startsWith(start)) return false
  let at = start.length
  for (const piece of others) {
    const found = text.indexOf(piece, at)
    if (found < 0) return false
    at = found + piece.length
  }
  return text.length - end.length >= at && text.endsWith(end)
}
