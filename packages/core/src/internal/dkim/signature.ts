import * as Effect from "effect/Effect"
import * as Encoding from "effect/Encoding"
import type { CryptoProvider } from "../value/crypto.js"
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

const sign = (
  { algorithm, cryptoKey }: Signer,
  octets: Uint8Array,
  crypto: CryptoProvider
): Effect.Effect<Uint8Array> =>
  algorithm === "rsa-sha256"
    ? crypto.sign(algorithm, cryptoKey, octets)
    // RFC 8463 section 3: Ed25519 signs the hash of the header.
    : Effect.flatMap(crypto.digest(octets), (digest) => crypto.sign(algorithm, cryptoKey, digest))

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
  time: number,
  crypto: CryptoProvider
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
    sign(signer, octets, crypto),
    (signature) => `${unsigned}${cut(Encoding.encodeBase64(signature)).join(" ")}`
  )
}
