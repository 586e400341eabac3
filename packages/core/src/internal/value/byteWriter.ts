const encoder = new TextEncoder()
const shortText = 64
const maxKept = 1024 * 1024

/** A growing buffer. `cut` splits its content, so that a stream can be inserted. */
export class ByteWriter {
  octets: Uint8Array
  length = 0

  constructor(private readonly capacity: number) {
    this.octets = new Uint8Array(capacity)
  }

  /** Discards the content, and the buffer if it grew past 1 MiB. */
  clear(): this {
    this.length = 0
    if (this.octets.length > maxKept) this.octets = new Uint8Array(this.capacity)
    return this
  }

  /** Makes room for `count` more octets. */
  reserve(count: number): void {
    const needed = this.length + count
    if (needed <= this.octets.length) return
    const grown = new Uint8Array(Math.max(needed, this.octets.length * 2))
    grown.set(this.octets.subarray(0, this.length))
    this.octets = grown
  }

  /** Writes a text as UTF-8. A short ASCII text, as most are, is copied by a loop, which saves a call. */
  text(text: string): void {
    this.reserve(text.length * 3)
    const { length, octets } = this
    let i = 0
    if (text.length <= shortText) {
      for (; i < text.length; i++) {
        const code = text.charCodeAt(i)
        if (code > 127) break
        octets[length + i] = code
      }
    }
    this.length = i === text.length ? length + i : length + encoder.encodeInto(text, octets.subarray(length)).written
  }

  write(octets: Uint8Array): void {
    this.reserve(octets.length)
    this.octets.set(octets, this.length)
    this.length += octets.length
  }

  /** The content; valid until more is written. */
  get written(): Uint8Array {
    return this.octets.subarray(0, this.length)
  }

  /** A copy of the content since the last `cut`. */
  cut(): Uint8Array {
    const taken = this.octets.slice(0, this.length)
    this.length = 0
    return taken
  }
}
