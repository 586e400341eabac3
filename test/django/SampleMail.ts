/**
 * A message to send, and what a reader sees of it.
 */
import { MailError, Message } from "@effect-mail/core"
import * as MimeReader from "@effect-mail/test-kit/MimeReader"

export const message: Message.Message = Message.make({
  from: "from@example.com",
  to: "to@example.com",
  subject: "Subject",
  text: "Content\n"
})

export const numbered = (n: number): Message.Message => Message.subject(message, `message ${n}`)

/** A message that is wrong in itself. */
export const injected: Message.Message = Message.subject(message, "Subject\nMultiline")

export const lost = new MailError.ConnectionError({ reason: "Lost", description: "the connection ended" })

export const subjectOf = (bytes: Uint8Array): string =>
  MimeReader.decodeWords(MimeReader.header(MimeReader.read(bytes), "Subject") ?? "")

export const textOf = (bytes: Uint8Array): string => MimeReader.textOf(MimeReader.read(bytes)).replaceAll("\r\n", "\n")
