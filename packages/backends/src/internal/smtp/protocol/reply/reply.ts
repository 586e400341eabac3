import type { Reply } from "@effect-mail/core/DeliveryReport"

/** The maximum of a reply's text, in characters. */
const maxText = 2048
const enhancedSyntax = /^([245]\.[0-9]{1,3}\.[0-9]{1,3})(?: |$)/
const unprintable = /[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g

/** A text of a server that is safe in a log: control and direction characters are escaped. */
export const printable = (text: string): string =>
  text.replace(unprintable, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`)

/** At most `maxText` characters. Redact before, because the cut could leave part of a secret. */
export const cut = (text: string): string => text.slice(0, maxText)

export const isPositive = (reply: Reply): boolean => reply.code >= 200 && reply.code < 300

export const isNegative = (reply: Reply): boolean => reply.code >= 400 && reply.code < 600

/** A reply that settles a message: 2yz, 4yz or 5yz (RFC 5321 section 4.2.1). */
export const isFinal = (reply: Reply): boolean => isPositive(reply) || isNegative(reply)

/** 500 to 504: the command is unknown, or out of order. */
export const isSyntaxError = (reply: Reply): boolean => reply.code >= 500 && reply.code <= 504

const lineSyntax = /^[0-9]{3}(?:[ \t-]|$)/

/**
 * Reads a complete reply (RFC 5321 section 4.2): lines between line feeds, each with the same code. The text may be
 * anything. Gives `undefined` for what is no reply.
 */
export const parse = (raw: string): Reply | undefined => {
  const lines = raw.split("\n")
  const [first = ""] = lines
  const code = first.slice(0, 3)
  for (const [i, line] of lines.entries()) {
    const isContinued = line.charAt(3) === "-"
    if (!lineSyntax.test(line) || !line.startsWith(code) || isContinued === (i === lines.length - 1)) return undefined
  }
  const text = lines.map((line) => line.slice(4)).join(" ")
  const enhancedCode = enhancedSyntax.exec(text)?.[1]
  return { code: Number(code), ...enhancedCode === undefined ? {} : { enhancedCode }, text }
}
