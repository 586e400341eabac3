/** Elements that have no end tag, or may lack it: they nest no further, or only as deep as others do. */
const flat = new Set(
  "area base br col embed hr img input link meta param source track wbr p li dt dd option tr td th thead tbody tfoot"
    .split(" ")
)

/**
 * How deep html is nested at most, as far as its tags tell: the parser behind it takes time in proportion to the square of
 * that. Stops counting above `most`.
 */
export const nesting = (html: string, most: number): number => {
  let depth = 0
  let deepest = 0
  for (const [, slash, name = ""] of html.matchAll(/<(\/?)([A-Za-z][A-Za-z0-9:-]{0,30})/g)) {
    if (flat.has(name.toLowerCase())) continue
    depth = slash === "/" ? Math.max(0, depth - 1) : depth + 1
    if (depth > deepest) deepest = depth
    if (deepest > most) break
  }
  return deepest
}
