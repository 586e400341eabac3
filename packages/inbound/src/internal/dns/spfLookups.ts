import { shown } from "./finding.js"

/** RFC 7208 section 4.6.4. */
export const mostLookups = 10
export const mostVoid = 2

const longestRecord = 5000

export const isSpf = (record: string): boolean => /^v=spf1(?: |$)/i.test(record)

export const termsOf = (record: string): ReadonlyArray<string> =>
  record.slice(0, longestRecord).split(" ").slice(1).filter((term) => term !== "")

const asks = /^[+?~-]?(?:include:|a(?:[:/]|$)|mx(?:[:/]|$)|ptr(?:[:/]|$)|exists:)|^redirect=/i
const target = /^(?:[+?~-]?include:|redirect=)(\S{1,253})$/i
const host = /^[+?~-]?(a|mx|exists)(?::([^/\s]{1,253}))?(?:\/\S*)?$/i

const all = (term: string): boolean => /^[+?~-]?all$/i.test(term)

const redirects = (term: string): boolean => /^redirect=/i.test(term)

/** The terms that a receiver reads: what is behind `all` is not read, and `redirect` is not where there is `all`. */
const read = (record: string): ReadonlyArray<string> => {
  const terms = termsOf(record)
  const end = terms.findIndex(all)
  return end < 0 ? terms : terms.slice(0, end).filter((term) => !redirects(term))
}

/** A name with macros depends on the message. */
const isName = (name: string): boolean => !name.includes("%") && name.includes(".")

const targetOf = (term: string): string | undefined => {
  const name = target.exec(term)?.[1]?.toLowerCase().replace(/\.$/, "")
  return name !== undefined && isName(name) ? name : undefined
}

/** The records that the SPF record of a name includes, or is redirected to. */
export const targetsIn = (records: ReadonlyArray<string>): ReadonlyArray<string> =>
  records.filter(isSpf).flatMap(read).flatMap((term) => targetOf(term) ?? [])

/** A question for addresses: `A` stands for those of both versions. */
export interface HostQuestion {
  readonly name: string
  readonly type: "A" | "MX"
}

/** The hosts whose addresses the SPF record of a name asks for. */
export const hostsIn = (name: string, records: ReadonlyArray<string>): ReadonlyArray<HostQuestion> =>
  records.filter(isSpf).flatMap(read).flatMap((term) => {
    const [, mechanism = "", written] = host.exec(term) ?? []
    const asked = written ?? name
    return mechanism === "" || !isName(asked)
      ? []
      : [{ name: asked.toLowerCase(), type: mechanism.toLowerCase() === "mx" ? "MX" as const : "A" as const }]
  })

/** What is known of a name; undefined where it was not asked. */
export type Known = (name: string) => ReadonlyArray<string> | undefined

/** How often a receiver asks the DNS for a record and all that it includes, or why it gives up. */
export const count = (record: string, known: Known, path: ReadonlyArray<string> = []): number | string => {
  let lookups = 0
  for (const term of read(record)) {
    if (!asks.test(term)) continue
    lookups++
    const name = targetOf(term)
    const records = name === undefined ? undefined : known(name)
    if (name === undefined || records === undefined) continue
    if (path.includes(name)) return `it includes itself, by ${shown(name)}: take that out`
    const own = records.filter(isSpf)
    const [inner] = own
    if (inner === undefined) return `it includes ${shown(name)}, which has no SPF record: take that out`
    if (own.length > 1) return `it includes ${shown(name)}, which has ${own.length} SPF records: take that out`
    const more = count(inner, known, [...path, name])
    if (typeof more === "string") return more
    lookups += more
    // Enough to know: a tree of includes may be large.
    if (lookups > mostLookups) return lookups
  }
  return lookups
}

/** Whether all is known that a record includes. For a record that `count` could count to the end. */
export const isWhole = (record: string, known: Known): boolean =>
  read(record).flatMap((term) => targetOf(term) ?? []).every((name) => {
    const inner = known(name)?.find(isSpf)
    return inner !== undefined && isWhole(inner, known)
  })
