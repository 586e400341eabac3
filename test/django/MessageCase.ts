/**
 * Messages, each with what Django 5.2 and 6.2 make of it: what the rendered message means to a reader, the envelope, or
 * the error.
 */
import { Attachment, type MailError, Message } from "@effect-mail/core"
import * as Meaning from "@effect-mail/test-kit/MessageMeaning"
import * as Vectors from "@effect-mail/test-kit/Vectors"

interface AttachmentCase {
  readonly filename: string | null
  readonly mimetype: string | null
  readonly contentBase64?: string
  readonly message?: MessageCase
}

export interface MessageCase {
  readonly id: string
  readonly subject: string
  readonly body: string | null
  readonly from: string
  readonly to: ReadonlyArray<string>
  readonly cc?: ReadonlyArray<string>
  readonly bcc?: ReadonlyArray<string>
  readonly replyTo?: ReadonlyArray<string>
  readonly headers?: Readonly<Record<string, string>>
  readonly html?: string
  readonly contentSubtype?: "html"
  readonly encoding?: "iso-8859-1"
  readonly attachments?: ReadonlyArray<AttachmentCase>
}

const attachmentOf = ({ contentBase64, filename, message, mimetype }: AttachmentCase): Attachment.Attachment => {
  const options = { filename: filename ?? undefined, contentType: mimetype ?? undefined }
  return message === undefined
    ? Attachment.bytes(new Uint8Array(Buffer.from(contentBase64 ?? "", "base64")), options)
    : Attachment.message(messageOf(message), options)
}

/** The case as a message of this library. */
export const messageOf = (given: MessageCase): Message.Message =>
  Message.make({
    from: given.from,
    to: given.to,
    cc: given.cc,
    bcc: given.bcc,
    replyTo: given.replyTo,
    subject: given.subject,
    headers: given.headers,
    charset: given.encoding,
    attachments: given.attachments?.map(attachmentOf),
    ...given.contentSubtype === "html"
      ? { html: given.body ?? "" }
      : { text: given.body ?? "", html: given.html }
  })

/** What becomes of a message: it is sent, or refused before anything is opened. */
export type Outcome =
  | { readonly _tag: "Sent"; readonly meaning: Meaning.Meaning; readonly envelope: Envelope }
  | { readonly _tag: MailError.MessageError["_tag"] }

export interface Envelope {
  readonly from: string
  readonly to: ReadonlyArray<string>
  readonly smtpUtf8: boolean
}

interface WrittenNode {
  readonly type: string
  readonly params?: Readonly<Record<string, string>>
  readonly disposition?: string
  readonly filename?: string
  readonly contentId?: string
  readonly children?: ReadonlyArray<WrittenNode>
}

interface WrittenAttachment {
  readonly path: string
  readonly size?: number
  readonly sha256?: string
  readonly message?: WrittenMeaning
}

interface WrittenMeaning extends Pick<Meaning.Meaning, "headers" | "addresses"> {
  readonly structure: WrittenNode
  readonly texts: ReadonlyArray<{ readonly path: string; readonly text: string }>
  readonly attachments: ReadonlyArray<WrittenAttachment>
}

interface WrittenError {
  readonly error: string
}

interface WrittenOutcome {
  readonly meaning: WrittenMeaning | WrittenError
  readonly envelope: WrittenError | {
    readonly envelope: Omit<Envelope, "smtpUtf8"> | null
    readonly envelopeError: WrittenError | null
  }
}

interface Entry {
  readonly case: MessageCase
  readonly django52: WrittenOutcome
  readonly django62: WrittenOutcome
}

const partOf = (meaning: WrittenMeaning, node: WrittenNode, path: string): Meaning.Part => {
  const attachment = meaning.attachments.find((attachment) => attachment.path === path)
  const { message, sha256, size } = attachment ?? {}
  const isMultipart = node.type.startsWith("multipart/")
  return {
    type: node.type,
    params: node.params,
    disposition: node.disposition,
    filename: node.filename,
    contentId: node.contentId,
    ...isMultipart
      ? { children: node.children?.map((child, i) => partOf(meaning, child, `${path}/${i}`)) }
      : message !== undefined
      ? { message: meaningOf(message) }
      : size !== undefined && sha256 !== undefined
      ? { octets: { size, sha256 } }
      : { text: meaning.texts.find((text) => text.path === path)?.text }
  }
}

const meaningOf = (written: WrittenMeaning): Meaning.Meaning => ({
  headers: written.headers.map(([name, value]) => [name, /^<an id@.*>$/.test(value) ? Meaning.anyId : value]),
  addresses: written.addresses,
  body: partOf(written, written.structure, "0")
})

const refusal = ({ error }: WrittenError): Outcome => ({
  _tag: error === "InvalidAddress" ? "InvalidAddressError" : "BadHeaderError"
})

/**
 * What Django would have sent, had it not refused the address of a recipient. If its own envelope has none, that of the
 * case is taken.
 */
const rendered = (given: MessageCase, { envelope, meaning }: WrittenOutcome): Outcome => {
  if ("error" in meaning) return refusal(meaning)
  const known = "envelope" in envelope ? envelope.envelope : null
  const { from, to } = known ?? { from: given.from, to: [...given.to, ...given.cc ?? [], ...given.bcc ?? []] }
  return { _tag: "Sent", meaning: meaningOf(meaning), envelope: { from, to, smtpUtf8: false } }
}

const outcomeOf = (given: MessageCase, written: WrittenOutcome): Outcome => {
  const { envelope } = written
  if ("error" in envelope) return refusal(envelope)
  return envelope.envelopeError === null ? rendered(given, written) : refusal(envelope.envelopeError)
}

export interface Compared {
  readonly given: MessageCase
  readonly django52: Outcome
  readonly django62: Outcome
  /** As `django62`, where only the envelope was refused. */
  readonly rendered: Outcome
}

const entries: ReadonlyArray<Entry> = JSON.parse(Vectors.json("django_messages"))

export const all: ReadonlyArray<Compared> = entries.map((entry) => ({
  given: entry.case,
  django52: outcomeOf(entry.case, entry.django52),
  django62: outcomeOf(entry.case, entry.django62),
  rendered: rendered(entry.case, entry.django62)
}))
