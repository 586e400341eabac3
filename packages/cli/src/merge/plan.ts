import * as Message from "@effect-mail/core/Message"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { type Failure, wrongUse } from "../command/Command.js"
import { htmlOfMarkdown, type Source } from "../compose/source.js"
import { visible } from "../terminal/visible.js"
import type { Numbered } from "./csv.js"
import * as Template from "./template.js"

/** A row that is ready to be sent. */
export interface Ready {
  readonly number: number
  readonly message: Message.Message
  readonly recipients: ReadonlyArray<string>
}

/** A row that cannot be sent as it is. */
export interface Wrong {
  readonly number: number
  readonly reason: string
}

export interface Plan {
  readonly ready: ReadonlyArray<Ready>
  readonly wrong: ReadonlyArray<Wrong>
}

/** The html of Markdown in which the holes are where they were. */
const htmlTemplate = (markdown: string): Effect.Effect<string> =>
  Effect.gen(function*() {
    const holes: Array<string> = []
    const marked = markdown.replace(/\{\{[^{}]*\}\}/g, (hole) => `mergehole${holes.push(hole) - 1}x`)
    return (yield* htmlOfMarkdown(marked)).replace(/mergehole(\d+)x/g, (_, i) => holes[Number(i)] ?? "")
  })

const compiled = (
  what: string,
  template: Either.Either<Template.Template, string>
): Effect.Effect<Template.Template, Failure> =>
  Effect.mapError(template, (reason) => wrongUse(`${what}: ${visible(reason)}`))

type Fields = Readonly<Record<string, Template.Template | ReadonlyArray<Template.Template>>>

const optional = (
  what: string,
  text: string | undefined,
  of: (text: string) => Either.Either<Template.Template, string>
) => text === undefined ? Effect.succeed([]) : Effect.map(compiled(what, of(text)), (one) => [one])

const all = (what: string, texts: ReadonlyArray<string>) =>
  Effect.forEach(texts, (text) => compiled(what, Template.ofAddress(text)))

/** Each part of the source as a template. */
const compile = (source: Source) =>
  Effect.gen(function*() {
    const html = source.markdown === undefined ? source.html : yield* htmlTemplate(source.markdown)
    return {
      from: yield* optional("--from", source.from, Template.ofAddress),
      envelopeFrom: yield* optional("--envelope-from", source.envelopeFrom, Template.ofAddress),
      to: yield* all("--to", source.to),
      cc: yield* all("--cc", source.cc),
      bcc: yield* all("--bcc", source.bcc),
      replyTo: yield* all("--reply-to", source.replyTo),
      subject: [yield* compiled("--subject", Template.ofText(source.subject))],
      text: yield* optional("the text", source.markdown ?? source.text, Template.ofText),
      html: yield* optional("the html", html, Template.ofHtml),
      headers: yield* Effect.forEach(source.headers, ([, value]) => compiled("--header", Template.ofText(value)))
    } satisfies Fields
  })

type Compiled = Effect.Effect.Success<ReturnType<typeof compile>>

const messageOf = (source: Source, templates: Compiled, row: Template.Row): Either.Either<Message.Message, string> =>
  Either.gen(function*() {
    const fill = (list: ReadonlyArray<Template.Template>) => Either.all(list.map((one) => one.fill(row)))
    const [from] = yield* fill(templates.from)
    const [envelopeFrom] = yield* fill(templates.envelopeFrom)
    const [text] = yield* fill(templates.text)
    const [html] = yield* fill(templates.html)
    const [subject = ""] = yield* fill(templates.subject)
    const values = yield* fill(templates.headers)
    return Message.make({
      ...from === undefined ? {} : { from },
      ...envelopeFrom === undefined ? {} : { envelopeFrom },
      to: yield* fill(templates.to),
      cc: yield* fill(templates.cc),
      bcc: yield* fill(templates.bcc),
      replyTo: yield* fill(templates.replyTo),
      subject,
      ...text === undefined ? {} : { text },
      ...html === undefined ? {} : { html },
      headers: source.headers.map(([name], i): readonly [string, string] => [name, values[i] ?? ""]),
      attachments: source.attachments
    })
  })

const unknownColumn = (templates: Compiled, row: Template.Row): string | undefined =>
  Object.values(templates).flat().flatMap(({ columns }) => columns).find((column) => !Object.hasOwn(row, column))

/** Makes and checks the message of every row, before the first is sent. A column that is not there is wrong use. */
export const plan = (source: Source, rows: ReadonlyArray<Numbered>): Effect.Effect<Plan, Failure> =>
  Effect.gen(function*() {
    const templates = yield* compile(source)
    const [first] = rows
    const missing = first === undefined ? undefined : unknownColumn(templates, first.row)
    if (missing !== undefined) {
      const known = Object.keys(first?.row ?? {}).map(visible).join(", ")
      return yield* Effect.fail(wrongUse(`There is no column {{${visible(missing)}}}. There are: ${known}`))
    }
    const ready: Array<Ready> = []
    const wrong: Array<Wrong> = []
    for (const { number, row } of rows) {
      const made = messageOf(source, templates, row)
      if (Either.isLeft(made)) {
        wrong.push({ number, reason: made.left })
        continue
      }
      const checked = yield* Effect.either(Message.validate(made.right))
      if (Either.isLeft(checked)) wrong.push({ number, reason: checked.left.message })
      else ready.push({ number, message: made.right, recipients: Message.recipients(made.right) })
    }
    return { ready, wrong }
  })
