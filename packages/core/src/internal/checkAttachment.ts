import * as Either from "effect/Either"
import * as Option from "effect/Option"
import mime from "mime"
import * as Attachment from "../Attachment.js"
import { InvalidMessageError } from "../MailError.js"
import type * as Message from "../Message.js"
import * as Charset from "./charset.js"
import { checkEach, type Checked } from "./checked.js"
import type { Entity } from "./entity.js"
import type { Field } from "./field.js"
import * as Syntax from "./headerSyntax.js"
import { longestLine } from "./lineLength.js"
import * as MediaType from "./mediaType.js"
import type * as Part from "./part.js"

/**
 * How an embedded message of ours is checked.
 *
 * @internal
 */
export type CheckEmbedded = (message: Message.Message) => Checked<Entity>

const invalid = (reason: string): Checked<never> => Either.left(new InvalidMessageError({ reason }))

/**
 * @internal
 */
export const checkType = (written: string): Checked<MediaType.MediaType> =>
  Either.orElse(MediaType.parse(written), (reason) => Syntax.bad("Content-Type", reason))

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

/**
 * @internal
 */
export const checkMessage = (octets: Uint8Array, type: MediaType.MediaType): Checked<TypedContent> =>
  Either.map(checkRaw(octets), (content) => ({
    type: type.essence === embeddedType.essence ? embeddedType : type,
    content
  }))

const textContent = (text: string, type: MediaType.MediaType): Checked<TypedContent> => {
  if (typeof text !== "string") return invalid("the content of a text attachment is not a string")
  const charset = MediaType.isText(type) ? MediaType.charsetOf(type)?.toLowerCase() ?? "utf-8" : "utf-8"
  if (!Charset.isCharset(charset)) return invalid(`a text attachment cannot be written in the charset it names`)
  if (!Charset.canHold(charset, text)) return invalid(`a text attachment holds a character that ${charset} cannot hold`)
  if (MediaType.isMessage(type)) return checkMessage(Charset.encode(charset, text), type)
  return Either.right({
    type: MediaType.isText(type) ? MediaType.withCharset(type, charset) : type,
    content: { _tag: "Octets", octets: Charset.encode(charset, text) }
  })
}

const bytesContent = (octets: Uint8Array, type: MediaType.MediaType): Checked<TypedContent> => {
  if (!(octets instanceof Uint8Array)) return invalid("the content of an attachment is not octets")
  if (MediaType.isMessage(type)) return checkMessage(octets, type)
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
      return textContent(
        attachment.content,
        given ?? guessType(attachment.filename) ?? MediaType.text("text/plain", "utf-8")
      )
    case "Bytes":
      return bytesContent(attachment.content, given ?? guessType(attachment.filename) ?? MediaType.octetStream)
    case "Streamed": {
      const type = given ?? guessType(attachment.filename) ?? MediaType.octetStream
      if (given !== undefined && MediaType.isMessage(given)) {
        return invalid(`a streamed attachment cannot be ${given.essence}`)
      }
      const { content: stream, filename, transient = stream } = attachment
      return Either.right({
        type: MediaType.isMessage(type) ? MediaType.octetStream : type,
        content: { _tag: "Streamed", stream, transient, filename }
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

const checkPartField = (writtenName: string, value: string): Checked<Field> =>
  Either.gen(function*() {
    const name = yield* Syntax.checkName(writtenName)
    const key = name.toLowerCase()
    if (generated.has(key)) return yield* Syntax.bad(name, "the field would stand twice")
    if (!key.startsWith("content-") && Syntax.kindOf(key) !== "text") {
      return yield* Syntax.bad(name, "the field has no meaning in a part")
    }
    return { _tag: "Text", name, value: yield* Syntax.checkText(name, value) }
  })

/** Checks what is there, and lets through what is not. */
const checkOptional = <A, B>(value: Option.Option<A>, check: (value: A) => Checked<B>): Checked<B | undefined> =>
  Option.isNone(value) ? Either.right(undefined) : check(value.value)

const checkAnew = (attachment: Attachment.Attachment, checkEmbedded: CheckEmbedded): Checked<Part.Leaf> =>
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

/** What was found of each attachment, for as long as it is there: many messages may have one in common. */
const leaves = new WeakMap<Attachment.Attachment, Part.Leaf>()

/**
 * @internal
 */
export const checkAttachment = (
  attachment: Attachment.Attachment,
  checkEmbedded: CheckEmbedded
): Checked<Part.Leaf> => {
  if (!Attachment.isAttachment(attachment)) return invalid("an attachment was not made by the Attachment module")
  // What a message of ours comes to depends on the settings, too.
  if (attachment._tag === "Embedded") return checkAnew(attachment, checkEmbedded)
  const known = leaves.get(attachment)
  if (known !== undefined) return Either.right(known)
  const checked = checkAnew(attachment, checkEmbedded)
  if (Either.isRight(checked)) leaves.set(attachment, checked.right)
  return checked
}
