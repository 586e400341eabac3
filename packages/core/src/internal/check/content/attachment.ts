import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Stream from "effect/Stream"
import mime from "mime"
import { fileOf } from "../../message/attachment.js"
import { notOctets } from "../../message/invalid.js"
import { type Attachment, isAttachment, isMessage, type Message } from "../../message/model.js"
import type { Field } from "../../mime/field.js"
import { canonical, cr, lf } from "../../mime/lines.js"
import * as Charset from "../../mime/syntax/charset.js"
import * as MediaType from "../../mime/syntax/mediaType.js"
import type * as Tree from "../../mime/tree.js"
import * as Octets from "../../value/bytes.js"
import * as Slices from "../../value/slices.js"
import * as Syntax from "../fields.js"
import { checkEach, type Checked, invalid } from "../result.js"
import * as Scan from "./scan.js"

/** How an embedded message is checked. */
export type CheckEmbedded = (message: Message) => Checked<Tree.CheckedMessage>

export const checkType = (written: string): Checked<MediaType.MediaType> =>
  Either.orElse(MediaType.parse(written), (reason) => Syntax.bad("Content-Type", reason))

const withLineEnd = (octets: Uint8Array): Uint8Array => {
  const last = octets[octets.length - 1]
  if (octets.length === 0 || last === cr || last === lf) return octets
  const ended = new Uint8Array(octets.length + 1)
  ended.set(octets)
  ended[octets.length] = lf
  return ended
}

/** A complete message with every line end as CRLF. Refused where no line ends make it safe to send. */
const checkRaw = (octets: Uint8Array): Checked<Tree.Content> => {
  const { fault, isEightBit } = Scan.readyMessages.now(octets)
  if (fault !== undefined) return invalid(fault)
  return Either.right({
    _tag: "Raw",
    octets: Slices.isLong(octets) ? octets : canonical(withLineEnd(octets)),
    isEightBit
  })
}

const embeddedType: MediaType.MediaType = { essence: "message/rfc822", parameters: [] }

const guessType = (filename: Option.Option<string>): MediaType.MediaType | undefined => {
  const guessed = Option.isSome(filename) ? mime.getType(filename.value) : null
  return guessed === null ? undefined : Either.getOrUndefined(MediaType.parse(guessed))
}

interface TypedContent {
  readonly type: MediaType.MediaType
  readonly content: Tree.Content
}

export const checkMessage = (octets: Uint8Array, type: MediaType.MediaType): Checked<TypedContent> =>
  Either.map(checkRaw(octets), (content) => ({
    type: type.essence === embeddedType.essence ? embeddedType : type,
    content
  }))

const streamed = (
  stream: Stream.Stream<Uint8Array, unknown>,
  filename: Option.Option<string>,
  reusedBuffer = stream,
  size?: number
): Tree.Content => ({ _tag: "Streamed", stream, reusedBuffer, filename, size })

const textContent = (
  text: string,
  type: MediaType.MediaType,
  filename: Option.Option<string>
): Checked<TypedContent> => {
  if (typeof text !== "string") return invalid("the content of a text attachment is not a string")
  const charset = MediaType.isText(type) ? MediaType.charsetOf(type) ?? "utf-8" : "utf-8"
  if (!Charset.isCharset(charset)) return invalid(`a text attachment cannot be written in the charset it names`)
  if (!Charset.canHold(charset, text)) return invalid(`a text attachment holds a character that ${charset} cannot hold`)
  if (MediaType.isMessage(type)) return checkMessage(Charset.encode(charset, text), type)
  return Either.right({
    type: MediaType.isText(type) ? MediaType.withCharset(type, charset) : type,
    content: Slices.isLong(text)
      ? streamed(Charset.slicesOf(text, charset), filename)
      : { _tag: "Octets", octets: Charset.encode(charset, text) }
  })
}

const bytesContent = (
  octets: Uint8Array,
  type: MediaType.MediaType,
  filename: Option.Option<string>
): Checked<TypedContent> => {
  if (!Octets.isOctets(octets)) return Either.left(notOctets(filename, "the content of an attachment"))
  if (MediaType.isMessage(type)) return checkMessage(octets, type)
  const content = { _tag: "Octets", octets } as const
  if (!MediaType.isText(type)) return Either.right({ type, content })
  const charset = MediaType.charsetOf(type) ?? "utf-8"
  return Either.right({
    type: Scan.charsets.now(octets, charset) ? MediaType.withCharset(type, charset) : MediaType.octetStream,
    content
  })
}

/** The type that an attachment names, or that its filename suggests. */
const typeOf = (
  filename: Option.Option<string>,
  given: MediaType.MediaType | undefined,
  otherwise: MediaType.MediaType = MediaType.octetStream
): MediaType.MediaType => given ?? guessType(filename) ?? otherwise

const embeddedContent = (
  content: Message | Uint8Array,
  filename: Option.Option<string>,
  checkEmbedded: CheckEmbedded
): Checked<Tree.Content> => {
  if (Octets.isOctets(content)) return checkRaw(content)
  return isMessage(content)
    ? Either.map(checkEmbedded(content), (message) => ({ _tag: "Embedded", message }))
    : Either.left(notOctets(filename, "what is embedded was not made by the Message module, and it"))
}

const isStream = (u: unknown): boolean => {
  try {
    return Predicate.hasProperty(u, Stream.StreamTypeId)
  } catch {
    return false
  }
}

const checkContent = (
  attachment: Attachment,
  given: MediaType.MediaType | undefined,
  checkEmbedded: CheckEmbedded
): Checked<TypedContent> => {
  const { filename } = attachment
  switch (attachment._tag) {
    case "Text":
      return textContent(attachment.content, typeOf(filename, given, MediaType.text("text/plain", "utf-8")), filename)
    case "Bytes":
      return bytesContent(attachment.content, typeOf(filename, given), filename)
    case "Streamed": {
      const type = typeOf(filename, given)
      if (given !== undefined && MediaType.isMessage(given)) {
        return invalid(`a streamed attachment cannot be ${given.essence}`)
      }
      if (!isStream(attachment.content)) {
        return Either.left(notOctets(filename, "the content of a streamed attachment is not a stream, and it"))
      }
      const file = fileOf(attachment)
      return Either.right({
        type: MediaType.isMessage(type) ? MediaType.octetStream : type,
        content: streamed(attachment.content, filename, file?.reusedBuffer, file?.size)
      })
    }
    case "Embedded":
      if (given !== undefined && given.essence !== embeddedType.essence) {
        return Syntax.bad("Content-Type", "an embedded message is message/rfc822")
      }
      return Either.map(
        embeddedContent(attachment.content, filename, checkEmbedded),
        (content) => ({ type: embeddedType, content })
      )
  }
}

const generated = new Set(["content-type", "content-transfer-encoding", "content-disposition", "content-id"])

const checkPartField = (writtenName: string, value: string): Checked<Field> =>
  Either.gen(function*() {
    const name = yield* Syntax.checkName(writtenName)
    const key = name.toLowerCase()
    if (generated.has(key)) return yield* Syntax.bad(name, "the field would appear twice")
    if (!key.startsWith("content-") && Syntax.kindOf(key) !== "text") {
      return yield* Syntax.bad(name, "the field has no meaning in a part")
    }
    return { _tag: "Text", name, value: yield* Syntax.checkText(name, value) }
  })

/** Checks a value if there is one. */
const checkOptional = <A, B>(value: Option.Option<A>, check: (value: A) => Checked<B>): Checked<B | undefined> =>
  Option.isNone(value) ? Either.right(undefined) : check(value.value)

const checkUncached = (attachment: Attachment, checkEmbedded: CheckEmbedded): Checked<Tree.Leaf> =>
  Either.gen(function*() {
    if (attachment.disposition !== "attachment" && attachment.disposition !== "inline") {
      return yield* Syntax.bad("Content-Disposition", "the disposition is neither attachment nor inline")
    }
    const filename = yield* checkOptional(attachment.filename, Syntax.checkFilename)
    const contentId = yield* checkOptional(attachment.contentId, Syntax.checkContentId)
    const fields = yield* checkEach(attachment.headers, ([name, value]) => checkPartField(name, value))
    const given = yield* checkOptional(attachment.contentType, checkType)
    const { content, type } = yield* checkContent(attachment, given, checkEmbedded)
    return {
      _tag: "Leaf",
      type,
      disposition: { kind: attachment.disposition, filename },
      contentId,
      fields,
      content
    }
  })

/** The checked leaf of each attachment that is in memory: many messages may share one. */
const leaves = new WeakMap<Attachment, Tree.Leaf>()

export const checkAttachment = (
  attachment: Attachment,
  checkEmbedded: CheckEmbedded
): Checked<Tree.Leaf> => {
  if (!isAttachment(attachment)) {
    return invalid("an attachment was not made by the Attachment module, or of what could not be read")
  }
  // The result for an embedded message also depends on the settings.
  if (attachment._tag === "Embedded") return checkUncached(attachment, checkEmbedded)
  const known = leaves.get(attachment)
  if (known !== undefined) return Either.right(known)
  const checked = checkUncached(attachment, checkEmbedded)
  if (Either.isRight(checked)) leaves.set(attachment, checked.right)
  return checked
}

/** Scans a long attachment slice by slice, so that its check, which uses the result, takes no time. */
export const scanInSlices = ({ _tag, content, contentType, filename }: Attachment): Effect.Effect<void> => {
  if (!Octets.isOctets(content)) return Effect.void
  const given = Either.getOrUndefined(checkOptional(contentType, checkType))
  const type = _tag === "Embedded" ? embeddedType : typeOf(filename, given)
  if (MediaType.isMessage(type)) return Scan.readyMessages.inSlices(content)
  return MediaType.isText(type)
    ? Scan.charsets.inSlices(content, MediaType.charsetOf(type) ?? "utf-8")
    : Effect.void
}
