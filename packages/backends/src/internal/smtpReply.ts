import type * as DeliveryReport from "@effect-mail/core/DeliveryReport"

const lineSyntax = /^([2-5][0-9]{2})([ -]|$)(.*)$/
const enhancedSyntax = /^([245]\.[0-9]{1,3}\.[0-9]{1,3})(?: |$)/
const longestText = 2048

/**
 * Text of a server, fit for a log: no control characters, no endless lines.
 *
 * @internal
 */
export const printable = (text: string): string =>
  text.slice(0, longestText).replace(
    /[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`
  )

/**
 * @internal
 */
export const isPositive = (reply: DeliveryReport.Reply): boolean => reply.code >= 200 && reply.code < 300

/**
 * @internal
 */
export const isNegative = (reply: DeliveryReport.Reply): boolean => reply.code >= 400

/**
 * A complete reply (RFC 5321 section 4.2): every line has the form of one, and all have one code. Anything else is not a
 * reply.
 *
 * @internal
 */
export const parse = (raw: string): DeliveryReport.Reply | undefined => {
  const lines = raw.split(/\r?\n/)
  const texts: Array<string> = []
  let code: string | undefined
  for (const [i, line] of lines.entries()) {
    const match = lineSyntax.exec(line)
    const isLast = i === lines.length - 1
    if (match === null || (match[2] === "-") === isLast || (code !== undefined && code !== match[1])) return undefined
    code = match[1]
    texts.push(match[3] ?? "")
  }
  const enhancedCode = enhancedSyntax.exec(texts[0] ?? "")?.[1]
  return {
    code: Number(code),
    ...enhancedCode === undefined ? {} : { enhancedCode },
    text: printable(texts.join(" "))
  }
}

/**
 * What an EHLO reply offers (RFC 5321 section 4.1.1.1): keyword in upper case to parameters. The first line is the
 * server's name, whatever it says.
 *
 * @internal
 */
export const parseExtensions = (raw: string): ReadonlyMap<string, string> => {
  const extensions = new Map<string, string>()
  for (const line of raw.split(/\r?\n/).slice(1)) {
    const match = /^250[ -]([A-Za-z0-9][A-Za-z0-9-]*)[ =]?(.*)$/.exec(line)
    if (match === null) continue
    const keyword = (match[1] ?? "").toUpperCase()
    const earlier = extensions.get(keyword)
    extensions.set(keyword, earlier === undefined ? (match[2] ?? "").trim() : `${earlier} ${match[2] ?? ""}`)
  }
  return extensions
}
