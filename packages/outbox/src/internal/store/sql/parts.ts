/** Octets that are more than this, in octets, are kept in parts, once for all messages that have them. */
export const largeFrom = 262_144

/** Octets in parts of at most `largeFrom`. */
export const split = (octets: Uint8Array): ReadonlyArray<Uint8Array> => {
  const parts: Array<Uint8Array> = []
  for (let at = 0; at < octets.length; at += largeFrom) parts.push(octets.subarray(at, at + largeFrom))
  return parts
}

export const join = (parts: ReadonlyArray<Uint8Array>): Uint8Array => {
  const octets = new Uint8Array(parts.reduce((size, part) => size + part.length, 0))
  let at = 0
  for (const part of parts) {
    octets.set(part, at)
    at += part.length
  }
  return octets
}
