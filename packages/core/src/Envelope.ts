/**
 * What a driver needs to know of a message beside its bytes: sender and recipients (RFC 5321 section 2.3.1), and what it
 * demands of the servers in transit.
 *
 * @since 0.1.0
 */
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as EffectSchema from "effect/Schema"
import * as Address from "./Address.js"
import type * as DeliveryReport from "./DeliveryReport.js"
import { isEnvelopeId } from "./internal/address/envelopeId.js"

/** Whether a text is an address as `Address.addrSpec` writes it, so that nothing else can get into a command. */
const isPath = (text: string): boolean => {
  const address = Address.fromInput({ address: text })
  return Either.isRight(address) && Address.addrSpec(address.right) === text
}

const notPath = "it is not an address in the form of an SMTP command"

const ForwardPath = EffectSchema.String.pipe(EffectSchema.filter((text) => isPath(text) || notPath))

/** Empty for the null reverse-path. */
const ReversePath = EffectSchema.String.pipe(EffectSchema.filter((text) => text === "" || isPath(text) || notPath))

/**
 * The delivery reports that are requested (RFC 3461). Servers that do not offer DSN get the message without the request.
 *
 * - `notify`: when to report; `"never"` also suppresses reports of failures
 * - `return`: how much of the message a report of a failure should hold
 * - `envelopeId`: ENVID, the name of the message in the reports; 1 to 100 printable ASCII characters
 *
 * @since 0.1.0
 * @category models
 */
export const Notification = EffectSchema.Struct({
  notify: EffectSchema.optional(
    EffectSchema.Union(
      EffectSchema.Literal("never"),
      EffectSchema.Array(EffectSchema.Literal("success", "failure", "delay"))
    )
  ),
  return: EffectSchema.optional(EffectSchema.Literal("full", "headers")),
  envelopeId: EffectSchema.optional(
    EffectSchema.String.pipe(EffectSchema.filter((text) => isEnvelopeId(text)))
  )
})

/**
 * @since 0.1.0
 * @category models
 */
export type Notification = typeof Notification.Type

const fields = {
  from: ReversePath,
  to: EffectSchema.Array(ForwardPath),
  smtpUtf8: EffectSchema.Boolean,
  eightBit: EffectSchema.Boolean,
  requireTls: EffectSchema.Boolean,
  notification: EffectSchema.optional(Notification)
}

const isAscii = (text: string): boolean => /^[\x00-\x7f]*$/.test(text)

/**
 * An envelope with all that a message demands of a server.
 *
 * - `from`: MAIL FROM; empty for the null reverse-path of a bounce
 * - `to`: RCPT TO
 * - `smtpUtf8`: whether the server must offer SMTPUTF8 (RFC 6531)
 * - `eightBit`: whether the message holds octets above 127, so that the server must offer 8BITMIME (RFC 6152)
 * - `requireTls`: whether the message must stay encrypted in transit, so that the server must offer REQUIRETLS (RFC 8689)
 * - `notification`: which delivery reports are wanted (RFC 3461)
 *
 * The schema accepts only what `of` can return: decoding fails with a `ParseError` for a path that is not one address, and
 * for a non-ASCII address without `smtpUtf8`.
 *
 * @example
 * ```ts
 * import { Envelope } from "@effect-mail/core"
 * import { Schema } from "effect"
 *
 * const decoded = Schema.decodeUnknownEither(Envelope.Envelope)({
 *   from: "ada@example.com",
 *   to: ["bob@example.org"],
 *   smtpUtf8: false,
 *   eightBit: false,
 *   requireTls: true
 * })
 * ```
 *
 * @since 0.1.0
 * @category models
 */
export const Envelope = EffectSchema.Struct(fields).pipe(
  EffectSchema.filter(({ from, smtpUtf8, to }) =>
    smtpUtf8 || [from, ...to].every(isAscii) || "an address is not ASCII, and smtpUtf8 is false"
  )
)

/**
 * @since 0.1.0
 * @category models
 */
export type Envelope = typeof Envelope.Type

/**
 * The properties of an `Outgoing` that an envelope is made from.
 *
 * @since 0.1.0
 * @category models
 */
export interface Source {
  readonly envelope: DeliveryReport.Envelope
  readonly eightBit: boolean
  readonly requireTls: boolean
  readonly notification: Option.Option<Notification>
}

/**
 * The whole envelope of a checked message. An SMTP driver needs only this and the bytes.
 *
 * @example
 * ```ts
 * import { Envelope, type Outgoing } from "@effect-mail/core"
 *
 * const mustStayEncrypted = (outgoing: Outgoing.Outgoing): boolean => Envelope.of(outgoing).requireTls
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const of = ({ eightBit, envelope: { from, smtpUtf8, to }, notification, requireTls }: Source): Envelope => ({
  from,
  to,
  smtpUtf8,
  eightBit,
  requireTls,
  ...Option.isNone(notification) ? {} : { notification: notification.value }
})
