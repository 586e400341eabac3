import type * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as Address from "../../Address.js"
import type { Annotations } from "../../Annotations.js"
import type { Capability } from "../../Capability.js"
import type { Envelope } from "../../Envelope.js"
import type { AttachmentError } from "../../MailError.js"
import { recipientKey, textKey } from "../address/key.js"
import type { Alternative, Disposition, Message } from "../message/model.js"
import type { Field } from "../mime/field.js"
import { slicesOfMessage } from "../mime/lines.js"
import * as Charset from "../mime/syntax/charset.js"
import * as MediaType from "../mime/syntax/mediaType.js"
import { type Content, forEachLeaf, type Leaf, type Stamp, topLeaves } from "../mime/tree.js"
import type { Headers } from "../value/headers.js"
import * as Slices from "../value/slices.js"
import * as Emit from "./emit.js"
import * as Render from "./message.js"
import * as Needs from "./needs.js"
import * as Parameter from "./parameter.js"

/**
 * An attachment of a letter.
 *
 * - `contentType`: with its parameters, except those that name the file
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
  readonly disposition: Disposition
  readonly contentId: Option.Option<string>
  readonly headers: Headers
  readonly content: Effect.Effect<Uint8Array, AttachmentError>
  readonly stream: Stream.Stream<Uint8Array, AttachmentError>
}

/**
 * A checked message as structured values, with nothing encoded: for APIs that take no MIME.
 *
 * - `from`, `to`, `cc`, `replyTo`: as readers see them; `from` is the default sender where the message has none
 * - `bcc`: the other recipients of the envelope: blind copies, and the targets of a redirecting policy
 * - `envelope`: deliver only to `envelope.to`. A policy may have removed some of `to` and `cc`: an API that cannot separate
 *   the envelope from the header must refuse the message then, see `isWhole`
 * - `isWhole`: whether all of `to` and `cc` are in the envelope, so that it equals `to`, `cc` and `bcc` together
 * - `text`, `html`, `alternatives`: the forms of the content
 * - `headers`: all fields without a property of their own here, also `Sender`; prepended ones first
 * - `date`: in the form of the field (RFC 5322 section 3.3)
 * - `messageId`: in angle brackets
 * - `annotations`: what only mail providers use
 * - `needs`: the features that the API must carry so that nothing of the message is lost
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
  readonly envelope: Envelope
  readonly isWhole: boolean
  readonly subject: string
  readonly text: Option.Option<string>
  readonly html: Option.Option<string>
  readonly alternatives: ReadonlyArray<Alternative>
  readonly headers: Headers
  readonly date: string
  readonly messageId: string
  readonly attachments: ReadonlyArray<LetterAttachment>
  readonly annotations: Annotations
  readonly needs: ReadonlySet<Capability>
}

const contentType = ({ essence, parameters }: MediaType.MediaType): string =>
  [
    essence,
    ...parameters.filter(([name]) => !MediaType.isFilename(name))
      .map(([name, value]) => Parameter.formatAscii(name, value))
  ].join("; ")

const filenameOf = ({ disposition, type }: Leaf): Option.Option<string> =>
  Option.fromNullable(disposition?.filename ?? type.parameters.find(([name]) => MediaType.isFilename(name))?.[1])

const withoutBrackets = (id: string): string => id.slice(1, -1)

const unencoded = (field: Field): readonly [string, string] => {
  switch (field._tag) {
    case "Addresses":
      return [field.name, field.addresses.map(Address.format).join(", ")]
    case "Text":
      return [field.name, field.value]
    case "Tokens":
      return [field.name, field.tokens.join(" ")]
  }
}

const octetsOf = (content: Content, outermost: Stamp, index: number): Stream.Stream<Uint8Array, AttachmentError> => {
  switch (content._tag) {
    case "Text":
      return Charset.slicesOf(content.text, content.charset)
    case "Octets":
      return Stream.make(content.octets)
    case "Raw":
      return Slices.isLong(content.octets) ? slicesOfMessage(content.octets) : Stream.make(content.octets)
    case "Embedded":
      return Stream.suspend(() => Emit.toStream(Render.embedded(content.message, outermost, index)))
    case "Streamed":
      return Emit.plain(content.stream, content.filename)
    case "Ready":
      return Stream.make(content.octets)
  }
}

/** The forms of a body are never streamed, and never an embedded message. */
const alternative = ({ content, type }: Leaf): ReadonlyArray<Alternative> => {
  switch (content._tag) {
    case "Text":
      return [{ contentType: contentType(type), content: content.text }]
    case "Octets":
    case "Raw":
      return [{ contentType: contentType(type), content: content.octets }]
    case "Ready":
      return [{ contentType: contentType(type), content: content.octets, isReady: true }]
    case "Embedded":
    case "Streamed":
      return []
  }
}

const attachment = (leaf: Leaf, outermost: Stamp, index: number): LetterAttachment => {
  const stream = octetsOf(leaf.content, outermost, index)
  return {
    filename: filenameOf(leaf),
    contentType: contentType(leaf.type),
    disposition: leaf.disposition?.kind ?? "attachment",
    contentId: Option.map(Option.fromNullable(leaf.contentId), withoutBrackets),
    headers: leaf.fields.map(unencoded),
    stream,
    content: Emit.collect(stream)
  }
}

const countEmbedded = (leaf: Leaf): number => {
  let count = 0
  forEachLeaf(leaf, ({ content }) => {
    if (content._tag === "Embedded") count++
  })
  return count
}

/** Counts embedded messages as the renderer does, so that their Message-IDs are the same. */
const attachments = (leaves: ReadonlyArray<Leaf>, outermost: Stamp): ReadonlyArray<LetterAttachment> => {
  let embedded = 0
  return leaves.map((leaf) => {
    const index = embedded + 1
    embedded += countEmbedded(leaf)
    return attachment(leaf, outermost, index)
  })
}

const structured = new Set(["from", "to", "cc", "reply-to", "subject"])

/** Parses what was an address before: every path of an envelope was written by `addrSpec`. */
const read = (input: Address.Input): ReadonlyArray<Address.Address> =>
  Either.match(Address.fromInput(input), { onLeft: () => [], onRight: (address) => [address] })

/** The recipients that are not in the header, with the names that the message gives them. */
const blindCopies = (
  message: Message,
  paths: ReadonlyArray<string>,
  shown: ReadonlySet<string>
): ReadonlyArray<Address.Address> => {
  const named = new Map(message.bcc.flatMap(read).map((address) => [recipientKey(address), address]))
  return paths.filter((path) => !shown.has(textKey(path))).flatMap((path) => {
    const known = named.get(textKey(path))
    return known === undefined ? read({ address: path }) : [known]
  })
}

export const make = (
  message: Message,
  { front, message: checked, stamp }: Render.Written,
  envelope: Envelope,
  annotations: Annotations
): Letter => {
  const addresses = (name: string): ReadonlyArray<Address.Address> =>
    checked.fields.flatMap((field) =>
      field._tag === "Addresses" && field.name.toLowerCase() === name ? field.addresses : []
    )
  const [from = checked.from] = addresses("from")
  const to = addresses("to")
  const cc = addresses("cc")
  const shown = new Set([...to, ...cc].map(recipientKey))
  const reached = new Set(envelope.to.map(textKey))
  const leaves = topLeaves(checked.body)
  const forms = leaves.filter(({ disposition }) => disposition === undefined)
  const alternatives = forms.slice(forms.length - message.alternatives.length)
  const hasText = forms.length > alternatives.length + (Option.isSome(message.html) ? 1 : 0)
  const content = {
    envelope,
    annotations,
    from,
    to,
    cc,
    isWhole: Array.from(shown).every((key) => reached.has(key)),
    bcc: blindCopies(message, envelope.to, shown),
    replyTo: addresses("reply-to"),
    subject: message.subject,
    text: hasText ? Option.some(Option.getOrElse(message.text, () => "")) : Option.none(),
    html: message.html,
    alternatives: alternatives.flatMap(alternative),
    headers: [...front, ...checked.fields.filter(({ name }) => !structured.has(name.toLowerCase()))].map(unencoded),
    date: stamp.date,
    messageId: stamp.messageId,
    attachments: attachments(leaves.filter(({ disposition }) => disposition !== undefined), stamp)
  }
  return { ...content, needs: Needs.ofContent(content, envelope, annotations) }
}
