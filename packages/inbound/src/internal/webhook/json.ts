import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"

/** What is at the end of a path; undefined where the path leads nowhere. */
export const at = (value: unknown, ...path: ReadonlyArray<string | number>): unknown =>
  path.reduce<unknown>(
    (inner, key) =>
      Array.isArray(inner)
        ? (typeof key === "number" ? inner[key] : undefined)
        : Predicate.isRecord(inner) && Object.hasOwn(inner, key)
        ? inner[String(key)]
        : undefined,
    value
  )

const longest = 4000

export const textAt = (value: unknown, ...path: ReadonlyArray<string | number>): string | undefined => {
  const found = at(value, ...path)
  const text = typeof found === "number" ? String(found) : found
  return typeof text === "string" && text !== "" ? text.slice(0, longest) : undefined
}

export const listAt = (value: unknown, ...path: ReadonlyArray<string | number>): ReadonlyArray<unknown> => {
  const found = at(value, ...path)
  return Array.isArray(found) ? found : []
}

/** A time as ISO 8601 or another text that dates have, or as a number of which one second has `perSecond`. */
export const timeAt = (perSecond: number, value: unknown, ...path: ReadonlyArray<string | number>) => {
  const found = at(value, ...path)
  const millis = typeof found === "number" ? found / perSecond * 1000 : found
  return typeof millis === "number" || typeof millis === "string"
    ? Option.getOrUndefined(DateTime.make(millis))
    : undefined
}

export const parse = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
