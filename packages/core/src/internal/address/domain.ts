import * as Either from "effect/Either"
import * as Idna from "./idna.js"

const label = /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/
const numericLabel = /^(?:[0-9]+|0[xX][0-9A-Fa-f]*)$/
const ipv4 = /^(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])(?:\.(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])){3}$/

const isIpv6 = (text: string): boolean => {
  const halves = text.split("::")
  if (halves.length > 2) return false
  const groups = (half: string): ReadonlyArray<string> => half === "" ? [] : half.split(":")
  const all = halves.flatMap(groups)
  const last = all.at(-1)
  const hasIpv4 = last !== undefined && last.includes(".")
  if (hasIpv4 && (!ipv4.test(last) || text.endsWith("::"))) return false
  const hex = hasIpv4 ? all.slice(0, -1) : all
  const size = all.length + (hasIpv4 ? 1 : 0)
  // RFC 5321 section 4.1.3: a "::" replaces two groups or more.
  return hex.every((group) => /^[0-9A-Fa-f]{1,4}$/.test(group)) && (halves.length === 2 ? size <= 6 : size === 8)
}

const parseLiteral = (text: string): Either.Either<string, string> => {
  const inner = text.slice(1, -1)
  const isAddress = text.endsWith("]") && (/^IPv6:/i.test(inner) ? isIpv6(inner.slice(5)) : ipv4.test(inner))
  return isAddress ? Either.right(text) : Either.left("the address literal is not an IPv4 or IPv6 address")
}

const parseAscii = (domain: string): Either.Either<string, string> => {
  if (domain.length > 255) return Either.left("the domain is longer than 255 octets")
  const labels = domain.split(".")
  for (const part of labels) {
    if (!label.test(part)) return Either.left("the domain is not a sequence of labels of letters, digits and hyphens")
    if (/^xn--/i.test(part) && !Idna.isALabel(part)) return Either.left("the domain holds a bad A-label")
  }
  return numericLabel.test(labels[labels.length - 1] ?? "")
    ? Either.left("the domain ends in a number: write an address literal as [192.0.2.1]")
    : Either.right(domain)
}

const parseUnicode = (domain: string): Either.Either<string, string> => {
  const result = Idna.toAscii(domain)
  return "ascii" in result ? parseAscii(result.ascii) : Either.left(result.reason)
}

/**
 * A domain in its wire form: A-labels by UTS-46 (non-transitional), or an address literal. An ASCII domain is checked and
 * not changed. Fails with the reason.
 */
export const parseDomain = (text: string): Either.Either<string, string> => {
  if (text === "") return Either.left("there is no domain")
  if (text.startsWith("[")) return parseLiteral(text)
  return /^[\x21-\x7e]*$/.test(text) ? parseAscii(text) : parseUnicode(text)
}
