import { type DefaultTreeAdapterMap, html as names } from "parse5"
import { parseDocument } from "./parser.js"
import { childrenOf, type Element, isElement, type Node, serialize } from "./serialize.js"

/** What a message must not bring into the frame: it runs, loads, or changes where addresses lead. */
const dropped = new Set(
  "script link base meta iframe frame frameset embed applet portal fencedframe noembed noframes".split(" ")
)
/** Elements whose contents take their place; those of `noscript` are read in two ways. */
const unwrapped = new Set(["object", "noscript"])
/** Their contents are text whatever they hold; as `pre` they are escaped. */
const literal = new Set(["xmp", "plaintext", "listing"])
/** A name that a second reading takes for the same name. */
const tagName = /^[a-z][a-z0-9:._-]*$/
/** They can change an address after it was looked at. */
const animations = new Set(["animate", "set", "animatemotion", "animatetransform", "discard"])
/** Attributes that make requests, take the focus, or send a form elsewhere. */
const droppedAttributes = new Set(
  ("ping download attributionsrc autofocus accesskey target formtarget formaction action srcdoc manifest " +
    "browsingtopics sharedstoragewritable nonce integrity autoplay popovertarget commandfor command http-equiv archive " +
    "codebase classid longdesc cite profile dynsrc lowsrc referrerpolicy crossorigin popover interestfor").split(" ")
)
/** What would run; the policy forbids it, too. */
const handler = /^on/
const cidAttributes = new Set(["src", "background", "poster", "href"])
const openable = new Set(["http:", "https:", "mailto:", "tel:", "sms:"])

/** Where a `cid:` leads; undefined where no part has that Content-ID. */
export type PartAddress = (contentId: string) => string | undefined

/** An address as a browser reads it; empty for one that may not be opened. */
const linkOf = (href: string): string => {
  try {
    // Without a base: what is relative leads nowhere in a message.
    const url = new URL(href)
    return openable.has(url.protocol) ? href : ""
  } catch {
    return ""
  }
}

const cidOf = (value: string, addressOf: PartAddress): string | undefined => {
  const match = /^\s*cid:(.*)$/i.exec(value)
  if (match === null) return undefined
  const written = (match[1] ?? "").trim()
  const direct = addressOf(written)
  if (direct !== undefined) return direct
  try {
    return addressOf(decodeURIComponent(written)) ?? ""
  } catch {
    return ""
  }
}

const cssCid = /url\(\s*(["']?)(cid:[^"')\s]{1,998})\1\s*\)/gi

const rewriteCss = (css: string, addressOf: PartAddress): string =>
  css.replace(cssCid, (_, __: string, cid: string) => `url("${cidOf(cid, addressOf) ?? ""}")`)

const isLink = ({ tagName }: Element): boolean => tagName === "a" || tagName === "area"

const rewriteAttributes = (element: Element, addressOf: PartAddress): void => {
  const isHtml = element.namespaceURI === names.NS.HTML
  const isImage = element.tagName === "image" || element.tagName === "use" || element.tagName === "feimage"
  const attributes: Element["attrs"] = []
  for (const attribute of element.attrs) {
    const { name, value } = attribute
    const key = name.toLowerCase()
    if (droppedAttributes.has(key) || handler.test(key)) continue
    if (key === "href" && isLink(element)) {
      const href = value.trim()
      if (/^#/.test(href)) attributes.push(attribute)
      else if (linkOf(href) !== "") {
        attributes.push({ ...attribute, value: href })
        attributes.push({ name: "target", value: "_blank" }, { name: "rel", value: "noopener noreferrer" })
      }
      continue
    }
    if (key === "rel" && (isLink(element) || !isHtml)) continue
    if (key === "href" && !(isImage && !isHtml)) continue
    if (key === "srcset" || key === "imagesrcset") {
      attributes.push({
        ...attribute,
        value: value.replace(/cid:[^\s,]{1,998}/gi, (cid) => cidOf(cid, addressOf) ?? "")
      })
    } else if (cidAttributes.has(key)) {
      attributes.push({ ...attribute, value: cidOf(value, addressOf) ?? value })
    } else if (key === "style") attributes.push({ ...attribute, value: rewriteCss(value, addressOf) })
    else attributes.push(attribute)
  }
  element.attrs = attributes
}

const rewriteText = (element: Element, addressOf: PartAddress): void => {
  if (element.tagName !== "style") return
  for (const child of element.childNodes) {
    if (child.nodeName === "#text" && "value" in child) child.value = rewriteCss(child.value, addressOf)
  }
}

type Parent = DefaultTreeAdapterMap["parentNode"]
type Child = DefaultTreeAdapterMap["childNode"]

const parentOf = (node: Node): Parent | undefined =>
  "content" in node ? node.content : "childNodes" in node ? node : undefined

/** Drops, unwraps and changes what is below a node, without recursion. */
const rewriteTree = (root: Node, addressOf: PartAddress): void => {
  const stack: Array<Node> = [root]
  while (stack.length > 0) {
    const node = stack.pop()
    const parent = node === undefined ? undefined : parentOf(node)
    if (parent === undefined) continue
    const queue: Array<Child> = parent.childNodes.slice().reverse()
    const kept: Array<Child> = []
    while (queue.length > 0) {
      const child = queue.pop()
      if (child === undefined) break
      if (!isElement(child)) {
        kept.push(child)
        continue
      }
      const name = child.tagName.toLowerCase()
      if (unwrapped.has(name) || !tagName.test(name)) {
        for (const inner of childrenOf(child).slice().reverse()) {
          queue.push(inner)
        }
        continue
      }
      if (dropped.has(name) || animations.has(name)) continue
      if (literal.has(name)) child.tagName = child.nodeName = "pre"
      rewriteAttributes(child, addressOf)
      rewriteText(child, addressOf)
      stack.push(child)
      kept.push(child)
    }
    for (const child of kept) child.parentNode = parent
    parent.childNodes = kept
  }
}

/** Html as it may be shown, as a whole document. What it looks like is kept; what it would do is not. Throws `TooComplex`. */
export const rewrite = (html: string, addressOf: PartAddress): string => {
  const document = parseDocument(html)
  rewriteTree(document, addressOf)
  return serialize(document)
}
