/**
 * Markdown as text and html of a message. Html inside it is shown as text, and only links that a mail program can follow become
 * links, so that it may be untrusted.
 *
 * @since 0.1.0
 */
import { Message } from "@effect-mail/core"
import * as Either from "effect/Either"
import { dual } from "effect/Function"
import * as Schema from "effect/Schema"
import MarkdownIt from "markdown-it"
import * as PlainText from "./PlainText.js"

/**
 * The Markdown is too long, or what is made of it is nested too deeply.
 *
 * @since 0.1.0
 * @category errors
 */
export class MarkdownError extends Schema.TaggedError<MarkdownError>("@effect-mail/content/MarkdownError")(
  "MarkdownError",
  { reason: Schema.Literal("TooLarge", "Unreadable"), description: Schema.String }
) {
  /**
   * @since 0.1.0
   */
  override get message(): string {
    return `The Markdown cannot be used: ${this.description}`
  }
}

/**
 * - `maxLength`: in characters. Default: 200,000
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  readonly maxLength?: number | undefined
}

/**
 * The two forms of one text.
 *
 * @since 0.1.0
 * @category models
 */
export interface Content {
  readonly text: string
  readonly html: string
}

const longest = 200_000

/** Relative URLs lead nowhere in a mail, and others may run programs. */
const followed = /^(?:https?:|mailto:|tel:|cid:)/i

const parser = new MarkdownIt({ html: false, linkify: true })
parser.validateLink = (url) => followed.test(url.trim())

/**
 * Text and html of some Markdown (CommonMark, with tables and strike-through). The text is made of the html: `**bold**` is
 * bold without stars, and a link has its URL behind it.
 *
 * Gives a `MarkdownError` for Markdown that is longer than `maxLength`.
 *
 * @example
 * ```ts
 * import { Markdown } from "@effect-mail/content"
 *
 * Markdown.toContent("Hello **Bob**")
 * // Right({ text: "Hello Bob", html: "<p>Hello <strong>Bob</strong></p>\n" })
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const toContent = (markdown: string, options: Options = {}): Either.Either<Content, MarkdownError> => {
  const { maxLength = longest } = options
  const fail = (reason: MarkdownError["reason"], description: string) =>
    Either.left(new MarkdownError({ reason, description }))
  if (typeof markdown !== "string") return fail("Unreadable", "it is not a string")
  if (markdown.length > maxLength) {
    return fail("TooLarge", `it has ${markdown.length} characters, and ${maxLength} are read`)
  }
  return Either.try({
    try: () => parser.render(markdown),
    catch: () => new MarkdownError({ reason: "Unreadable", description: "the parser gave up" })
  }).pipe(
    Either.flatMap((html) =>
      PlainText.fromHtml(html, { tables: "data", maxLength: Infinity }).pipe(
        Either.mapBoth({
          onLeft: ({ description }) => new MarkdownError({ reason: "Unreadable", description }),
          onRight: (text) => ({ text, html })
        })
      )
    )
  )
}

/**
 * Sets text and html of a message, both out of the same Markdown.
 *
 * @example
 * ```ts
 * import { Markdown } from "@effect-mail/content"
 * import { Message } from "@effect-mail/core"
 *
 * const message = Message.make({ from: "ada@example.com", to: "bob@example.org", subject: "Hello" }).pipe(
 *   Markdown.content("# Hello\n\nSee [our page](https://example.com).")
 * )
 * ```
 *
 * @since 0.1.0
 * @category combinators
 */
export const content: {
  (markdown: string, options?: Options): (self: Message.Message) => Either.Either<Message.Message, MarkdownError>
  (self: Message.Message, markdown: string, options?: Options): Either.Either<Message.Message, MarkdownError>
} = dual(
  (args) => Message.isMessage(args[0]),
  (self: Message.Message, markdown: string, options: Options = {}): Either.Either<Message.Message, MarkdownError> =>
    Either.map(toContent(markdown, options), ({ html, text }) => self.pipe(Message.text(text), Message.html(html)))
)
