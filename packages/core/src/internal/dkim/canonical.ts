const tab = 9
const lf = 10
const cr = 13
const blank = 32

/**
 * The relaxed canonical form of a body (RFC 6376 section 3.4.4), made as its octets come. The form is never longer than
 * the body and one line end.
 */
export class RelaxedBody {
  readonly #page: Uint8Array<ArrayBuffer>
  readonly #sink: (octets: Uint8Array<ArrayBuffer>) => void
  #length = 0
  #emptyLines = 0
  #isBlankHeld = false
  #isCrHeld = false
  #isEmpty = true

  /** `sink` gets pages of up to `capacity` octets; each counts only until the sink returns. */
  constructor(capacity: number, sink: (octets: Uint8Array<ArrayBuffer>) => void) {
    this.#page = new Uint8Array(Math.max(capacity, 4))
    this.#sink = sink
  }

  update(octets: Uint8Array): void {
    for (let i = 0; i < octets.length; i++) {
      const octet = octets[i] ?? 0
      if (octet > blank) {
        if (this.#isCrHeld || this.#isBlankHeld || this.#emptyLines > 0) this.#release()
        const end = this.#endOfWord(octets, i)
        this.#write(octets, i, end)
        i = end - 1
      } else this.#control(octet)
    }
  }

  finish(): void {
    if (this.#isCrHeld) this.#release()
    if (!this.#isEmpty) this.#writeLineEnd()
    this.#flush()
  }

  #control(octet: number): void {
    if (octet === lf && this.#isCrHeld) {
      this.#isCrHeld = false
      this.#isBlankHeld = false
      this.#emptyLines++
    } else if (octet === blank || octet === tab) {
      if (this.#isCrHeld) this.#release()
      this.#isBlankHeld = true
    } else if (octet === cr) {
      if (this.#isCrHeld) this.#release()
      this.#isCrHeld = true
    } else {
      this.#release()
      this.#put(octet)
    }
  }

  #endOfWord(octets: Uint8Array, start: number): number {
    let end = start + 1
    while (end < octets.length && (octets[end] ?? 0) > blank) end++
    return end
  }

  /** Writes what was held back because it might have been at the end of a line, or of the body. */
  #release(): void {
    for (; this.#emptyLines > 0; this.#emptyLines--) this.#writeLineEnd()
    if (this.#isBlankHeld) this.#put(blank)
    if (this.#isCrHeld) this.#put(cr)
    this.#isBlankHeld = false
    this.#isCrHeld = false
  }

  #write(octets: Uint8Array, start: number, end: number): void {
    this.#isEmpty = false
    for (let from = start; from < end;) {
      if (this.#length === this.#page.length) this.#flush()
      const to = Math.min(end, from + this.#page.length - this.#length)
      for (let i = from; i < to; i++) this.#page[this.#length++] = octets[i] ?? 0
      from = to
    }
  }

  #put(octet: number): void {
    this.#isEmpty = false
    if (this.#length === this.#page.length) this.#flush()
    this.#page[this.#length++] = octet
  }

  #writeLineEnd(): void {
    this.#put(cr)
    this.#put(lf)
  }

  #flush(): void {
    if (this.#length > 0) this.#sink(this.#page.subarray(0, this.#length))
    this.#length = 0
  }
}

/** Whether the body is in its canonical form already, as most are: no run of blanks, no empty line at the end. */
const isRelaxed = (body: Uint8Array): boolean => {
  const { length } = body
  if (length < 3 || body[length - 1] !== lf || body[length - 2] !== cr || body[length - 3] === lf) return false
  let before = lf
  for (let i = 0; i < length; i++) {
    const octet = body[i] ?? 0
    if (octet <= blank) {
      if (octet === tab || (before === blank && (octet === blank || octet === cr))) return false
    }
    before = octet
  }
  return true
}

/** The relaxed canonical form of a body that is in memory: the body itself where that is the form. */
export const relaxedBody = (body: Uint8Array): Uint8Array => {
  if (isRelaxed(body)) return body
  let form: Uint8Array<ArrayBuffer> = new Uint8Array(0)
  const canonical = new RelaxedBody(body.length + 2, (octets) => void (form = octets))
  canonical.update(body)
  canonical.finish()
  return form
}

/** The relaxed canonical form of a field value (RFC 6376 section 3.4.2). */
export const relaxedValue = (value: string): string => {
  const unfolded = /\r\n|\t| {2}/.test(value) ? value.replace(/\r\n/g, "").replace(/[\t ]+/g, " ") : value
  const start = unfolded.startsWith(" ") ? 1 : 0
  const end = unfolded.length > start && unfolded.endsWith(" ") ? unfolded.length - 1 : unfolded.length
  return unfolded.slice(start, end)
}
