import * as Duration from "effect/Duration"

const ends = new WeakMap<object, number>()

/** How long before its end a token is not used any more: a request takes its time, and clocks differ. */
const longestMargin = Duration.toMillis("1 minute")

/** Notes that a token, which was given at `now`, is valid for so many seconds (RFC 6749 section 5.1). */
export const note = (token: object, now: number, seconds: number): void => {
  const lifetime = seconds * 1000
  ends.set(token, now + lifetime - Math.min(longestMargin, lifetime / 2))
}

/** Whether credentials are known to be no longer valid. */
export const isOver = (credentials: unknown, now: number): boolean =>
  typeof credentials === "object" && credentials !== null && (ends.get(credentials) ?? Infinity) <= now
