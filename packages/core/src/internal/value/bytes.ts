/** Names the kind of a typed array, in any realm and for any subclass. No other object can imitate it. */
const nameOf = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype), Symbol.toStringTag)?.get

const isByName = (u: unknown): u is Uint8Array => nameOf !== undefined && Reflect.apply(nameOf, u, []) === "Uint8Array"

/** Whether an array still has its memory. One that was transferred or shrunk has length 0, and cannot be copied. */
const isThere = (octets: Uint8Array): boolean => {
  if (octets.length > 0) return true
  try {
    return new Uint8Array(octets).length === 0
  } catch {
    return false
  }
}

/**
 * Whether a value is a `Uint8Array`, as a Buffer is one. Nothing else is octets: other arrays hold numbers that would be
 * truncated, and an `ArrayBuffer` has no elements.
 */
export const isOctets = (u: unknown): u is Uint8Array => isByName(u) && isThere(u)

/**
 * A copy in memory of its own: `slice` of a Buffer would share the memory. What untyped callers give instead of octets is
 * returned as it is, for the check of the message to refuse.
 */
export const copy = (octets: Uint8Array): Uint8Array => isOctets(octets) ? new Uint8Array(octets) : octets
