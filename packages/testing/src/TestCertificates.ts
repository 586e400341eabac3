/**
 * Certificates for TLS servers on loopback. Each run makes new ones, so that none is stored and none expires.
 *
 * @since 0.1.0
 */
import type * as X509 from "@peculiar/x509"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"

/**
 * A certificate and its private key, in PEM.
 *
 * @since 0.1.0
 * @category models
 */
export interface Certificate {
  readonly cert: string
  readonly key: string
}

/**
 * - `ca`: the authority that clients have to trust
 * - `valid`: issued by it, for `localhost` and `127.0.0.1`
 * - `expired`, `notYetValid`: the same, but its time of validity is past, or to come
 * - `wrongHost`: issued by it, for another host
 * - `selfSigned`: for `localhost`, issued by itself
 *
 * @since 0.1.0
 * @category models
 */
export interface TestCertificates {
  readonly ca: string
  readonly valid: Certificate
  readonly expired: Certificate
  readonly notYetValid: Certificate
  readonly wrongHost: Certificate
  readonly selfSigned: Certificate
}

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" }
const day = 86_400_000

interface Issuer {
  readonly name: string
  readonly keys: CryptoKeyPair
}

// Loaded on demand, because it is slow to load. The library requires the polyfill first.
const loadX509 = Effect.promise(async (): Promise<typeof X509> => {
  await import("reflect-metadata")
  return import("@peculiar/x509")
})

const generateKeys = Effect.promise(() => crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]))

const pemOfKey = (x509: typeof X509, key: CryptoKey) =>
  Effect.map(
    Effect.promise(() => crypto.subtle.exportKey("pkcs8", key)),
    (der) => x509.PemConverter.encode(der, "PRIVATE KEY")
  )

const names = (host: string): ReadonlyArray<X509.JsonGeneralName> =>
  host === "localhost"
    ? [{ type: "dns", value: host }, { type: "ip", value: "127.0.0.1" }]
    : [{ type: "dns", value: host }]

const issue = (x509: typeof X509, host: string, from: number, to: number, issuer?: Issuer) =>
  Effect.gen(function*() {
    const keys = yield* generateKeys
    const serialNumber = (yield* Random.nextIntBetween(1, 2 ** 31)).toString(16)
    const certificate = yield* Effect.promise(() =>
      x509.X509CertificateGenerator.create({
        serialNumber,
        subject: `CN=${host}`,
        issuer: issuer === undefined ? `CN=${host}` : `CN=${issuer.name}`,
        notBefore: new Date(from),
        notAfter: new Date(to),
        signingAlgorithm: algorithm,
        publicKey: keys.publicKey,
        signingKey: (issuer?.keys ?? keys).privateKey,
        extensions: [new x509.SubjectAlternativeNameExtension([...names(host)])]
      })
    )
    return { cert: certificate.toString("pem"), key: yield* pemOfKey(x509, keys.privateKey) }
  })

const authorityName = "effect-mail test authority"

const makeAuthority = (x509: typeof X509, from: number, to: number) =>
  Effect.gen(function*() {
    const keys = yield* generateKeys
    const certificate = yield* Effect.promise(() =>
      x509.X509CertificateGenerator.createSelfSigned({
        serialNumber: "01",
        name: `CN=${authorityName}`,
        notBefore: new Date(from),
        notAfter: new Date(to),
        signingAlgorithm: algorithm,
        keys,
        extensions: [
          new x509.BasicConstraintsExtension(true, undefined, true),
          new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true)
        ]
      })
    )
    return { ca: certificate.toString("pem"), issuer: { name: authorityName, keys } }
  })

/**
 * Makes an authority and certificates, of which all but `selfSigned` are issued by it.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make: Effect.Effect<TestCertificates> = Effect.gen(function*() {
  const x509 = yield* loadX509
  const now = yield* Clock.currentTimeMillis
  const { ca, issuer } = yield* makeAuthority(x509, now - 30 * day, now + 30 * day)
  return {
    ca,
    valid: yield* issue(x509, "localhost", now - day, now + 30 * day, issuer),
    expired: yield* issue(x509, "localhost", now - 20 * day, now - 10 * day, issuer),
    notYetValid: yield* issue(x509, "localhost", now + 10 * day, now + 20 * day, issuer),
    wrongHost: yield* issue(x509, "other.example", now - day, now + 30 * day, issuer),
    selfSigned: yield* issue(x509, "localhost", now - day, now + 30 * day)
  }
})
