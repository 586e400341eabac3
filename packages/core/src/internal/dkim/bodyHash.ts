import type { IncrementalHash } from "../value/crypto.js"
import { RelaxedBody } from "./canonical.js"
import * as Header from "./header.js"

const pageSize = 64 * 1024

/** Reads a message as it comes: keeps its header, and hashes the canonical form of its body. */
export class MessageReader {
  readonly #hash: IncrementalHash
  readonly #body: RelaxedBody
  #header: Uint8Array | undefined
  #start = new Uint8Array(0)

  constructor(hash: IncrementalHash) {
    this.#hash = hash
    this.#body = new RelaxedBody(pageSize, (octets) => hash.update(octets))
  }

  update(octets: Uint8Array): void {
    if (this.#header !== undefined) return this.#body.update(octets)
    const start = new Uint8Array(this.#start.length + octets.length)
    start.set(this.#start)
    start.set(octets, this.#start.length)
    this.#start = start
    const end = Header.bodyStart(start)
    if (end < 0) return
    this.#header = start.slice(0, end)
    this.#body.update(start.subarray(end))
    this.#start = new Uint8Array(0)
  }

  /** The header, and the hash of the body. */
  finish(): { readonly header: Uint8Array; readonly bodyHash: Uint8Array } {
    this.#body.finish()
    return { header: this.#header ?? this.#start, bodyHash: this.#hash.digest() }
  }
}

export const isSame = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((octet, i) => octet === b[i])
