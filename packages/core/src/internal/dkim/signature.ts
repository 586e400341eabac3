import { sha256 as shortSha256 } from "@noble/hashes/sha2.js"
import * as Effect from "effect/Effect"
import * as Encoding from "effect/Encoding"
import * as Header from "./header.js"

/** A key that can sign. */
export interface Signer {
  readonly algorithm: "rsa-sha256" | "ed25519-sha256"
  readonly domain: string
  readonly selector: string
  readonly cryptoKey: CryptoKey
}

/** What is signed of a message. */
export interface Digest {
  readonly fields: ReadonlyArray<Header.RawField>
  /** SHA-256 of the canonical body. */
  readonly bodyHash: Uint8Array
}

/** Octets. Below this the call of WebCrypto, which works in another thread, takes longer than hashing in JavaScript. */
const shortOctets = 8 * 1024

/** WebCrypto fails only where the runtime lacks the algorithm, which importing the key showed. */
export const sha256 = (octets: Uint8Array<ArrayBuffer>): Effect.Effect<Uint8Array<ArrayBuffer>> =>
  octets.length <= shortOctets
    ? Effect.sync(() => new Uint8Array(shortSha256(octets)))
    : Effect.promise(() => crypto.subtle.digest("SHA-256", octets).then((digest) => new Uint8Array(digest)))

const sign = ({ algorithm, cryptoKey }: Signer, octets: Uint8Array<ArrayBuffer>): Effect.Effect<Uint8Array> =>
  algorithm === "rsa-sha256"
    ? Effect.promise(() =>
      crypto.subtle.sign("RSASSA-PKCS1-v1_5", cryptoKey, octets).then((signature) => new Uint8Array(signature))
    )
    : Effect.flatMap(
      sha256(octets),
      (digest) =>
        Effect.promise(() =>
          crypto.subtle.sign("Ed25519", cryptoKey, digest).then((signature) => new Uint8Array(signature))
        )
    )

const longestToken = 70

/** A list of names in pieces that fit into a line; blanks may follow any colon (RFC 6376 section 3.5). */
const listTokens = (names: ReadonlyArray<string>): ReadonlyArray<string> => {
  const tokens: Array<string> = []
  let token = "h="
  names.forEach((name, i) => {
    if (token.length + name.length > longestToken) {
      tokens.push(token)
      token = ""
    }
    token += `${name}${i < names.length - 1 ? ":" : ";"}`
  })
  return [...tokens, token]
}

/** A long value in pieces that fit into a line. */
const cut = (text: string): ReadonlyArray<string> => {
  const pieces: Array<string> = []
  for (let i = 0; i < text.length; i += longestToken) pieces.push(text.slice(i, i + longestToken))
  return pieces
}

/** The value of a DKIM-Signature (RFC 6376 section 3.5). `time` is in seconds. */
export const value = (
  { bodyHash, fields }: Digest,
  signer: Signer,
  except: ReadonlySet<string>,
  time: number
): Effect.Effect<string> => {
  const names = Header.signedNames(fields, except)
  const unsigned = [
    "v=1;",
    `a=${signer.algorithm};`,
    "c=relaxed/relaxed;",
    `d=${signer.domain};`,
    `s=${signer.selector};`,
    `t=${time};`,
    ...listTokens(names),
    `bh=${Encoding.encodeBase64(bodyHash)};`,
    "b="
  ].join(" ")
  const octets = Header.toOctets(`${Header.canonicalHeader(fields, names)}dkim-signature:${unsigned}`)
  return Effect.map(
    sign(signer, octets),
    (signature) => `${unsigned}${cut(Encoding.encodeBase64(signature)).join(" ")}`
  )
}
