import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Encoding from "effect/Encoding"
import * as Hmac from "../hmac.js"

export const encode = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text)

const owned = (octets: Uint8Array): Uint8Array<ArrayBuffer> => new Uint8Array(octets)

export const fromBase64 = (text: string): Uint8Array<ArrayBuffer> | undefined =>
  Either.match(Encoding.decodeBase64(text.replace(/\s+/g, "")), { onLeft: () => undefined, onRight: owned })

export const fromHex = (text: string): Uint8Array<ArrayBuffer> | undefined =>
  Either.match(Encoding.decodeHex(text), { onLeft: () => undefined, onRight: owned })

export const sha256 = (octets: Uint8Array): Effect.Effect<Uint8Array> =>
  Effect.promise(() => crypto.subtle.digest("SHA-256", owned(octets)).then((digest) => new Uint8Array(digest)))

/** HMAC-SHA256 of some octets. */
export const hmac = (key: Uint8Array<ArrayBuffer>, octets: Uint8Array): Effect.Effect<Uint8Array> =>
  Effect.promise(async () => {
    const imported = await crypto.subtle.importKey("raw", key, { name: "HMAC", hash: "SHA-256" }, false, ["sign"])
    return new Uint8Array(await crypto.subtle.sign("HMAC", imported, owned(octets)))
  })

/** Whether two secrets are the same, in a time that tells nothing of where they differ. */
export const isSame = (a: string, b: string): Effect.Effect<boolean> =>
  Effect.zipWith(sha256(encode(a)), sha256(encode(b)), Hmac.isEqual)

/** Whether a check of WebCrypto succeeds. A key or a signature that it cannot read is a wrong one. */
export const verifies = (check: () => Promise<boolean>): Effect.Effect<boolean> =>
  Effect.orElseSucceed(Effect.tryPromise(check), () => false)

/** The content and the end of a value of DER; undefined where it is cut off. */
const element = (octets: Uint8Array, at: number): readonly [start: number, end: number] | undefined => {
  const first = octets[at + 1]
  if (first === undefined) return undefined
  if (first < 0x80) return at + 2 + first <= octets.length ? [at + 2, at + 2 + first] : undefined
  const count = first & 0x7f
  if (count < 1 || count > 3) return undefined
  let length = 0
  for (let i = 0; i < count; i++) length = length * 256 + (octets[at + 2 + i] ?? 0)
  const start = at + 2 + count
  return start + length <= octets.length ? [start, start + length] : undefined
}

/** The values inside a value. */
const children = (octets: Uint8Array, at: number): ReadonlyArray<readonly [at: number, start: number, end: number]> => {
  const outer = element(octets, at)
  const found: Array<readonly [number, number, number]> = []
  if (outer === undefined) return found
  for (let next = outer[0]; next < outer[1];) {
    const inner = element(octets, next)
    if (inner === undefined) return found
    found.push([next, ...inner])
    next = inner[1]
  }
  return found
}

/** An ECDSA signature of DER as WebCrypto wants it: two numbers of 32 octets. */
export const rawSignature = (der: Uint8Array): Uint8Array<ArrayBuffer> | undefined => {
  const [r, s] = children(der, 0).map(([, start, end]) => der.subarray(start, end))
  if (r === undefined || s === undefined) return undefined
  const raw = new Uint8Array(64)
  for (const [i, number] of [r, s].entries()) {
    const digits = number[0] === 0 ? number.subarray(1) : number
    if (digits.length > 32) return undefined
    raw.set(digits, i * 32 + 32 - digits.length)
  }
  return raw
}

/** The public key (SPKI) in a certificate (RFC 5280 section 4.1). */
export const publicKeyOf = (pem: string): Uint8Array<ArrayBuffer> | undefined => {
  const base64 = /-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]*)-----END CERTIFICATE-----/.exec(pem)?.[1]
  const der = base64 === undefined ? undefined : fromBase64(base64)
  const tbs = der === undefined ? undefined : children(der, 0)[0]
  if (der === undefined || tbs === undefined) return undefined
  const fields = children(der, tbs[0])
  // The version is there, with a tag of its own, in all but the oldest certificates.
  const key = fields[der[fields[0]?.[0] ?? 0] === 0xa0 ? 6 : 5]
  return key === undefined ? undefined : der.slice(key[0], key[2])
}
