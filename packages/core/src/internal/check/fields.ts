import * as Either from "effect/Either"
import { BadHeaderError } from "../../MailError.js"
import { isEnvelopeId } from "../address/envelopeId.js"
import { maxLine } from "../mime/lines.js"
import * as DateField from "../mime/syntax/date.js"
import * as Filename from "../mime/syntax/filename.js"

type Checked<A> = Either.Either<A, BadHeaderError>

/** The content of a field. A field that is not known here is unstructured text. */
export type Kind =
  | "mailbox"
  | "addresses"
  | "date"
  | "messageId"
  | "messageIds"
  | "structured"
  | "text"
  | "refused"

const kinds: ReadonlyMap<string, Kind> = new Map(Object.entries<Kind>({
  "from": "mailbox",
  "sender": "mailbox",
  "to": "addresses",
  "cc": "addresses",
  "reply-to": "addresses",
  "resent-from": "addresses",
  "resent-sender": "mailbox",
  "resent-to": "addresses",
  "resent-cc": "addresses",
  "disposition-notification-to": "addresses",
  "date": "date",
  "resent-date": "date",
  "message-id": "messageId",
  "resent-message-id": "messageId",
  "in-reply-to": "messageIds",
  "references": "messageIds",
  "auto-submitted": "structured",
  "feedback-id": "structured",
  "importance": "structured",
  "precedence": "structured",
  "priority": "structured",
  "x-priority": "structured",
  "bcc": "refused",
  "resent-bcc": "refused",
  "subject": "refused",
  "mime-version": "refused"
}))

/** Fields that servers write, and fields that name recipients of copies; each also with the prefix `X-`. */
const notForAuthors = new Set([
  "apparently-to",
  "authentication-results",
  "bcc",
  "delivered-to",
  "dkim-signature",
  "domainkey-signature",
  "envelope-from",
  "envelope-to",
  "forwarded-to",
  "google-dkim-signature",
  "original-recipient",
  "original-to",
  "rcpt-to",
  "real-to",
  "received",
  "received-spf",
  "return-path"
])

/** The kind of a field by its name in lower case. */
export const kindOf = (lowerCaseName: string): Kind => {
  const known = kinds.get(lowerCaseName)
  if (known !== undefined) return known
  if (lowerCaseName.startsWith("list-")) return "structured"
  const plain = lowerCaseName.replace(/^x-/, "")
  return notForAuthors.has(plain) || plain.startsWith("arc-") || lowerCaseName.startsWith("content-")
    ? "refused"
    : "text"
}

/** Whether a message may have several fields of this name (RFC 5322 section 3.6). */
export const mayRepeat = (lowerCaseName: string): boolean => {
  const kind = kindOf(lowerCaseName)
  return kind === "text" || kind === "structured" || lowerCaseName.startsWith("resent-")
}

const fieldName = /^[\x21-\x39\x3b-\x7e]+$/
const maxName = 76
const forbidden = /[\x00-\x08\x0a-\x1f\x7f-\x9f]/
const messageIdSyntax =
  /^[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~.]+@(?:[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~.]+|\[[\x21-\x5a\x5e-\x7e]*\])$/
const contentIdSyntax =
  /^[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~.]+(?:@(?:[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~.]+|\[[\x21-\x5a\x5e-\x7e]*\]))?$/
const maxId = 250
const listIdSyntax = /^[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*$/

export const bad = (field: string, reason: string): Checked<never> => Either.left(new BadHeaderError({ field, reason }))

/** RFC 5322 section 2.2: printable ASCII without the colon. */
export const checkName = (name: string): Checked<string> => {
  if (typeof name !== "string") return bad("header field", "the name is not a string")
  if (name === "") return bad(name, "the name is empty")
  if (name.length > maxName) return bad(`${name.slice(0, maxName)}...`, "the name is too long")
  return fieldName.test(name) ? Either.right(name) : bad(name, "the name holds a character that a name must not hold")
}

/** What any field body must be: a string without control characters (a tab is a blank) and without lone surrogates. */
export const checkText = (field: string, value: string): Checked<string> => {
  if (typeof value !== "string") return bad(field, "the value is not a string")
  if (forbidden.test(value)) return bad(field, "the value holds a control character")
  return value.isWellFormed() ? Either.right(value) : bad(field, "the value holds a lone surrogate")
}

/** The tokens of a structured field: ASCII that is never encoded, folded only at its blanks. */
export const checkStructured = (field: string, value: string): Checked<ReadonlyArray<string>> => {
  const text = checkText(field, value)
  if (Either.isLeft(text)) return Either.left(text.left)
  if (!/^[\x09\x20-\x7e]*$/.test(value)) return bad(field, "the value must be ASCII: this field is read by programs")
  const tokens = value.split(/[\t ]+/).filter((token) => token !== "")
  return tokens.some((token) => token.length >= maxLine)
    ? bad(field, "the value does not fit into a line of 998 octets")
    : Either.right(tokens)
}

/** One Message-ID (RFC 5322 section 3.6.4), with or without angle brackets; the result has them. */
export const checkMessageId = (field: string, value: string): Checked<string> => {
  const text = checkText(field, value)
  if (Either.isLeft(text)) return text
  const id = value.startsWith("<") && value.endsWith(">") ? value.slice(1, -1) : value
  return id.length <= maxId && messageIdSyntax.test(id)
    ? Either.right(`<${id}>`)
    : bad(field, "the value is not one Message-ID, left@right")
}

export const checkMessageIds = (field: string, values: ReadonlyArray<string>): Checked<ReadonlyArray<string>> => {
  const ids: Array<string> = []
  for (const value of values) {
    const id = checkMessageId(field, value)
    if (Either.isLeft(id)) return Either.left(id.left)
    ids.push(id.right)
  }
  return Either.right(ids)
}

/** A Content-ID (RFC 2392), in angle brackets. An id without a domain is allowed: every reader tolerates it. */
export const checkContentId = (value: string): Checked<string> => {
  const text = checkText("Content-ID", value)
  if (Either.isLeft(text)) return text
  return value.length <= maxId && contentIdSyntax.test(value)
    ? Either.right(`<${value}>`)
    : bad("Content-ID", "the value is not a Content-ID")
}

/** A date as RFC 5322 section 3.3 writes it. */
export const checkDate = (field: string, value: string): Checked<string> => {
  const text = checkText(field, value)
  if (Either.isLeft(text)) return text
  return DateField.isDate(value)
    ? Either.right(value)
    : bad(field, "the value is not a date such as Fri, 20 Nov 2026 09:30:00 +0000")
}

/** A List-Id (RFC 2919), in angle brackets. */
export const checkListId = (value: string): Checked<string> => {
  const text = checkText("List-Id", value)
  if (Either.isLeft(text)) return text
  return value.length <= maxId && listIdSyntax.test(value)
    ? Either.right(`<${value}>`)
    : bad("List-Id", "the value is not a dotted name")
}

/** A URL of List-Unsubscribe (RFC 2369), in angle brackets. */
export const checkUnsubscribeUrl = (value: string): Checked<string> => {
  const field = "List-Unsubscribe"
  const text = checkText(field, value)
  if (Either.isLeft(text)) return text
  if (value.length > maxLine - 4) return bad(field, "the URL does not fit into a line of 998 octets")
  if (!/^[\x21-\x7e]+$/.test(value) || /[<>",\\]/.test(value)) {
    return bad(field, "the URL is empty or holds a character that must be percent-encoded")
  }
  if (/^mailto:[^@]+@[^@]+$/i.test(value)) return Either.right(`<${value}>`)
  return /^https:\/\/[^/?#@]+(?:[/?#].*)?$/i.test(value)
    ? Either.right(`<${value}>`)
    : bad(field, "the URL is neither https: without credentials nor mailto:")
}

/** A filename without a path. */
export const checkFilename = (value: string): Checked<string> =>
  Either.orElse(Filename.parse(value), (reason) => bad("Content-Disposition", reason))

/** An envelope identifier (RFC 3461 section 4.4). */
export const checkEnvelopeId = (value: string): Checked<string> =>
  isEnvelopeId(value)
    ? Either.right(value)
    : bad("ENVID", "the envelope identifier is not up to 100 printable ASCII characters")
