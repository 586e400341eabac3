/**
 * Looks at the pages as they were built: every link leads to a page and a heading that are there, and nothing is fetched from
 * elsewhere.
 */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs"
import { dirname, join, relative } from "node:path"
import { parse } from "parse5"

export interface Checked {
  readonly pages: number
  readonly links: number
  readonly faults: ReadonlyArray<string>
}

interface Element {
  readonly nodeName: string
  readonly attrs?: ReadonlyArray<{ readonly name: string; readonly value: string }>
  readonly childNodes?: ReadonlyArray<Element>
}

interface Page {
  readonly path: string
  readonly ids: ReadonlySet<string>
  /** What a reader may click. */
  readonly links: ReadonlyArray<string>
  /** What a browser fetches by itself. */
  readonly fetched: ReadonlyArray<string>
}

const read = (path: string): Page => {
  const ids = new Set<string>()
  const links: Array<string> = []
  const fetched: Array<string> = []
  const visit = ({ attrs = [], childNodes = [], nodeName }: Element): void => {
    for (const { name, value } of attrs) {
      if (name === "id") ids.add(value)
      if (name === "href") (nodeName === "a" ? links : fetched).push(value)
      if (name === "src") fetched.push(value)
    }
    childNodes.forEach(visit)
  }
  visit(parse(readFileSync(path, "utf8")) as Element)
  return { path, ids, links, fetched }
}

const isOutside = (address: string): boolean => /^(https?:)?\/\//.test(address)

/** The file that an address of the site is, without its heading. */
const fileOf = (folder: string, page: string, address: string): string => {
  const path = decodeURIComponent(address.replace(/[#?].*$/, ""))
  const file = path === "" ? page : path.startsWith("/") ? join(folder, path) : join(dirname(page), path)
  const candidates = [join(file, "index.html"), `${file}.html`]
  return existsSync(file) && statSync(file).isFile() ? file : candidates.find((name) => existsSync(name)) ?? file
}

export const check = (folder: string): Checked => {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).map((name) => join(folder, name))
  const pages = new Map(files.filter((path) => path.endsWith(".html")).map((path) => [path, read(path)]))
  const faults: Array<string> = []
  let links = 0
  for (const page of pages.values()) {
    const say = (fault: string) => faults.push(`${relative(folder, page.path)}: ${fault}`)
    for (const address of page.fetched) {
      if (isOutside(address)) say(`fetches ${address}`)
      else if (!address.startsWith("data:") && !existsSync(fileOf(folder, page.path, address))) say(`lacks ${address}`)
    }
    for (const link of page.links.filter((link) => !isOutside(link) && !/^[a-z]+:/.test(link))) {
      links++
      const file = fileOf(folder, page.path, link)
      const anchor = decodeURIComponent(link.split("#")[1] ?? "")
      if (!existsSync(file)) say(`leads to ${link}, which is not there`)
      else if (anchor !== "" && pages.get(file)?.ids.has(anchor) === false) {
        say(`leads to ${link}, a heading that is missing`)
      }
    }
  }
  for (const style of files.filter((path) => path.endsWith(".css"))) {
    for (const [address] of readFileSync(style, "utf8").matchAll(/url\((?:["'])?(?:https?:)?\/\/[^)]*/g)) {
      faults.push(`${relative(folder, style)}: fetches ${address}`)
    }
  }
  return { pages: pages.size, links, faults }
}
