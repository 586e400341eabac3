/**
 * What the DNS says of a domain that sends mail: SPF (RFC 7208), DKIM (RFC 6376) and DMARC (RFC 7489), one line each, with what to
 * publish where something is missing.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Dkim from "./internal/dns/dkim.js"
import * as Dmarc from "./internal/dns/dmarc.js"
import type { Finding } from "./internal/dns/finding.js"
import * as Spf from "./internal/dns/spf.js"
import { lookups } from "./internal/dns/spfLookups.js"

/**
 * The DNS did not answer. That a name has no records is no error.
 *
 * @since 0.1.0
 * @category errors
 */
export class ResolverError extends Schema.TaggedError<ResolverError>("@effect-mail/inbound/SenderDomain/ResolverError")(
  "ResolverError",
  { name: Schema.String, cause: Schema.Defect }
) {
  /**
   * @since 0.1.0
   */
  override get message(): string {
    return `The DNS gave no answer for ${this.name}`
  }
}

/**
 * What asks the DNS. `txt` gives the TXT records of a name, each in one piece; none where there is no such name. On Node it is
 * a line over `node:dns`.
 *
 * @example
 * ```ts
 * import { SenderDomain } from "@effect-mail/inbound"
 * import { Effect, Layer } from "effect"
 * import { resolveTxt } from "node:dns/promises"
 *
 * const isNone = (cause: unknown): boolean =>
 *   cause instanceof Error && "code" in cause && (cause.code === "ENOTFOUND" || cause.code === "ENODATA")
 *
 * const NodeResolver = Layer.succeed(SenderDomain.Resolver, {
 *   txt: (name) =>
 *     Effect.tryPromise(() => resolveTxt(name)).pipe(
 *       Effect.map((records) => records.map((pieces) => pieces.join(""))),
 *       Effect.catchAll(({ error }) =>
 *         isNone(error) ? Effect.succeed([]) : Effect.fail(new SenderDomain.ResolverError({ name, cause: error })))
 *     )
 * })
 * ```
 *
 * @since 0.1.0
 * @category tags
 */
export class Resolver extends Context.Tag("@effect-mail/inbound/SenderDomain/Resolver")<Resolver, {
  readonly txt: (name: string) => Effect.Effect<ReadonlyArray<string>, ResolverError>
}>() {}

/**
 * - `subject`: what it is about
 * - `status`: `missing` and `wrong` keep mail from arriving; `weak` can be better; `unknown`: the DNS did not answer
 * - `text`: one line, without a line break
 * - `publish`: the TXT record to publish, where it can be told
 *
 * @since 0.1.0
 * @category models
 */
export interface Advice {
  readonly subject: "SPF" | "DKIM" | "DMARC"
  readonly status: "good" | "weak" | "wrong" | "missing" | "unknown"
  readonly text: string
  readonly publish?: { readonly name: string; readonly value: string } | undefined
}

/**
 * - `domain`: that of the authors
 * - `selectors`: of the keys that sign
 * - `include`: what your provider says to write into SPF, such as `_spf.example.net`
 * - `dkimRecord`: the record of the key that signs, as `Dkim.generate` gives it: then what is published is compared with it
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  readonly domain: string
  readonly selectors?: ReadonlyArray<string> | undefined
  readonly include?: string | undefined
  readonly dkimRecord?: string | undefined
}

/**
 * What was found: TXT records by name.
 *
 * @since 0.1.0
 * @category models
 */
export type Records = Readonly<Record<string, ReadonlyArray<string>>>

const toAdvice = (subject: Advice["subject"]) => ({ publish, status, text }: Finding): Advice => ({
  subject,
  status,
  text,
  ...publish === undefined ? {} : { publish }
})

/** The domain and its parents, down to those with two labels. */
const withParents = (domain: string): ReadonlyArray<string> => {
  const labels = domain.split(".")
  return labels.slice(0, Math.max(1, labels.length - 1)).map((_, i) => labels.slice(i).join("."))
}

const txtOf = (records: Records) => (name: string): ReadonlyArray<string> | undefined =>
  Object.hasOwn(records, name) ? records[name] ?? [] : undefined

/**
 * The names whose TXT records `advise` wants to know: with what is known already, also those that SPF includes.
 *
 * @since 0.1.0
 * @category pure
 */
export const names = ({ domain, selectors = [] }: Options, known: Records = {}): ReadonlyArray<string> => [
  domain,
  ...selectors.map((selector) => `${selector}._domainkey.${domain}`),
  ...withParents(domain).map((parent) => `_dmarc.${parent}`),
  ...Object.hasOwn(known, domain) ? lookups(domain, txtOf(known)).wanted : []
]

/**
 * What some records mean. A name that is not among them has none. What SPF includes is counted as far as it is among them.
 *
 * @example
 * ```ts
 * import { SenderDomain } from "@effect-mail/inbound"
 *
 * SenderDomain.advise({ domain: "example.com" }, { "example.com": ["v=spf1 include:_spf.example.net -all"] })
 *   .map(({ subject, text }) => `${subject}: ${text}`)
 * ```
 *
 * @since 0.1.0
 * @category pure
 */
export const advise = (options: Options, records: Records): ReadonlyArray<Advice> => {
  const { dkimRecord, domain, include, selectors = [] } = options
  const txt = (name: string): ReadonlyArray<string> => Object.hasOwn(records, name) ? records[name] ?? [] : []
  const policies = withParents(domain).map((parent) => ({ name: `_dmarc.${parent}`, records: txt(`_dmarc.${parent}`) }))
  return [
    toAdvice("SPF")(Spf.judge(domain, txt(domain), include, lookups(domain, txtOf(records)))),
    ...selectors.length === 0
      ? [toAdvice("DKIM")(Dkim.noSelector)]
      : selectors.map((selector) => {
        const name = `${selector}._domainkey.${domain}`
        return toAdvice("DKIM")(Dkim.judge(name, txt(name), dkimRecord))
      }),
    toAdvice("DMARC")(Dmarc.judge(domain, policies))
  ]
}

const unanswered = (name: string): Finding => ({
  status: "unknown",
  text: `the DNS gave no answer for ${name}; try again`
})

/**
 * Asks the DNS, and says what its answers mean. A name for which it gives no answer is told of; nothing fails.
 *
 * @since 0.1.0
 * @category checks
 */
export const check = (options: Options): Effect.Effect<ReadonlyArray<Advice>, never, Resolver> =>
  Effect.gen(function*() {
    const { txt } = yield* Resolver
    const records: Record<string, ReadonlyArray<string>> = {}
    const silent = new Set<string>()
    const ask = (name: string) =>
      Effect.map(Effect.either(txt(name)), (answer) => {
        if (answer._tag === "Right") records[name] = answer.right
        else silent.add(name)
      })
    const missing = () => names(options, records).filter((name) => !Object.hasOwn(records, name) && !silent.has(name))
    // What a record includes is known when the record is there; counting stops at ten, so that this ends.
    for (let wanted = missing(); wanted.length > 0; wanted = missing()) {
      yield* Effect.forEach(wanted, ask, { concurrency: 4, discard: true })
    }
    const { domain, selectors = [] } = options
    return advise(options, records).map((advice, i) => {
      // They come in this order: SPF, one for each selector, DMARC.
      const about = advice.subject === "SPF"
        ? [domain]
        : advice.subject === "DKIM"
        ? selectors.slice(i - 1, i).map((selector) => `${selector}._domainkey.${domain}`)
        : advice.status === "missing"
        ? Array.from(silent).filter((name) => name.startsWith("_dmarc."))
        : []
      const unknown = about.find((name) => silent.has(name))
      return unknown === undefined ? advice : toAdvice(advice.subject)(unanswered(unknown))
    })
  })

const longestString = 255

/**
 * A TXT record as a line of a zone file: longer ones in several strings, as DNS has them (RFC 1035 section 3.3.14).
 *
 * @since 0.1.0
 * @category pure
 */
export const zoneLine = ({ name, value }: { readonly name: string; readonly value: string }): string => {
  const strings: Array<string> = []
  for (let i = 0; i < value.length; i += longestString) strings.push(value.slice(i, i + longestString))
  const quoted = strings.map((text) => `"${text.replace(/["\\]/g, "\\$&")}"`)
  return `${name}. IN TXT ${quoted.length > 1 ? `( ${quoted.join(" ")} )` : quoted.join("")}`
}
