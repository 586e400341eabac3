import { type Finding, tagsOf } from "./finding.js"

const isDmarc = (record: string): boolean => /^v=DMARC1\s*(?:;|$)/.test(record)

const policies = new Set(["none", "quarantine", "reject"])

interface Published {
  readonly name: string
  readonly records: ReadonlyArray<string>
}

/** Judges the DMARC record of a domain, or that of the closest parent that has one. */
export const judge = (domain: string, published: ReadonlyArray<Published>): Finding => {
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
  if (!tags.has("rua")) {
    return { status: "weak", text: `DMARC record found at ${name}, p=${policy}; without rua= no reports come to you` }
  }
  return { status: "good", text: `DMARC record found at ${name}, p=${policy}` }
}
