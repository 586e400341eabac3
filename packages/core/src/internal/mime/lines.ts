import * as Stream from "effect/Stream"
import * as Slices from "../value/slices.js"

/** RFC 5322 section 2.1.1: the length that a line should not exceed, without its CRLF. */
export const preferredLine = 78

/** RFC 5322 section 2.1.1: the length that a line must not exceed, without its CRLF. */
export const maxLine = 998

export const cr = 13
export const lf = 10

/** The number of octets that CRLF for every line end adds. The native search is faster than a loop. */
const addedByLineEnds = (octets: Uint8Array): number => {
  let added = 0
  for (let at = octets.indexOf(lf); at >= 0; at = octets.indexOf(lf, at + 1)) if (octets[at - 1] !== cr) added++
  for (let at = octets.indexOf(cr); at >= 0; at = octets.indexOf(cr, at + 1)) if (octets[at + 1] !== lf) added++
  return added
}

const copyByOctet = (result: Uint8Array, octets: Uint8Array): void => {
  let at = 0
  for (let i = 0; i < octets.length; i++) {
    const octet = octets[i]
    if (octet === lf || octet === cr) {
      result[at++] = cr
      result[at++] = lf
      if (octet === cr && octets[i + 1] === lf) i++
    } else result[at++] = octet
  }
}

/** Copies octets without CR, a line at a time. */
const copyByLine = (result: Uint8Array, octets: Uint8Array): void => {
  let at = 0
  let start = 0
  for (let end = octets.indexOf(lf); end >= 0; end = octets.indexOf(lf, start)) {
    result.set(octets.subarray(start, end), at)
    at += end - start
    result[at++] = cr
    result[at++] = lf
    start = end + 1
  }
  result.set(octets.subarray(start), at)
}

// Below this average length, a call for each line costs more than a loop over the octets.
const shortLine = 32

/** Text with every line end as CRLF, in a buffer of `allocate`; without a change, the octets themselves. */
export const canonical = (
  octets: Uint8Array,
  allocate = (length: number): Uint8Array => new Uint8Array(length)
): Uint8Array => {
  const added = addedByLineEnds(octets)
  if (added === 0) return octets
  const result = allocate(octets.length + added)
  const copy = added * shortLine > octets.length || octets.includes(cr) ? copyByOctet : copyByLine
  copy(result, octets)
  return result
}

/** A complete message with every line end as CRLF, slice by slice. No slice separates a CR from its LF. */
export const slicesOfMessage = (octets: Uint8Array): Stream.Stream<Uint8Array> => {
  const last = octets[octets.length - 1]
  const lines = Slices.make(
    octets.length,
    (start) =>
      octets[start + Slices.size - 1] === cr && octets[start + Slices.size] === lf
        ? start + Slices.size + 1
        : start + Slices.size,
    (start, end) => canonical(octets.subarray(start, end))
  )
  return last === cr || last === lf ? lines : Stream.concat(lines, Stream.make(new Uint8Array([cr, lf])))
}
