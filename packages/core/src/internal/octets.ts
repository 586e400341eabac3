/**
 * A copy that nobody else can change: `slice` of a Buffer would be the same memory. What callers without types give
 * instead of octets stays what it is, for the check of the message to refuse.
 *
 * @internal
 */
export const copy = (octets: Uint8Array): Uint8Array => octets instanceof Uint8Array ? new Uint8Array(octets) : octets
