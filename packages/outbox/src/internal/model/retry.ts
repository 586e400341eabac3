import * as Duration from "effect/Duration"

const minute = 60_000
const hour = 60 * minute

/** To a relay of one's own: soon at first, then as RFC 5321 section 4.5.4.1 wants it. */
export const defaultDelays: ReadonlyArray<Duration.DurationInput> = [
  minute,
  5 * minute,
  15 * minute,
  30 * minute,
  2 * hour,
  4 * hour
]

/** RFC 5321 section 4.5.4.1: at least four to five days. */
export const defaultGiveUpAfter = 5 * 24 * hour

/** By how much a delay varies, so that what failed together does not come back together. */
const jitter = 0.2

/**
 * How long to wait after the try of this number, from 0, in ms. The last delay is that of all further tries. `random` is in
 * [0, 1).
 */
export const delayAfter = (
  tries: number,
  delays: ReadonlyArray<Duration.DurationInput>,
  random: number
): number => {
  const base = Duration.toMillis(delays[Math.min(tries, delays.length - 1)] ?? minute)
  return Math.round(base * (1 - jitter + 2 * jitter * random))
}
