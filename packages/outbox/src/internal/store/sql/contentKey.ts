import * as Effect from "effect/Effect"
import * as Encoding from "effect/Encoding"
import { largeFrom } from "./parts.js"

/** Under what octets are kept: large ones under their hash, so that messages share them, small ones under their message. */
export const contentKey = (id: string, octets: Uint8Array): Effect.Effect<string> =>
  octets.length <= largeFrom
    ? Effect.succeed(id)
    : Effect.map(
      Effect.promise(() => crypto.subtle.digest("SHA-256", new Uint8Array(octets))),
      (hash) => `sha256:${Encoding.encodeHex(new Uint8Array(hash))}`
    )
