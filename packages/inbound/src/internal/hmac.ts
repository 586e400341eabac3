import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"

const encoder = new TextEncoder()

/** HMAC-SHA256 with one key, which is imported once. */
export interface Hmac {
  readonly sign: (text: string) => Effect.Effect<Uint8Array>
}

/** Takes a key of any length but none. */
export const make = (secret: Redacted.Redacted<string>): Effect.Effect<Hmac> =>
  Effect.map(
    Effect.promise(() =>
      crypto.subtle.importKey(
        "raw",
        encoder.encode(Redacted.value(secret)),
        { name: "HMAC", hash: "SHA-256" },
        false,
        ["sign"]
      )
    ),
    (key) => ({
      sign: (text) =>
        Effect.promise(() =>
          crypto.subtle.sign("HMAC", key, encoder.encode(text)).then((octets) => new Uint8Array(octets))
        )
    })
  )

/** Compares in a time that does not depend on where the octets differ. */
export const isEqual = (a: Uint8Array, b: Uint8Array): boolean => {
  let difference = a.length ^ b.length
  for (let i = 0; i < a.length; i++) difference |= (a[i] ?? 0) ^ (b[i] ?? 0)
  return difference === 0
}

/** What is shorter can be guessed. */
export const leastSecret = 16

/** Why a secret is none; undefined where it is one. */
export const secretFault = (secret: Redacted.Redacted<string>): string | undefined =>
  Redacted.value(secret).length < leastSecret ? `the secret is shorter than ${leastSecret} characters` : undefined
