/** Html longer than this is looked through so far. */
const maxExamined = 1024 * 1024

/** Values of CSS that clients know or not, with the end of their name in the data. */
const values: ReadonlyArray<readonly [pattern: RegExp, slug: string]> = [
  [/\blinear-gradient\(/, "linear-gradient"],
  [/\bradial-gradient\(/, "radial-gradient"],
  [/\bconic-gradient\(/, "conic-gradient"],
  [/\bvar\(--/, "variables"],
  [/\bcalc\(/, "unit-calc"],
  [/\bclamp\(/, "function-clamp"],
  [/\bmin\(/, "function-min"],
  [/\bmax\(/, "function-max"],
  [/\blight-dark\(/, "function-light-dark"],
  [/\b(?:ok)?(?:lch|lab)\(/, "modern-color"],
  [/\brgba\(/, "rgba"],
  [/\d(?:vh|vw|vmin|vmax|rem|ch|ex)\b/, ""],
  [/!important/, "important"]
]

/** At-rules, media features, and selectors. */
const rules: ReadonlyArray<readonly [pattern: RegExp, slug: string]> = [
  [/@media\b/, "at-media"],
  [/@media[^{]{0,400}prefers-color-scheme/, "at-media-prefers-color-scheme"],
  [/@media[^{]{0,400}prefers-reduced-motion/, "at-media-prefers-reduced-motion"],
  [/@media[^{]{0,400}\(hover/, "at-media-hover"],
  [/@font-face\b/, "at-font-face"],
  [/@import\b/, "at-import"],
  [/@supports\b/, "at-supports"],
  [/@keyframes\b/, "at-keyframes"]
]

const pseudo = /::?([a-z][a-z-]{1,30})/g
const pseudoElements = new Set(["after", "before", "first-letter", "first-line", "marker", "placeholder"])

/** Elements that have no row under their own name. */
const semantic = new Set(
  "article aside details figcaption figure footer header main mark nav section summary time".split(" ")
)
/** What every document has says nothing. */
const everywhere = new Set("html head body title meta".split(" "))
const headings = /^h[1-6]$/

const fromCss = (css: string, add: (slug: string) => void): void => {
  for (const [pattern, slug] of rules) if (pattern.test(css)) add(`css-${slug}`)
  for (const piece of css.split(/[{};]/)) {
    const colon = piece.indexOf(":")
    if (colon < 0) continue
    const property = piece.slice(0, colon).trim()
    const value = piece.slice(colon + 1, colon + 500).trim()
    if (!/^-?[a-z][a-z-]{0,40}$/.test(property)) continue
    add(
      property === "display" && /^(?:inline-)?(flex|grid|none)/.test(value)
        ? `css-display-${/^(?:inline-)?(flex|grid|none)/.exec(value)?.[1] ?? ""}`
        : /^(?:left|right|top|bottom)$/.test(property)
        ? "css-left-right-top-bottom"
        : /^(?:transition|transform|animation|flex|grid)-/.test(property)
        ? `css-${property.split("-")[0] ?? ""}`
        : `css-${property}`
    )
    for (const [pattern, slug] of values) if (slug !== "" && pattern.test(value)) add(`css-${slug}`)
    for (const [, unit = ""] of value.matchAll(/\d(vh|vw|vmin|vmax|rem|ch|ex)\b/g)) add(`css-unit-${unit}`)
  }
}

/** Selectors, which come before each brace. */
const fromSelectors = (css: string, add: (slug: string) => void): void => {
  for (const piece of css.split("{").slice(0, -1)) {
    const selector = piece.slice(Math.max(piece.lastIndexOf("}"), piece.lastIndexOf(";")) + 1).slice(-500)
    if (selector.includes("@")) continue
    for (const [, name = ""] of selector.matchAll(pseudo)) {
      add(pseudoElements.has(name) ? `css-pseudo-element-${name}` : `css-pseudo-class-${name}`)
    }
  }
}

const fromTag = (name: string, attributes: string, add: (slug: string) => void): void => {
  if (!everywhere.has(name)) {
    add(
      semantic.has(name)
        ? "html-semantics"
        : headings.test(name)
        ? "html-h1-h6"
        : /^(?:ul|ol|dl)$/.test(name)
        ? "html-lists"
        : name === "map"
        ? "html-image-maps"
        : name === "input"
        ? `html-input-${/\stype\s{0,9}=\s{0,9}["']?([a-z]+)/.exec(attributes)?.[1] ?? "text"}`
        : `html-${name}`
    )
  }
  if (/\ssrcset\s{0,9}=/.test(attributes)) add("html-srcset")
  if (/\sbackground\s{0,9}=/.test(attributes)) add("html-background")
  if (/\sloading\s{0,9}=/.test(attributes)) add("html-loading-attribute")
  if (/\spopover\b/.test(attributes)) add("html-popover")
  if (name === "meta" && /color-scheme/.test(attributes)) add("html-meta-color-scheme")
  if (name !== "img" && name !== "source") return
  if (/=\s{0,9}["']?data:/.test(attributes)) add("image-base64")
  const format = /\.(webp|avif|svg|apng|bmp|ico|tiff|heif|hdr|mp4)\b/.exec(attributes)?.[1]
  if (format !== undefined) add(`image-${format}`)
}

/** The features that html uses, by their names in the data of caniemail, in the order in which they come. */
export const featuresOf = (html: string): ReadonlyArray<string> => {
  const found = new Set<string>()
  const add = (slug: string): void => {
    found.add(slug)
  }
  const text = html.slice(0, maxExamined).toLowerCase()
  const styleEnd = /<\/style\b/g
  for (
    const { 0: tag, 1: name = "", 2: attributes = "", index } of text.matchAll(
      /<([a-z][a-z0-9]{0,20})\b([^<>]{0,4000})/g
    )
  ) {
    fromTag(name, attributes, add)
    const style = /\sstyle\s{0,9}=\s{0,9}(?:"([^"]*)"|'([^']*)')/.exec(attributes)
    if (style !== null) fromCss(style[1] ?? style[2] ?? "", add)
    if (name !== "style") continue
    styleEnd.lastIndex = index + tag.length
    const css = text.slice(index + tag.length, styleEnd.exec(text)?.index ?? text.length)
    fromCss(css, add)
    fromSelectors(css, add)
    if (styleEnd.lastIndex === 0) break
  }
  return Array.from(found)
}
