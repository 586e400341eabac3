import { sha256 } from "@noble/hashes/sha2.js"
import * as Effect from "effect/Effect"
import type { CryptoProvider } from "../value/crypto.js"

/** Octets. Below this the call of WebCrypto, which works in another thread, takes longer than hashing in JavaScript. */
const shortOctets = 8 * 1024

/** WebCrypto takes no view of memory that threads share. */
const owned = (octets: Uint8Array): Uint8Array<ArrayBuffer> =>
  octets.buffer instanceof ArrayBuffer
    ? new Uint8Array(octets.buffer, octets.byteOffset, octets.length)
    : new Uint8Array(octets)

const algorithms = { "rsa-sha256": "RSASSA-PKCS1-v1_5", "ed25519-sha256": "Ed25519" } as const

/** WebCrypto, and JavaScript for what it lacks: hashing what is streamed. It runs everywhere. */
export const webCrypto: CryptoProvider = {
  hash: () => sha256.create(),
  digest: (octets) =>
    octets.length <= shortOctets
      ? Effect.sync(() => sha256(octets))
      : Effect.promise(() => crypto.subtle.digest("SHA-256", owned(octets)).then((digest) => new Uint8Array(digest))),
  sign: (algorithm, key, octets) =>
    Effect.promise(() =>
      crypto.subtle.sign(algorithms[algorithm], key, owned(octets)).then((signature) => new Uint8Array(signature))
    )
}
