import * as Stream from "effect/Stream"
import * as Slices from "../value/slices.js"

/** RFC 5322 section 2.1.1: the length that a line should not exceed, without its CRLF. */
export const preferredLine = 78

/** RFC 5322 section 2.1.1: the length that a line must not exceed, without its CRLF. */
export const maxLine = 998

export const cr = 13
export const lf = 10

/** Text with every line end as CRLF. */
export const canonical = (octets: Uint8Array): Uint8Array => {
  let added = 0
  for (let i = 0; i < octets.length; i++) {
    const octet = octets[i]
    if (octet > cr) continue
    if (octet === lf && octets[i - 1] !== cr) added++
    else if (octet === cr && octets[i + 1] !== lf) added++
  }
  if (added === 0) return octets
  const result = new Uint8Array(octets.length + added)
  let at = 0
  for (let i = 0; i < octets.length; i++) {
    const octet = octets[i]
    if (octet === lf || octet === cr) {
      result[at++] = cr
      result[at++] = lf
      if (octet === cr && octets[i + 1] === lf) i++
    } else result[at++] = octet
  }
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
