import * as Either from "effect/Either"
import * as Encoding from "effect/Encoding"
import * as Der from "./der.js"

/** A private key as WebCrypto imports it. `bits` is the size of the modulus of an RSA key. */
export interface Material {
  readonly algorithm: "rsa-sha256" | "ed25519-sha256"
  readonly pkcs8: Uint8Array<ArrayBuffer>
  readonly bits: number | undefined
}

type Parsed = Either.Either<Material, string>

const rsaOid = Uint8Array.of(0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01)
const ed25519Oid = Uint8Array.of(0x2b, 0x65, 0x70)
const zero = Der.write(Der.integer, Uint8Array.of(0))
const rsaAlgorithm = Der.write(
  Der.sequence,
  Der.write(Der.objectIdentifier, rsaOid),
  Uint8Array.of(0x05, 0)
)
const ed25519Algorithm = Der.write(Der.sequence, Der.write(Der.objectIdentifier, ed25519Oid))

const isSame = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && a.every((octet, i) => octet === b[i])

const leastBits = 1024
/** RFC 8301 section 3.2: verifiers must be able to use keys up to this size. */
const mostBits = 4096

const bitsOf = (rsaPrivateKey: Uint8Array<ArrayBuffer>): number | undefined => {
  const version = Der.read(Der.read(rsaPrivateKey, Der.sequence)?.content ?? rsaPrivateKey, Der.integer)
  const modulus = version === undefined ? undefined : Der.read(version.rest, Der.integer)?.content
  if (modulus === undefined) return undefined
  const start = modulus.findIndex((octet) => octet !== 0)
  return start < 0 ? undefined : (modulus.length - start) * 8 - Math.clz32(modulus[start] ?? 0) + 24
}

const rsa = (rsaPrivateKey: Uint8Array<ArrayBuffer>, pkcs8: Uint8Array<ArrayBuffer>): Parsed => {
  const bits = bitsOf(rsaPrivateKey)
  if (bits === undefined) return Either.left("the key is damaged")
  if (bits < leastBits) {
    return Either.left(`the RSA key has ${bits} bits; take 2048 (no receiver accepts less than 1024)`)
  }
  if (bits > mostBits) return Either.left(`the RSA key has ${bits} bits; take 2048 (receivers need not read over 4096)`)
  return Either.right({ algorithm: "rsa-sha256", pkcs8, bits })
}

const fromPkcs1 = (octets: Uint8Array<ArrayBuffer>): Parsed =>
  rsa(octets, Der.write(Der.sequence, zero, rsaAlgorithm, Der.write(Der.octetString, octets)))

const fromPkcs8 = (octets: Uint8Array<ArrayBuffer>): Parsed => {
  const version = Der.read(Der.read(octets, Der.sequence)?.content ?? octets, Der.integer)
  const algorithm = version === undefined ? undefined : Der.read(version.rest, Der.sequence)
  const oid = algorithm === undefined ? undefined : Der.read(algorithm.content, Der.objectIdentifier)?.content
  const key = algorithm === undefined ? undefined : Der.read(algorithm.rest, Der.octetString)?.content
  if (oid === undefined || key === undefined) return Either.left("the key is damaged")
  if (isSame(oid, rsaOid)) return rsa(key, octets)
  return isSame(oid, ed25519Oid)
    ? Either.right({ algorithm: "ed25519-sha256", pkcs8: octets, bits: undefined })
    : Either.left("the key is neither an RSA nor an Ed25519 key")
}

const fromSeed = (seed: Uint8Array): Parsed => {
  const key = Der.write(Der.octetString, Der.write(Der.octetString, seed))
  return Either.right({
    algorithm: "ed25519-sha256",
    pkcs8: Der.write(Der.sequence, zero, ed25519Algorithm, key),
    bits: undefined
  })
}

const encrypted = "the key is encrypted; decrypt it first, as by openssl pkey"
const seedLength = 32
const longest = 32 * 1024
const block = /-----BEGIN ([A-Z0-9 ]{1,40})-----([^-]*)-----END \1-----/

const decode = (base64: string): Uint8Array<ArrayBuffer> | undefined => {
  const decoded = Encoding.decodeBase64(base64.replace(/\s+/g, ""))
  return Either.isRight(decoded) ? new Uint8Array(decoded.right) : undefined
}

/**
 * Reads a private key: PEM with PKCS#8 or PKCS#1, or the base64 of an Ed25519 seed. Line ends may be written `\n`, as
 * environment variables often hold them. A failure is the reason, without any of the text.
 */
export const parse = (written: string): Parsed => {
  if (typeof written !== "string" || written.trim() === "") return Either.left("the key is empty")
  if (written.length > longest) return Either.left("the text is too long for a key")
  const text = written.replace(/\\n/g, "\n")
  const pem = block.exec(text)
  if (pem === null) {
    if (text.includes("ENCRYPTED")) return Either.left(encrypted)
    const seed = text.includes("-----") ? undefined : decode(text)
    return seed?.length === seedLength
      ? fromSeed(seed)
      : Either.left("the text is neither a whole PEM block nor the base64 of a 32-octet Ed25519 seed")
  }
  const octets = decode(pem[2] ?? "")
  switch (pem[1]) {
    case "PRIVATE KEY":
      return octets === undefined ? Either.left("the key is damaged") : fromPkcs8(octets)
    case "RSA PRIVATE KEY":
      return octets === undefined ? Either.left("the key is damaged") : fromPkcs1(octets)
    case "ENCRYPTED PRIVATE KEY":
      return Either.left(encrypted)
    case "PUBLIC KEY":
    case "RSA PUBLIC KEY":
      return Either.left("this is the public key; the private one is needed")
    default:
      return Either.left("the PEM block is not a private RSA or Ed25519 key")
  }
}
