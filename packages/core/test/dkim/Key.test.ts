import { Dkim } from "@effect-mail/core"
import { Message } from "@effect-mail/core"
import * as Verifiers from "@effect-mail/test-kit/DkimVerifiers"
import * as Vectors from "@effect-mail/test-kit/Vectors"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FastCheck as fc, Logger, Option, Redacted } from "effect"
import { generateKeyPairSync } from "node:crypto"
import { inspect } from "node:util"
import * as Keys from "./Keys.js"

const { keys } = Vectors.dkim

const place = { domain: "example.com", selector: "s1" }

const read = (privateKey: string, options: Partial<typeof place> = {}) =>
  Dkim.key({ ...place, ...options, privateKey: Redacted.make(privateKey) })

const rsaOf = (modulusLength: number, type: "pkcs1" | "pkcs8" = "pkcs8") =>
  generateKeyPairSync("rsa", {
    modulusLength,
    privateKeyEncoding: { type, format: "pem" },
    publicKeyEncoding: { type: "spki", format: "pem" }
  })

const refused = (privateKey: string, reason: RegExp) =>
  Effect.map(Effect.flip(read(privateKey)), (error) => {
    assert.strictEqual(error._tag, "DkimKeyError")
    assert.strictEqual(error.field, "privateKey")
    assert.match(error.message, reason)
    assert.notInclude(error.message, privateKey.slice(40, 80) || "\0")
  })

describe("Dkim.key", () => {
  const signs = (privateKey: string, algorithm: "rsa" | "ed25519") =>
    Effect.gen(function*() {
      const key = yield* Dkim.key({ ...keys[algorithm], privateKey: Redacted.make(privateKey) })
      const { backend, octets } = Keys.keeping(Dkim.sign(key))
      yield* backend.send(Message.make({ from: "a@example.com", to: "b@example.org", text: "x" }))
      assert.deepStrictEqual(yield* Verifiers.mailauth(octets[0] ?? new Uint8Array(0), Keys.dns), [true])
      return key
    })

  it.effect("reads PKCS#8, PKCS#1, seeds, and texts of environment variables", () =>
    Effect.gen(function*() {
      const { ed25519, rsa } = keys
      const key = yield* signs(rsa.pkcs8, "rsa")
      assert.deepStrictEqual(key.bits, Option.some(2048))
      yield* signs(rsa.pkcs1 ?? "", "rsa")
      yield* signs(`  ${rsa.pkcs8.replaceAll("\n", "\r\n")}\n`, "rsa")
      yield* signs(rsa.pkcs8.replaceAll("\n", "\\n"), "rsa")
      yield* signs(ed25519.pkcs8, "ed25519")
      yield* signs(ed25519.seed_base64 ?? "", "ed25519")
    }))

  it.effect("refuses what is no private RSA or Ed25519 key, and says which it is", () =>
    Effect.gen(function*() {
      const ec = generateKeyPairSync("ec", {
        namedCurve: "P-256",
        privateKeyEncoding: { type: "pkcs8", format: "pem" },
        publicKeyEncoding: { type: "spki", format: "pem" }
      })
      const encrypted = generateKeyPairSync("rsa", {
        modulusLength: 1024,
        privateKeyEncoding: { type: "pkcs8", format: "pem", cipher: "aes-128-cbc", passphrase: "x" },
        publicKeyEncoding: { type: "spki", format: "pem" }
      })
      const { pkcs8 } = keys.rsa
      yield* refused("", /empty/)
      yield* refused("not a key", /neither/)
      yield* refused(pkcs8.slice(0, 800), /neither/)
      yield* refused(pkcs8.replace(/\n.{64}\n/, "\n"), /damaged/)
      yield* refused(pkcs8.replace("M", "\u00e4"), /damaged/)
      yield* refused(ec.privateKey, /neither an RSA/)
      yield* refused(ec.publicKey, /public/)
      yield* refused(encrypted.privateKey, /encrypted/)
      yield* refused(
        "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nAAAA\n-----END RSA PRIVATE KEY-----",
        /encrypted/
      )
      yield* refused(rsaOf(768).privateKey, /768 bits/)
      yield* refused(rsaOf(512, "pkcs1").privateKey, /512 bits/)
      yield* refused("-".repeat(1_000_000), /too long/)
      yield* refused("-----BEGIN A-----".repeat(1900), /neither/)
    }))

  it.effect("warns of a short key", () =>
    Effect.gen(function*() {
      const warnings: Array<unknown> = []
      const logger = Logger.make(({ logLevel, message }) => void warnings.push([logLevel.label, String(message)]))
      yield* Effect.provide(read(rsaOf(1024).privateKey), Logger.replace(Logger.defaultLogger, logger))
      assert.deepStrictEqual(warnings, [["WARN", "The DKIM key s1 of example.com has 1024 bits: take 2048 or more"]])
    }))

  it.effect("refuses a selector or a domain that DNS does not have", () =>
    Effect.gen(function*() {
      const field = (options: Partial<typeof place>) =>
        Effect.map(Effect.flip(read(keys.rsa.pkcs8, options)), ({ field }) => field)
      for (
        const selector of [
          "",
          "a_b",
          "-a",
          "a.",
          "a..b",
          "a b",
          "ä",
          "a;b",
          "a\r\nb",
          "a".repeat(64),
          "a.".repeat(125) + "a"
        ]
      ) {
        assert.strictEqual(yield* field({ selector }), "selector", selector)
      }
      for (const domain of ["", "[192.0.2.1]", "a b.example", "example.com.", "a;b", "x\r\ny", "@example.com"]) {
        assert.strictEqual(yield* field({ domain }), "domain", domain)
      }
    }))

  it.effect("shows nothing of the key", () =>
    Effect.gen(function*() {
      const key = yield* Keys.rsa
      const shown = [JSON.stringify(key), String(key), inspect(key, { depth: 9, showHidden: true })].join("")
      assert.include(shown, "r2026")
      assert.notMatch(shown, /PRIVATE|MII/)
    }))

  it.effect.prop(
    "gives a typed error for any text",
    [fc.string({ maxLength: 300 })],
    ([text]) =>
      Effect.map(
        Effect.exit(read(`-----BEGIN PRIVATE KEY-----\n${text}\n-----END PRIVATE KEY-----`)),
        (exit) => assert.isTrue(exit._tag === "Failure" && exit.cause._tag === "Fail")
      )
  )
})

describe("Dkim.generate", () => {
  it.effect("makes keys that sign, with the record to publish", () =>
    Effect.gen(function*() {
      for (const algorithm of ["rsa", "ed25519"] as const) {
        const { privateKey, record } = yield* Dkim.generate(algorithm)
        const { backend, octets } = Keys.keeping(Dkim.sign(yield* Dkim.key({ ...place, privateKey })))
        yield* backend.send(Message.make({ from: "a@example.com", to: "b@example.org", text: "x" }))
        const dns = { "s1._domainkey.example.com": record }
        assert.deepStrictEqual(yield* Verifiers.mailauth(octets[0] ?? new Uint8Array(0), dns), [true])
      }
    }))
})
