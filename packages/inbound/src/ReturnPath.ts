/**
 * Addresses that bounces come back to, each with a token that says which message and which recipient it belongs to (VERP).
 * The token is signed, so that a notice which holds one is about a message of yours, from wherever the notice came.
 *
 * A token holds 64 bits of a hash of the Message-ID, 56 bits of one of the recipient, and 80 bits of HMAC-SHA256, in base32:
 * mail servers may turn local parts into lower case. It tells nothing to those who do not have the secret.
 *
 * @since 0.1.0
 */
import { Address, MailError, MailPolicy, Outgoing } from "@effect-mail/core"
import * as Config from "effect/Config"
import type * as ConfigError from "effect/ConfigError"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import { InboundConfigError } from "./InboundConfigError.js"
import * as Base32 from "./internal/base32.js"
import * as Hmac from "./internal/hmac.js"
import { join } from "./internal/octets.js"
import type { Notice } from "./Notice.js"

/**
 * - `domain`: where bounces come to: a mail server must take what arrives for `prefix+TOKEN@domain`
 * - `secret`: at least 16 characters; keep it as long as bounces may come, which is some days
 * - `prefix`: what the local part begins with. Default: `"b"`
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  readonly domain: string
  readonly secret: Redacted.Redacted<string>
  readonly prefix?: string | undefined
}

/**
 * What a notice is about, as far as the token in it proves it.
 *
 * - `messageKey`: a hash of the Message-ID; that of a report of yours is `messageKey(report.messageId)`
 * - `by`: where the token was found
 * - `isFor`: whether the message was sent to this address alone. Of a message to several recipients the token does not know
 *   which of them it is, so that the answer is `false`
 * - `recipients`: those that the notice itself names and that `isFor` proves
 *
 * @since 0.1.0
 * @category models
 */
export interface Tied {
  readonly messageKey: string
  readonly by: "ReturnPath" | "EnvelopeId"
  readonly isFor: (recipient: string) => Effect.Effect<boolean>
  readonly recipients: ReadonlyArray<string>
}

/**
 * Makes and reads the addresses.
 *
 * - `messageKey`: the hash of a Message-ID that tokens hold: store it with the report, and look it up when a notice comes
 * - `address`: MAIL FROM for a message to these recipients
 * - `policy`: gives each message such a MAIL FROM, and the token as envelope id (ENVID, RFC 3461) where it has none
 * - `tie`: looks for a token in the addresses that the notice came to, and then in its envelope id. None where there is no
 *   token of ours: then the notice may say anything
 *
 * @since 0.1.0
 * @category models
 */
export interface Service {
  readonly messageKey: (messageId: string) => Effect.Effect<string>
  readonly address: (messageId: string, recipients: ReadonlyArray<string>) => Effect.Effect<Address.Address>
  readonly policy: MailPolicy.Applicable
  readonly tie: (notice: Notice) => Effect.Effect<Option.Option<Tied>>
}

/**
 * @since 0.1.0
 * @category tags
 */
export class ReturnPath extends Context.Tag("@effect-mail/inbound/ReturnPath")<ReturnPath, Service>() {}

const messageOctets = 8
const recipientOctets = 7
const macOctets = 10
const tokenLength = Math.ceil((messageOctets + recipientOctets + macOctets) * 8 / 5)
const severalRecipients = new Uint8Array(recipientOctets)

/** One form for all ways in which an address may be written. A server may have changed the case of its local part. */
const recipientKey = (recipient: string): string =>
  Either.match(Address.parse(recipient), { onLeft: () => recipient, onRight: Address.addrSpec }).toLowerCase()

const bareId = (messageId: string): string => messageId.replace(/^<|>$/g, "")

const validPrefix = /^[a-z0-9][a-z0-9._-]{0,15}$/

const check = ({ domain, prefix = "b", secret }: Options): Either.Either<Address.Address, InboundConfigError> => {
  const fail = (option: string, reason: string) => Either.left(new InboundConfigError({ option, reason }))
  const fault = Hmac.secretFault(secret)
  if (fault !== undefined) return fail("secret", fault)
  if (!validPrefix.test(prefix)) return fail("prefix", "it is not up to 16 lower-case letters, digits, dots or hyphens")
  return Either.mapLeft(
    Address.parse(`${prefix}@${domain}`),
    ({ reason }) => new InboundConfigError({ option: "domain", reason })
  )
}

/**
 * Fails with `InboundConfigError` for a domain that is none, and for a secret of less than 16 characters.
 *
 * @example
 * ```ts
 * import { Smtp } from "@effect-mail/backends"
 * import { MailPolicy } from "@effect-mail/core"
 * import { ReturnPath } from "@effect-mail/inbound"
 * import { Effect, Layer, Redacted } from "effect"
 *
 * const MailLive = ReturnPath.make({
 *   domain: "bounces.example.com",
 *   secret: Redacted.make("sixteen characters or more")
 * }).pipe(
 *   Effect.map(({ policy }) => Smtp.layer({ host: "smtp.example.com" }).pipe(MailPolicy.apply(policy))),
 *   Layer.unwrapEffect
 * )
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: Options): Effect.Effect<Service, InboundConfigError> =>
  Effect.gen(function*() {
    const base = yield* check(options)
    const hmac = yield* Hmac.make(options.secret)

    const part = (purpose: string, text: string, length: number) =>
      Effect.map(hmac.sign(`${purpose}\0${text}`), (octets) => octets.subarray(0, length))

    const messagePart = (messageId: string) => part("message", bareId(messageId), messageOctets)
    const recipientPart = (recipient: string) => part("recipient", recipientKey(recipient), recipientOctets)
    const macPart = (claims: Uint8Array) => part("token", Base32.encode(claims), macOctets)

    const token = (messageId: string, recipients: ReadonlyArray<string>): Effect.Effect<string> =>
      Effect.gen(function*() {
        const [only] = recipients
        const recipient = only !== undefined && recipients.length === 1
          ? yield* recipientPart(only)
          : severalRecipients
        const claims = join(yield* messagePart(messageId), recipient)
        return Base32.encode(join(claims, yield* macPart(claims)))
      })

    const addressOf = (token: string): Address.Address =>
      Either.getOrElse(Address.parse(`${base.local}+${token}@${base.domain}`), () => base)

    /** What a token of ours says. */
    const open = (token: string): Effect.Effect<Option.Option<Uint8Array>> => {
      const octets = token.length === tokenLength ? Base32.decode(token.toLowerCase()) : undefined
      if (octets === undefined) return Effect.succeedNone
      const claims = octets.subarray(0, messageOctets + recipientOctets)
      return Effect.map(macPart(claims), (mac) =>
        Hmac.isEqual(mac, octets.subarray(claims.length)) ? Option.some(claims) : Option.none())
    }

    /** The token in an address, if it has one and is of our domain. */
    const tokenIn = (address: string): string => {
      const at = address.lastIndexOf("@")
      const [prefix = "", token = ""] = address.slice(0, Math.max(at, 0)).toLowerCase().split("+")
      const isOurs = prefix === base.local && address.slice(at + 1).toLowerCase() === base.domain.toLowerCase()
      return isOurs ? token : ""
    }

    const tied = (claims: Uint8Array, by: Tied["by"], named: ReadonlyArray<string>): Effect.Effect<Tied> => {
      const claimed = claims.subarray(messageOctets)
      const isFor = (recipient: string) =>
        Effect.map(recipientPart(recipient), (octets) => Hmac.isEqual(octets, claimed))
      return Effect.map(Effect.filter(named, isFor), (recipients) => ({
        messageKey: Base32.encode(claims.subarray(0, messageOctets)),
        by,
        isFor,
        recipients
      }))
    }

    const tie = (notice: Notice): Effect.Effect<Option.Option<Tied>> =>
      Effect.gen(function*() {
        const named = namedIn(notice)
        // Complaints come to another address, and tell where the message came from.
        const from = notice._tag === "Complained" && notice.originalMailFrom !== undefined
          ? [notice.originalMailFrom]
          : []
        for (const address of [...notice.sentTo, ...from]) {
          const claims = yield* open(tokenIn(address))
          if (Option.isSome(claims)) return Option.some(yield* tied(claims.value, "ReturnPath", named))
        }
        const claims = yield* open(notice.originalEnvelopeId ?? "")
        return Option.isSome(claims)
          ? Option.some(yield* tied(claims.value, "EnvelopeId", named))
          : Option.none()
      })

    const returnTo = (outgoing: Outgoing.Outgoing): Effect.Effect<Outgoing.Outgoing, MailError.BackendError> =>
      Effect.flatMap(token(outgoing.messageId, outgoing.envelope.to), (token) =>
        Effect.mapError(
          Outgoing.returnTo(outgoing, addressOf(token), token),
          ({ message }) => new MailError.ConnectionError({ reason: "Configuration", description: message })
        ))

    return {
      messageKey: (messageId) => Effect.map(messagePart(messageId), Base32.encode),
      address: (messageId, recipients) => Effect.map(token(messageId, recipients), addressOf),
      policy: MailPolicy.mapOutgoing(returnTo),
      tie
    }
  })

/**
 * @since 0.1.0
 * @category layers
 */
export const layer = (options: Options): Layer.Layer<ReturnPath, InboundConfigError> =>
  Layer.effect(ReturnPath, make(options))

/**
 * @since 0.1.0
 * @category layers
 */
export const layerConfig = (
  config: Config.Config.Wrap<Options>
): Layer.Layer<ReturnPath, InboundConfigError | ConfigError.ConfigError> =>
  Layer.effect(ReturnPath, Effect.flatMap(Config.unwrap(config), make))

/**
 * `RETURN_PATH_DOMAIN` and `RETURN_PATH_SECRET`, for `layerConfig`.
 *
 * @since 0.1.0
 * @category configuration
 */
export const config: Config.Config<Options> = Config.all({
  domain: Config.string("RETURN_PATH_DOMAIN"),
  secret: Config.redacted("RETURN_PATH_SECRET")
})

const mostNamed = 100

/** The addresses that a notice is about, by its own account. */
const namedIn = (notice: Notice): ReadonlyArray<string> => {
  switch (notice._tag) {
    case "Bounced":
      return distinct(
        notice.recipients.flatMap(({ originalRecipient, recipient }) =>
          originalRecipient === undefined ? [recipient] : [originalRecipient, recipient]
        )
      )
    case "Complained":
      return distinct(notice.recipients)
    case "AutoReplied":
      return notice.from === undefined ? [] : [notice.from]
  }
}

/** No more than a report to one recipient can be about: each costs a signature. */
const distinct = (addresses: ReadonlyArray<string>): ReadonlyArray<string> =>
  Array.from(new Set(addresses)).slice(0, mostNamed)
