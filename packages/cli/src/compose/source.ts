import * as Attachment from "@effect-mail/core/Attachment"
import * as Message from "@effect-mail/core/Message"
import * as Effect from "effect/Effect"
import { basename } from "node:path"
import { type Failure, type Given, wrongUse } from "../command/Command.js"
import { readOctets, readText } from "./files.js"

/** What a message is made of, before a row is put into it. */
export interface Source {
  readonly from: string | undefined
  readonly to: ReadonlyArray<string>
  readonly cc: ReadonlyArray<string>
  readonly bcc: ReadonlyArray<string>
  readonly replyTo: ReadonlyArray<string>
  readonly envelopeFrom: string | undefined
  readonly subject: string
  readonly text: string | undefined
  readonly html: string | undefined
  readonly markdown: string | undefined
  readonly headers: ReadonlyArray<readonly [name: string, value: string]>
  readonly attachments: ReadonlyArray<Attachment.Attachment>
}

const headerOf = (line: string): Effect.Effect<readonly [string, string], Failure> => {
  const colon = line.indexOf(":")
  return colon < 1
    ? Effect.fail(wrongUse(`--header is 'NAME: VALUE', not ${JSON.stringify(line)}`))
    : Effect.succeed([line.slice(0, colon).trim(), line.slice(colon + 1).trim()])
}

const optional = (given: Given, name: string): Effect.Effect<string | undefined, Failure> => {
  const path = given.text(name)
  return path === undefined ? Effect.succeed(undefined) : readText(path)
}

/** What was asked for; files are read now, so that a missing one is known before anything is sent. */
export const sourceOf = (given: Given): Effect.Effect<Source, Failure> =>
  Effect.gen(function*() {
    const bodies = ["text", "text-file", "markdown"].filter((name) => given.text(name) !== undefined)
    if (bodies.length > 1) {
      return yield* Effect.fail(wrongUse(`--${bodies[0]} and --${bodies[1]} both say what the text is: give one.`))
    }
    if (given.text("markdown") !== undefined && given.text("html") !== undefined) {
      return yield* Effect.fail(wrongUse("--markdown and --html both say what the html is: give one."))
    }
    return {
      from: given.text("from"),
      to: given.texts("to"),
      cc: given.texts("cc"),
      bcc: given.texts("bcc"),
      replyTo: given.texts("reply-to"),
      envelopeFrom: given.text("envelope-from"),
      subject: given.text("subject") ?? "",
      text: given.text("text") ?? (yield* optional(given, "text-file")),
      html: yield* optional(given, "html"),
      markdown: yield* optional(given, "markdown"),
      headers: yield* Effect.forEach(given.texts("header"), headerOf),
      attachments: yield* Effect.forEach(
        given.texts("attach"),
        (path) => Effect.map(readOctets(path), (octets) => Attachment.bytes(octets, { filename: basename(path) }))
      )
    }
  })

/** The html of Markdown, in a document of its own. */
export const htmlOfMarkdown = (markdown: string): Effect.Effect<string> =>
  Effect.promise(async () => {
    const { marked } = await import("marked")
    const body = await marked.parse(markdown, { gfm: true })
    return `<!doctype html>\n<html>\n<body>\n${body}</body>\n</html>\n`
  })

/** The message of a source as it is. */
export const messageOf = (source: Source): Effect.Effect<Message.Message> =>
  Effect.gen(function*() {
    const html = source.markdown === undefined ? source.html : yield* htmlOfMarkdown(source.markdown)
    const text = source.markdown ?? source.text
    return Message.make({
      ...source.from === undefined ? {} : { from: source.from },
      ...source.envelopeFrom === undefined ? {} : { envelopeFrom: source.envelopeFrom },
      to: [...source.to],
      cc: [...source.cc],
      bcc: [...source.bcc],
      replyTo: [...source.replyTo],
      subject: source.subject,
      ...text === undefined ? {} : { text },
      ...html === undefined ? {} : { html },
      headers: [...source.headers],
      attachments: source.attachments
    })
  })
