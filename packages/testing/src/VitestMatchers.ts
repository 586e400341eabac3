/**
 * Matchers for Vitest that look at what `TestMailbox` kept. They read the bytes that were sent, so that they see what a reader
 * of the mail would see. The package `vitest` must be installed; this module is not part of the index.
 *
 * @example
 * ```ts
 * import { Mail } from "@effect-mail/core"
 * import { TestMailbox } from "@effect-mail/testing"
 * import { matchers } from "@effect-mail/testing/VitestMatchers"
 * import { expect, it } from "@effect/vitest"
 * import { Effect } from "effect"
 *
 * expect.extend(matchers) // once, in a file of `setupFiles`
 *
 * it.effect("welcomes", () =>
 *   Effect.gen(function*() {
 *     yield* Mail.send({ from: "shop@example.com", to: "bob@example.org", subject: "Welcome, Bob", text: "Hello" })
 *     expect(yield* TestMailbox.outbox).toHaveSent({ to: "bob@example.org", subject: /welcome/i })
 *   }).pipe(Effect.provide(TestMailbox.layer)))
 * ```
 *
 * @since 0.1.0
 */
import * as Address from "@effect-mail/core/Address"
import type { SentMessage } from "@effect-mail/core/SentMessage"
import * as Either from "effect/Either"
import * as Predicate from "effect/Predicate"
import type {} from "vitest"
import * as MailReader from "./MailReader.js"

/**
 * A text that must be equal, or an expression that must match.
 *
 * @since 0.1.0
 * @category models
 */
export type Pattern = string | RegExp

/**
 * What a message must be like. What is left out may be anything. Of several addresses or files each must be there; there may
 * be others.
 *
 * - `from`, `to`, `cc`, `bcc`: addresses without names. A text is compared as an address: `Bob <bob@EXAMPLE.org>` is
 *   `bob@example.org`
 * - `recipient`: who gets the message, be it by to, cc or bcc, or by a policy
 * - `subject`: with encoded-words decoded
 * - `text`, `html`: the whole of it; an expression matches a part
 * - `headers`: by name, with encoded-words decoded
 * - `attachments`: the names of files
 *
 * @since 0.1.0
 * @category models
 */
export interface Expected {
  readonly from?: Pattern | undefined
  readonly to?: Pattern | ReadonlyArray<Pattern> | undefined
  readonly cc?: Pattern | ReadonlyArray<Pattern> | undefined
  readonly bcc?: Pattern | ReadonlyArray<Pattern> | undefined
  readonly recipient?: Pattern | ReadonlyArray<Pattern> | undefined
  readonly subject?: Pattern | undefined
  readonly text?: Pattern | undefined
  readonly html?: Pattern | undefined
  readonly headers?: Readonly<Record<string, Pattern>> | undefined
  readonly attachments?: Pattern | ReadonlyArray<Pattern> | undefined
}

/** Addresses are compared without their names, and without the case of the domain (RFC 5321 section 2.4). */
const addressOf = (text: string): string =>
  Either.match(Address.parse(text), {
    onLeft: () => text,
    onRight: ({ domain, local }) => `${local}@${domain.toLowerCase()}`
  })

const toList = <A>(given: A | ReadonlyArray<A> | undefined): ReadonlyArray<A> =>
  given === undefined ? [] : isList(given) ? given : [given]

const isList = <A>(given: A | ReadonlyArray<A>): given is ReadonlyArray<A> => Array.isArray(given)

/** An expression with the flag `g` or `y` would begin where it ended before. */
const fits = (pattern: Pattern, value: string): boolean =>
  typeof pattern === "string"
    ? pattern === value
    : new RegExp(pattern.source, pattern.flags.replace(/[gy]/g, "")).test(value)

const fitsAddress = (pattern: Pattern, value: string): boolean =>
  fits(typeof pattern === "string" ? addressOf(pattern) : pattern, addressOf(value))

const maxShown = 200

const shortened = (text: string): string =>
  JSON.stringify(text.length > maxShown ? `${text.slice(0, maxShown)}…` : text)

const shown = (pattern: Pattern): string => typeof pattern === "string" ? shortened(pattern) : String(pattern)

const shownList = (values: ReadonlyArray<string>): string => values.length === 0 ? "nothing" : values.join(", ")

/** One thing that a message must have, and what it has instead. */
interface Demand {
  readonly name: string
  readonly expected: string
  readonly actual: string
  readonly isMet: boolean
}

/** What a matcher can see of a message. */
const read = ({ bytes, envelope }: SentMessage) => {
  const mail = MailReader.read(bytes)
  const of = (name: string) => MailReader.addresses(mail, name).map(({ address }) => address)
  const [to, cc] = [of("To"), of("Cc")]
  const visible = new Set([...to, ...cc].map(addressOf))
  return {
    mail,
    to,
    cc,
    from: of("From"),
    bcc: envelope.to.filter((recipient) => !visible.has(addressOf(recipient))),
    recipients: envelope.to,
    files: mail.files.map(MailReader.fileName)
  }
}

type Seen = ReturnType<typeof read>

const several = (
  name: string,
  patterns: Pattern | ReadonlyArray<Pattern> | undefined,
  values: ReadonlyArray<string>,
  matches: (pattern: Pattern, value: string) => boolean
): ReadonlyArray<Demand> =>
  toList(patterns).map((pattern) => ({
    name,
    expected: shown(pattern),
    actual: shownList(values),
    isMet: values.some((value) => matches(pattern, value))
  }))

const one = (name: string, pattern: Pattern | undefined, value: string | undefined): ReadonlyArray<Demand> =>
  pattern === undefined ? [] : [{
    name,
    expected: shown(pattern),
    actual: value === undefined ? "nothing" : shortened(value),
    isMet: value !== undefined && fits(pattern, value)
  }]

/** The line end at the end of a body belongs to the format, and not to what the program wrote. */
const bodyOf = (text: string | undefined): string | undefined => text?.replace(/\r\n/g, "\n").replace(/\n$/, "")

const demands = (expected: Expected, { bcc, cc, files, from, mail, recipients, to }: Seen): ReadonlyArray<Demand> => [
  ...several("from", expected.from, from, fitsAddress),
  ...several("to", expected.to, to, fitsAddress),
  ...several("cc", expected.cc, cc, fitsAddress),
  ...several("bcc", expected.bcc, bcc, fitsAddress),
  ...several("recipient", expected.recipient, recipients, fitsAddress),
  ...one("subject", expected.subject, MailReader.header(mail, "Subject") ?? ""),
  ...one("text", expected.text, bodyOf(MailReader.text(mail))),
  ...one("html", expected.html, bodyOf(MailReader.html(mail))),
  ...Object.entries(expected.headers ?? {}).flatMap(([name, pattern]) =>
    one(`header ${name}`, pattern, MailReader.header(mail, name))
  ),
  ...several("attachment", expected.attachments, files, fits)
]

const title = ({ from, mail, recipients }: Seen): string =>
  `from ${shownList(from)} to ${shownList(recipients)}, subject ${shortened(MailReader.header(mail, "Subject") ?? "")}`

/** A message beside what was expected: the demands that it does not meet. */
const compared = (sent: SentMessage, expected: Expected) => {
  const seen = read(sent)
  const all = demands(expected, seen)
  const unmet = all.filter(({ isMet }) => !isMet)
  return { title: title(seen), all, unmet }
}

type Compared = ReturnType<typeof compared>

const listed = (messages: ReadonlyArray<Compared>): string =>
  messages.length === 0 ? "The outbox is empty." : messages.map(({ title, unmet }, i) =>
    [
      `${i + 1}. ${title}`,
      ...unmet.map(({ actual, expected, name }) => `   ${name}: expected ${expected}, but it is ${actual}`)
    ].join("\n")
  ).join("\n")

const expectation = (expected: Expected): string => {
  const lines = [
    ...["from", "to", "cc", "bcc", "recipient", "attachments"] as const,
    ...["subject", "text", "html"] as const
  ].flatMap((name) => toList(expected[name]).map((pattern) => `${name} ${shown(pattern)}`))
  const headers = Object.entries(expected.headers ?? {}).map(([name, pattern]) => `${name} ${shown(pattern)}`)
  const all = [...lines, ...headers]
  return all.length === 0 ? "a message" : `a message with ${all.join(", ")}`
}

/** What a matcher returns to Vitest. */
interface Result {
  readonly pass: boolean
  readonly message: () => string
}

const isSent = (u: unknown): u is SentMessage =>
  Predicate.hasProperty(u, "bytes") && Predicate.hasProperty(u, "envelope")

const isOutbox = (u: unknown): u is ReadonlyArray<SentMessage> => Array.isArray(u) && u.every(isSent)

const matching = (received: unknown, matcher: string, expected: Expected) => {
  if (!isOutbox(received)) {
    throw new TypeError(`${matcher} takes the messages of an outbox: expect(yield* TestMailbox.outbox).${matcher}(...)`)
  }
  const all = received.map((sent) => compared(sent, expected))
  return { all, found: all.filter(({ unmet }) => unmet.length === 0) }
}

/** What Vitest adds to a received value: only what an outbox has. */
interface OutboxMatchers {
  /** Whether at least one message is like that. */
  readonly toHaveSent: (expected: Expected) => void
  /** Whether exactly `count` messages are like that. Default of `expected`: any message. */
  readonly toHaveSentTimes: (count: number, expected?: Expected) => void
}

type IfOutbox<T, Matcher> = T extends ReadonlyArray<SentMessage> ? Matcher : never

declare module "vitest" {
  interface Matchers<T> {
    readonly toHaveSent: IfOutbox<T, OutboxMatchers["toHaveSent"]>
    readonly toHaveSentTimes: IfOutbox<T, OutboxMatchers["toHaveSentTimes"]>
  }
}

/**
 * The matchers `toHaveSent(expected)` and `toHaveSentTimes(count, expected)`, for `expect.extend`. A failure lists what was
 * sent, and of each message what is not as expected.
 *
 * @since 0.1.0
 * @category matchers
 */
export const matchers: {
  readonly toHaveSent: (received: unknown, expected: Expected) => Result
  readonly toHaveSentTimes: (received: unknown, count: number, expected?: Expected) => Result
} = {
  toHaveSent: (received, expected) => {
    const { all, found } = matching(received, "toHaveSent", expected)
    return {
      pass: found.length > 0,
      message: () =>
        found.length > 0
          ? `expected the outbox not to have ${expectation(expected)}\n${listed(found)}`
          : `expected the outbox to have ${expectation(expected)}\n${listed(all)}`
    }
  },
  toHaveSentTimes: (received, count, expected = {}) => {
    const { all, found } = matching(received, "toHaveSentTimes", expected)
    return {
      pass: found.length === count,
      message: () =>
        found.length === count
          ? `expected the outbox not to have ${expectation(expected)} ${count} times\n${listed(found)}`
          : `expected the outbox to have ${expectation(expected)} ${count} times, but it has ${found.length}\n${
            listed(all)
          }`
    }
  }
}
