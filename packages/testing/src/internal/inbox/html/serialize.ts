import type { DefaultTreeAdapterMap } from "parse5"

export type Node = DefaultTreeAdapterMap["node"]
export type Element = DefaultTreeAdapterMap["element"]

export const isElement = (node: Node): node is Element => "tagName" in node

const voidElements = new Set(
  "area base basefont bgsound br col embed frame hr img input keygen link meta param source track wbr".split(" ")
)
const escapeText = (text: string): string =>
  text.replace(/&/g, "&amp;").replace(/\u00a0/g, "&nbsp;").replace(/</g, "&lt;").replace(/>/g, "&gt;")

const escapeAttribute = (text: string): string =>
  text.replace(/&/g, "&amp;").replace(/\u00a0/g, "&nbsp;").replace(/"/g, "&quot;").replace(/</g, "&lt;").replace(
    />/g,
    "&gt;"
  )

const nameOf = ({ name, prefix }: Element["attrs"][number]): string =>
  prefix === undefined || prefix === "" ? name : `${prefix}:${name}`

const startTag = (element: Element): string =>
  `<${element.tagName}${
    element.attrs.filter((attribute) => /^[^\s"'<>/=\0]+$/.test(nameOf(attribute)))
      .map((attribute) => ` ${nameOf(attribute)}="${escapeAttribute(attribute.value)}"`).join("")
  }>`

export const childrenOf = (node: Node): ReadonlyArray<DefaultTreeAdapterMap["childNode"]> =>
  "content" in node ? node.content.childNodes : "childNodes" in node ? node.childNodes : []

const quoted = (text: string): string => text.includes("\"") || text.includes(">") ? "" : text

const doctype = ({ name, publicId, systemId }: DefaultTreeAdapterMap["documentType"]): string =>
  publicId === "" && systemId === ""
    ? `<!doctype ${/^[a-z]+$/i.test(name) ? name : "html"}>`
    : `<!doctype html PUBLIC "${quoted(publicId)}" "${quoted(systemId)}">`

/**
 * The text of a style sheet, which is not escaped as other text is. Without a `<` it cannot hold anything that a second
 * reading would take for a tag.
 */
const styleText = (css: string): string => css.replace(/</g, "\\3c ")

/** A tree as html. It keeps a stack of its own, since a message may nest deeper than the stack of calls. */
export const serialize = (root: Node): string => {
  const out: Array<string> = []
  const stack: Array<Node | string> = childrenOf(root).slice().reverse()
  while (stack.length > 0) {
    const node = stack.pop()
    if (node === undefined) break
    if (typeof node === "string") {
      out.push(node)
    } else if (isElement(node)) {
      out.push(startTag(node))
      const isHtml = node.namespaceURI === "http://www.w3.org/1999/xhtml"
      if (isHtml && voidElements.has(node.tagName)) continue
      stack.push(`</${node.tagName}>`)
      for (const child of childrenOf(node).slice().reverse()) stack.push(child)
      // A line feed right after these is swallowed by the parser.
      if (node.tagName === "pre" || node.tagName === "textarea" || node.tagName === "listing") out.push("\n")
    } else if (node.nodeName === "#text" && "value" in node) {
      const { parentNode } = node
      const isStyle = parentNode !== null && isElement(parentNode) && parentNode.tagName === "style"
      out.push(isStyle ? styleText(node.value) : escapeText(node.value))
    } else if (node.nodeName === "#documentType" && "publicId" in node) out.push(doctype(node))
  }
  return out.join("")
}
