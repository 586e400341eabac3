import { type Finding, shown } from "./finding.js"
import { type Lookups, maxLookups } from "./spfLookups.js"

const isSpf = (record: string): boolean => /^v=spf1(?: |$)/i.test(record)

const known =
  /^[+?~-]?(?:all$|include:.|a(?:[:/].|$)|mx(?:[:/].|$)|ptr(?::.|$)|ip4:.|ip6:.|exists:.)|^[a-z][a-z0-9._-]{0,60}=/i

const allOf = (terms: ReadonlyArray<string>): string | undefined => terms.find((term) => /^[+?~-]?all$/i.test(term))

/** Judges the SPF record of a domain. `include` is what the provider wants to have in it. */
export const judge = (
  domain: string,
  records: ReadonlyArray<string>,
  include: string | undefined,
  { count, fault, wanted }: Lookups
): Finding => {
  const own = records.filter(isSpf)
  const [record] = own
  const added = include === undefined ? "" : ` include:${include}`
  const publish = { name: domain, value: `v=spf1${added} ~all` }
  if (record === undefined) return { status: "missing", text: `no SPF record at ${domain}: publish one`, publish }
  if (own.length > 1) {
    return {
      status: "wrong",
      text: `${own.length} SPF records at ${domain}, which counts as an error: merge them into one`
    }
  }
  const terms = record.slice(0, 5000).split(" ").slice(1).filter((term) => term !== "")
  const bad = terms.find((term) => !known.test(term))
  if (bad !== undefined) {
    return { status: "wrong", text: `the SPF record has a term that SPF does not know: ${shown(bad)}` }
  }
  const isCounted = wanted.length === 0
  if (count > maxLookups) {
    return {
      status: "wrong",
      text:
        `the SPF record makes receivers ask the DNS more than ${maxLookups} times, with what it includes, and they stop ` +
        "there: take terms out"
    }
  }
  if (fault !== undefined) return { status: "wrong", text: `the SPF record counts as an error: ${fault}` }
  const all = allOf(terms)?.toLowerCase()
  if (all === "all" || all === "+all") {
    return { status: "wrong", text: "the SPF record lets everybody send, by +all: end it in ~all or -all" }
  }
  if (include !== undefined && !terms.some((term) => term.toLowerCase() === `include:${include.toLowerCase()}`)) {
    const at = terms.length - (all === undefined ? 0 : 1)
    const value = ["v=spf1", ...terms.slice(0, at), `include:${include}`, ...terms.slice(at)].join(" ")
    return {
      status: "wrong",
      text: `the SPF record does not name ${shown(include)}: add include:${shown(include)}`,
      publish: { name: domain, value }
    }
  }
  const hasRedirect = terms.some((term) => /^redirect=/i.test(term))
  if (all === "?all" || (all === undefined && !hasRedirect)) {
    return { status: "weak", text: "the SPF record says nothing of other senders: end it in ~all or -all" }
  }
  return {
    status: "good",
    text: `SPF record found${isCounted ? `, ${count} of ${maxLookups} lookups` : ""}: ${shown(record)}`
  }
}
