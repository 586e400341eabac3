import * as Either from "effect/Either"
import * as Option from "effect/Option"
import { notOctets } from "../../message/invalid.js"
import type { Alternative, Message } from "../../message/model.js"
import * as Charset from "../../mime/syntax/charset.js"
import * as MediaType from "../../mime/syntax/mediaType.js"
import * as Tree from "../../mime/tree.js"
import * as Octets from "../../value/bytes.js"
import { checkEach, type Checked, invalid } from "../result.js"
import { checkAttachment, type CheckEmbedded, checkMessage, checkType } from "./attachment.js"

const checkText = (
  what: string,
  text: string,
  type: MediaType.MediaType,
  charset: Charset.Charset
): Checked<Tree.Part> => {
  if (typeof text !== "string") return invalid(`the ${what} is not a string`)
  return Charset.canHold(charset, text)
    ? Either.right(Tree.leaf(type, { _tag: "Text", text, charset }))
    : invalid(`the ${what} holds a character that ${charset} cannot hold`)
}

const checkOctets = (essence: string, content: string | Uint8Array): Checked<Uint8Array> => {
  if (Octets.isOctets(content)) return Either.right(content)
  if (typeof content !== "string") return Either.left(notOctets(Option.none(), `the ${essence} alternative`))
  return Charset.canHold("utf-8", content)
    ? Either.right(Charset.encode("utf-8", content))
    : invalid(`the ${essence} alternative holds a lone surrogate`)
}

const checkAlternative = (
  { content, contentType }: Alternative,
  charset: Charset.Charset
): Checked<Tree.Part> =>
  Either.flatMap(checkType(contentType), (type) => {
    if (typeof content === "string" && MediaType.isText(type)) {
      return checkText(`${type.essence} alternative`, content, MediaType.withCharset(type, charset), charset)
    }
    return Either.flatMap(checkOctets(type.essence, content), (octets) =>
      MediaType.isMessage(type)
        ? Either.map(checkMessage(octets, type), ({ content: raw, type: kind }) => Tree.leaf(kind, raw))
        : Either.right(Tree.leaf(type, { _tag: "Octets", octets })))
  })

const inEachCharset = (essence: string): Readonly<Record<Charset.Charset, MediaType.MediaType>> => ({
  "utf-8": MediaType.text(essence, "utf-8"),
  "iso-8859-1": MediaType.text(essence, "iso-8859-1"),
  "us-ascii": MediaType.text(essence, "us-ascii")
})

const plain = inEachCharset("text/plain")
const html = inEachCharset("text/html")

/** The forms of the content, from the plainest to the richest. */
const checkForms = (message: Message, charset: Charset.Charset): Checked<ReadonlyArray<Tree.Part>> => {
  const forms: Array<Checked<Tree.Part>> = []
  const text = Option.getOrElse(message.text, () => "")
  const isEmpty = Option.isNone(message.html) && message.alternatives.length === 0 && message.attachments.length === 0
  if (isEmpty || text !== "") forms.push(checkText("text", text, plain[charset], charset))
  if (Option.isSome(message.html)) forms.push(checkText("html", message.html.value, html[charset], charset))
  for (const alternative of message.alternatives) forms.push(checkAlternative(alternative, charset))
  return checkEach(forms, (form) => form)
}

const layOut = (forms: ReadonlyArray<Tree.Part>, leaves: ReadonlyArray<Tree.Leaf>, hasHtml: boolean): Tree.Part => {
  const isRelated = (leaf: Tree.Leaf): boolean =>
    hasHtml && leaf.disposition?.kind === "inline" && leaf.contentId !== undefined
  const attached = leaves.filter((leaf) => !isRelated(leaf))
  const shown = Tree.group("alternative", forms)
  const children = shown === undefined
    ? attached
    : [Tree.group("related", [shown, ...leaves.filter(isRelated)]) ?? shown, ...attached]
  const [only] = children
  return attached.length === 0 && only !== undefined ? only : { _tag: "Multipart", subtype: "mixed", children }
}

/**
 * Checks the contents of a message, and arranges them:
 * `mixed( related( alternative(text, html, ...), inline images ), attachments )`, each level only where needed.
 */
export const checkBody = (
  message: Message,
  charset: Charset.Charset,
  checkEmbedded: CheckEmbedded
): Checked<Tree.Part> =>
  Either.flatMap(checkForms(message, charset), (forms) =>
    Either.map(
      checkEach(message.attachments, (attachment) => checkAttachment(attachment, checkEmbedded)),
      (leaves) => layOut(forms, leaves, Option.isSome(message.html))
    ))
