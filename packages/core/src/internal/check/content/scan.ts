import * as Effect from "effect/Effect"
import { cr, lf, maxLine } from "../../mime/lines.js"
import * as Slices from "../../value/slices.js"

/** A scan of octets, piece by piece. */
interface Scan<A> {
  /** Returns whether more octets can change the result. */
  readonly feed: (octets: Uint8Array) => boolean
  readonly end: () => A
}

/** Scans octets, and caches the results of long ones for as long as they are in memory: they never change. */
export class Scanner<A> {
  private readonly found = new WeakMap<Uint8Array, { readonly by: string; readonly result: A }>()

  constructor(private readonly start: (by: string) => Scan<A>) {}

  /** Without a pause, unless the result is cached. */
  now(octets: Uint8Array, by = ""): A {
    const found = this.found.get(octets)
    if (found?.by === by) return found.result
    const scan = this.start(by)
    for (let at = 0; at < octets.length; at += Slices.size) {
      if (!scan.feed(octets.subarray(at, at + Slices.size))) break
    }
    return this.keep(octets, by, scan.end())
  }

  /** Slice by slice, so that `now` finds the result cached. */
  inSlices(octets: Uint8Array, by = ""): Effect.Effect<void> {
    return Effect.suspend(() => {
      if (this.found.get(octets)?.by === by) return Effect.void
      const scan = this.start(by)
      return Effect.map(
        Slices.forEach(octets, (start, end) => scan.feed(octets.subarray(start, end))),
        () => void this.keep(octets, by, scan.end())
      )
    })
  }

  private keep(octets: Uint8Array, by: string, result: A): A {
    if (Slices.isLong(octets)) this.found.set(octets, { by, result })
    return result
  }
}

/**
 * What a scan finds in a complete message.
 *
 * - `fault`: why no line ends make it safe to send
 */
export interface ReadyMessage {
  readonly isEightBit: boolean
  readonly fault: string | undefined
}

export const readyMessages = new Scanner<ReadyMessage>(() => {
  let isEightBit = false
  let fault: string | undefined
  let line = 0
  const feed = (octets: Uint8Array): boolean => {
    for (let i = 0; i < octets.length; i++) {
      const octet = octets[i]
      if (octet > 127) isEightBit = true
      if (octet === cr || octet === lf) line = 0
      else if (octet === 0) fault = "the embedded message holds a NUL"
      else if (++line > maxLine) fault = "the embedded message holds a line of more than 998 octets"
      if (fault !== undefined) return false
    }
    return true
  }
  return { feed, end: () => ({ isEightBit, fault }) }
})

const always: Scan<boolean> = { feed: () => false, end: () => true }

const asciiScan = (): Scan<boolean> => {
  let isAscii = true
  return { feed: (octets) => isAscii = octets.every((octet) => octet < 0x80), end: () => isAscii }
}

const decoderScan = (label: string): Scan<boolean> => {
  let isValid = true
  const decode = (use: (decoder: TextDecoder) => void): boolean => {
    try {
      decoder ??= new TextDecoder(label, { fatal: true })
      use(decoder)
    } catch {
      isValid = false
    }
    return isValid
  }
  let decoder: TextDecoder | undefined
  return {
    feed: (octets) => decode((decoder) => void decoder.decode(octets, { stream: true })),
    end: () => isValid && decode((decoder) => void decoder.decode())
  }
}

/** Whether octets are valid in a charset. A charset that is not known here is never valid. */
export const charsets = new Scanner<boolean>((charset) => {
  if (charset === "us-ascii") return asciiScan()
  return charset === "iso-8859-1" ? always : decoderScan(charset)
})
