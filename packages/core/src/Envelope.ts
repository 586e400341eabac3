/**
 * What a driver needs to know of a message beside its bytes: who sends it and to whom (RFC 5321 section 2.3.1), and what
 * it asks of the servers on its way.
 *
 * @since 0.1.0
 */
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as EffectSchema from "effect/Schema"
import * as Address from "./Address.js"
import type * as DeliveryReport from "./DeliveryReport.js"
import { checkEnvelopeId } from "./internal/check/fields.js"

/** An address just as `Address.addrSpec` writes it, so that nothing else can come into a command. */
const isPath = (text: string): boolean => {
  const address = Address.fromInput({ address: text })
  return Either.isRight(address) && Address.addrSpec(address.right) === text
}

const notPath = "it is not an address as it stands in a command"

const ForwardPath = EffectSchema.String.pipe(EffectSchema.filter((text) => isPath(text) || notPath))

/** Empty for the null reverse-path. */
const ReversePath = EffectSchema.String.pipe(EffectSchema.filter((text) => text === "" || isPath(text) || notPath))

/**
 * The delivery status notifications that are asked for (RFC 3461). Servers that do not offer DSN are not asked.
 *
 * - `notify`: when to report; `"never"` suppresses the reports of failures too
 * - `return`: how much of the message a report of failure should hold
 * - `envelopeId`: ENVID, what the reports will call the message; at most 100 printable ASCII characters
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
    EffectSchema.String.pipe(EffectSchema.filter((text) => Either.isRight(checkEnvelopeId(text))))
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
 * An envelope with all that a message asks of a server.
 *
 * - `from`: MAIL FROM; empty for the null reverse-path of a bounce
 * - `to`: RCPT TO
 * - `smtpUtf8`: whether the server must offer SMTPUTF8 (RFC 6531)
 * - `eightBit`: whether the message holds octets above 127, so that the server must offer 8BITMIME (RFC 6152)
 * - `requireTls`: whether the message must stay encrypted on its way, so that the server must offer REQUIRETLS (RFC 8689)
 * - `notification`: which reports of the delivery are wanted (RFC 3461)
 *
 * As a schema it takes only what could have come from `of`: a path that is not one address, and an address beyond ASCII
 * without `smtpUtf8`, are refused with a `ParseError`.
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
 * Of what an envelope is made: every `Outgoing` has it.
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
 * The whole envelope of a message on its way. A driver that speaks SMTP needs no more than this and the bytes.
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
