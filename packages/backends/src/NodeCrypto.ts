/**
 * The cryptography of Node, for DKIM signatures: `node:crypto` hashes streams many times as fast as JavaScript does, and
 * signs with less around the operation than WebCrypto. The octets are the same. `Smtp` uses it by itself.
 *
 * @since 0.1.0
 */
import * as Dkim from "@effect-mail/core/Dkim"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Crypto from "node:crypto"

/** The form in which Node uses a key of WebCrypto: made once, since that takes longer than hashing a letter. */
const keyObjects = new WeakMap<Dkim.SigningKey, Crypto.KeyObject>()

const keyObject = (key: Dkim.SigningKey): Crypto.KeyObject => {
  const known = keyObjects.get(key)
  if (known !== undefined) return known
  const made = Crypto.KeyObject.from(key)
  keyObjects.set(key, made)
  return made
}

/** Ed25519 hashes what it signs by itself. */
const hashes = { "rsa-sha256": "sha256", "ed25519-sha256": null } as const

/**
 * Hashes in the calling thread, and signs in one of Node's pool, so that other fibers go on meanwhile.
 *
 * @since 0.1.0
 * @category cryptography
 */
export const provider: Dkim.CryptoProvider = {
  hash: () => Crypto.createHash("sha256"),
  digest: (octets) => Effect.sync(() => Crypto.hash("sha256", octets, "buffer")),
  sign: (algorithm, key, octets) =>
    Effect.async((resume) => {
      Crypto.sign(hashes[algorithm], octets, keyObject(key), (error, signature) => {
        resume(error === null ? Effect.succeed(signature) : Effect.die(error))
      })
    })
}

/**
 * Signs with it whatever the driver is.
 *
 * @example
 * ```ts
 * import { NodeCrypto, Sendmail } from "@effect-mail/backends"
 * import { Dkim } from "@effect-mail/core"
 * import { NodeContext } from "@effect/platform-node"
 * import { Layer } from "effect"
 *
 * const MailLive = Dkim.layerConfig(Dkim.config).pipe(
 *   Layer.provide(Sendmail.layer()),
 *   Layer.provide(NodeContext.layer),
 *   Layer.merge(NodeCrypto.layer)
 * )
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<Dkim.CryptoSetting> = Layer.succeed(Dkim.CryptoSetting, Option.some(provider))
