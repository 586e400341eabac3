import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Scheduler from "effect/Scheduler"
import * as Stream from "effect/Stream"

/** The octets of a slice, which is processed without a pause: a few milliseconds, and whole lines of base64. */
export const size = 57 * 9216

const maxUnsliced = 4 * 1024 * 1024

/** Whether octets, or characters, are too many to be processed without a pause. */
export const isLong = ({ length }: Uint8Array | string): boolean => length > maxUnsliced

const timers = new Scheduler.MixedScheduler(0)

/** Lets the event loop turn. Yielding alone would not: the default scheduler goes on within the same turn. */
export const breathe: Effect.Effect<void> = Effect.withScheduler(Effect.yieldNow(), timers)

/** Slices of something of this length, each made after a pause. `endOf` says where the slice from `start` should end. */
export const make = (
  length: number,
  endOf: (start: number) => number,
  slice: (start: number, end: number) => Uint8Array
): Stream.Stream<Uint8Array> =>
  Stream.unfoldEffect(0, (start) =>
    start >= length
      ? Effect.succeedNone
      : Effect.map(breathe, () => {
        const end = Math.min(endOf(start), length)
        return Option.some([slice(start, end), end] as const)
      }))

/** Octets in memory, slice by slice. */
export const ofOctets = (octets: Uint8Array): Stream.Stream<Uint8Array> =>
  make(octets.length, (start) => start + size, (start, end) => octets.subarray(start, end))

/** Visits octets slice by slice, until `visit` returns false. */
export const forEach = (octets: Uint8Array, visit: (start: number, end: number) => boolean): Effect.Effect<void> => {
  const from = (start: number): Effect.Effect<void> =>
    start >= octets.length || !visit(start, Math.min(start + size, octets.length))
      ? Effect.void
      : Effect.zipRight(breathe, Effect.suspend(() => from(start + size)))
  return Effect.suspend(() => from(0))
}
