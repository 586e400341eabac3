/**
 * A message that is ready to be sent: checked, with its envelope, and stamped with Message-ID, date and boundaries. Only
 * `prepare`, and `thaw` of a stored message, make one, so that a driver never gets an unchecked message.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { dual } from "effect/Function"
import * as Option from "effect/Option"
import type { ParseError } from "effect/ParseResult"
import type * as Stream from "effect/Stream"
import * as Address from "./Address.js"
import * as Annotations from "./Annotations.js"
import type { Capability } from "./Capability.js"
import type * as DeliveryReport from "./DeliveryReport.js"
import * as Envelope from "./Envelope.js"
import { distinct, textKey } from "./internal/address/key.js"
import { checkEnvelopeId } from "./internal/check/fields.js"
import { checkFront } from "./internal/check/headers.js"
import * as ReadyHeader from "./internal/check/readyHeader.js"
import { notChecked } from "./internal/message/invalid.js"
import { isUtf8 } from "./internal/mime/field.js"
import { isLarge } from "./internal/mime/size.js"
import * as Stored from "./internal/outgoing/frozen.js"
import * as Internal from "./internal/outgoing/outgoing.js"
import type { Outgoing } from "./internal/outgoing/outgoing.js"
import * as Prepare from "./internal/outgoing/prepare.js"
import * as Streaming from "./internal/outgoing/streaming.js"
import * as Thawed from "./internal/outgoing/thawed.js"
import * as Emit from "./internal/render/emit.js"
import * as Guarding from "./internal/render/guard.js"
import * as LetterOf from "./internal/render/letter.js"
import { render } from "./internal/render/message.js"
import * as Needs from "./internal/render/needs.js"
import { type HeaderInput, toHeaders } from "./internal/value/headers.js"
import { isOf } from "./internal/value/kind.js"
import type { AttachmentError, MessageError } from "./MailError.js"
import * as Message from "./Message.js"

export {
  /**
   * A message that can be stored, and the codec between it and JSON.
   *
   * @since 0.1.0
   * @category schemas
   */
  Frozen,
  /**
   * A frozen message in JSON.
   *
   * @since 0.1.0
   * @category models
   */
  type FrozenEncoded,
  /**
   * The codec of a frozen message for stores that hold octets.
   *
   * @since 0.1.0
   * @category schemas
   */
  FrozenFromOctets,
  /**
   * @since 0.1.0
   * @category schemas
   */
  FrozenFromSelf,
  /**
   * A stored message, with its bytes as `Bytes`.
   *
   * @since 0.1.0
   * @category models
   */
  type FrozenStored,
  /**
   * @since 0.1.0
   * @category type ids
   */
  FrozenTypeId,
  /**
   * Whether `freeze` made the value, or a schema decoded it.
   *
   * @since 0.1.0
   * @category guards
   */
  isFrozen
} from "./internal/outgoing/frozen.js"

export {
  /**
   * A checked and stamped message.
   *
   * @since 0.1.0
   * @category models
   */
  type Outgoing,
  /**
   * @since 0.1.0
   * @category type ids
   */
  TypeId
} from "./internal/outgoing/outgoing.js"

export type {
  /**
   * A stored message, of which the bytes are a stream.
   *
   * @since 0.1.0
   * @category models
   */
  StoredStream
} from "./internal/outgoing/streaming.js"

export type {
  /**
   * Sees the octets of a message each time that they are rendered.
   *
   * @since 0.1.0
   * @category models
   */
  Guard
} from "./internal/render/guard.js"

export type {
  /**
   * A checked message as structured values, for APIs that take no MIME.
   *
   * @since 0.1.0
   * @category models
   */
  Letter,
  /**
   * An attachment of a letter.
   *
   * @since 0.1.0
   * @category models
   */
  LetterAttachment
} from "./internal/render/letter.js"

/**
 * Whether `prepare` or `thaw` made the value. Parsed JSON in its shape is not one.
 *
 * @since 0.1.0
 * @category guards
 */
export const isOutgoing = (u: unknown): u is Outgoing => isOf(Internal.TypeId, u)

const withEnvelope = (
  self: Outgoing,
  change: (envelope: DeliveryReport.Envelope) => DeliveryReport.Envelope
): Outgoing => Internal.change(self, ({ envelope }) => ({ envelope: change(envelope) }))

/**
 * The same message, with the same bytes and Message-ID, for those of its recipients that pass the test.
 *
 * @example
 * ```ts
 * import { Outgoing } from "@effect-mail/core"
 *
 * const internalOnly = Outgoing.narrow((recipient) => recipient.endsWith("@example.com"))
 * ```
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
 * The same message, with the same bytes and Message-ID, for other recipients. Recipients that pass `isExcepted` stay. The
 * header does not change.
 *
 * @example
 * ```ts
 * import { type Address, Outgoing } from "@effect-mail/core"
 *
 * const toStaging = (outgoing: Outgoing.Outgoing, staging: Address.Address) =>
 *   Outgoing.redirect(outgoing, [staging], (recipient) => recipient.endsWith("@example.com"))
 * ```
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

/**
 * The same message, with the same bytes and Message-ID, whose delivery reports go to another address. They name it by the
 * envelope id (ENVID, RFC 3461 section 4.4) where one is given and the message has none. The null reverse-path of an
 * automatic answer does not change (RFC 3834 section 3.3).
 *
 * Fails with a `BadHeaderError` for an invalid envelope id.
 *
 * @example
 * ```ts
 * import { type Address, Outgoing } from "@effect-mail/core"
 *
 * const toBounces = (outgoing: Outgoing.Outgoing, bounces: Address.Address) =>
 *   Outgoing.returnTo(outgoing, bounces, "order-42")
 * ```
 *
 * @since 0.1.0
 * @category combinators
 */
export const returnTo = (
  self: Outgoing,
  path: Address.Address,
  envelopeId?: string
): Either.Either<Outgoing, MessageError> => {
  if (!isOutgoing(self) || self.envelope.from === "") return Either.right(self)
  const returned = withEnvelope(self, (envelope) => ({
    ...envelope,
    from: Address.addrSpec(path),
    smtpUtf8: envelope.smtpUtf8 || Address.needsSmtpUtf8(path)
  }))
  const before = Option.getOrElse(self.notification, (): Envelope.Notification => ({}))
  return envelopeId === undefined || before.envelopeId !== undefined
    ? Either.right(returned)
    : Either.map(
      checkEnvelopeId(envelopeId),
      (envelopeId) => Internal.change(returned, () => ({ notification: Option.some({ ...before, envelopeId }) }))
    )
}

/**
 * Checks a message and stamps it. The date comes from `Clock`, the Message-ID and the boundaries from `Random` and the
 * author's domain: with the test clock and a seeded random two runs give the same bytes.
 *
 * The bytes need neither recipients nor a sender of the message's own; sending demands both.
 *
 * Fails with a `MessageError` where the message cannot be sent.
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
export const prepare: (message: Message.Message) => Effect.Effect<Outgoing, MessageError> = Prepare.prepare

/**
 * Puts header fields in front of the message: signatures, trace fields and others that a message may have more than once.
 * They are folded like all fields, and come before those that were prepended earlier. The rest of the bytes does not
 * change, so earlier signatures stay valid.
 *
 * Fails with a `BadHeaderError` for an invalid name or value, for a field that may appear only once (such as `Subject` or
 * `Message-ID`), and for one that names recipients (`Bcc`, `Delivered-To`) or describes the content (`Content-Type`).
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
  (fields: Message.HeaderInput): (self: Outgoing) => Either.Either<Outgoing, MessageError>
  (self: Outgoing, fields: Message.HeaderInput): Either.Either<Outgoing, MessageError>
} = dual(
  2,
  (self: Outgoing, fields: HeaderInput): Either.Either<Outgoing, MessageError> =>
    isOutgoing(self)
      ? Either.map(checkFront(toHeaders(fields)), (front) => {
        const hasUtf8 = front.some(isUtf8)
        return Internal.change(
          self,
          ({ eightBit, envelope }) => ({
            envelope: { ...envelope, smtpUtf8: envelope.smtpUtf8 || hasUtf8 },
            eightBit: eightBit || hasUtf8
          }),
          (source) => ({ ...source, front: [...front, ...source.front] })
        )
      })
      : Either.right(self)
)

/**
 * Shows the octets of the message to a guard each time that they are rendered. Where the guard refuses them, rendering fails
 * with `AttachmentError` at their end, before the server is told that the message is complete.
 *
 * @example
 * ```ts
 * import { Outgoing } from "@effect-mail/core"
 *
 * const atMost = (limit: number) =>
 *   Outgoing.guard(() => {
 *     let count = 0
 *     return {
 *       update: (octets) => {
 *         count += octets.length
 *       },
 *       finish: () => count > limit ? `the message is longer than ${limit} octets` : undefined
 *     }
 *   })
 * ```
 *
 * @since 0.1.0
 * @category combinators
 */
export const guard: {
  (make: () => Guarding.Guard): (self: Outgoing) => Outgoing
  (self: Outgoing, make: () => Guarding.Guard): Outgoing
} = dual(
  2,
  (self: Outgoing, make: () => Guarding.Guard): Outgoing =>
    Internal.change(self, () => ({}), (source) => ({ ...source, guards: [...source.guards ?? [], make] }))
)

/**
 * Renders a message once, and keeps its envelope with the bytes: for a store, from which another process can send it later,
 * as often as necessary. Streams of attachments are read now; prepended fields are part of the bytes.
 *
 * Fails with `AttachmentError` when a stream of an attachment does.
 *
 * @see {@link Frozen} for the codec
 *
 * @since 0.1.0
 * @category storing
 */
export const freeze = (outgoing: Outgoing): Effect.Effect<Stored.Frozen, AttachmentError> =>
  Effect.suspend(() => {
    const source = Internal.sourceOf(outgoing)
    if (source === undefined) return Effect.fail(notChecked())
    const { annotations, mailer, messageId } = outgoing
    return Effect.map(
      Guarding.guardOctets(source.guards, Emit.toOctets(render(source))),
      (bytes) => Stored.make({ format: 1, messageId, mailer, envelope: Envelope.of(outgoing), annotations, bytes })
    )
  })

/**
 * Makes a stored message ready to be sent: with the same bytes, Message-ID, mailer, envelope and annotations. It can be
 * narrowed, redirected, prepended to and frozen like any other; it has no `letter`.
 *
 * A value that only looks like a frozen message becomes one that `Mime` refuses with an `AttachmentError`.
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
export const thaw = (frozen: Stored.Frozen): Outgoing => {
  if (!Stored.isFrozen(frozen)) return unchecked
  const { bytes } = frozen
  return Thawed.make(frozen, isLarge(bytes.length), { octets: bytes })
}

const unchecked = Internal.unchecked(Message.empty)

/**
 * A message as a store keeps it, with its bytes as a stream: for messages that must not be in memory as a whole. Each run of
 * the stream renders the message, and streams of attachments are read by it.
 *
 * The stream fails with `AttachmentError` when a stream of an attachment does. A value that only looks like a message fails at
 * once.
 *
 * @example
 * ```ts
 * import { Outgoing } from "@effect-mail/core"
 * import { Effect, Stream } from "effect"
 *
 * const store = (outgoing: Outgoing.Outgoing, write: (part: Uint8Array) => Effect.Effect<void>) =>
 *   Effect.flatMap(Outgoing.freezeStream(outgoing), ({ bytes, ...head }) =>
 *     Effect.as(Stream.runForEach(bytes, write), head))
 * ```
 *
 * @since 0.1.0
 * @category storing
 */
export const freezeStream: (
  outgoing: Outgoing
) => Effect.Effect<Stored.FrozenStored<Stream.Stream<Uint8Array, AttachmentError>>, AttachmentError> = Streaming.freeze

/**
 * Makes a stored message of this many octets ready to be sent, without reading it into memory: the stream is run for each use
 * of its bytes. Its header is read and checked now, and its lines as they come: the stream fails with `AttachmentError`, and
 * the message is not sent, where a line cannot be sent, or where there are more or fewer octets.
 *
 * Fails with a `ParseError` for what `Frozen` does not decode, and with an `AttachmentError` where the stream fails.
 *
 * @example
 * ```ts
 * import { Mime, Outgoing } from "@effect-mail/core"
 * import { Effect, Stream } from "effect"
 *
 * const copy = (stored: Outgoing.StoredStream, size: number) =>
 *   Effect.map(Outgoing.thawStream(stored, size), Mime.stream)
 * ```
 *
 * @since 0.1.0
 * @category storing
 */
export const thawStream: (
  stored: Streaming.StoredStream,
  size: number
) => Effect.Effect<Outgoing, AttachmentError | ParseError> = Streaming.thaw

/**
 * The message as structured values. None for a thawed message, which has only its bytes.
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
export const letter = (outgoing: Outgoing): Option.Option<LetterOf.Letter> => {
  const source = Internal.sourceOf(outgoing)
  return source?._tag === "Written"
    ? Option.some(LetterOf.make(outgoing.message, source, Envelope.of(outgoing), outgoing.annotations))
    : Option.none()
}

/** The addresses in the header; those of a stored message are read from its bytes. */
const namedIn = (outgoing: Outgoing): ReadyHeader.Named =>
  Option.match(letter(outgoing), {
    onNone: () => {
      const source = Internal.sourceOf(outgoing)
      return source?._tag === "Ready" ? ReadyHeader.named(source.octets) : { from: undefined, recipients: [] }
    },
    onSome: ({ cc, from, to }) => ({
      from: Address.addrSpec(from),
      recipients: [...to, ...cc].map(Address.addrSpec)
    })
  })

/**
 * The features that a backend must carry so that nothing of the message is lost: computed here, once for all backends. A
 * backend fails with a `CapabilityError` for one that it does not carry. A stored message has only its bytes, so it needs
 * `MIME`, and its content counts for nothing.
 *
 * Encodings are no needs: 8-bit octets concern SMTP and its server only, see `eightBit`. Nor is `deliveryNotification`, which
 * is requested only where it is offered.
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
      const { from, recipients } = namedIn(outgoing)
      const reached = new Set(outgoing.envelope.to.map(textKey))
      const isWhole = recipients.every((recipient) => reached.has(textKey(recipient)))
      return Needs.ofReady(from, isWhole, Envelope.of(outgoing), outgoing.annotations)
    }
  })

/**
 * The recipients of the envelope that are in neither To nor Cc: for APIs that read the recipients in the header, and remove
 * Bcc themselves. No other bytes may hold them.
 *
 * @example
 * ```ts
 * import { Outgoing } from "@effect-mail/core"
 *
 * const bccField = (outgoing: Outgoing.Outgoing) => `Bcc: ${Outgoing.blindCopies(outgoing).join(",\r\n ")}\r\n`
 * ```
 *
 * @since 0.1.0
 * @category getters
 */
export const blindCopies = (outgoing: Outgoing): ReadonlyArray<string> => {
  const shown = new Set(namedIn(outgoing).recipients.map(textKey))
  return outgoing.envelope.to.filter((recipient) => !shown.has(textKey(recipient)))
}

/**
 * The features that can be removed from a message without a change of its bytes.
 *
 * @since 0.1.0
 * @category models
 */
export type Droppable = "TAGS" | "METADATA" | "SCHEDULE" | "IDEMPOTENCY" | "RETURN-PATH"

/**
 * The same message, with the same bytes and Message-ID, without some features: annotations, or a return path of its own,
 * which the author's address replaces.
 *
 * @example
 * ```ts
 * import { Outgoing } from "@effect-mail/core"
 *
 * const untagged = Outgoing.drop(["TAGS", "METADATA"])
 * ```
 *
 * @since 0.1.0
 * @category combinators
 */
export const drop: {
  (features: Iterable<Droppable>): (self: Outgoing) => Outgoing
  (self: Outgoing, features: Iterable<Droppable>): Outgoing
} = dual(2, (self: Outgoing, features: Iterable<Droppable>): Outgoing => {
  const dropped: ReadonlySet<Capability> = new Set(features)
  return Internal.change(self, ({ annotations, envelope }) => ({
    annotations: Annotations.keys.reduce(
      (kept, { capability, name }) => dropped.has(capability) ? Annotations.omit(kept, name) : kept,
      annotations
    ),
    envelope: dropped.has("RETURN-PATH") ? { ...envelope, from: namedIn(self).from ?? envelope.from } : envelope
  }))
})
