import * as Inspectable from "effect/Inspectable"
import type * as Option from "effect/Option"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import * as Annotations from "../../Annotations.js"
import * as Envelope from "../../Envelope.js"
import { fault } from "../check/ready.js"
import * as Octets from "../value/bytes.js"
import * as Value from "../value/kind.js"

export const FrozenTypeId: FrozenTypeId = "~@effect-mail/core/Outgoing/Frozen"

export type FrozenTypeId = "~@effect-mail/core/Outgoing/Frozen"

/**
 * A message that can be stored: its bytes, and all that is known beside them. `format` is the version of this form. The
 * schema of the same name stores it.
 *
 * @since 0.1.0
 * @category models
 */
export interface Frozen extends Inspectable.Inspectable {
  readonly [FrozenTypeId]: FrozenTypeId
  readonly format: 1
  readonly messageId: string
  readonly mailer: Option.Option<string>
  readonly envelope: Envelope.Envelope
  readonly annotations: Annotations.Annotations
  readonly bytes: Uint8Array
}

const FrozenProto = {
  [FrozenTypeId]: FrozenTypeId,
  ...Inspectable.BaseProto,
  toJSON(this: Frozen) {
    const { bytes, envelope, messageId } = this
    return { _id: "@effect-mail/core/Outgoing/Frozen", messageId, envelope, size: bytes.length }
  }
}

type FrozenFields = Omit<Frozen, keyof Inspectable.Inspectable | FrozenTypeId>

export const make: (fields: FrozenFields) => Frozen = Value.kind<Frozen>(FrozenTypeId, FrozenProto)

export const isFrozen = (u: unknown): u is Frozen => Value.isOf(FrozenTypeId, u)

export const FrozenFromSelf: Schema.Schema<Frozen> = Schema.declare(isFrozen, { identifier: "Frozen" })

const format = Schema.Literal(1).annotations({
  message: ({ actual }) => `the format of the stored message is ${String(actual)}; this version of the library reads 1`
})

const fields = {
  format,
  messageId: Schema.String,
  mailer: Schema.optionalWith(Schema.String, { as: "Option", exact: true }),
  envelope: Envelope.Envelope,
  annotations: Schema.optionalWith(Annotations.Annotations, { exact: true, default: () => ({}) })
}

/** All of a stored message but its bytes. */
export const Head = Schema.Struct(fields)

/** The codec of a stored message, whose bytes are stored by `bytes`. */
const stored = <I>(bytes: Schema.Schema<Uint8Array, I>) =>
  Schema.transformOrFail(
    Schema.Struct({ ...fields, bytes }),
    FrozenFromSelf,
    {
      strict: true,
      decode: (fields, _, ast) => {
        const reason = fault(fields.bytes, fields.messageId, fields.envelope)
        return reason === undefined
          ? ParseResult.succeed(make({ ...fields, bytes: Octets.copy(fields.bytes) }))
          : ParseResult.fail(new ParseResult.Type(ast, fields, reason))
      },
      encode: ({ annotations, bytes, envelope, format, mailer, messageId }) =>
        ParseResult.succeed({ format, messageId, mailer, envelope, annotations, bytes })
    }
  )

/**
 * A frozen message in JSON.
 *
 * @since 0.1.0
 * @category models
 */
export interface FrozenEncoded extends FrozenStored<string> {}

/**
 * A stored message, with its bytes as `Bytes`.
 *
 * @since 0.1.0
 * @category models
 */
export interface FrozenStored<Bytes> {
  readonly format: 1
  readonly messageId: string
  readonly mailer?: string
  readonly envelope: Envelope.Envelope
  readonly annotations?: Schema.Schema.Encoded<typeof Annotations.Annotations>
  readonly bytes: Bytes
}

/**
 * A codec between a frozen message and JSON, in which its bytes are base64.
 *
 * Decoding checks the message, so that no stored text can become an SMTP command or an extra line. It fails with a
 * `ParseError` for a format that this version does not know, for an invalid envelope, and for bytes that are not a valid
 * message: lines that do not end in CRLF or are too long, a NUL, octets that the envelope does not announce, no header,
 * blind copies in it, or another Message-ID. This is not a signature: with access to the store any message can be stored.
 *
 * @example
 * ```ts
 * import { type Message, Outgoing } from "@effect-mail/core"
 * import { Effect, Schema } from "effect"
 *
 * const toJson = (message: Message.Message) =>
 *   Outgoing.prepare(message).pipe(
 *     Effect.flatMap(Outgoing.freeze),
 *     Effect.flatMap(Schema.encode(Schema.parseJson(Outgoing.Frozen)))
 *   )
 * const fromJson = (json: string) =>
 *   Effect.map(Schema.decode(Schema.parseJson(Outgoing.Frozen))(json), Outgoing.thaw)
 * ```
 *
 * @since 0.1.0
 * @category schemas
 */
export const Frozen: Schema.Schema<Frozen, FrozenEncoded> = stored(Schema.Uint8ArrayFromBase64)

/**
 * The same codec for stores that hold octets.
 *
 * @since 0.1.0
 * @category schemas
 */
export const FrozenFromOctets: Schema.Schema<Frozen, FrozenStored<Uint8Array>> = stored(
  Schema.Uint8ArrayFromSelf
)
