import * as Either from "effect/Either"
import * as Option from "effect/Option"
import { InvalidMessageError } from "../../MailError.js"
import type * as Message from "../../Message.js"
import * as Charset from "../mime/charset.js"
import * as MediaType from "../mime/mediaType.js"
import * as Part from "../mime/part.js"
import * as Octets from "../value/bytes.js"
import { checkAttachment, type CheckEmbedded, checkMessage, checkType } from "./attachment.js"
import { checkReady } from "./readyPart.js"
import { checkEach, type Checked } from "./result.js"

const invalid = (reason: string): Checked<never> => Either.left(new InvalidMessageError({ reason }))

const checkText = (
  what: string,
  text: string,
  type: MediaType.MediaType,
  charset: Charset.Charset
): Checked<Part.Part> => {
  if (typeof text !== "string") return invalid(`the ${what} is not a string`)
  return Charset.canHold(charset, text)
    ? Either.right(Part.leaf(type, { _tag: "Text", text, charset }))
    : invalid(`the ${what} holds a character that ${charset} cannot hold`)
}

const checkOctets = (essence: string, content: string | Uint8Array): Checked<Uint8Array> => {
  if (Octets.isOctets(content)) return Either.right(content)
  if (typeof content !== "string") return Either.left(Octets.notOctets(Option.none(), `the ${essence} alternative`))
  return Charset.canHold("utf-8", content)
    ? Either.right(Charset.encode("utf-8", content))
    : invalid(`the ${essence} alternative holds a lone surrogate`)
}

const checkAlternative = (
  { content, contentType, isReady }: Message.Alternative,
  charset: Charset.Charset
): Checked<Part.Part> =>
  isReady === true ? checkReady(content) : Either.flatMap(checkType(contentType), (type) => {
    if (typeof content === "string" && MediaType.isText(type)) {
      return checkText(`${type.essence} alternative`, content, MediaType.withCharset(type, charset), charset)
    }
    return Either.flatMap(checkOctets(type.essence, content), (octets) =>
      MediaType.isMessage(type)
        ? Either.map(checkMessage(octets, type), ({ content: raw, type: kind }) => Part.leaf(kind, raw))
        : Either.right(Part.leaf(type, { _tag: "Octets", octets })))
  })

const inEachCharset = (essence: string): Readonly<Record<Charset.Charset, MediaType.MediaType>> => ({
  "utf-8": MediaType.text(essence, "utf-8"),
  "iso-8859-1": MediaType.text(essence, "iso-8859-1"),
  "us-ascii": MediaType.text(essence, "us-ascii")
})

const plain = inEachCharset("text/plain")
const html = inEachCharset("text/html")

/** The forms of the content, from the plainest to the richest. */
const checkForms = (message: Message.Message, charset: Charset.Charset): Checked<ReadonlyArray<Part.Part>> => {
  const forms: Array<Checked<Part.Part>> = []
  const text = Option.getOrElse(message.text, () => "")
  const isEmpty = Option.isNone(message.html) && message.alternatives.length === 0 && message.attachments.length === 0
  if (isEmpty || text !== "") forms.push(checkText("text", text, plain[charset], charset))
  if (Option.isSome(message.html)) forms.push(checkText("html", message.html.value, html[charset], charset))
  for (const alternative of message.alternatives) forms.push(checkAlternative(alternative, charset))
  return checkEach(forms, (form) => form)
}

const layOut = (forms: ReadonlyArray<Part.Part>, leaves: ReadonlyArray<Part.Leaf>, hasHtml: boolean): Part.Part => {
  const isRelated = (leaf: Part.Leaf): boolean =>
    hasHtml && leaf.disposition?.kind === "inline" && leaf.contentId !== undefined
  const attached = leaves.filter((leaf) => !isRelated(leaf))
  const shown = Part.group("alternative", forms)
  const children = shown === undefined
    ? attached
    : [Part.group("related", [shown, ...leaves.filter(isRelated)]) ?? shown, ...attached]
  const [only] = children
  return attached.length === 0 && only !== undefined ? only : { _tag: "Multipart", subtype: "mixed", children }
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
): Checked<Part.Part> =>
  Either.flatMap(checkForms(message, charset), (forms) =>
    Either.map(
      checkEach(message.attachments, (attachment) => checkAttachment(attachment, checkEmbedded)),
      (leaves) => layOut(forms, leaves, Option.isSome(message.html))
    ))
