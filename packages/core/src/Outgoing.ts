/**
 * A message on its way: checked, with its envelope, and stamped with Message-ID, date and boundaries. Only `prepare`
 * makes one, and `thaw` of what was stored, so that no driver ever gets a message that was not checked.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { dual } from "effect/Function"
import * as Inspectable from "effect/Inspectable"
import * as Option from "effect/Option"
import * as ParseResult from "effect/ParseResult"
import { type Pipeable, pipeArguments } from "effect/Pipeable"
import * as Random from "effect/Random"
import * as Schema from "effect/Schema"
import type * as Stream from "effect/Stream"
import * as Address from "./Address.js"
import * as Annotations from "./Annotations.js"
import type * as Attachment from "./Attachment.js"
import type { Capability } from "./Capability.js"
import type * as DeliveryReport from "./DeliveryReport.js"
import * as Envelope from "./Envelope.js"
import { distinct, textKey } from "./internal/address/key.js"
import * as CheckHeaders from "./internal/check/headers.js"
import * as LongContents from "./internal/check/longContents.js"
import * as Check from "./internal/check/message.js"
import * as Needs from "./internal/check/needs.js"
import * as CheckReady from "./internal/check/ready.js"
import * as ReadyHeader from "./internal/check/readyHeader.js"
import { messageIdDomain, type Stamp } from "./internal/mime/message.js"
import { someContent } from "./internal/mime/part.js"
import * as DateField from "./internal/render/date.js"
import * as Emit from "./internal/render/emit.js"
import * as LetterOf from "./internal/render/letter.js"
import * as Render from "./internal/render/message.js"
import { CurrentMailer } from "./internal/send/currentMailer.js"
import * as Octets from "./internal/value/bytes.js"
import { type HeaderInput, toHeaders } from "./internal/value/headers.js"
import * as Value from "./internal/value/kind.js"
import * as MailConfig from "./MailConfig.js"
import type { AttachmentError, MessageError } from "./MailError.js"
import * as Message from "./Message.js"

/**
 * @since 0.1.0
 * @category type ids
 */
export const TypeId: TypeId = "~@effect-mail/core/Outgoing"

/**
 * @since 0.1.0
 * @category type ids
 */
export type TypeId = "~@effect-mail/core/Outgoing"

/**
 * A checked and stamped message. Its whole envelope, with all that it asks of a server, is `Envelope.of(outgoing)`.
 *
 * - `message`: the value that it was made of, for who watches what is sent. That of a thawed message holds no more than
 *   its envelope and its Message-ID, so no driver delivers by it
 * - `messageId`: in angle brackets
 * - `mailer`: the name of the mailer that it goes by, where it was chosen by name
 * - `eightBit`: whether its bytes hold octets above 127, so that a server must offer 8BITMIME (RFC 6152)
 * - `requireTls`: whether it must stay encrypted on its way (RFC 8689)
 * - `notification`: which reports of its delivery are wanted (RFC 3461)
 * - `annotations`: what only mail providers know, such as tags
 * - `streamed`: whether its bytes are not all to be in memory at once: an attachment is a stream, or the message is large
 *
 * @since 0.1.0
 * @category models
 */
export interface Outgoing extends Inspectable.Inspectable, Pipeable {
  readonly [TypeId]: TypeId
  readonly message: Message.Message
  readonly envelope: DeliveryReport.Envelope
  readonly messageId: string
  readonly mailer: Option.Option<string>
  readonly eightBit: boolean
  readonly requireTls: boolean
  readonly notification: Option.Option<Envelope.Notification>
  readonly annotations: Annotations.Annotations
  readonly streamed: boolean
  /** @internal */
  readonly source: Render.Source
}

type Fields = Omit<Outgoing, keyof Inspectable.Inspectable | keyof Pipeable | TypeId>

const Proto = {
  [TypeId]: TypeId,
  ...Inspectable.BaseProto,
  toJSON(this: Outgoing) {
    return { _id: "@effect-mail/core/Outgoing", messageId: this.messageId, envelope: this.envelope }
  },
  pipe() {
    return pipeArguments(this, arguments)
  }
}

const fromFields: (fields: Fields) => Outgoing = Value.kind<Outgoing>(TypeId, Proto)

/**
 * Whether `prepare` or `thaw` made the value: JSON that has its shape was never checked.
 *
 * @since 0.1.0
 * @category guards
 */
export const isOutgoing = (u: unknown): u is Outgoing => Value.isOf(TypeId, u)

/** What was not made here is not checked by being narrowed. */
const withEnvelope = (
  self: Outgoing,
  change: (envelope: DeliveryReport.Envelope) => DeliveryReport.Envelope
): Outgoing => isOutgoing(self) ? fromFields({ ...self, envelope: change(self.envelope) }) : self

/**
 * The same message, with the same bytes and Message-ID, for those of its recipients that the test picks.
 *
 * @since 0.1.0
 * @category combinators
 */
export const narrow: {
  (isKept: (recipient: string) => boolean): (self: Outgoing) => Outgoing
  (self: Outgoing, isKept: (recipient: string) => boolean): Outgoing
} = dual(
  2,
  (self: Outgoing, isKept: (recipient: string) => boolean): Outgoing =>
    withEnvelope(self, (envelope) => ({ ...envelope, to: envelope.to.filter(isKept) }))
)

/**
 * The same message, with the same bytes and Message-ID, for other recipients; those that `isExcepted` picks keep getting
 * it themselves. The headers stay as they are.
 *
 * @since 0.1.0
 * @category combinators
 */
export const redirect = (
  self: Outgoing,
  to: ReadonlyArray<Address.Address>,
  isExcepted: (recipient: string) => boolean = () => false
): Outgoing =>
  withEnvelope(self, ({ from, smtpUtf8, to: before }) => {
    const excepted = before.filter(isExcepted)
    const redirected = excepted.length < before.length ? to : []
    return {
      from,
      to: distinct([...excepted, ...redirected.map(Address.addrSpec)]),
      smtpUtf8: smtpUtf8 || redirected.some(Address.needsSmtpUtf8)
    }
  })

/** 53 bits in two halves: a number that is not a small integer takes many times as long to write. */
const randomWord = Effect.map(Random.next, (fraction) => {
  const high = Math.floor(fraction * 2 ** 27)
  const low = Math.floor((fraction * 2 ** 27 - high) * 2 ** 26)
  return high.toString(36).padStart(6, "0") + low.toString(36).padStart(6, "0")
})

const stamped = (
  message: Message.Message,
  { eightBit, entity, envelope }: Check.Result,
  mailer: Option.Option<string>,
  now: number,
  unique: string
): Effect.Effect<Outgoing> => {
  const messageId = entity.messageId ?? `<${unique}@${messageIdDomain(entity.from)}>`
  const isLarge = Render.isLarge(entity)
  const withBoundary = (boundary: string): Outgoing => {
    const stamp: Stamp = { messageId, date: entity.date ?? DateField.formatTime(now), boundary }
    return fromFields({
      message,
      envelope,
      messageId,
      mailer,
      eightBit,
      requireTls: message.requireTls,
      notification: message.deliveryNotification,
      annotations: message.annotations,
      streamed: isLarge || someContent(entity.body, (content) => content._tag === "Streamed"),
      source: { _tag: "Written", entity, stamp, front: [] }
    })
  }
  return isLarge
    ? Effect.map(LongContents.unusedBoundaryInLarge(unique, entity), withBoundary)
    : Effect.succeed(withBoundary(LongContents.unusedBoundary(unique, entity)))
}

const checked = (message: Message.Message): Effect.Effect<Outgoing, MessageError> =>
  Effect.contextWithEffect((context: Context.Context<never>) =>
    Either.match(Check.check(message, MailConfig.settingsOf(context)), {
      onLeft: Effect.fail,
      onRight: (checked) =>
        Effect.flatMap(Clock.currentTimeMillis, (now) =>
          Effect.flatMap(
            randomWord,
            (word) => stamped(message, checked, Context.get(context, CurrentMailer), now, `${now}.${word}`)
          ))
    })
  )

/**
 * Checks a message and stamps it. The date is that of `Clock`, the Message-ID and the boundaries come from `Random` and
 * the author's domain: under the test clock and a seeded random two runs give the same bytes.
 *
 * A message needs neither recipients nor a sender of its own for its bytes; sending demands both.
 *
 * Fails with a `MessageError` for what cannot be sent.
 *
 * @example
 * ```ts
 * import { Message, Mime, Outgoing } from "@effect-mail/core"
 * import { Effect } from "effect"
 *
 * const bytes = Outgoing.prepare(Message.make({ from: "ada@example.com", to: "bob@example.com", text: "Hello" })).pipe(
 *   Effect.flatMap(Mime.render)
 * )
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const prepare = (message: Message.Message): Effect.Effect<Outgoing, MessageError> =>
  Effect.suspend(() => {
    const scans = LongContents.scanLong(message)
    return scans.length === 0
      ? checked(message)
      : Effect.zipRight(Effect.forEach(scans, (scan) => scan, { discard: true }), checked(message))
  })

/**
 * Puts header fields in front of the message: signatures, traces and other fields that a message may have more than once.
 * They are folded as all others are, and come before those that were put there earlier. Message-ID and the rest of the
 * bytes stay as they are, so that what was signed before stays valid.
 *
 * Gives a `BadHeaderError` for a name or a value that is none, for a field that may stand once (`Subject`, `Message-ID`
 * and the like), and for what names recipients (`Bcc`, `Delivered-To`) or describes the content (`Content-Type`).
 *
 * @example
 * ```ts
 * import { MailBackend, type MailError, Outgoing } from "@effect-mail/core"
 * import { Effect } from "effect"
 *
 * const tagged = (inner: MailBackend.MailSession): MailBackend.MailSession => ({
 *   deliver: (outgoing, options) =>
 *     Outgoing.prepend(outgoing, { "Feedback-ID": "42:welcome:shop" }).pipe(
 *       Effect.orDie,
 *       Effect.flatMap((outgoing) => inner.deliver(outgoing, options))
 *     )
 * })
 * ```
 *
 * @since 0.1.0
 * @category combinators
 */
export const prepend: {
  (fields: NonNullable<Message.Options["headers"]>): (self: Outgoing) => Either.Either<Outgoing, MessageError>
  (self: Outgoing, fields: NonNullable<Message.Options["headers"]>): Either.Either<Outgoing, MessageError>
} = dual(
  2,
  (self: Outgoing, fields: HeaderInput): Either.Either<Outgoing, MessageError> =>
    isOutgoing(self)
      ? Either.map(CheckHeaders.checkFront(toHeaders(fields)), (front) => {
        const isUtf8 = front.some(CheckHeaders.isUtf8)
        return fromFields({
          ...self,
          envelope: { ...self.envelope, smtpUtf8: self.envelope.smtpUtf8 || isUtf8 },
          eightBit: self.eightBit || isUtf8,
          source: { ...self.source, front: [...front, ...self.source.front] }
        })
      })
      : Either.right(self)
)

/**
 * @since 0.1.0
 * @category type ids
 */
export const FrozenTypeId: FrozenTypeId = "~@effect-mail/core/Outgoing/Frozen"

/**
 * @since 0.1.0
 * @category type ids
 */
export type FrozenTypeId = "~@effect-mail/core/Outgoing/Frozen"

/**
 * A message as it can be stored: its bytes, and all that is known beside them. `format` is the version of this form.
 * Store it by the schema of the same name.
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

const frozenOf: (fields: FrozenFields) => Frozen = Value.kind<Frozen>(FrozenTypeId, FrozenProto)

/**
 * Whether `freeze` made the value, or the schema read it.
 *
 * @since 0.1.0
 * @category guards
 */
export const isFrozen = (u: unknown): u is Frozen => Value.isOf(FrozenTypeId, u)

/**
 * @since 0.1.0
 * @category schemas
 */
export const FrozenFromSelf: Schema.Schema<Frozen> = Schema.declare(isFrozen, { identifier: "Frozen" })

const format = Schema.Literal(1).annotations({
  message: ({ actual }) => `the format of the stored message is ${String(actual)}; this version of the library reads 1`
})

/** A frozen message where it is stored, with its bytes in one form or another. */
const stored = <I>(bytes: Schema.Schema<Uint8Array, I>) =>
  Schema.transformOrFail(
    Schema.Struct({
      format,
      messageId: Schema.String,
      mailer: Schema.optionalWith(Schema.String, { as: "Option", exact: true }),
      envelope: Envelope.Envelope,
      annotations: Schema.optionalWith(Annotations.Annotations, { exact: true, default: () => ({}) }),
      bytes
    }),
    FrozenFromSelf,
    {
      strict: true,
      decode: (fields, _, ast) => {
        const fault = CheckReady.fault(fields.bytes, fields.messageId, fields.envelope)
        return fault === undefined
          ? ParseResult.succeed(frozenOf({ ...fields, bytes: Octets.copy(fields.bytes) }))
          : ParseResult.fail(new ParseResult.Type(ast, fields, fault))
      },
      encode: ({ annotations, bytes, envelope, format, mailer, messageId }) =>
        ParseResult.succeed({ format, messageId, mailer, envelope, annotations, bytes })
    }
  )

/**
 * A frozen message as it stands in JSON.
 *
 * @since 0.1.0
 * @category models
 */
export interface FrozenEncoded extends FrozenStored<string> {}

/**
 * A frozen message where it is stored, with its bytes in the form `Bytes`.
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
 * What comes back is checked, so that no stored text can become a command or a line of SMTP. A `ParseError` is what
 * becomes of a format that this version does not know, of an envelope that is none, and of bytes that no message has:
 * lines that do not end in CRLF or are too long, a NUL, octets that the envelope does not announce, no header, blind
 * copies in it, or another Message-ID. A signature it is not: who may write to the store may store any message.
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
 * The same, for stores that hold octets as they are.
 *
 * @since 0.1.0
 * @category schemas
 */
export const FrozenFromOctets: Schema.Schema<Frozen, FrozenStored<Uint8Array>> = stored(Schema.Uint8ArrayFromSelf)

/**
 * Makes the bytes of a message, once and for all, and keeps its envelope with them: for a store from which it is sent
 * later, by another process, as often as it takes. Streams of attachments are read now; what was put in front is part of
 * the bytes.
 *
 * Fails with `AttachmentError` when a stream of an attachment does.
 *
 * @see {@link Frozen} for the codec
 *
 * @since 0.1.0
 * @category storing
 */
export const freeze = (outgoing: Outgoing): Effect.Effect<Frozen, AttachmentError> =>
  Effect.suspend(() => {
    if (!isOutgoing(outgoing)) return Effect.fail(Emit.notChecked())
    const { annotations, mailer, messageId } = outgoing
    return Effect.map(
      Emit.toOctets(Render.render(outgoing.source)),
      (bytes) => frozenOf({ format: 1, messageId, mailer, envelope: Envelope.of(outgoing), annotations, bytes })
    )
  })

/**
 * A stored message on its way again: the same bytes, Message-ID, mailer, envelope and annotations. It can be narrowed, redirected,
 * prepended to and frozen like any other; it has no `letter`.
 *
 * What only looks like a frozen message becomes one that `Mime` refuses with an `AttachmentError`.
 *
 * @example
 * ```ts
 * import { type MailBackend, Outgoing } from "@effect-mail/core"
 * import { Effect } from "effect"
 *
 * const resend = (backend: MailBackend.Service, frozen: Outgoing.Frozen) =>
 *   Effect.scoped(
 *     Effect.flatMap(backend.driver.open, (session) => session.deliver(Outgoing.thaw(frozen)))
 *   )
 * ```
 *
 * @since 0.1.0
 * @category storing
 */
export const thaw = (frozen: Frozen): Outgoing => {
  if (!isFrozen(frozen)) return unchecked
  const { annotations, bytes, envelope, mailer, messageId } = frozen
  const { eightBit, from, notification, requireTls, smtpUtf8, to } = envelope
  return fromFields({
    message: Message.make({
      envelopeFrom: from,
      bcc: to,
      messageId,
      requireTls,
      deliveryNotification: notification,
      annotations
    }),
    envelope: { from, to, smtpUtf8 },
    messageId,
    mailer,
    eightBit,
    requireTls,
    notification: Option.fromNullable(notification),
    annotations,
    streamed: Render.isLong(bytes),
    source: { _tag: "Ready", octets: bytes, front: [] }
  })
}

/** What is not of the kind, so that whoever asks for its bytes is refused, and that goes to nobody. */
const unchecked: Outgoing = Object.freeze(Object.setPrototypeOf({
  message: Message.empty,
  envelope: { from: "", to: [], smtpUtf8: false },
  messageId: "",
  mailer: Option.none(),
  eightBit: false,
  requireTls: false,
  notification: Option.none(),
  annotations: {},
  streamed: false,
  source: { _tag: "Ready", octets: new Uint8Array(0), front: [] }
}, Proto))

/**
 * An attachment of a letter.
 *
 * - `contentType`: with its parameters, but without those that name the file
 * - `contentId`: what `cid:` URLs refer to, without angle brackets
 * - `headers`: further fields of the part, not encoded
 * - `content`: the octets, without a transfer encoding, all of them in memory
 * - `stream`: the octets as they come
 *
 * @since 0.1.0
 * @category models
 */
export interface LetterAttachment {
  readonly filename: Option.Option<string>
  readonly contentType: string
  readonly disposition: Attachment.Disposition
  readonly contentId: Option.Option<string>
  readonly headers: ReadonlyArray<readonly [name: string, value: string]>
  readonly content: Effect.Effect<Uint8Array, AttachmentError>
  readonly stream: Stream.Stream<Uint8Array, AttachmentError>
}

/**
 * A checked message as structured values, with nothing encoded: for APIs that take no MIME.
 *
 * - `from`, `to`, `cc`, `replyTo`: as readers see them; `from` is the default sender where the message names none
 * - `bcc`: who else is in the envelope: blind copies, and those to whom a policy redirected the message
 * - `envelope`: deliver to `envelope.to`, and to nobody else. A policy may have left out some of `to` and `cc`: an API
 *   that cannot tell the envelope from the header is to refuse the message then, see `isWhole`
 * - `isWhole`: whether all of `to` and `cc` are in the envelope, so that it is just `to`, `cc` and `bcc`
 * - `text`, `html`, `alternatives`: the forms of the content
 * - `headers`: all fields that have no place of their own here, those that were prepended first; with `Sender`
 * - `date`: as it stands in the field (RFC 5322 section 3.3)
 * - `messageId`: in angle brackets
 * - `annotations`: what only mail providers know
 * - `needs`: what the API must carry, lest something of the message is lost
 *
 * @since 0.1.0
 * @category models
 */
export interface Letter {
  readonly from: Address.Address
  readonly to: ReadonlyArray<Address.Address>
  readonly cc: ReadonlyArray<Address.Address>
  readonly bcc: ReadonlyArray<Address.Address>
  readonly replyTo: ReadonlyArray<Address.Address>
  readonly envelope: Envelope.Envelope
  readonly isWhole: boolean
  readonly subject: string
  readonly text: Option.Option<string>
  readonly html: Option.Option<string>
  readonly alternatives: ReadonlyArray<Message.Alternative>
  readonly headers: ReadonlyArray<readonly [name: string, value: string]>
  readonly date: string
  readonly messageId: string
  readonly attachments: ReadonlyArray<LetterAttachment>
  readonly annotations: Annotations.Annotations
  readonly needs: ReadonlySet<Capability>
}

/**
 * The message as structured values. None of a thawed message: of that there are only its bytes.
 *
 * @example
 * ```ts
 * import { Address, MailError, Outgoing } from "@effect-mail/core"
 * import { Effect, Option } from "effect"
 *
 * const toJson = (outgoing: Outgoing.Outgoing) =>
 *   Option.match(Outgoing.letter(outgoing), {
 *     onNone: () =>
 *       Effect.fail(new MailError.ConnectionError({ reason: "Configuration", description: "the API takes no MIME" })),
 *     onSome: ({ from, html, subject, text, to }) =>
 *       Effect.succeed({
 *         from: Address.format(from),
 *         to: to.map(Address.format),
 *         subject,
 *         text: Option.getOrUndefined(text),
 *         html: Option.getOrUndefined(html)
 *       })
 *   })
 * ```
 *
 * @since 0.1.0
 * @category getters
 */
export const letter = (outgoing: Outgoing): Option.Option<Letter> =>
  isOutgoing(outgoing) && outgoing.source._tag === "Written"
    ? Option.some(LetterOf.make(outgoing.message, outgoing.source, Envelope.of(outgoing), outgoing.annotations))
    : Option.none()

/** Whom the header names; of a stored message that is read in its bytes. */
const named = (outgoing: Outgoing): ReadyHeader.Named =>
  Option.match(letter(outgoing), {
    onNone: () =>
      outgoing.source._tag === "Ready"
        ? ReadyHeader.named(outgoing.source.octets)
        : { from: undefined, recipients: [] },
    onSome: ({ cc, from, to }) => ({
      from: Address.addrSpec(from),
      recipients: [...to, ...cc].map(Address.addrSpec)
    })
  })

/**
 * What the message needs of the way it is sent by, lest something of it is lost: computed here, once for all backends. What
 * a backend carries is taken off, and what is left over is a `CapabilityError`. Of a stored message there are only the
 * octets, so that it needs `MIME` and says nothing of its content.
 *
 * Encodings are no needs: that the octets go through 8-bit clean is between SMTP and its server, see `eightBit`. Nor is
 * `deliveryNotification`, which is asked of whom offers it.
 *
 * @example
 * ```ts
 * import { type Capability, MailError, Outgoing } from "@effect-mail/core"
 * import { Array, Effect, Option } from "effect"
 *
 * const refuse = (outgoing: Outgoing.Outgoing, carries: ReadonlySet<Capability.Capability>) =>
 *   Option.match(Array.findFirst(Outgoing.needs(outgoing), (need) => !carries.has(need)), {
 *     onNone: () => Effect.void,
 *     onSome: (capability) =>
 *       Effect.fail(new MailError.CapabilityError({ capability, description: "the API does not carry it" }))
 *   })
 * ```
 *
 * @since 0.1.0
 * @category getters
 */
export const needs = (outgoing: Outgoing): ReadonlySet<Capability> =>
  Option.match(letter(outgoing), {
    onSome: ({ needs }) => needs,
    onNone: () => {
      const { from, recipients } = named(outgoing)
      const reached = new Set(outgoing.envelope.to.map(textKey))
      const isWhole = recipients.every((recipient) => reached.has(textKey(recipient)))
      return Needs.ofReady(from, isWhole, Envelope.of(outgoing), outgoing.annotations)
    }
  })

/**
 * The recipients of the envelope whom neither To nor Cc names: for APIs that read the recipients in the header, and take
 * Bcc out themselves. In no other bytes may they stand.
 *
 * @since 0.1.0
 * @category getters
 */
export const blindCopies = (outgoing: Outgoing): ReadonlyArray<string> => {
  const shown = new Set(named(outgoing).recipients.map(textKey))
  return outgoing.envelope.to.filter((recipient) => !shown.has(textKey(recipient)))
}

/**
 * What can be taken off a message without a change of its bytes.
 *
 * @since 0.1.0
 * @category models
 */
export type Droppable = "TAGS" | "METADATA" | "SCHEDULE" | "IDEMPOTENCY" | "RETURN-PATH"

/**
 * The same message, with the same bytes and Message-ID, without what is named: annotations, or a return path of its own,
 * in whose place the author's address is used.
 *
 * @since 0.1.0
 * @category combinators
 */
export const drop: {
  (features: Iterable<Droppable>): (self: Outgoing) => Outgoing
  (self: Outgoing, features: Iterable<Droppable>): Outgoing
} = dual(2, (self: Outgoing, features: Iterable<Droppable>): Outgoing => {
  if (!isOutgoing(self)) return self
  const dropped: ReadonlySet<Capability> = new Set(features)
  const kept = Annotations.keys.reduce(
    (kept, { capability, name }) => dropped.has(capability) ? Annotations.omit(kept, name) : kept,
    self.annotations
  )
  const from = dropped.has("RETURN-PATH") ? named(self).from ?? self.envelope.from : self.envelope.from
  return fromFields({ ...self, annotations: kept, envelope: { ...self.envelope, from } })
})
