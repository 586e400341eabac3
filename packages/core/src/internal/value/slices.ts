import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Scheduler from "effect/Scheduler"
import * as Stream from "effect/Stream"
import * as Charset from "../mime/charset.js"
import { canonical } from "../render/transferEncoding.js"

/**
 * How many octets make a slice, which is gone through in one go: a few milliseconds, and whole lines of base64.
 *
 * @internal
 */
export const size = 57 * 9216

const longest = 4 * 1024 * 1024

/**
 * Whether octets, or characters, are too many to be gone through in one go.
 *
 * @internal
 */
export const isLong = ({ length }: Uint8Array | string): boolean => length > longest

const timers = new Scheduler.MixedScheduler(0)

/**
 * Lets the event loop turn. Yielding alone would not: the default scheduler goes on within the same turn.
 *
 * @internal
 */
export const breathe: Effect.Effect<void> = Effect.withScheduler(Effect.yieldNow(), timers)

const slices = (length: number, endOf: (start: number) => number, slice: (start: number, end: number) => Uint8Array) =>
  Stream.unfoldEffect(0, (start) =>
    start >= length
      ? Effect.succeedNone
      : Effect.map(breathe, () => {
        const end = Math.min(endOf(start), length)
        return Option.some([slice(start, end), end] as const)
      }))

/**
 * Octets that are there, slice by slice.
 *
 * @internal
 */
export const ofOctets = (octets: Uint8Array): Stream.Stream<Uint8Array> =>
  slices(octets.length, (start) => start + size, (start, end) => octets.subarray(start, end))

const isHighSurrogate = (unit: number): boolean => (unit & 0xfc00) === 0xd800

/**
 * A text that its charset can hold, encoded slice by slice.
 *
 * @internal
 */
export const ofText = (text: string, charset: Charset.Charset): Stream.Stream<Uint8Array> =>
  slices(
    text.length,
    (start) => isHighSurrogate(text.charCodeAt(start + size - 1)) ? start + size + 1 : start + size,
    (start, end) => Charset.encode(charset, text.slice(start, end))
  )

const cr = 13
const lf = 10

/**
 * A ready message with every line end as CRLF, slice by slice; none of them parts a CR from its LF.
 *
 * @internal
 */
export const ofMessage = (octets: Uint8Array): Stream.Stream<Uint8Array> => {
  const last = octets[octets.length - 1]
  const lines = slices(
    octets.length,
    (start) => octets[start + size - 1] === cr && octets[start + size] === lf ? start + size + 1 : start + size,
    (start, end) => canonical(octets.subarray(start, end))
  )
  return last === cr || last === lf ? lines : Stream.concat(lines, Stream.make(new Uint8Array([cr, lf])))
}

/**
 * Goes through octets slice by slice, for as long as `go` says so.
 *
 * @internal
 */
export const forEach = (octets: Uint8Array, go: (start: number, end: number) => boolean): Effect.Effect<void> => {
  const from = (start: number): Effect.Effect<void> =>
    start >= octets.length || !go(start, Math.min(start + size, octets.length))
      ? Effect.void
      : Effect.zipRight(breathe, Effect.suspend(() => from(start + size)))
  return Effect.suspend(() => from(0))
}
