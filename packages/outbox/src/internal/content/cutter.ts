/** The most octets of a part. What is longer is kept in parts. */
export const partSize = 262_144

/**
 * Cuts octets that come in pieces into parts.
 *
 * - `push`: the parts that are complete with this piece
 * - `rest`: what is left at the end
 * - `size`: the octets so far
 */
export interface Cutter {
  readonly push: (piece: Uint8Array) => Iterable<Uint8Array>
  readonly rest: () => Iterable<Uint8Array>
  readonly size: () => number
}

/**
 * The first piece, which holds the header, is apart from the rest, so that messages with different headers share the parts
 * of the same attachment.
 */
export const make = (): Cutter => {
  const buffer = new Uint8Array(partSize)
  let length = 0
  let size = 0
  let isFirst = true
  function* rest(): Generator<Uint8Array> {
    const part = buffer.slice(0, length)
    length = 0
    if (part.length > 0) yield part
  }
  function* push(piece: Uint8Array): Generator<Uint8Array> {
    size += piece.length
    for (let at = 0; at < piece.length;) {
      const taken = piece.subarray(at, at + partSize - length)
      buffer.set(taken, length)
      length += taken.length
      at += taken.length
      if (length === partSize || (isFirst && at === piece.length)) yield* rest()
    }
    isFirst = isFirst && piece.length === 0
  }
  return { push, rest, size: () => size }
}
