/**
 * What the DNS says of a domain that sends mail: SPF (RFC 7208), DKIM (RFC 6376) and DMARC (RFC 7489), one line each, with what to
 * publish where something is missing.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import * as Dkim from "./internal/dns/dkim.js"
import * as Dmarc from "./internal/dns/dmarc.js"
import type { Finding } from "./internal/dns/finding.js"
import * as Organization from "./internal/dns/organization.js"
import * as Spf from "./internal/dns/spf.js"
import * as Lookups from "./internal/dns/spfLookups.js"

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
 * What asks the DNS. On Node it is some lines over `node:dns`.
 *
 * - `txt`: the TXT records of a name, each in one piece; none where there is no such name
 * - `has`: whether a name has addresses of either version (`A`), or mail servers (`MX`). Without it names in SPF that the DNS
 *   does not have are not counted
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
  readonly has?: ((name: string, type: "A" | "MX") => Effect.Effect<boolean, ResolverError>) | undefined
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
 * - `signingDomain`: of the keys that sign, `d=`. Default: `domain`
 * - `returnPathDomain`: that of MAIL FROM, where it is another one. With it DMARC is told whether SPF counts for the authors
 * - `dkimRecord`: the record of the key that signs, as `Dkim.generate` gives it: then what is published is compared with it
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  readonly domain: string
  readonly selectors?: ReadonlyArray<string> | undefined
  readonly include?: string | undefined
  readonly signingDomain?: string | undefined
  readonly returnPathDomain?: string | undefined
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

/**
 * The organizational domain of a domain, by the public suffix list: that of `a.b.example.co.uk` is `example.co.uk`. For
 * `MailPolicy.bulk`.
 *
 * @example
 * ```ts
 * import { MailPolicy } from "@effect-mail/core"
 * import { SenderDomain } from "@effect-mail/inbound"
 *
 * const mailing = MailPolicy.bulk({ organizationalDomain: SenderDomain.organizationalDomain })
 * ```
 *
 * @since 0.1.0
 * @category pure
 */
export const organizationalDomain: (domain: string) => string = Organization.organizationalDomain

/**
 * The names whose TXT records `advise` wants to know. Those that SPF includes are not among them: the records tell.
 *
 * @since 0.1.0
 * @category pure
 */
export const names = ({ domain, selectors = [], signingDomain = domain }: Options): ReadonlyArray<string> => [
  domain,
  ...selectors.map((selector) => `${selector}._domainkey.${signingDomain}`),
  ...Organization.withParents(domain).map((parent) => `_dmarc.${parent}`)
]

/**
 * What some records mean. A name that is not among them has none; what SPF includes, and is not among them, is not judged.
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
export const advise = (options: Options, records: Records): ReadonlyArray<Advice> => adviseWith(options, records, 0)

const adviseWith = (options: Options, records: Records, voids: number): ReadonlyArray<Advice> => {
  const { dkimRecord, domain, include, returnPathDomain, selectors = [], signingDomain = domain } = options
  const known = (name: string) => Object.hasOwn(records, name) ? records[name] : undefined
  const txt = (name: string): ReadonlyArray<string> => known(name) ?? []
  const policies = Organization.withParents(domain).map((parent) => ({
    name: `_dmarc.${parent}`,
    records: txt(`_dmarc.${parent}`)
  }))
  return [
    toAdvice("SPF")(Spf.judge(domain, txt(domain), { include, known, voids })),
    ...selectors.length === 0
      ? [toAdvice("DKIM")(Dkim.noSelector)]
      : selectors.map((selector) => {
        const name = `${selector}._domainkey.${signingDomain}`
        return toAdvice("DKIM")(Dkim.judge(name, txt(name), dkimRecord))
      }),
    toAdvice("DMARC")(Dmarc.judge(domain, policies, {
      signing: options.signingDomain,
      returnPath: returnPathDomain
    }))
  ]
}

const unanswered = (name: string): Finding => ({
  status: "unknown",
  text: `the DNS gave no answer for ${name}; try again`
})

type Answers = Map<string, Either.Either<ReadonlyArray<string>, ResolverError>>

/** Each of them is a lookup: with one more than are allowed it is known that they are too many. */
const mostIncluded = Lookups.mostLookups + 1

type Resolving = Context.Tag.Service<typeof Resolver>

/** Asks for what SPF includes, level by level. */
const askIncluded = ({ txt }: Resolving, domain: string, answers: Answers): Effect.Effect<void> =>
  Effect.gen(function*() {
    let included = 0
    let next: ReadonlyArray<string> = [domain]
    while (next.length > 0 && included < mostIncluded) {
      const targets = next.flatMap((name) => Lookups.targetsIn(recordsOf(answers, name)))
      next = Array.from(new Set(targets)).filter((name) => !answers.has(name)).slice(0, mostIncluded - included)
      included += next.length
      yield* Effect.forEach(
        next,
        (name) => Effect.map(Effect.either(txt(name)), (answer) => void answers.set(name, answer)),
        { concurrency: 4, discard: true }
      )
    }
  })

const recordsOf = (answers: Answers, name: string): ReadonlyArray<string> =>
  Either.getOrElse(answers.get(name) ?? Either.right([]), () => [])

/** Counts the names in SPF that the DNS does not have. */
const countVoids = ({ has }: Resolving, domain: string, answers: Answers): Effect.Effect<number> => {
  if (has === undefined) return Effect.succeed(0)
  const questions = new Map<string, Lookups.HostQuestion>()
  const pending = [domain]
  const seen = new Set(pending)
  for (let name = pending.shift(); name !== undefined; name = pending.shift()) {
    const records = recordsOf(answers, name)
    for (const question of Lookups.hostsIn(name, records)) questions.set(`${question.type} ${question.name}`, question)
    for (const target of Lookups.targetsIn(records)) {
      if (!seen.has(target)) pending.push(target)
      seen.add(target)
    }
  }
  return Effect.map(
    Effect.forEach(
      Array.from(questions.values()).slice(0, mostIncluded),
      ({ name, type }) => Effect.orElseSucceed(has(name, type), () => true),
      { concurrency: 4 }
    ),
    (found) => found.filter((isThere) => !isThere).length
  )
}

/**
 * Asks the DNS, and says what its answers mean. SPF is followed through all that it includes, as receivers do. A name for which
 * the DNS gives no answer is told of; nothing fails.
 *
 * @example
 * ```ts
 * import { SenderDomain } from "@effect-mail/inbound"
 * import { Console, Effect } from "effect"
 *
 * const program = Effect.flatMap(
 *   SenderDomain.check({ domain: "example.com", selectors: ["s2026"] }),
 *   Effect.forEach(({ subject, text }) => Console.log(`${subject}: ${text}`))
 * )
 * ```
 *
 * @since 0.1.0
 * @category checks
 */
export const check = (options: Options): Effect.Effect<ReadonlyArray<Advice>, never, Resolver> =>
  Effect.gen(function*() {
    const resolver = yield* Resolver
    const answers: Answers = new Map()
    yield* Effect.forEach(
      names(options),
      (name) => Effect.map(Effect.either(resolver.txt(name)), (answer) => void answers.set(name, answer)),
      { concurrency: 4, discard: true }
    )
    const { domain, selectors = [], signingDomain = domain } = options
    yield* askIncluded(resolver, domain, answers)
    const voids = yield* countVoids(resolver, domain, answers)
    const records: Record<string, ReadonlyArray<string>> = {}
    const silent = new Set<string>()
    for (const [name, answer] of answers) {
      if (Either.isRight(answer)) records[name] = answer.right
      else silent.add(name)
    }
    return adviseWith(options, records, voids).map((advice, i) => {
      // They come in this order: SPF, one for each selector, DMARC.
      const about = advice.subject === "SPF"
        ? [domain]
        : advice.subject === "DKIM"
        ? selectors.slice(i - 1, i).map((selector) => `${selector}._domainkey.${signingDomain}`)
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
 * @example
 * ```ts
 * import { SenderDomain } from "@effect-mail/inbound"
 *
 * SenderDomain.zoneLine({ name: "example.com", value: "v=spf1 -all" })
 * // example.com. IN TXT "v=spf1 -all"
 * ```
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
