/**
 * A message on its way: checked, with its envelope, and stamped with Message-ID, date and boundaries. Only `prepare`
 * makes one, so that no driver ever gets a message that was not checked.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { dual } from "effect/Function"
import * as Inspectable from "effect/Inspectable"
import type * as Option from "effect/Option"
import { type Pipeable, pipeArguments } from "effect/Pipeable"
import * as Predicate from "effect/Predicate"
import * as Random from "effect/Random"
import * as Address from "./Address.js"
import type { Envelope } from "./DeliveryReport.js"
import * as Check from "./internal/check.js"
import { CurrentMailer } from "./internal/currentMailer.js"
import * as DateField from "./internal/dateField.js"
import { type Entity, messageIdDomain, type Stamp } from "./internal/entity.js"
import * as MediaType from "./internal/mediaType.js"
import { someContent, someLeaf } from "./internal/part.js"
import { withPrototype } from "./internal/prototype.js"
import * as MailConfig from "./MailConfig.js"
import type { MessageError } from "./MailError.js"
import type * as Message from "./Message.js"

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
 * A checked and stamped message.
 *
 * - `messageId`: in angle brackets
 * - `mailer`: the name of the mailer that it goes by, where it was chosen by name
 * - `eightBit`: whether its bytes hold octets above 127, so that a server must offer 8BITMIME (RFC 6152)
 * - `streamed`: whether an attachment is a stream, so that its bytes are not all in memory
 *
 * @since 0.1.0
 * @category models
 */
export interface Outgoing extends Inspectable.Inspectable, Pipeable {
  readonly [TypeId]: TypeId
  readonly message: Message.Message
  readonly envelope: Envelope
  readonly messageId: string
  readonly mailer: Option.Option<string>
  readonly eightBit: boolean
  readonly streamed: boolean
  /** @internal */
  readonly entity: Entity
  /** @internal */
  readonly stamp: Stamp
}

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

/**
 * @since 0.1.0
 * @category guards
 */
export const isOutgoing = (u: unknown): u is Outgoing => Predicate.hasProperty(u, TypeId)

const withEnvelope = (self: Outgoing, envelope: Envelope): Outgoing => withPrototype(Proto, { ...self, envelope })

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
    withEnvelope(self, { ...self.envelope, to: self.envelope.to.filter(isKept) })
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
): Outgoing => {
  const excepted = self.envelope.to.filter(isExcepted)
  const redirected = excepted.length < self.envelope.to.length ? to : []
  return withEnvelope(self, {
    from: self.envelope.from,
    to: Array.from(new Set([...excepted, ...redirected.map(Address.addrSpec)])),
    smtpUtf8: self.envelope.smtpUtf8 || redirected.some(Address.needsSmtpUtf8)
  })
}

const equalsSign = 61

/** Every boundary starts with `=_`, which few contents hold: only there is it compared as a whole. */
const holds = (octets: Uint8Array, boundary: string): boolean => {
  const isAt = (start: number): boolean => {
    for (let i = 1; i < boundary.length; i++) if (octets[start + i] !== boundary.charCodeAt(i)) return false
    return true
  }
  for (let at = octets.indexOf(equalsSign); at >= 0; at = octets.indexOf(equalsSign, at + 1)) {
    if (isAt(at)) return true
  }
  return false
}

const occurs = (boundary: string, entity: Entity): boolean =>
  someLeaf(entity.body, ({ content, type }) => {
    switch (content._tag) {
      case "Text":
        return content.text.includes(boundary)
      case "Octets":
        // What is not text goes as base64, which has no underscore.
        return MediaType.isText(type) && holds(content.octets, boundary)
      case "Raw":
        return holds(content.octets, boundary)
      default:
        return false
    }
  })

const unusedBoundary = (unique: string, entity: Entity): string => {
  let boundary = `=_${unique}`
  while (occurs(boundary, entity)) boundary += "x"
  return boundary
}

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
): Outgoing => {
  const stamp: Stamp = {
    messageId: entity.messageId ?? `<${unique}@${messageIdDomain(entity.from)}>`,
    date: entity.date ?? DateField.formatTime(now),
    boundary: unusedBoundary(unique, entity)
  }
  return withPrototype(Proto, {
    message,
    envelope,
    messageId: stamp.messageId,
    mailer,
    eightBit,
    streamed: someContent(entity.body, (content) => content._tag === "Streamed"),
    entity,
    stamp
  })
}

/**
 * Checks a message and stamps it. The date is that of `Clock`, the Message-ID and the boundaries come from `Random` and
 * the author's domain: under the test clock and a seeded random two runs give the same bytes.
 *
 * Fails with `BadHeaderError`, `InvalidAddressError` or `InvalidMessageError` for what cannot be sent.
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
  Effect.contextWithEffect((context: Context.Context<never>) =>
    Either.match(Check.check(message, Context.get(context, MailConfig.MailConfig)), {
      onLeft: Effect.fail,
      onRight: (checked) =>
        Effect.zipWith(
          Clock.currentTimeMillis,
          randomWord,
          (now, word) => stamped(message, checked, Context.get(context, CurrentMailer), now, `${now}.${word}`)
        )
    })
  )
