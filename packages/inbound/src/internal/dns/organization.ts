import { getDomain } from "tldts"

/** The domain without its root label and case. */
const plain = (domain: string): string => domain.toLowerCase().replace(/\.$/, "")

/** The organizational domain by the public suffix list (RFC 7489 section 3.2). A public suffix is its own. */
export const organizationalDomain = (domain: string): string =>
  getDomain(plain(domain), { allowPrivateDomains: true, extractHostname: false }) ?? plain(domain)

/** Whether two domains are aligned (RFC 7489 section 3.1): the same or, if relaxed, of one organization. */
export const isAligned = (a: string, b: string, isStrict: boolean): boolean =>
  isStrict ? plain(a) === plain(b) : organizationalDomain(a) === organizationalDomain(b)

const mostParents = 8

/** The domain and its parents, down to the organizational one: the names at which a policy may be. */
export const withParents = (domain: string): ReadonlyArray<string> => {
  const organization = organizationalDomain(domain)
  const names: Array<string> = []
  for (let name = plain(domain); names.length < mostParents; name = name.slice(name.indexOf(".") + 1)) {
    names.push(name)
    if (name === organization || !name.includes(".")) return names
  }
  return [...names.slice(0, -1), organization]
}
