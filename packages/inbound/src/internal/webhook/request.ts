import type * as Effect from "effect/Effect"
import type { Facts } from "./event.js"

/**
 * What came: the names of headers in lower case, and the body octet for octet.
 *
 * @since 0.1.0
 * @category models
 */
export interface Incoming {
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly body: Uint8Array
}

export type Refusal = "Unsigned" | "BadSignature" | "Expired" | "Unreadable"

/** What a provider is told apart by, and what its events mean. */
export interface Provider {
  readonly name: string
  /** Whether a request carries the time at which it was signed, which `verify` checks. */
  readonly isTimed: boolean
  /** Gives the id of the delivery, or why it is refused. `now` is in milliseconds. */
  readonly verify: (incoming: Incoming, now: number) => Effect.Effect<string, Refusal>
  /** Undefined for what is no event of this provider. */
  readonly read: (body: string) => ReadonlyArray<Facts> | undefined
  /** The answer to a request by which the provider asks whether the URL is ours; undefined for any other request. */
  readonly challenge?: (query: URLSearchParams) => string | undefined
}

const toleranceMillis = 5 * 60 * 1000

/** Whether a signed time is near enough. `seconds` is a text of digits. */
export const isRecent = (seconds: string | undefined, now: number): boolean =>
  seconds !== undefined && /^\d{1,13}$/.test(seconds) && Math.abs(Number(seconds) * 1000 - now) <= toleranceMillis
