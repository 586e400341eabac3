import * as Either from "effect/Either"
import * as Option from "effect/Option"
import mime from "mime"
import * as Attachment from "../Attachment.js"
import type { MessageError } from "../MailError.js"
import { InvalidMessageError } from "../MailError.js"
import type * as Message from "../Message.js"
import * as Charset from "./charset.js"
import type { Entity } from "./entity.js"
import type { Field } from "./field.js"
import { longestLine } from "./field.js"
import * as Syntax from "./headerSyntax.js"
import * as MediaType from "./mediaType.js"
import * as Part from "./part.js"

type Checked<A> = Either.Either<A, MessageError>
type CheckEmbedded = (message: Message.Message) => Checked<Entity>

const invalid = (reason: string): Checked<never> => Either.left(new InvalidMessageError({ reason }))

const textType = (essence: string, charset: Charset.Charset): MediaType.MediaType => ({
  essence,
  parameters: [["charset", charset]]
})

const checkText = (what: string, essence: string, text: string, charset: Charset.Charset): Checked<Part.Part> => {
  if (typeof text !== "string") return invalid(`the ${what} is not a string`)
  return Charset.canHold(charset, text)
    ? Either.right(
      Part.leaf(textType(essence, charset), { _tag: "Text", octets: Charset.encode(charset, text) })
    )
    : invalid(`the ${what} holds a character that ${charset} cannot hold`)
}

const checkType = (written: string): Checked<MediaType.MediaType> =>
  Either.orElse(MediaType.parse(written), (reason) => Syntax.bad("Content-Type", reason))

const checkAlternative = (
  { content, contentType }: Message.Alternative,
  charset: Charset.Charset
): Checked<Part.Part> => {
  const type = checkType(contentType)
  if (Either.isLeft(type)) return Either.left(type.left)
  const essence = type.right.essence
  if (essence === embeddedType.essence) {
    const octets = typeof content === "string" ? Charset.encode("utf-8", content) : content
    return Either.map(checkRaw(octets), (raw) => Part.leaf(embeddedType, raw))
  }
  if (typeof content !== "string") return Either.right(Part.leaf(type.right, { _tag: "Octets", octets: content }))
  if (!MediaType.isText(type.right)) {
    return Charset.canHold("utf-8", content)
      ? Either.right(Part.leaf(type.right, { _tag: "Octets", octets: Charset.encode("utf-8", content) }))
      : invalid(`the ${essence} alternative holds a lone surrogate`)
  }
  return Either.map(
    checkText(`${essence} alternative`, essence, content, charset),
    (part) => part._tag === "Leaf" ? { ...part, type: MediaType.withCharset(type.right, charset) } : part
  )
}

const concat = (chunks: ReadonlyArray<Uint8Array>): Uint8Array => {
  const whole = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0))
  let at = 0
  for (const chunk of chunks) {
    whole.set(chunk, at)
    at += chunk.length
  }
  return whole
}

const cr = 13
const lf = 10
const lineEnd = new Uint8Array([cr, lf])

/** A ready message with every line end as CRLF; refused where no line end can make it safe to send. */
const checkRaw = (octets: Uint8Array): Checked<Part.Content> => {
  const lines: Array<Uint8Array> = []
  let isEightBit = false
  let start = 0
  for (let i = 0; i <= octets.length; i++) {
    const octet = octets[i]
    if (octet === 0) return invalid("the embedded message holds a NUL")
    if (octet !== undefined && octet > 127) isEightBit = true
    if (octet === cr || octet === lf || (octet === undefined && start < i)) {
      if (i - start > longestLine) return invalid("the embedded message holds a line of more than 998 octets")
      lines.push(octets.subarray(start, i), lineEnd)
      if (octet === cr && octets[i + 1] === lf) i++
      start = i + 1
    }
  }
  return Either.right({ _tag: "Raw", octets: concat(lines), isEightBit })
}

const embeddedType: MediaType.MediaType = { essence: "message/rfc822", parameters: [] }

const guessType = (filename: Option.Option<string>): MediaType.MediaType | undefined => {
  const guessed = Option.isSome(filename) ? mime.getType(filename.value) : null
  return guessed === null ? undefined : Either.getOrUndefined(MediaType.parse(guessed))
}

interface TypedContent {
  readonly type: MediaType.MediaType
  readonly content: Part.Content
}

const textContent = (text: string, type: MediaType.MediaType): Checked<TypedContent> => {
  if (type.essence === embeddedType.essence) return bytesContent(Charset.encode("utf-8", text), type)
  const charset = MediaType.isText(type) ? MediaType.charsetOf(type)?.toLowerCase() ?? "utf-8" : "utf-8"
  if (!Charset.isCharset(charset)) return invalid(`a text attachment cannot be written in the charset it names`)
  if (!Charset.canHold(charset, text)) return invalid(`a text attachment holds a character that ${charset} cannot hold`)
  return Either.right({
    type: MediaType.isText(type) ? MediaType.withCharset(type, charset) : type,
    content: { _tag: "Octets", octets: Charset.encode(charset, text) }
  })
}

const bytesContent = (octets: Uint8Array, type: MediaType.MediaType): Checked<TypedContent> => {
  if (type.essence === embeddedType.essence) {
    return Either.map(checkRaw(octets), (content) => ({ type: embeddedType, content }))
  }
  const content = { _tag: "Octets", octets } as const
  if (!MediaType.isText(type)) return Either.right({ type, content })
  const charset = MediaType.charsetOf(type) ?? "utf-8"
  return Either.right({
    type: Charset.isValid(charset, octets) ? MediaType.withCharset(type, charset) : MediaType.octetStream,
    content
  })
}

const checkContent = (
  attachment: Attachment.Attachment,
  given: MediaType.MediaType | undefined,
  checkEmbedded: CheckEmbedded
): Checked<TypedContent> => {
  switch (attachment._tag) {
    case "Text":
      return textContent(attachment.content, given ?? guessType(attachment.filename) ?? textType("text/plain", "utf-8"))
    case "Bytes":
      return bytesContent(attachment.content, given ?? guessType(attachment.filename) ?? MediaType.octetStream)
    case "Streamed": {
      const type = given ?? guessType(attachment.filename) ?? MediaType.octetStream
      if (given?.essence === embeddedType.essence) return invalid("a streamed attachment cannot be message/rfc822")
      const { content: stream, filename } = attachment
      return Either.right({
        type: type.essence === embeddedType.essence ? MediaType.octetStream : type,
        content: { _tag: "Streamed", stream, filename }
      })
    }
    case "Embedded":
      if (given !== undefined && given.essence !== embeddedType.essence) {
        return Syntax.bad("Content-Type", "an embedded message is message/rfc822")
      }
      return Either.map(
        attachment.content instanceof Uint8Array
          ? checkRaw(attachment.content)
          : Either.map(checkEmbedded(attachment.content), (entity): Part.Content => ({ _tag: "Entity", entity })),
        (content) => ({ type: embeddedType, content })
      )
  }
}

const generated = new Set(["content-type", "content-transfer-encoding", "content-disposition", "content-id"])

const checkPartFields = (attachment: Attachment.Attachment): Checked<ReadonlyArray<Field>> => {
  const fields: Array<Field> = []
  for (const [writtenName, value] of attachment.headers) {
    const name = Syntax.checkName(writtenName)
    if (Either.isLeft(name)) return Either.left(name.left)
    const key = name.right.toLowerCase()
    if (generated.has(key)) return Syntax.bad(name.right, "the field would stand twice")
    if (!key.startsWith("content-") && Syntax.kindOf(key) !== "text") {
      return Syntax.bad(name.right, "the field has no meaning in a part")
    }
    const text = Syntax.checkText(name.right, value)
    if (Either.isLeft(text)) return Either.left(text.left)
    fields.push({ _tag: "Text", name: name.right, value: text.right })
  }
  return Either.right(fields)
}

const checkAttachment = (
  attachment: Attachment.Attachment,
  checkEmbedded: CheckEmbedded
): Checked<Part.Leaf> => {
  if (!Attachment.isAttachment(attachment)) return invalid("an attachment was not made by the Attachment module")
  if (Option.isSome(attachment.filename)) {
    const filename = Syntax.checkFilename(attachment.filename.value)
    if (Either.isLeft(filename)) return Either.left(filename.left)
  }
  if (attachment.disposition !== "attachment" && attachment.disposition !== "inline") {
    return Syntax.bad("Content-Disposition", "the disposition is neither attachment nor inline")
  }
  const contentId = Option.isSome(attachment.contentId)
    ? Syntax.checkContentId(attachment.contentId.value)
    : Either.right(undefined)
  if (Either.isLeft(contentId)) return Either.left(contentId.left)
  const fields = checkPartFields(attachment)
  if (Either.isLeft(fields)) return Either.left(fields.left)
  const given = Option.isSome(attachment.contentType)
    ? checkType(attachment.contentType.value)
    : Either.right(undefined)
  if (Either.isLeft(given)) return Either.left(given.left)
  return Either.map(checkContent(attachment, given.right, checkEmbedded), ({ content, type }) => ({
    _tag: "Leaf",
    type,
    disposition: { kind: attachment.disposition, filename: Option.getOrUndefined(attachment.filename) },
    contentId: contentId.right,
    fields: fields.right,
    content
  }))
}

/**
 * Checks what a message holds, and lays it out:
 * `mixed( related( alternative(text, html, ...), inline images ), attachments )`, each level only where it is needed.
 *
 * @internal
 */
export const checkBody = (
  message: Message.Message,
  charset: Charset.Charset,
  checkEmbedded: CheckEmbedded
): Checked<Part.Part> => {
  const bodies: Array<Part.Part> = []
  const attachments: Array<Part.Part> = []
  const related: Array<Part.Part> = []
  const isEmpty = Option.isNone(message.html) && message.alternatives.length === 0 && message.attachments.length === 0
  const written = Option.getOrElse(message.text, () => "")
  if (isEmpty || written !== "") {
    const text = checkText("text", "text/plain", written, charset)
    if (Either.isLeft(text)) return text
    bodies.push(text.right)
  }
  if (Option.isSome(message.html)) {
    const html = checkText("html", "text/html", message.html.value, charset)
    if (Either.isLeft(html)) return html
    bodies.push(html.right)
  }
  for (const alternative of message.alternatives) {
    const part = checkAlternative(alternative, charset)
    if (Either.isLeft(part)) return part
    bodies.push(part.right)
  }
  for (const attachment of message.attachments) {
    const part = checkAttachment(attachment, checkEmbedded)
    if (Either.isLeft(part)) return part
    const isInline = part.right.disposition?.kind === "inline" && part.right.contentId !== undefined
    if (isInline && Option.isSome(message.html)) related.push(part.right)
    else attachments.push(part.right)
  }
  const body = Part.group("alternative", bodies)
  const shown = body === undefined ? related : [Part.group("related", [body, ...related]) ?? body]
  const children = [...shown, ...attachments]
  return Either.right(
    attachments.length === 0 && children[0] !== undefined
      ? children[0]
      : { _tag: "Multipart", subtype: "mixed", children }
  )
}
