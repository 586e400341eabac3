/**
 * Texts with fields of a row in them, each escaped for its place. The fields are checked by their types, and no
 * text of a row is ever read as a template.
 *
 * @since 0.1.0
 */
import * as Inspectable from "effect/Inspectable"
import * as Predicate from "effect/Predicate"
import * as Escape from "./internal/message/escape.js"

/**
 * @since 0.1.0
 * @category type ids
 */
export const TypeId: TypeId = "~@effect-mail/core/Template"

/**
 * @since 0.1.0
 * @category type ids
 */
export type TypeId = "~@effect-mail/core/Template"

/**
 * A text that is made of a row.
 *
 * - `place`: what it is for: plain text and subjects, html, or a URL
 *
 * @since 0.1.0
 * @category models
 */
export interface Template<in Row, out P extends "text" | "html" | "url"> extends Inspectable.Inspectable {
  readonly [TypeId]: TypeId
  readonly place: P
  readonly render: (row: Row) => string
}

type FieldOf<Row> = { readonly [K in keyof Row]: Row[K] extends string | number ? K : never }[keyof Row]

/**
 * What comes between the texts: the name of a field, or a function of the row.
 *
 * @since 0.1.0
 * @category models
 */
export type Slot<Row> = FieldOf<Row> | ((row: Row) => string | number)

type Write<Row, P extends "text" | "html" | "url"> = (
  texts: TemplateStringsArray,
  ...slots: ReadonlyArray<Slot<Row> | Template<Row, P>>
) => Template<Row, P>

/**
 * Writers for rows of one type.
 *
 * - `text`: nothing is escaped. Subjects with control characters are refused when the message is checked
 * - `html`: `&`, `<`, `>` and quotes become entities. Behind `href="` and `src="` a field that is an `http:`, `https:`, `mailto:`,
 *   `tel:` or `cid:` URL stays one, and anything else is percent-encoded, as it is further on in a URL. Write attributes in
 *   quotes, and no field into scripts and styles
 * - `url`: every field is percent-encoded
 *
 * @since 0.1.0
 * @category models
 */
export interface Writers<Row> {
  readonly text: Write<Row, "text">
  readonly html: Write<Row, "html">
  readonly url: Write<Row, "url">
}

const Proto = {
  [TypeId]: TypeId,
  ...Inspectable.BaseProto,
  toJSON(this: Template<never, "text" | "html" | "url">) {
    return { _id: "@effect-mail/core/Template", place: this.place }
  }
}

const isTemplate = <Row, P extends "text" | "html" | "url">(
  slot: Slot<Row> | Template<Row, P>
): slot is Template<Row, P> => Predicate.hasProperty(slot, TypeId)

/** The value of a slot. What types do not allow becomes text, too. */
const valueOf = <Row>(row: Row, slot: Slot<Row>): string =>
  String((typeof slot === "function" ? slot(row) : row[slot]) ?? "")

const writer = <Row, P extends "text" | "html" | "url">(place: P): Write<Row, P> => (texts, ...slots) => {
  const escapes = Escape.escapes(place, texts)
  const render = (row: Row): string => {
    let rendered = texts[0] ?? ""
    slots.forEach((slot, i) => {
      const piece = isTemplate(slot) ? slot.render(row) : escapes[i]?.(valueOf(row, slot)) ?? ""
      rendered += piece + (texts[i + 1] ?? "")
    })
    return rendered
  }
  return Object.assign(Object.create(Proto), { place, render })
}

/**
 * Writers for rows of a type.
 *
 * @example
 * ```ts
 * import { Template } from "@effect-mail/core"
 *
 * const { html, text, url } = Template.make<{ readonly id: number; readonly name: string }>()
 *
 * const subject = text`Hello ${"name"}`
 * const body = html`<p>Hello ${"name"}, <a href="${url`https://example.com/u/${"id"}`.render}">leave</a></p>`
 * body.render({ id: 1, name: "<Bob>" })
 * // <p>Hello &lt;Bob&gt;, <a href="https://example.com/u/1">leave</a></p>
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = <Row>(): Writers<Row> => ({ text: writer("text"), html: writer("html"), url: writer("url") })
