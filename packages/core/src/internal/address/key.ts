import * as Either from "effect/Either"
import { type Mailbox, parseMailbox } from "./syntax.js"

/** One IPv6 address can be written in many ways; a URL has it in its canonical form. */
const domainKey = (domain: string): string =>
  /^\[IPv6:/i.test(domain) ? new URL(`http://[${domain.slice(6)}`).hostname : domain.toLowerCase()

/** Equal for equal recipients: the local part as parsed, the domain without case (RFC 5321 section 2.4). */
export const recipientKey = ({ domain, local }: Pick<Mailbox, "domain" | "local">): string =>
  `${local}@${domainKey(domain)}`

/** The key of a recipient that is a text. A text that is not an address is its own key, which no address has. */
export const textKey = (recipient: string): string =>
  Either.match(parseMailbox(recipient), { onLeft: () => recipient, onRight: recipientKey })

/** The recipients without duplicates; of equal ones the first. */
export const distinct = (recipients: Iterable<string>): ReadonlyArray<string> => {
  const unique = new Map<string, string>()
  for (const recipient of recipients) {
    const key = textKey(recipient)
    if (!unique.has(key)) unique.set(key, recipient)
  }
  return Array.from(unique.values())
}
