import * as Either from "effect/Either"

/** A row by the names of its columns. */
export type Row = Readonly<Record<string, string>>

/** What a template makes of a row, or which column it lacks. */
export type Filled = Either.Either<string, string>

/** A template that was checked. */
export interface Template {
  readonly columns: ReadonlyArray<string>
  readonly fill: (row: Row) => Filled
}

type Escape = (value: string) => Either.Either<string, string>

interface Hole {
  readonly column: string
  readonly otherwise: string | undefined
  readonly start: number
  readonly end: number
}

const pattern = /\{\{\s*([^{}|]+?)\s*(?:\|([^{}]*))?\}\}/g

/** The holes of a text: `{{column}}` and `{{column|text for an empty value}}`. */
const holesOf = (text: string): Either.Either<ReadonlyArray<Hole>, string> => {
  if (text.includes("{{{")) {
    return Either.left("{{{column}}} does not exist: what a row holds is always escaped")
  }
  const holes = Array.from(text.matchAll(pattern), (match): Hole => ({
    column: match[1] ?? "",
    otherwise: match[2],
    start: match.index,
    end: match.index + match[0].length
  }))
  const open = text.split("{{").length - 1
  return open === holes.length ? Either.right(holes) : Either.left("a {{ without its }}")
}

const template = (text: string, holes: ReadonlyArray<Hole>, escapes: ReadonlyArray<Escape>): Template => ({
  columns: holes.map(({ column }) => column),
  fill: (row) => {
    let out = ""
    let at = 0
    for (const [i, { column, end, otherwise, start }] of holes.entries()) {
      const given = (row[column] ?? "").trim() === "" ? otherwise : row[column]
      if (given === undefined) return Either.left(`${column} is empty`)
      const escaped = escapes[i]?.(given) ?? Either.right(given)
      if (Either.isLeft(escaped)) return Either.left(`${column}: ${escaped.left}`)
      out += text.slice(at, start) + escaped.right
      at = end
    }
    return Either.right(out + text.slice(at))
  }
})

const plain: Escape = (value) => Either.right(value)

/** Text, in which nothing has to be escaped; a line end in a header field is refused by the check of the message. */
export const ofText = (text: string): Either.Either<Template, string> =>
  Either.map(holesOf(text), (holes) => template(text, holes, holes.map(() => plain)))

const lineEnd = /[\r\n\0]/

/** An address: a value is a mailbox, or a part of one, and never two. */
export const ofAddress = (text: string): Either.Either<Template, string> =>
  Either.map(holesOf(text), (holes) => {
    const isWhole = holes.length === 1 && holes[0]?.start === 0 && holes[0].end === text.length
    const escape: Escape = (value) =>
      lineEnd.test(value)
        ? Either.left("it holds a line end")
        : !isWhole && /[<>,;:"\\()[\]]/.test(value) && !/^[^<>,;:"\\()[\]\s]+@[^<>,;:"\\()[\]\s]+$/.test(value)
        ? Either.left("it holds a character that an address has a meaning for")
        : Either.right(value.trim())
    return template(text, holes, holes.map(() => escape))
  })

const escapeHtml: Escape = (value) =>
  Either.right(
    value.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/"/g, "&quot;").replace(
      /'/g,
      "&#39;"
    )
  )

/** Part of an address after its scheme and host: nothing in it ends the part. */
const escapePart: Escape = (value) => Either.right(encodeURIComponent(value.toWellFormed()).replace(/'/g, "%27"))

/** A whole address, which is one that a reader may open. */
const escapeWhole: Escape = (value) => {
  try {
    const { href, protocol } = new URL(value.trim())
    if (["http:", "https:", "mailto:", "tel:"].includes(protocol)) return escapeHtml(href)
  } catch {
    // Said below.
  }
  return Either.left("it is no http:, https:, mailto: or tel: address")
}

const urlAttributes = new Set(["href", "src", "action", "background", "poster", "cite", "formaction", "data", "srcset"])

type Place =
  | { readonly _tag: "Text" }
  | { readonly _tag: "Attribute"; readonly name: string; readonly start: number }
  | { readonly _tag: "Forbidden"; readonly why: string }

const rawElement = /^(?:script|style|title|textarea|xmp|iframe|noembed|noframes|plaintext)$/i

/** Where in html each of the holes is. One pass over the html, as a browser's reader would take it. */
class Places {
  private at = 0
  private readonly lower: string
  constructor(private readonly html: string) {
    this.lower = html.toLowerCase()
  }

  /** The place of an offset that is behind the ones asked before. */
  find(offset: number): Place {
    const { html } = this
    while (true) {
      const open = html.indexOf("<", this.at)
      if (open < 0 || open >= offset) return { _tag: "Text" }
      if (html.startsWith("<!--", open)) {
        const close = html.indexOf("-->", open + 4)
        if (close < 0 || close >= offset) return { _tag: "Forbidden", why: "a comment" }
        this.at = close + 3
        continue
      }
      const name = /^<\/?([a-z][^\s/>]*)/i.exec(html.slice(open, open + 60))?.[1]
      if (name === undefined) {
        // The value would be the name of a tag.
        if (offset <= open + 2) return { _tag: "Forbidden", why: "the name of a tag" }
        this.at = open + 1
        continue
      }
      const tag = this.readTag(open, offset)
      if (tag !== undefined) return tag
      if (!html.startsWith("</", open) && rawElement.test(name)) {
        const close = this.lower.indexOf(`</${name.toLowerCase()}`, this.at)
        if (close < 0 || close >= offset) return { _tag: "Forbidden", why: `<${name.toLowerCase()}>` }
        this.at = close
      }
    }
  }

  /** Reads a tag. Gives the place where the offset is inside it, and undefined where the tag ends before. */
  private readTag(open: number, offset: number): Place | undefined {
    const { html } = this
    let i = open + 1
    while (i < html.length) {
      const char = html[i]
      if (char === ">") {
        if (i >= offset) return { _tag: "Forbidden", why: "a tag, outside a quoted attribute" }
        this.at = i + 1
        return undefined
      }
      if (char === "\"" || char === "'") {
        const close = html.indexOf(char, i + 1)
        const end = close < 0 ? html.length : close
        if (offset > i && offset < end) {
          const name = /([^\s"'<>/=]+)\s*=\s*$/.exec(html.slice(Math.max(open, i - 100), i))?.[1]
          if (name === undefined) return { _tag: "Forbidden", why: "a tag" }
          if (/^(?:on|style$)/i.test(name)) return { _tag: "Forbidden", why: `the attribute ${name}` }
          return { _tag: "Attribute", name: name.toLowerCase(), start: i + 1 }
        }
        i = end + 1
        continue
      }
      i++
    }
    return { _tag: "Forbidden", why: "a tag that has no end" }
  }
}

const escapeAt = (html: string, { end, start }: Hole, place: Place): Either.Either<Escape, string> => {
  switch (place._tag) {
    case "Text":
      return Either.right(escapeHtml)
    case "Forbidden":
      return Either.left(place.why)
    case "Attribute": {
      if (!urlAttributes.has(place.name)) return Either.right(escapeHtml)
      const before = html.slice(place.start, start)
      if (/^\s*$/.test(before)) {
        return html[end] === html[place.start - 1]
          ? Either.right(escapeWhole)
          : Either.left(`the start of the address in ${place.name}, with more behind it`)
      }
      // Neither the scheme nor the host may come from a row.
      return /^\s*(?:https?:\/\/[^/?#]+[/?#]|mailto:|tel:|[/?#.])/i.test(before)
        ? Either.right(escapePart)
        : Either.left(`the scheme or host of the address in ${place.name}`)
    }
  }
}

/** Html: a value is escaped by its place, and refused where nothing would be safe. */
export const ofHtml = (html: string): Either.Either<Template, string> =>
  Either.flatMap(holesOf(html), (holes) => {
    const places = new Places(html)
    const escapes: Array<Escape> = []
    for (const hole of holes) {
      const escape = escapeAt(html, hole, places.find(hole.start))
      if (Either.isLeft(escape)) return Either.left(`{{${hole.column}}} cannot stand in ${escape.left}`)
      escapes.push(escape.right)
    }
    return Either.right(template(html, holes, escapes))
  })
