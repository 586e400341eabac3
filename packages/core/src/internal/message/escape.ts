type Escape = (value: string) => string

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  "\"": "&quot;",
  "'": "&#39;"
}

const html: Escape = (value) => value.replace(/[&<>"']/g, (character) => entities[character] ?? "")

/** In an attribute without quotes a blank would begin the next one. */
const unquoted: Escape = (value) => html(value).replace(/[\s=`]/g, (character) => `&#${character.charCodeAt(0)};`)

const url: Escape = (value) => encodeURIComponent(value.toWellFormed())

const followed = /^(?:https?:\/\/|mailto:|tel:|cid:)/i

/** A whole URL. Text with another scheme, such as `javascript:`, is encoded so that it has no effect. */
const wholeUrl: Escape = (value) => html(followed.test(value) ? value : url(value))

const asItIs: Escape = (value) => value

const longestTag = 4096

/** The escape for a slot in html, by what comes before it. */
const inHtml = (before: string): Escape => {
  const tail = before.slice(-longestTag)
  const open = tail.lastIndexOf("<")
  if (open < 0 || tail.indexOf(">", open) >= 0) return html
  const tag = tail.slice(open)
  const attribute = /\s([a-z-]{1,40})\s{0,9}=\s{0,9}(?:"([^"]*)|'([^']*)|([^\s"'>]*))$/i.exec(tag)
  if (attribute === null) return html
  const [, name = "", double, single, bare] = attribute
  const written = double ?? single ?? bare ?? ""
  if (/^(?:href|src|action|formaction|background|poster|cite)$/i.test(name)) {
    if (written !== "") return url
    return bare === undefined ? wholeUrl : (value) => unquoted(wholeUrl(value))
  }
  return bare === undefined ? html : unquoted
}

/** The escape for each slot of a template. It depends on the texts alone, so it is computed once. */
export const escapes = (place: "text" | "html" | "url", texts: ReadonlyArray<string>): ReadonlyArray<Escape> => {
  let before = ""
  return texts.slice(0, -1).map((text) => {
    before += text
    const escape = place === "html" ? inHtml(before) : place === "url" ? url : asItIs
    // The value of a slot never ends an attribute: one letter represents it.
    before += "x"
    return escape
  })
}
