import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as Address from "../../Address.js"
import type { Annotations } from "../../Annotations.js"
import type { Envelope } from "../../Envelope.js"
import type { AttachmentError } from "../../MailError.js"
import type * as Message from "../../Message.js"
import type { Letter, LetterAttachment } from "../../Outgoing.js"
import { recipientKey, textKey } from "../address/key.js"
import * as Needs from "../check/needs.js"
import * as MediaType from "../mime/mediaType.js"
import type { Stamp } from "../mime/message.js"
import type { Content, Leaf } from "../mime/part.js"
import { forEachLeaf, topLeaves } from "../mime/part.js"
import * as Slices from "../value/slices.js"
import * as Emit from "./emit.js"
import type { Field } from "./field.js"
import * as Render from "./message.js"
import * as Parameter from "./parameter.js"

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
      return Slices.ofText(content.text, content.charset)
    case "Octets":
      return Stream.make(content.octets)
    case "Raw":
      return Slices.isLong(content.octets) ? Slices.ofMessage(content.octets) : Stream.make(content.octets)
    case "Entity":
      return Stream.suspend(() => Emit.toStream(Render.embedded(content.entity, outermost, index)))
    case "Streamed":
      return Emit.plain(content.stream, content.filename)
  }
}

/** The forms of a body are never streamed, and hold no message of ours. */
const alternative = ({ content, type }: Leaf): ReadonlyArray<Message.Alternative> => {
  switch (content._tag) {
    case "Text":
      return [{ contentType: contentType(type), content: content.text }]
    case "Octets":
    case "Raw":
      return [{ contentType: contentType(type), content: content.octets }]
    case "Entity":
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
    if (content._tag === "Entity") count++
  })
  return count
}

/** Embedded messages are counted as the renderer counts them, so that their Message-IDs are the same. */
const attachments = (leaves: ReadonlyArray<Leaf>, outermost: Stamp): ReadonlyArray<LetterAttachment> => {
  let embedded = 0
  return leaves.map((leaf) => {
    const index = embedded + 1
    embedded += countEmbedded(leaf)
    return attachment(leaf, outermost, index)
  })
}

const structured = new Set(["from", "to", "cc", "reply-to", "subject"])

/** Readable by construction: every path of an envelope was written by `addrSpec`. */
const read = (input: Address.Input): ReadonlyArray<Address.Address> =>
  Either.match(Address.fromInput(input), { onLeft: () => [], onRight: (address) => [address] })

/** Those who get the message and do not stand in its header, with the names that the message gives them. */
const blindCopies = (
  message: Message.Message,
  paths: ReadonlyArray<string>,
  shown: ReadonlySet<string>
): ReadonlyArray<Address.Address> => {
  const named = new Map(message.bcc.flatMap(read).map((address) => [recipientKey(address), address]))
  return paths.filter((path) => !shown.has(textKey(path))).flatMap((path) => {
    const known = named.get(textKey(path))
    return known === undefined ? read({ address: path }) : [known]
  })
}

/**
 * @internal
 */
export const make = (
  message: Message.Message,
  { entity, front, stamp }: Render.Written,
  envelope: Envelope,
  annotations: Annotations
): Letter => {
  const addresses = (name: string): ReadonlyArray<Address.Address> =>
    entity.fields.flatMap((field) =>
      field._tag === "Addresses" && field.name.toLowerCase() === name ? field.addresses : []
    )
  const [from = entity.from] = addresses("from")
  const to = addresses("to")
  const cc = addresses("cc")
  const shown = new Set([...to, ...cc].map(recipientKey))
  const reached = new Set(envelope.to.map(textKey))
  const leaves = topLeaves(entity.body)
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
    headers: [...front, ...entity.fields.filter(({ name }) => !structured.has(name.toLowerCase()))].map(unencoded),
    date: stamp.date,
    messageId: stamp.messageId,
    attachments: attachments(leaves.filter(({ disposition }) => disposition !== undefined), stamp)
  }
  return { ...content, needs: Needs.ofContent(content, envelope, annotations) }
}
