const encoder = new TextEncoder()

/**
 * Octets that grow. What is written before a `cut` and after it stay apart, so that a stream can stand between them.
 *
 * @internal
 */
export class ByteWriter {
  octets: Uint8Array
  length = 0

  constructor(capacity: number) {
    this.octets = new Uint8Array(capacity)
  }

  /** Makes room for `count` more octets. */
  reserve(count: number): void {
    const needed = this.length + count
    if (needed <= this.octets.length) return
    const grown = new Uint8Array(Math.max(needed, this.octets.length * 2))
    grown.set(this.octets.subarray(0, this.length))
    this.octets = grown
  }

  /** Writes a text as UTF-8. Nearly all of it is short and ASCII, which a loop copies fastest. */
  text(text: string): void {
    this.reserve(text.length * 3)
    const { length, octets } = this
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i)
      if (code > 127) {
        this.length = length + encoder.encodeInto(text, octets.subarray(length)).written
        return
      }
      octets[length + i] = code
    }
    this.length = length + text.length
  }

  write(octets: Uint8Array): void {
    this.reserve(octets.length)
    this.octets.set(octets, this.length)
    this.length += octets.length
  }

  /** What was written since the last `cut`. */
  cut(): Uint8Array {
    const taken = this.octets.slice(0, this.length)
    this.length = 0
    return taken
  }
}
