import type * as Option from "effect/Option"
import { AttachmentError, type InvalidAttachment } from "../../MailError.js"

/** What kind of typed array a value is, by what no other object can pretend to: in any realm, and through any subclass. */
const nameOf = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype), Symbol.toStringTag)?.get

const isByName = (u: unknown): u is Uint8Array => nameOf !== undefined && Reflect.apply(nameOf, u, []) === "Uint8Array"

/** An array that lost its memory, to another thread or by resizing, holds nothing; reading it gives none the less. */
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
 * cut off, and an `ArrayBuffer` has none that could be read.
 *
 * @internal
 */
export const isOctets = (u: unknown): u is Uint8Array => isByName(u) && isThere(u)

/**
 * A copy that nobody else can change: `slice` of a Buffer would be the same memory. What callers without types give
 * instead of octets stays what it is, for the check of the message to refuse.
 *
 * @internal
 */
export const copy = (octets: Uint8Array): Uint8Array => isOctets(octets) ? new Uint8Array(octets) : octets

/**
 * @internal
 */
export const notOctets = (filename: Option.Option<string>, what: string): InvalidAttachment =>
  Object.assign(
    new AttachmentError({ filename, reason: "Invalid", cause: new TypeError(`${what} is not a Uint8Array`) }),
    { reason: "Invalid" } as const
  )
