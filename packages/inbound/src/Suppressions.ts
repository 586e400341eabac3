/**
 * Addresses that get no mail any more, and why: fed by hard bounces, complaints and unsubscribing, read by a policy.
 *
 * Addresses are compared without the case of their letters, since who bounced as `Bob@` has bounced as `bob@`.
 *
 * @since 0.1.0
 */
import { Address, MailError, MailPolicy } from "@effect-mail/core"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import type { Notice, Recipient } from "./Notice.js"
import type { Tied } from "./ReturnPath.js"
import * as Unsubscribe from "./Unsubscribe.js"

/**
 * The store failed. It holds no address.
 *
 * @since 0.1.0
 * @category errors
 */
export class SuppressionsError extends Schema.TaggedError<SuppressionsError>("@effect-mail/inbound/SuppressionsError")(
  "SuppressionsError",
  { operation: Schema.String, cause: Schema.Defect }
) {
  /**
   * @since 0.1.0
   */
  override get message(): string {
    return `The suppression list failed at ${this.operation}`
  }
}

/**
 * - `HardBounce`: there is no such recipient
 * - `SoftBounces`: too many deliveries failed in a while
 * - `Complaint`: the recipient, or their provider, called a message unwanted
 * - `Unsubscribe`: the recipient left a list
 * - `Manual`: entered by a program or a person
 *
 * @since 0.1.0
 * @category models
 */
export const Reason = Schema.Literal("HardBounce", "SoftBounces", "Complaint", "Unsubscribe", "Manual")

/**
 * @since 0.1.0
 * @category models
 */
export type Reason = typeof Reason.Type

/**
 * - `address`: in lower case, with A-labels
 * - `list`: of which no mail is wanted; empty for all mail
 *
 * @since 0.1.0
 * @category models
 */
export const Entry = Schema.Struct({
  address: Schema.String,
  list: Schema.String,
  reason: Reason,
  at: Schema.DateTimeUtc
})

/**
 * @since 0.1.0
 * @category models
 */
export type Entry = typeof Entry.Type

/**
 * The least that a store has to supply. Addresses come in the form of `Entry`.
 *
 * - `insert`: keeps the first entry of an address and a list
 * - `countSoft`: notes a failure, forgets those before `since`, and tells how many there are since then, with this one
 *
 * @since 0.1.0
 * @category models
 */
export interface Store {
  readonly insert: (entry: Entry) => Effect.Effect<void, SuppressionsError>
  readonly remove: (address: string, list: string) => Effect.Effect<void, SuppressionsError>
  readonly select: (addresses: ReadonlyArray<string>) => Effect.Effect<ReadonlyArray<Entry>, SuppressionsError>
  readonly countSoft: (
    address: string,
    at: DateTime.Utc,
    since: DateTime.Utc
  ) => Effect.Effect<number, SuppressionsError>
}

/**
 * - `softLimit`: how many soft bounces suppress an address. Default: 3
 * - `softWindow`: within which time. Default: two weeks
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  readonly softLimit?: number | undefined
  readonly softWindow?: Duration.DurationInput | undefined
}

/**
 * - `add`: enters an address for one list, or for all mail where `list` is left out. What is no address is passed over
 * - `remove`: takes it out again, for one list or for all mail
 * - `entries`: what is known of an address
 * - `pick`: those of some addresses that must get no mail of a list; without `list`, none at all
 * - `record`: enters what a notice says of recipients for which the token is proof. `recipient` is whom you know the message
 *   went to, where the notice does not name them: it counts only if the token proves it, too. Gives the addresses that are
 *   suppressed by it
 *
 * @since 0.1.0
 * @category models
 */
export interface Service {
  readonly add: (
    address: string,
    reason: Reason,
    options?: { readonly list?: string | undefined }
  ) => Effect.Effect<void, SuppressionsError>
  readonly remove: (
    address: string,
    options?: { readonly list?: string | undefined }
  ) => Effect.Effect<void, SuppressionsError>
  readonly entries: (address: string) => Effect.Effect<ReadonlyArray<Entry>, SuppressionsError>
  readonly pick: (
    addresses: ReadonlyArray<string>,
    options?: { readonly list?: string | undefined }
  ) => Effect.Effect<ReadonlySet<string>, SuppressionsError>
  readonly record: (
    notice: Notice,
    tied: Tied,
    options?: { readonly recipient?: string | undefined }
  ) => Effect.Effect<ReadonlyArray<string>, SuppressionsError>
}

/**
 * @since 0.1.0
 * @category tags
 */
export class Suppressions extends Context.Tag("@effect-mail/inbound/Suppressions")<Suppressions, Service>() {}

/** One form for all ways in which an address may be written; undefined for what is none. */
const keyOf = (address: string): string | undefined =>
  Either.match(Address.parse(address), {
    onLeft: () => undefined,
    onRight: (parsed) => Address.addrSpec(parsed).toLowerCase()
  })

const everything = ""

/** Reports of providers that say something else than that the message was unwanted. */
const noComplaints = new Set(["not-spam", "auth-failure", "dmarc"])

const worst = (recipients: ReadonlyArray<Recipient>): Recipient["kind"] | undefined =>
  recipients.find(({ kind }) => kind === "Hard")?.kind ?? recipients.find(({ kind }) => kind === "Soft")?.kind

/**
 * Makes the service of a store.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (store: Store, options: Options = {}): Service => {
  const { softLimit = 3, softWindow = "14 days" } = options
  const windowMillis = Duration.toMillis(softWindow)
  const now = Effect.map(Clock.currentTimeMillis, DateTime.unsafeMake)

  const add: Service["add"] = (address, reason, { list = everything } = {}) => {
    const key = keyOf(address)
    return key === undefined
      ? Effect.void
      : Effect.flatMap(now, (at) => store.insert({ address: key, list, reason, at }))
  }

  const suppress = (address: string, reason: Reason) => Effect.as(add(address, reason), [address])

  const soften = (address: string) => {
    const key = keyOf(address)
    if (key === undefined) return Effect.succeed([])
    return Effect.flatMap(now, (at) =>
      Effect.flatMap(
        store.countSoft(key, at, DateTime.subtractDuration(at, windowMillis)),
        (count) => count >= softLimit ? suppress(address, "SoftBounces") : Effect.succeed([])
      ))
  }

  /** What becomes of an address for which there is proof. */
  const judge = (notice: Notice, address: string, isNamed: boolean) => {
    switch (notice._tag) {
      case "AutoReplied":
        return Effect.succeed([])
      case "Complained":
        return noComplaints.has(notice.feedbackType) ? Effect.succeed([]) : suppress(address, "Complaint")
      case "Bounced": {
        const about = isNamed
          ? notice.recipients.filter(({ originalRecipient, recipient }) =>
            recipient === address || originalRecipient === address
          )
          : notice.recipients
        const kind = worst(about)
        return kind === "Hard"
          ? suppress(address, "HardBounce")
          : kind === "Soft"
          ? soften(address)
          : Effect.succeed([])
      }
    }
  }

  const record: Service["record"] = (notice, tied, { recipient } = {}) =>
    Effect.gen(function*() {
      if (tied.recipients.length > 0) {
        // The token is of one recipient: whatever else is named is another way to write the same.
        return yield* judge(notice, tied.recipients[0] ?? "", true)
      }
      const isProven = recipient !== undefined && (yield* tied.isFor(recipient))
      return isProven ? yield* judge(notice, recipient, false) : []
    })

  return {
    add,
    remove: (address, { list = everything } = {}) => {
      const key = keyOf(address)
      return key === undefined ? Effect.void : store.remove(key, list)
    },
    entries: (address) => {
      const key = keyOf(address)
      return key === undefined ? Effect.succeed([]) : store.select([key])
    },
    pick: (addresses, { list = everything } = {}) => {
      const keys = new Map(addresses.flatMap((address) => {
        const key = keyOf(address)
        return key === undefined ? [] : [[address, key] as const]
      }))
      if (keys.size === 0) return Effect.succeed(new Set<string>())
      return Effect.map(store.select(Array.from(new Set(keys.values()))), (entries) => {
        const found = new Set(
          entries.filter((entry) => entry.list === everything || entry.list === list).map(({ address }) => address)
        )
        return new Set(addresses.filter((address) => found.has(keys.get(address) ?? "")))
      })
    },
    record
  }
}

const memory = (): Store => {
  const entries = new Map<string, Map<string, Entry>>()
  const soft = new Map<string, ReadonlyArray<number>>()
  return {
    insert: (entry) =>
      Effect.sync(() => {
        const known = entries.get(entry.address) ?? new Map<string, Entry>()
        if (!known.has(entry.list)) known.set(entry.list, entry)
        entries.set(entry.address, known)
      }),
    remove: (address, list) => Effect.sync(() => void entries.get(address)?.delete(list)),
    select: (addresses) =>
      Effect.sync(() => addresses.flatMap((address) => Array.from(entries.get(address)?.values() ?? []))),
    countSoft: (address, at, since) =>
      Effect.sync(() => {
        const recent = [...(soft.get(address) ?? []).filter((each) => each >= since.epochMillis), at.epochMillis]
        soft.set(address, recent)
        return recent.length
      })
  }
}

/**
 * In memory: for tests, and for programs that may forget.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerMemory = (options: Options = {}): Layer.Layer<Suppressions> =>
  Layer.sync(Suppressions, () => make(memory(), options))

/**
 * Sends nothing to those who are suppressed for this list, or for all mail: reports say `NotSent` of them. Where the list
 * cannot be read, nothing is sent, with a `ConnectionError` of reason `Io`, which may be tried again.
 *
 * @example
 * ```ts
 * import { Smtp } from "@effect-mail/backends"
 * import { Suppressions } from "@effect-mail/inbound"
 * import { Effect, Layer } from "effect"
 *
 * const MailLive = Layer.unwrapEffect(Effect.map(Suppressions.policy({ list: "news" }), (policy) =>
 *   Smtp.layer({ host: "smtp.example.com" }).pipe(policy)))
 * ```
 *
 * @since 0.1.0
 * @category policies
 */
export const policy = (
  options: { readonly list?: string | undefined } = {}
): Effect.Effect<MailPolicy.Applicable, never, Suppressions> =>
  Effect.map(Suppressions, ({ pick }) =>
    MailPolicy.suppressIf((recipients) =>
      Effect.mapError(
        pick(recipients, options),
        ({ cause, message }) => new MailError.ConnectionError({ reason: "Io", description: message, cause })
      )
    ))

/**
 * The store of `Unsubscribe`: who leaves a list is entered here for that list. Links must have been made with addresses: of
 * another id it is not known here who is meant, and unsubscribing fails with `UnsubscribeError`.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerUnsubscribe: Layer.Layer<Unsubscribe.Store, never, Suppressions> = Layer.effect(
  Unsubscribe.Store,
  Effect.map(Suppressions, ({ add }) => ({
    unsubscribe: ({ list, recipient }) =>
      keyOf(recipient) === undefined
        ? Effect.fail(new Unsubscribe.UnsubscribeError({ cause: new TypeError("the recipient is no address") }))
        : Effect.mapError(
          add(recipient, "Unsubscribe", { list }),
          (cause) => new Unsubscribe.UnsubscribeError({ cause })
        )
  }))
)
