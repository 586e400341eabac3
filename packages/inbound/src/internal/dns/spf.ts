import { type Finding, shown } from "./finding.js"
import { count, isSpf, isWhole, type Known, mostLookups, mostVoid, termsOf } from "./spfLookups.js"

const knownTerm =
  /^[+?~-]?(?:all$|include:.|a(?:[:/].|$)|mx(?:[:/].|$)|ptr(?::.|$)|ip4:.|ip6:.|exists:.)|^[a-z][a-z0-9._-]{0,60}=/i

const allOf = (terms: ReadonlyArray<string>): string | undefined => terms.find((term) => /^[+?~-]?all$/i.test(term))

export interface Options {
  /** What the provider wants to have in it. */
  readonly include: string | undefined
  readonly known: Known
  /** The number of names in it that the DNS does not have. */
  readonly voids: number
}

/** Judges the SPF record of a domain. */
export const judge = (
  domain: string,
  records: ReadonlyArray<string>,
  { include, known, voids }: Options
): Finding => {
  const own = records.filter(isSpf)
  const [record] = own
  const wanted = include === undefined ? "" : ` include:${include}`
  const publish = { name: domain, value: `v=spf1${wanted} ~all` }
  if (record === undefined) return { status: "missing", text: `no SPF record at ${domain}: publish one`, publish }
  if (own.length > 1) {
    return {
      status: "wrong",
      text: `${own.length} SPF records at ${domain}, which counts as an error: merge them into one`
    }
  }
  const terms = termsOf(record)
  const bad = terms.find((term) => !knownTerm.test(term))
  if (bad !== undefined) {
    return { status: "wrong", text: `the SPF record has a term that SPF does not know: ${shown(bad)}` }
  }
  const lookups = count(record, known, [domain])
  if (typeof lookups === "string") {
    return { status: "wrong", text: `receivers give the SPF record up: ${lookups}` }
  }
  if (lookups > mostLookups) {
    return {
      status: "wrong",
      text:
        `the SPF record asks the DNS more than ${mostLookups} times with all that it includes, and receivers stop there: ` +
        "take terms out"
    }
  }
  if (voids > mostVoid) {
    return {
      status: "wrong",
      text:
        `the SPF record asks for ${voids} names that the DNS does not have, and receivers stop after ${mostVoid}: ` +
        "take them out"
    }
  }
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
  const counted = isWhole(record, known) ? `, ${lookups} of ${mostLookups} lookups` : ""
  return { status: "good", text: `SPF record found${counted}: ${shown(record)}` }
}
