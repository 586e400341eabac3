/**
 * Header fields as a program writes them: a record, or pairs of name and value, which may repeat a name.
 *
 * @since 0.1.0
 * @category models
 */
export type HeaderInput = Readonly<Record<string, string>> | Iterable<readonly [name: string, value: string]>

export type Headers = ReadonlyArray<readonly [name: string, value: string]>

/** What is not a pair becomes a field without a name, which the check refuses. */
const toHeader = (pair: readonly [name: string, value: string]): Headers[number] =>
  Object.freeze(Array.isArray(pair) ? [pair[0], pair[1]] : ["", ""])

const none: Headers = Object.freeze([])

/** Reads the input once, and copies it. */
export const toHeaders = (input: HeaderInput | undefined): Headers => {
  if (input === undefined) return none
  return Object.freeze(Array.from(Symbol.iterator in input ? input : Object.entries(input), toHeader))
}
