export const decode = (octets: Uint8Array): string => new TextDecoder().decode(octets)

/** The verb of a command, in upper case; nothing where there is none. */
export const verbOf = (line: string): string => /^[A-Za-z]+(?= |$)/.exec(line)?.[0].toUpperCase() ?? ""

/** The address of MAIL FROM or RCPT TO. */
export const pathOf = (line: string): string | undefined => /^[A-Z]+ (?:FROM|TO):<([^>]*)>/i.exec(line)?.[1]

const isOneCode = (reply: string): boolean =>
  new Set(reply.trimEnd().split("\r\n").map((line) => line.slice(0, 3))).size === 1

/** The code of the reply with which a text begins, if that is there as a whole (RFC 5321 section 4.2). */
export const firstReply = (text: string): number | undefined => {
  const match = /^(?:[2-5][0-9]{2}-[^\r\n]*\r\n)*([2-5][0-9]{2})(?: [^\r\n]*)?\r\n/.exec(text)
  return match === null || !isOneCode(match[0]) ? undefined : Number(match[1])
}

/** How many lines of the client a mechanism takes after the command; undefined for one that is unknown. */
export const authLines = (mechanism: string, hasInitial: boolean): number | undefined => {
  switch (mechanism) {
    case "PLAIN":
    case "XOAUTH2":
      return hasInitial ? 0 : 1
    case "LOGIN":
      return hasInitial ? 1 : 2
    case "CRAM-MD5":
      return 1
    default:
      return undefined
  }
}

/** What a server says with 334 before the last line of a mechanism. */
export const challengeOf = (mechanism: string): string => {
  switch (mechanism) {
    case "LOGIN":
      return "UGFzc3dvcmQ6"
    case "CRAM-MD5":
      return "PDE4OTYuNjk3MTcwOTUyQHNjcmlwdGVkLnRlc3Q+"
    default:
      return ""
  }
}

const dotStuffed = /(^|\r\n)\./g
const dot = 46

/** A message without the dots that the client put before its own (RFC 5321 section 4.5.2). */
export const unstuff = (octets: Buffer): Uint8Array =>
  octets[0] === dot || octets.includes("\r\n.")
    ? new Uint8Array(Buffer.from(octets.toString("latin1").replace(dotStuffed, "$1"), "latin1"))
    : new Uint8Array(octets)
