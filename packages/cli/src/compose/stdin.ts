import * as Attachment from "@effect-mail/core/Attachment"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { type Failure, wrongUse } from "../command/Command.js"
import { readStdin } from "./files.js"
import type { Source } from "./source.js"

const oneOrMore = Schema.Union(Schema.String, Schema.Array(Schema.String))

/** A message in JSON; `content` of an attachment is base64. */
const Given = Schema.Struct({
  from: Schema.optional(Schema.String),
  envelopeFrom: Schema.optional(Schema.String),
  to: Schema.optional(oneOrMore),
  cc: Schema.optional(oneOrMore),
  bcc: Schema.optional(oneOrMore),
  replyTo: Schema.optional(oneOrMore),
  subject: Schema.optional(Schema.String),
  text: Schema.optional(Schema.String),
  html: Schema.optional(Schema.String),
  markdown: Schema.optional(Schema.String),
  headers: Schema.optional(Schema.Record({ key: Schema.String, value: Schema.String })),
  attachments: Schema.optional(Schema.Array(Schema.Struct({
    filename: Schema.String,
    content: Schema.Uint8ArrayFromBase64,
    contentType: Schema.optional(Schema.String)
  })))
})

const decode = Schema.decodeUnknown(Schema.parseJson(Given), { onExcessProperty: "error" })

const list = (given: string | ReadonlyArray<string> | undefined): ReadonlyArray<string> =>
  given === undefined ? [] : typeof given === "string" ? [given] : given

/** The message that standard input holds as JSON. */
export const sourceOfStdin: Effect.Effect<Source, Failure> = Effect.flatMap(readStdin, (text) =>
  decode(text).pipe(
    Effect.mapError((error) => wrongUse(`Standard input is no message in JSON: ${error.message}`)),
    Effect.map((given): Source => ({
      from: given.from,
      envelopeFrom: given.envelopeFrom,
      to: list(given.to),
      cc: list(given.cc),
      bcc: list(given.bcc),
      replyTo: list(given.replyTo),
      subject: given.subject ?? "",
      text: given.text,
      html: given.html,
      markdown: given.markdown,
      headers: Object.entries(given.headers ?? {}),
      attachments: (given.attachments ?? []).map(({ content, contentType, filename }) =>
        Attachment.bytes(content, { filename, ...contentType === undefined ? {} : { contentType } })
      )
    }))
  ))
