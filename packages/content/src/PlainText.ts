/**
 * Plain text out of html, for those who read no html, and for spam filters, which distrust html alone.
 *
 * @since 0.1.0
 */
import { Message } from "@effect-mail/core"
import * as Either from "effect/Either"
import { dual } from "effect/Function"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { convert } from "html-to-text"
import { nesting } from "./internal/nesting.js"

/**
 * The html is too large, or nested too deeply, to be made into text in a reasonable time.
 *
 * @since 0.1.0
 * @category errors
 */
export class PlainTextError extends Schema.TaggedError<PlainTextError>("@effect-mail/content/PlainTextError")(
  "PlainTextError",
  { reason: Schema.Literal("TooLarge", "TooDeep", "Unreadable"), description: Schema.String }
) {
  /**
   * @since 0.1.0
   */
  override get message(): string {
    return `The html cannot be made into text: ${this.description}`
  }
}

/**
 * - `lineLength`: where lines are broken, in characters; `false` for not at all. Default: 78
 * - `tables`: `"layout"` reads cells one after the other, as tables that only place things want it; `"data"` keeps columns.
 *   Default: `"layout"`
 * - `maxLength`: of the html, in characters. Default: 1,000,000
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  readonly lineLength?: number | false | undefined
  readonly tables?: "layout" | "data" | undefined
  readonly maxLength?: number | undefined
}

const longest = 1_000_000
const deepest = 500

const hidden = ["[style*=\"display:none\"]", "[style*=\"display: none\"]", "[hidden]"]
const headings = ["h1", "h2", "h3", "h4", "h5", "h6"]

const selectors = (tables: "layout" | "data") => [
  ...headings.map((selector) => ({ selector, options: { uppercase: false } })),
  { selector: "a", options: { hideLinkHrefIfSameAsText: true, ignoreHref: false } },
  { selector: "img", format: "skip" },
  { selector: "img[alt]", format: "imageAlt" },
  ...tables === "data"
    ? [{ selector: "table", format: "dataTable", options: { uppercaseHeaderCells: false } }]
    : ["td", "th"].map((selector) => ({
      selector,
      format: "block",
      options: { leadingLineBreaks: 1, trailingLineBreaks: 1 }
    })),
  ...hidden.map((selector) => ({ selector, format: "skip" }))
]

/**
 * The text of some html: links with their URLs behind, images by their alternative text, and without what is hidden.
 *
 * Gives a `PlainTextError` for html that is longer than `maxLength`, or nested more than 500 deep.
 *
 * @example
 * ```ts
 * import { PlainText } from "@effect-mail/content"
 *
 * PlainText.fromHtml("<h1>Hello</h1><p>See <a href=\"https://example.com\">our page</a>.</p>")
 * // Right("Hello\n\nSee our page [https://example.com].")
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const fromHtml = (html: string, options: Options = {}): Either.Either<string, PlainTextError> => {
  const { lineLength = 78, maxLength = longest, tables = "layout" } = options
  const fail = (reason: PlainTextError["reason"], description: string) =>
    Either.left(new PlainTextError({ reason, description }))
  if (typeof html !== "string") return fail("Unreadable", "it is not a string")
  if (html.length > maxLength) return fail("TooLarge", `it has ${html.length} characters, and ${maxLength} are read`)
  if (nesting(html, deepest) > deepest) return fail("TooDeep", `it is nested more than ${deepest} deep`)
  return Either.try({
    try: () =>
      convert(html, {
        wordwrap: lineLength,
        selectors: selectors(tables),
        formatters: {
          imageAlt: (element, _walk, builder) => {
            const alt = element.attribs?.["alt"]
            if (typeof alt === "string" && alt.trim() !== "") builder.addInline(alt)
          }
        },
        limits: { maxDepth: deepest }
      }),
    catch: () => new PlainTextError({ reason: "Unreadable", description: "the parser gave up" })
  })
}

/**
 * Gives a message that has html and no text the text of its html. Any other message stays as it is.
 *
 * @example
 * ```ts
 * import { PlainText } from "@effect-mail/content"
 * import { Message } from "@effect-mail/core"
 *
 * const message = PlainText.add(
 *   Message.make({ from: "ada@example.com", to: "bob@example.org", subject: "Hello", html: "<p>Hello</p>" })
 * )
 * ```
 *
 * @since 0.1.0
 * @category combinators
 */
export const add: {
  (options?: Options): (self: Message.Message) => Either.Either<Message.Message, PlainTextError>
  (self: Message.Message, options?: Options): Either.Either<Message.Message, PlainTextError>
} = dual(
  (args) => Message.isMessage(args[0]),
  (self: Message.Message, options: Options = {}): Either.Either<Message.Message, PlainTextError> =>
    Option.isSome(self.html) && Option.isNone(self.text)
      ? Either.map(fromHtml(self.html.value, options), (text) => Message.text(self, text))
      : Either.right(self)
)
