import * as Equal from "effect/Equal"
import * as Hash from "effect/Hash"
import * as Option from "effect/Option"
import { isOctets } from "./bytes.js"

const isPlainObject = (u: unknown): u is Record<string, unknown> =>
  typeof u === "object" && u !== null && Object.getPrototypeOf(u) === Object.prototype

const equalBytes = (a: Uint8Array, b: Uint8Array): boolean => {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

/**
 * Equality by content for what message values are made of: primitives, Effect values, plain records, arrays, bytes.
 */
export const equals = (a: unknown, b: unknown): boolean => {
  if (a === b || Equal.equals(a, b)) return true
  if (isOctets(a)) return isOctets(b) && equalBytes(a, b)
  if (Option.isOption(a)) {
    return Option.isOption(b) && equals(Option.getOrUndefined(a), Option.getOrUndefined(b))
  }
  if (Array.isArray(a)) {
    return Array.isArray(b) && a.length === b.length && a.every((item, i) => equals(item, b[i]))
  }
  if (isPlainObject(a) && isPlainObject(b)) {
    const keys = Object.keys(a)
    return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && equals(a[key], b[key]))
  }
  return false
}

/**
 * A hash that agrees with `equals`. Bytes count by their length only: hashing megabytes costs more than a collision.
 */
export const hash = (value: unknown): number => {
  if (isOctets(value)) return Hash.number(value.length)
  if (Array.isArray(value)) return Hash.array(value.map(hash))
  if (isPlainObject(value)) {
    let result = Hash.string("record")
    for (const key of Object.keys(value)) result ^= Hash.combine(hash(value[key]))(Hash.string(key))
    return Hash.optimize(result)
  }
  return Hash.hash(value)
}
