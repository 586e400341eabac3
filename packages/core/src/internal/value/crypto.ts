import type * as Effect from "effect/Effect"

/**
 * SHA-256 of octets as they come.
 *
 * @since 0.1.0
 * @category models
 */
export interface IncrementalHash {
  readonly update: (octets: Uint8Array) => void
  readonly digest: () => Uint8Array
}

type KeyUsage =
  | "decrypt"
  | "deriveBits"
  | "deriveKey"
  | "encrypt"
  | "sign"
  | "unwrapKey"
  | "verify"
  | "wrapKey"

/**
 * A `CryptoKey` of WebCrypto that signs.
 *
 * @since 0.1.0
 * @category models
 */
export interface SigningKey {
  readonly algorithm: { readonly name: string }
  readonly extractable: boolean
  readonly type: "private" | "public" | "secret"
  readonly usages: Array<KeyUsage>
}

/**
 * The cryptography that a signature needs:
 *
 * - `hash`: SHA-256 of what is streamed
 * - `digest`: SHA-256 of octets in memory
 * - `sign`: RSASSA-PKCS1-v1_5 with SHA-256, or Ed25519, with a private key of WebCrypto. It does not fail: a key that cannot
 *   sign was refused when it was read
 *
 * @since 0.1.0
 * @category models
 */
export interface CryptoProvider {
  readonly hash: () => IncrementalHash
  readonly digest: (octets: Uint8Array) => Effect.Effect<Uint8Array>
  readonly sign: (
    algorithm: "rsa-sha256" | "ed25519-sha256",
    key: SigningKey,
    octets: Uint8Array
  ) => Effect.Effect<Uint8Array>
}
