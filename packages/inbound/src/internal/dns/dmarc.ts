import { type Finding, shown, tagsOf } from "./finding.js"
import { isAligned } from "./organization.js"

const isDmarc = (record: string): boolean => /^v=DMARC1\s*(?:;|$)/.test(record)

const policies = new Set(["none", "quarantine", "reject"])

interface Published {
  readonly name: string
  readonly records: ReadonlyArray<string>
}

/** The domains that must agree with that of the authors: each is aligned by itself, and one of both is enough. */
export interface Authenticated {
  /** `d=` of the signature. */
  readonly signing: string | undefined
  /** That of MAIL FROM, which SPF is about. */
  readonly returnPath: string | undefined
}

/** Why neither the signature nor MAIL FROM counts for the authors; undefined where one does, or nothing is known of them. */
const misaligned = (
  domain: string,
  { returnPath, signing }: Authenticated,
  tags: ReadonlyMap<string, string>
): string | undefined => {
  const isStrict = (tag: string) => tags.get(tag)?.toLowerCase() === "s"
  const checked = [
    { what: "signs as", by: signing, strict: isStrict("adkim") },
    { what: "returns to", by: returnPath, strict: isStrict("aspf") }
  ].flatMap(({ by, strict, what }) => by === undefined ? [] : [{ what, by, isOurs: isAligned(by, domain, strict) }])
  return checked.length === 0 || checked.some(({ isOurs }) => isOurs)
    ? undefined
    : checked.map(({ by, what }) => `${what} ${shown(by)}`).join(" and ")
}

/** Judges the DMARC record of a domain, or that of the closest parent that has one. */
export const judge = (
  domain: string,
  published: ReadonlyArray<Published>,
  authenticated: Authenticated
): Finding => {
  const found = published.map(({ name, records }) => ({ name, own: records.filter(isDmarc) }))
    .find(({ own }) => own.length > 0)
  const [record] = found?.own ?? []
  if (found === undefined || record === undefined) {
    return {
      status: "missing",
      text: `no DMARC record for ${domain}: providers refuse bulk mail without one`,
      publish: { name: `_dmarc.${domain}`, value: `v=DMARC1; p=none; rua=mailto:dmarc@${domain}` }
    }
  }
  const { name, own } = found
  if (own.length > 1) return { status: "wrong", text: `${own.length} DMARC records at ${name}: leave one` }
  const tags = tagsOf(record)
  const isInherited = name !== `_dmarc.${domain}`
  const policy = (isInherited ? tags.get("sp") ?? tags.get("p") : tags.get("p"))?.toLowerCase()
  if (policy === undefined || !policies.has(policy)) {
    return { status: "wrong", text: `the DMARC record at ${name} has no policy: p=none, p=quarantine or p=reject` }
  }
  const other = misaligned(domain, authenticated, tags)
  if (other !== undefined) {
    return {
      status: "wrong",
      text: `mail of ${domain} ${other}, which is not aligned with it (DMARC): sign as ${domain}`
    }
  }
  if (!tags.has("rua")) {
    return { status: "weak", text: `DMARC record found at ${name}, p=${policy}; without rua= no reports come to you` }
  }
  return { status: "good", text: `DMARC record found at ${name}, p=${policy}` }
}
