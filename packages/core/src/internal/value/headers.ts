/**
 * @internal
 */
export type HeaderInput = Readonly<Record<string, string>> | Iterable<readonly [name: string, value: string]>

/**
 * @internal
 */
export type Headers = ReadonlyArray<readonly [name: string, value: string]>

/** What is no pair becomes a field without a name, which the check refuses. */
const toHeader = (pair: readonly [name: string, value: string]): Headers[number] =>
  Object.freeze(Array.isArray(pair) ? [pair[0], pair[1]] : ["", ""])

const none: Headers = Object.freeze([])

/**
 * Reads the input once, and copies it.
 *
 * @internal
 */
export const toHeaders = (input: HeaderInput | undefined): Headers => {
  if (input === undefined) return none
  return Object.freeze(Array.from(Symbol.iterator in input ? input : Object.entries(input), toHeader))
}
