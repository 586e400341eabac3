/**
 * What comes back: reports of failed, delayed and successful delivery (RFC 3464, RFC 6533), complaints (RFC 5965), and
 * automatic answers (RFC 3834), read from the octets of a message that came in.
 *
 * A notice is not authenticated: any sender can forge one. Act on it only where `ReturnPath` says that it belongs to a message
 * of yours.
 *
 * @since 0.1.0
 */
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Address from "./internal/notice/address.js"
import * as DeliveryStatus from "./internal/notice/deliveryStatus.js"
import { type Field, readFields, readHeader, valueOf, valuesOf } from "./internal/notice/header.js"
import * as Heuristic from "./internal/notice/heuristic.js"
import * as Received from "./internal/notice/received.js"

/**
 * A message that is too large to be looked into, or is no octets.
 *
 * @since 0.1.0
 * @category errors
 */
export class NoticeError extends Schema.TaggedError<NoticeError>("@effect-mail/inbound/Notice/NoticeError")(
  "NoticeError",
  { reason: Schema.Literal("TooLarge", "Unreadable"), description: Schema.String }
) {
  /**
   * @since 0.1.0
   */
  override get message(): string {
    return `A message that came in is not read: ${this.description}`
  }
}

/**
 * What a report means for the next message:
 *
 * - `Hard`: there is no such recipient: do not write to the address again
 * - `Soft`: this message failed; the next may arrive
 * - `Delayed`: still being tried
 * - `Delivered`: delivered, or passed on to a server that does not report
 *
 * @since 0.1.0
 * @category models
 */
export const Kind = Schema.Literal("Hard", "Soft", "Delayed", "Delivered")

/**
 * What a report means for the next message.
 *
 * @since 0.1.0
 * @category models
 */
export type Kind = typeof Kind.Type

const text = Schema.optional(Schema.String)

/**
 * What a report says of one recipient.
 *
 * - `recipient`: to whom delivery was tried in the end, which may not be whom you wrote to
 * - `originalRecipient`: whom the message was sent to, where the report says it
 * - `action`: in lower case: `failed`, `delayed`, `delivered`, `relayed`, `expanded`, or what the server made up
 * - `status`: X.Y.Z (RFC 3463): that of the report, or of the diagnostic where that of the report says nothing
 * - `reply`: the three digits of the server's reply
 * - `diagnostic`: the server's words, with the type in front, unchanged
 *
 * @since 0.1.0
 * @category models
 */
export const Recipient = Schema.Struct({
  recipient: Schema.String,
  originalRecipient: text,
  action: text,
  status: text,
  reply: text,
  diagnostic: text,
  remoteMta: text,
  kind: Kind
})

/**
 * What a report says of one recipient.
 *
 * @since 0.1.0
 * @category models
 */
export type Recipient = typeof Recipient.Type

const fields = {
  originalMessageId: text,
  originalEnvelopeId: text,
  sentTo: Schema.Array(Schema.String),
  receivedAt: Schema.optional(Schema.DateTimeUtc)
}

/**
 * A report of delivery.
 *
 * - `originalMessageId`: of the message that it is about, in angle brackets
 * - `originalEnvelopeId`: ENVID of it (RFC 3461), unchanged
 * - `sentTo`: the addresses that the notice itself came to: with `ReturnPath`, each holds a token
 * - `receivedAt`: the date of the notice
 * - `isHeuristic`: whether it was read out of prose, and is no RFC 3464 report
 *
 * @since 0.1.0
 * @category models
 */
export const Bounced = Schema.TaggedStruct("Bounced", {
  ...fields,
  reportingMta: text,
  recipients: Schema.Array(Recipient),
  isHeuristic: Schema.Boolean
})

/**
 * A report of delivery.
 *
 * @since 0.1.0
 * @category models
 */
export type Bounced = typeof Bounced.Type

/**
 * A report by a recipient, or their provider, about a message (RFC 5965).
 *
 * - `feedbackType`: in lower case: `abuse`, `fraud`, `virus`, `opt-out`, `not-spam`, `auth-failure` (RFC 6591), `other`
 * - `recipients`: who got the message. Most providers leave them out
 *
 * @since 0.1.0
 * @category models
 */
export const Complained = Schema.TaggedStruct("Complained", {
  ...fields,
  feedbackType: Schema.String,
  recipients: Schema.Array(Schema.String),
  userAgent: text,
  version: text,
  sourceIp: text,
  originalMailFrom: text,
  reportedDomains: Schema.Array(Schema.String),
  arrivalDate: text
})

/**
 * A report by a recipient, or their provider, about a message.
 *
 * @since 0.1.0
 * @category models
 */
export type Complained = typeof Complained.Type

/**
 * An answer that a program wrote (RFC 3834), such as a vacation note.
 *
 * @since 0.1.0
 * @category models
 */
export const AutoReplied = Schema.TaggedStruct("AutoReplied", { ...fields, from: text, subject: text })

/**
 * An answer that a program wrote.
 *
 * @since 0.1.0
 * @category models
 */
export type AutoReplied = typeof AutoReplied.Type

/**
 * What `parse` reads, as a schema: for a queue, or a store.
 *
 * @example
 * ```ts
 * import { Notice } from "@effect-mail/inbound"
 * import { Schema } from "effect"
 *
 * const toJson = Schema.encode(Schema.parseJson(Notice.Notice))
 * ```
 *
 * @since 0.1.0
 * @category models
 */
export const Notice = Schema.Union(Bounced, Complained, AutoReplied)

/**
 * What `parse` reads.
 *
 * @since 0.1.0
 * @category models
 */
export type Notice = typeof Notice.Type

/**
 * How much is read.
 *
 * - `maxOctets`: the size of a message. Default: 32 MiB
 * - `maxRecipients`: of one report; further ones are left out. Default: 10,000
 * - `recipient`: the address that the notice was delivered to (RCPT TO), where it is known. It comes first in `sentTo`
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  readonly maxOctets?: number | undefined
  readonly maxRecipients?: number | undefined
  readonly recipient?: string | undefined
}

const mebibyte = 1024 * 1024
const mostSentTo = 20
const longestReport = 16 * mebibyte

const sentTo = (header: ReadonlyArray<Field>, recipient: string | undefined): ReadonlyArray<string> => {
  const names = ["x-original-to", "delivered-to", "envelope-to", "to"]
  const found = names.flatMap((name) => valuesOf(header, name)).slice(0, mostSentTo)
    .flatMap((value) => value.split(",").slice(0, mostSentTo))
    .flatMap((value) => Address.bare(value) ?? [])
  return Array.from(new Set([...recipient === undefined ? [] : [recipient], ...found])).slice(0, mostSentTo)
}

const originals = new Set([
  "message/rfc822",
  "message/global",
  "message/global-headers",
  "message/partial",
  "text/rfc822-headers",
  "text/rfc822-header",
  "message/rfc822-headers"
])

/** The header of the message that a report is about. */
const originalOf = ({ parts }: Received.Received): ReadonlyArray<Field> => {
  const part = parts.find(({ type }) => originals.has(type))
  return part === undefined ? [] : readHeader(Received.textOf(part))
}

const messageIdOf = (original: ReadonlyArray<Field>): string | undefined =>
  /<[^<>\s]{1,998}>/.exec(valueOf(original, "message-id") ?? "")?.[0]

interface Common {
  readonly originalMessageId?: string
  readonly originalEnvelopeId?: string
  readonly sentTo: ReadonlyArray<string>
  readonly receivedAt?: DateTime.Utc
}

const commonOf = (received: Received.Received, options: Options, original: ReadonlyArray<Field>): Common =>
  DeliveryStatus.defined<Common>({
    originalMessageId: messageIdOf(original),
    originalEnvelopeId: undefined,
    sentTo: sentTo(received.fields, options.recipient),
    receivedAt: Option.getOrUndefined(DateTime.make(valueOf(received.fields, "date") ?? ""))
  })

const textOf = ({ parts }: Received.Received): string => {
  const part = parts.find(({ type }) => type === "text/plain")
  return part === undefined ? "" : Received.textOf(part)
}

const contentType = (received: Received.Received): string =>
  (valueOf(received.fields, "content-type") ?? "").toLowerCase()

const reports = new Set(["message/delivery-status", "message/global-delivery-status"])

const bounced = (
  received: Received.Received,
  common: Common,
  mostRecipients: number
): Option.Option<Bounced> => {
  const part = received.parts.find(({ type }) => reports.has(type))
  const isReport = contentType(received).startsWith("multipart/report") || Heuristic.isFromDaemon(received.fields)
  if (part !== undefined && isReport) {
    const { recipients, ...report } = DeliveryStatus.read(Received.textOf(part, longestReport), mostRecipients)
    if (recipients.length > 0) {
      return Option.some({
        _tag: "Bounced",
        ...common,
        ...DeliveryStatus.defined<{ originalEnvelopeId?: string; reportingMta?: string }>({
          originalEnvelopeId: report.originalEnvelopeId,
          reportingMta: report.reportingMta
        }),
        recipients,
        isHeuristic: false
      })
    }
  }
  const recipients = Heuristic.read(received.fields, textOf(received), common.sentTo).slice(0, mostRecipients)
  return recipients.length === 0
    ? Option.none()
    : Option.some({ _tag: "Bounced", ...common, recipients, isHeuristic: true })
}

const complained = (
  received: Received.Received,
  common: Common,
  mostRecipients: number
): Option.Option<Complained> => {
  const part = received.parts.find(({ type }) => type === "message/feedback-report")
  if (part === undefined || !contentType(received).startsWith("multipart/report")) return Option.none()
  const fields = readFields(Received.textOf(part).split(/\r\n|\n|\r/))
  const feedbackType = valueOf(fields, "feedback-type")
  if (feedbackType === undefined) return Option.none()
  return Option.some({
    _tag: "Complained",
    ...common,
    ...DeliveryStatus.defined<Partial<Complained>>({
      originalEnvelopeId: valueOf(fields, "original-envelope-id"),
      userAgent: valueOf(fields, "user-agent"),
      version: valueOf(fields, "version"),
      sourceIp: valueOf(fields, "source-ip"),
      originalMailFrom: Address.typed(valueOf(fields, "original-mail-from")),
      arrivalDate: valueOf(fields, "arrival-date") ?? valueOf(fields, "received-date")
    }),
    feedbackType: feedbackType.toLowerCase(),
    recipients: valuesOf(fields, "original-rcpt-to").slice(0, mostRecipients)
      .flatMap((value) => Address.typed(value) ?? []),
    reportedDomains: valuesOf(fields, "reported-domain").slice(0, mostRecipients)
  })
}

const autoReplied = (received: Received.Received, common: Common): Option.Option<AutoReplied> => {
  const submitted = (valueOf(received.fields, "auto-submitted") ?? "").toLowerCase()
  if (!submitted.startsWith("auto-replied") || contentType(received).startsWith("multipart/report")) {
    return Option.none()
  }
  const inReplyTo = /<[^<>\s]{1,998}>/.exec(valueOf(received.fields, "in-reply-to") ?? "")?.[0]
  return Option.some({
    _tag: "AutoReplied",
    ...common,
    ...DeliveryStatus.defined<Partial<AutoReplied>>({
      originalMessageId: inReplyTo ?? common.originalMessageId,
      from: Address.bare(valueOf(received.fields, "from") ?? ""),
      subject: valueOf(received.fields, "subject")
    })
  })
}

/**
 * Reads a message that came in. None is what an ordinary mail gives: also a bounce that a person forwards, and a receipt
 * that a mail was read (RFC 8098).
 *
 * Only the outermost report counts. What is no report of RFC 3464 is read where its header says that a program wrote it: by
 * the field `X-Failed-Recipients`, and by the lines whose form names a recipient, such as the reply of a server to a RCPT
 * command. What names none gives none.
 *
 * Fails with `NoticeError` for what is larger than the limits. It never throws, and takes time
 * in proportion to the size.
 *
 * @example
 * ```ts
 * import { Notice } from "@effect-mail/inbound"
 * import { Effect, Option } from "effect"
 *
 * const hardBounces = (octets: Uint8Array) =>
 *   Effect.map(Notice.parse(octets), (notice) =>
 *     Option.isSome(notice) && notice.value._tag === "Bounced"
 *       ? notice.value.recipients.filter(({ kind }) => kind === "Hard").map(({ recipient }) => recipient)
 *       : [])
 * ```
 *
 * @since 0.1.0
 * @category reading
 */
export const parse = (octets: Uint8Array, options: Options = {}): Effect.Effect<Option.Option<Notice>, NoticeError> =>
  Effect.suspend(() => {
    const most = options.maxOctets ?? 32 * mebibyte
    if (!(octets instanceof Uint8Array)) {
      return Effect.fail(new NoticeError({ reason: "Unreadable", description: "it is not a Uint8Array" }))
    }
    if (octets.length > most) {
      return Effect.fail(
        new NoticeError({ reason: "TooLarge", description: `it has ${octets.length} octets, and ${most} are read` })
      )
    }
    const received = Received.parse(octets)
    const mostRecipients = options.maxRecipients ?? 10_000
    const common = commonOf(received, options, originalOf(received))
    return Effect.succeed(
      complained(received, common, mostRecipients).pipe(
        Option.orElse((): Option.Option<Notice> => bounced(received, common, mostRecipients)),
        Option.orElse((): Option.Option<Notice> => autoReplied(received, common))
      )
    )
  })
