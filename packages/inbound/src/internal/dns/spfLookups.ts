import { shown } from "./finding.js"

/** A receiver asks the DNS ten times at most, over all records that a record includes (RFC 7208 section 4.6.4). */
export const maxLookups = 10

const isSpf = (record: string): boolean => /^v=spf1(?: |$)/i.test(record)

const asksOnly = /^[+?~-]?(?:a(?:[:/]|$)|mx(?:[:/]|$)|ptr(?:[:/]|$)|exists:)/i
const leadsOn = /^(?:[+?~-]?include:|redirect=)(.*)$/i
const isAll = (term: string): boolean => /^[+?~-]?all$/i.test(term)
const hostName = /^[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})+$/
const longestName = 253

/** A name that can be asked for as it is written: one with a macro depends on the message. */
const nameOf = (target: string): string | undefined => {
  const name = target.toLowerCase().replace(/\.$/, "")
  return name.length <= longestName && hostName.test(name) ? name : undefined
}

/**
 * - `count`: of lookups, as far as the records are known; counting stops behind the limit
 * - `wanted`: names whose records are not known
 * - `fault`: what makes receivers take the record for an error
 */
export interface Lookups {
  readonly count: number
  readonly wanted: ReadonlyArray<string>
  readonly fault: string | undefined
}

/** Counts what a receiver has to ask. `txt` gives undefined for a name that was not asked for. */
export const lookups = (domain: string, txt: (name: string) => ReadonlyArray<string> | undefined): Lookups => {
  let count = 0
  let fault: string | undefined
  const wanted = new Set<string>()
  const follow = (name: string, path: ReadonlyArray<string>): void => {
    const records = txt(name)
    if (records === undefined) {
      wanted.add(name)
      return
    }
    const own = records.filter(isSpf)
    const [record] = own
    if (record === undefined || own.length > 1) {
      fault ??= `${shown(name)}, which it includes, has ${
        own.length === 0 ? "no SPF record" : `${own.length} SPF records`
      }`
      return
    }
    const terms = record.slice(0, 5000).split(" ").slice(1)
    const endsHere = terms.some(isAll)
    for (const term of terms) {
      if (count > maxLookups || fault !== undefined) return
      if (asksOnly.test(term)) count++
      const target = leadsOn.exec(term)?.[1]
      // A redirect counts only where nothing says what becomes of the rest.
      if (target === undefined || (endsHere && /^redirect=/i.test(term))) continue
      count++
      const next = nameOf(target)
      if (next === undefined) continue
      if (path.includes(next)) fault = `${shown(next)} includes itself`
      else follow(next, [...path, next])
    }
  }
  follow(domain, [domain])
  return { count, wanted: Array.from(wanted), fault }
}
