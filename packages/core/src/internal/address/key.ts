import * as Either from "effect/Either"
import * as Address from "../../Address.js"

/** One IPv6 address can be written in many ways: a URL has it in one. */
const domainKey = (domain: string): string =>
  /^\[IPv6:/i.test(domain) ? new URL(`http://[${domain.slice(6)}`).hostname : domain.toLowerCase()

/**
 * What makes two recipients one: the local part as parsed, the domain without case (RFC 5321 section 2.4).
 *
 * @internal
 */
export const recipientKey = ({ domain, local }: Address.Address): string => `${local}@${domainKey(domain)}`

/**
 * The key of a recipient that is a text. What is no address is its own key, and so never that of an address.
 *
 * @internal
 */
export const textKey = (recipient: string): string =>
  Either.match(Address.parse(recipient), { onLeft: () => recipient, onRight: recipientKey })

/**
 * Each recipient once, as it was written first.
 *
 * @internal
 */
export const distinct = (recipients: Iterable<string>): ReadonlyArray<string> => {
  const unique = new Map<string, string>()
  for (const recipient of recipients) {
    const key = textKey(recipient)
    if (!unique.has(key)) unique.set(key, recipient)
  }
  return Array.from(unique.values())
}
