/** A value of DER (X.690): its tag, its content, and the octets after it. */
export interface Element {
  readonly tag: number
  readonly content: Uint8Array<ArrayBuffer>
  readonly rest: Uint8Array<ArrayBuffer>
}

export const integer = 0x02
export const octetString = 0x04
export const objectIdentifier = 0x06
export const sequence = 0x30

const lengthOf = (octets: Uint8Array, at: number): readonly [length: number, start: number] | undefined => {
  const first = octets[at]
  if (first === undefined) return undefined
  if (first < 0x80) return [first, at + 1]
  const count = first & 0x7f
  if (count < 1 || count > 3 || at + count >= octets.length) return undefined
  let length = 0
  for (let i = 1; i <= count; i++) length = length * 256 + (octets[at + i] ?? 0)
  return [length, at + 1 + count]
}

/** The first value of some octets; undefined where there is none, or where it is cut off. */
export const read = (octets: Uint8Array<ArrayBuffer>, expected?: number): Element | undefined => {
  const tag = octets[0]
  const measured = lengthOf(octets, 1)
  if (tag === undefined || measured === undefined || (expected !== undefined && tag !== expected)) return undefined
  const [length, start] = measured
  return start + length > octets.length
    ? undefined
    : { tag, content: octets.subarray(start, start + length), rest: octets.subarray(start + length) }
}

/** A value with its tag and length. */
export const write = (tag: number, ...contents: ReadonlyArray<Uint8Array>): Uint8Array<ArrayBuffer> => {
  const length = contents.reduce((sum, content) => sum + content.length, 0)
  const digits: Array<number> = []
  for (let left = length; left > 0; left = Math.floor(left / 256)) digits.unshift(left % 256)
  const head = length < 0x80 ? [tag, length] : [tag, 0x80 + digits.length, ...digits]
  const octets = new Uint8Array(head.length + length)
  octets.set(head)
  let at = head.length
  for (const content of contents) {
    octets.set(content, at)
    at += content.length
  }
  return octets
}
