/**
 * @internal
 */
export type HeaderInput = Readonly<Record<string, string>> | Iterable<readonly [name: string, value: string]>

/**
 * @internal
 */
export type Headers = ReadonlyArray<readonly [name: string, value: string]>

/**
 * @internal
 */
export const toHeaders = (input: HeaderInput | undefined): Headers => {
  if (input === undefined) return []
  return Symbol.iterator in input
    ? Array.from(input, ([name, value]): readonly [string, string] => [name, value])
    : Object.entries(input)
}
