/**
 * Signatures by which a receiver knows which domain vouches for a message (DKIM: RFC 6376, RFC 8463). A policy over any
 * backend signs each message once; retries, failover and redirection keep the signature.
 *
 * Mailbox providers demand an RSA signature whose domain is that of the author.
 *
 * @since 0.1.0
 */
import { sha256 as nobleSha256 } from "@noble/hashes/sha2.js"
import * as Config from "effect/Config"
import type * as ConfigError from "effect/ConfigError"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Encoding from "effect/Encoding"
import * as Inspectable from "effect/Inspectable"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { parseDomain } from "./internal/address/domain.js"
import * as Canonical from "./internal/dkim/canonical.js"
import * as PrivateKey from "./internal/dkim/privateKey.js"
import type { Signer } from "./internal/dkim/signature.js"
import * as Signing from "./internal/dkim/signing.js"
import { sourceOf } from "./internal/outgoing/outgoing.js"
import * as Policy from "./internal/policy/wrap.js"
import * as Value from "./internal/value/kind.js"
import * as MailBackend from "./MailBackend.js"
import type { BackendError } from "./MailError.js"
import type * as Outgoing from "./Outgoing.js"

/**
 * @since 0.1.0
 * @category type ids
 */
export const TypeId: TypeId = "~@effect-mail/core/Dkim"

/**
 * @since 0.1.0
 * @category type ids
 */
export type TypeId = "~@effect-mail/core/Dkim"

/**
 * A key cannot sign: `field` names the option, `reason` says what is wrong with it and what to do. It holds nothing of
 * the key.
 *
 * @since 0.1.0
 * @category errors
 */
export class DkimKeyError extends Schema.TaggedError<DkimKeyError>("@effect-mail/core/Dkim/DkimKeyError")(
  "DkimKeyError",
  { field: Schema.Literal("domain", "selector", "privateKey"), reason: Schema.String }
) {
  /**
   * @since 0.1.0
   */
  readonly [TypeId]: TypeId = TypeId
  /**
   * @since 0.1.0
   */
  override get message(): string {
    return `Bad DKIM key: ${this.field}: ${this.reason}`
  }
}

/**
 * A key that signs, made by `key`.
 *
 * - `domain`: in lower case, with A-labels; it signs for authors of this domain and of those below it
 * - `selector`: with the domain, where the public key is published: `selector._domainkey.domain`
 * - `bits`: the size of an RSA key
 *
 * @since 0.1.0
 * @category models
 */
export interface Key extends Inspectable.Inspectable {
  readonly [TypeId]: TypeId
  readonly domain: string
  readonly selector: string
  readonly algorithm: "rsa-sha256" | "ed25519-sha256"
  readonly bits: Option.Option<number>
}

type KeyFields = Omit<Key, keyof Inspectable.Inspectable | TypeId>

const Proto = {
  [TypeId]: TypeId,
  ...Inspectable.BaseProto,
  toJSON(this: Key) {
    const { algorithm, domain, selector } = this
    return { _id: "@effect-mail/core/Dkim/Key", domain, selector, algorithm }
  }
}

const keyOf: (fields: KeyFields) => Key = Value.kind<Key>(TypeId, Proto)

/** The secret part of each key, which no property shows. */
const cryptoKeys = new WeakMap<Key, CryptoKey>()

/**
 * Whether `key` made the value.
 *
 * @since 0.1.0
 * @category guards
 */
export const isKey = (u: unknown): u is Key => Value.isOf(TypeId, u)

/**
 * What a key is made of.
 *
 * - `domain`: that of the authors, or a parent of it
 * - `selector`: one or more labels, such as `s2026`
 * - `privateKey`: PEM with PKCS#8 or PKCS#1 (RSA or Ed25519), or the base64 of an Ed25519 seed of 32 octets. Line ends may
 *   be written `\n`, as in environment variables
 *
 * @since 0.1.0
 * @category models
 */
export interface KeyOptions {
  readonly domain: string
  readonly selector: string
  readonly privateKey: Redacted.Redacted<string>
}

const label = /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/
const longestName = 253

const fail = (field: DkimKeyError["field"], reason: string): Either.Either<never, DkimKeyError> =>
  Either.left(new DkimKeyError({ field, reason }))

const checkDomain = (domain: string): Either.Either<string, DkimKeyError> =>
  typeof domain !== "string" || domain.startsWith("[")
    ? fail("domain", "it is not a domain name")
    : Either.match(parseDomain(domain), {
      onLeft: (reason) => fail("domain", reason),
      onRight: (ascii) => Either.right(ascii.toLowerCase())
    })

const checkSelector = (selector: string, domain: string): Either.Either<string, DkimKeyError> => {
  if (typeof selector !== "string" || !selector.split(".").every((part) => label.test(part))) {
    return fail("selector", "it is not a sequence of labels of letters, digits and hyphens")
  }
  return `${selector}._domainkey.${domain}`.length > longestName
    ? fail("selector", "with the domain it is longer than a DNS name may be")
    : Either.right(selector)
}

const algorithms = {
  "rsa-sha256": { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" },
  "ed25519-sha256": { name: "Ed25519" }
} as const

const importKey = ({ algorithm, pkcs8 }: PrivateKey.Material): Effect.Effect<CryptoKey, DkimKeyError> =>
  Effect.tryPromise({
    try: () => crypto.subtle.importKey("pkcs8", pkcs8, algorithms[algorithm], false, ["sign"]),
    // What WebCrypto says of a key might hold some of it.
    catch: () =>
      new DkimKeyError({
        field: "privateKey",
        reason: "the key is damaged, or this runtime cannot use keys of its kind"
      })
  })

const goodBits = 2048

/**
 * Reads a key, once: a PEM text costs ten times as much as a signature. Logs a warning for an RSA key of less than 2048
 * bits.
 *
 * Fails with `DkimKeyError` for a domain or selector that DNS does not have, for what is no private key, for one of
 * another kind than RSA and Ed25519, and for RSA below 1024 bits (RFC 8301) or above 4096.
 *
 * @example
 * ```ts
 * import { Dkim } from "@effect-mail/core"
 * import { Config, Effect } from "effect"
 *
 * const key = Effect.flatMap(Config.redacted("DKIM_PRIVATE_KEY"), (privateKey) =>
 *   Dkim.key({ domain: "example.com", selector: "s2026", privateKey }))
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const key = (options: KeyOptions): Effect.Effect<Key, DkimKeyError> =>
  Effect.gen(function*() {
    const domain = yield* checkDomain(options.domain)
    const selector = yield* checkSelector(options.selector, domain)
    const material = yield* Either.mapLeft(
      PrivateKey.parse(Redacted.value(options.privateKey)),
      (reason) => new DkimKeyError({ field: "privateKey", reason })
    )
    const cryptoKey = yield* importKey(material)
    const { algorithm, bits } = material
    if (bits !== undefined && bits < goodBits) {
      yield* Effect.logWarning(`The DKIM key ${selector} of ${domain} has ${bits} bits: take ${goodBits} or more`)
    }
    const made = keyOf({ domain, selector, algorithm, bits: Option.fromNullable(bits) })
    cryptoKeys.set(made, cryptoKey)
    return made
  })

/**
 * SHA-256 of octets as they come, which WebCrypto does not have.
 *
 * @since 0.1.0
 * @category models
 */
export interface IncrementalHash {
  readonly update: (octets: Uint8Array) => void
  readonly digest: () => Uint8Array
}

/**
 * What hashes streamed attachments. The default is JavaScript that runs everywhere, at some 60 MiB a second; where there
 * is a native one it is many times as fast.
 *
 * @example
 * ```ts
 * import { Dkim } from "@effect-mail/core"
 * import { Effect } from "effect"
 * import { createHash } from "node:crypto"
 *
 * const withNodeCrypto = Effect.provideService(Dkim.StreamHash, () => createHash("sha256"))
 * ```
 *
 * @since 0.1.0
 * @category configuration
 */
export class StreamHash extends Context.Reference<StreamHash>()("@effect-mail/core/Dkim/StreamHash", {
  defaultValue: (): () => IncrementalHash => () => nobleSha256.create()
}) {}

/**
 * How messages are signed.
 *
 * - `unsigned`: what becomes of a message for whose author there is no key. Default: `"refuse"`, with a `ConnectionError`
 *   of reason `Configuration`
 * - `except`: fields that are not signed, since a server on the way replaces them: Amazon SES replaces Date and
 *   Message-ID. `From` is always signed. Default: none
 *
 * @since 0.1.0
 * @category models
 */
export interface SignOptions {
  readonly unsigned?: "refuse" | "send" | undefined
  readonly except?: ReadonlyArray<string> | undefined
}

const signer = (key: Key): ReadonlyArray<Signer> => {
  const cryptoKey = cryptoKeys.get(key)
  return cryptoKey === undefined ? [] : [{ ...key, cryptoKey }]
}

const settings = (keys: Key | ReadonlyArray<Key>, options: SignOptions): Signing.Settings => {
  const list = isKey(keys) ? [keys] : keys
  // Ed25519 goes behind RSA in the text, and so comes first: each signature is put before the last.
  const order = (key: Key): number => key.algorithm === "ed25519-sha256" ? 0 : 1
  const except = (options.except ?? []).map((name) => name.toLowerCase()).filter((name) => name !== "from")
  return {
    signers: Array.from(list).sort((a, b) => order(a) - order(b)).flatMap(signer),
    unsigned: options.unsigned ?? "refuse",
    except: new Set(except)
  }
}

const signWith = (
  outgoing: Outgoing.Outgoing,
  settings: Signing.Settings
): Effect.Effect<Signing.Apply, BackendError> =>
  Effect.contextWithEffect((context: Context.Context<never>) =>
    Signing.sign(outgoing, settings, Context.get(context, StreamHash))
  )

/**
 * The message with a signature of each key whose domain is closest to the author's: the same domain, or a parent of it.
 * For bytes that are stored and sent later; a backend signs by `sign`. A message that a key has signed already is not
 * signed by it again.
 *
 * The form is relaxed/relaxed. Signed are From, To, Cc, Reply-To, Subject, Date, Message-ID, In-Reply-To, References,
 * the MIME fields and the List fields that say how to unsubscribe. From, To, Cc, Reply-To, Subject, Date, Message-ID and
 * the MIME fields are signed once more than they are there, so that another one breaks the signature.
 *
 * Attachments that are streams are read once for the signature, and again when the message is sent. Where they give other
 * octets then, sending fails with `AttachmentError` before the message is complete.
 *
 * Fails with `AttachmentError` when a stream of an attachment does, and with `ConnectionError` of reason `Configuration`
 * where no key is for the author's domain.
 *
 * @example
 * ```ts
 * import { Dkim, type Message, Outgoing } from "@effect-mail/core"
 * import { Effect } from "effect"
 *
 * const signedBytes = (key: Dkim.Key, message: Message.Message) =>
 *   Outgoing.prepare(message).pipe(
 *     Effect.flatMap((outgoing) => Dkim.signed(outgoing, key)),
 *     Effect.flatMap(Outgoing.freeze)
 *   )
 * ```
 *
 * @since 0.1.0
 * @category signing
 */
export const signed = (
  outgoing: Outgoing.Outgoing,
  keys: Key | ReadonlyArray<Key>,
  options: SignOptions = {}
): Effect.Effect<Outgoing.Outgoing, BackendError> =>
  Effect.map(signWith(outgoing, settings(keys, options)), (apply) => apply(outgoing))

/**
 * Signs what a backend sends, as `signed` does. A message that comes again, as from `MailPolicy.retry`, has the signature
 * of the first time.
 *
 * @example
 * ```ts
 * import { Smtp } from "@effect-mail/backends"
 * import { Dkim } from "@effect-mail/core"
 *
 * const MailLive = (key: Dkim.Key) =>
 *   Smtp.layer({ host: "smtp.example.com" }).pipe(Dkim.sign(key))
 * ```
 *
 * @since 0.1.0
 * @category signing
 */
export const sign = (keys: Key | ReadonlyArray<Key>, options: SignOptions = {}): Policy.Applicable => {
  const chosen = settings(keys, options)
  const known = new WeakMap<object, Signing.Apply>()
  return Policy.make((backend) =>
    Policy.over(backend, (session) => ({
      deliver: (outgoing, options) => {
        const source = sourceOf(outgoing)
        // A value that only looks like a message is refused where its bytes are rendered.
        if (source === undefined) return session.deliver(outgoing, options)
        const earlier = known.get(source)
        if (earlier !== undefined) return session.deliver(earlier(outgoing), options)
        return Effect.flatMap(signWith(outgoing, chosen), (apply) => {
          known.set(source, apply)
          return session.deliver(apply(outgoing), options)
        })
      }
    }))
  )
}

/**
 * What `layer` takes: one key and how to sign.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options extends KeyOptions, SignOptions {}

/**
 * Signs what the backend sends that is there.
 *
 * @example
 * ```ts
 * import { Smtp } from "@effect-mail/backends"
 * import { Dkim } from "@effect-mail/core"
 * import { Layer, Redacted } from "effect"
 *
 * const MailLive = Dkim.layer({ domain: "example.com", selector: "s2026", privateKey: Redacted.make("...") }).pipe(
 *   Layer.provide(Smtp.layer({ host: "smtp.example.com" }))
 * )
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (
  options: Options
): Layer.Layer<MailBackend.MailBackend, DkimKeyError, MailBackend.MailBackend> =>
  Layer.effect(
    MailBackend.MailBackend,
    Effect.zipWith(MailBackend.MailBackend, key(options), (backend, key) => sign(key, options)(backend))
  )

/**
 * The same, with what configuration says.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerConfig = (
  config: Config.Config.Wrap<Options>
): Layer.Layer<MailBackend.MailBackend, DkimKeyError | ConfigError.ConfigError, MailBackend.MailBackend> =>
  Layer.unwrapEffect(Effect.map(Config.unwrap(config), layer))

/**
 * `DKIM_DOMAIN`, `DKIM_SELECTOR` and `DKIM_PRIVATE_KEY`, for `layerConfig`.
 *
 * @example
 * ```ts
 * import { Smtp } from "@effect-mail/backends"
 * import { Dkim } from "@effect-mail/core"
 * import { Layer } from "effect"
 *
 * const MailLive = Dkim.layerConfig(Dkim.config).pipe(Layer.provide(Smtp.layer({ host: "smtp.example.com" })))
 * ```
 *
 * @since 0.1.0
 * @category configuration
 */
export const config: Config.Config<KeyOptions> = Config.all({
  domain: Config.string("DKIM_DOMAIN"),
  selector: Config.string("DKIM_SELECTOR"),
  privateKey: Config.redacted("DKIM_PRIVATE_KEY")
})

/**
 * A new key pair.
 *
 * - `privateKey`: PEM with PKCS#8, for `key`
 * - `record`: the TXT record to publish
 *
 * @since 0.1.0
 * @category models
 */
export interface KeyPair {
  readonly privateKey: Redacted.Redacted<string>
  readonly record: string
}

const pem = (octets: Uint8Array): string =>
  `-----BEGIN PRIVATE KEY-----\n${
    (Encoding.encodeBase64(octets).match(/.{1,64}/g) ?? []).join("\n")
  }\n-----END PRIVATE KEY-----\n`

const ed25519Length = 32

const generateRsa = () =>
  crypto.subtle.generateKey(
    { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256", modulusLength: goodBits, publicExponent: Uint8Array.of(1, 0, 1) },
    true,
    ["sign", "verify"]
  )

/** The types of the DOM do not tell that this algorithm makes a pair. */
const isPair = (made: CryptoKey | CryptoKeyPair): made is CryptoKeyPair => "privateKey" in made

const generateEd25519 = async (): Promise<CryptoKeyPair> => {
  const made = await crypto.subtle.generateKey({ name: "Ed25519" }, true, ["sign", "verify"])
  if (!isPair(made)) throw new TypeError("the runtime made no pair of keys")
  return made
}

/**
 * Makes a key pair: RSA with 2048 bits unless said otherwise. Publish `record` as the TXT record of
 * `selector._domainkey.domain`.
 *
 * @example
 * ```ts
 * import { Dkim } from "@effect-mail/core"
 * import { Console, Effect } from "effect"
 *
 * const program = Effect.flatMap(Dkim.generate(), ({ record }) => Console.log(record))
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const generate = (algorithm: "rsa" | "ed25519" = "rsa"): Effect.Effect<KeyPair> =>
  Effect.promise(async () => {
    const pair = algorithm === "rsa" ? await generateRsa() : await generateEd25519()
    const privateKey = new Uint8Array(await crypto.subtle.exportKey("pkcs8", pair.privateKey))
    const spki = new Uint8Array(await crypto.subtle.exportKey("spki", pair.publicKey))
    // RFC 8463 section 4: the bare key; RFC 6376 section 3.6.1: the whole structure.
    const published = algorithm === "rsa" ? spki : spki.slice(-ed25519Length)
    return {
      privateKey: Redacted.make(pem(privateKey)),
      record: `v=DKIM1; k=${algorithm}; p=${Encoding.encodeBase64(published)}`
    }
  })

/**
 * The relaxed canonical form of a body (RFC 6376 section 3.4.4).
 *
 * @since 0.1.0
 * @category canonical forms
 */
export const relaxedBody: (body: Uint8Array) => Uint8Array = Canonical.relaxedBody

/**
 * The relaxed canonical form of a header field with its line end (RFC 6376 section 3.4.2). What has no colon stays as it
 * is.
 *
 * @since 0.1.0
 * @category canonical forms
 */
export const relaxedField = (field: string): string => {
  const colon = field.indexOf(":")
  return colon < 0
    ? field
    : `${field.slice(0, colon).trimEnd().toLowerCase()}:${Canonical.relaxedValue(field.slice(colon + 1))}\r\n`
}
