/**
 * Where a file of the repository is on the site. Pages keep the links that work in the repository; here they are translated.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { dirname, join, relative } from "node:path"
import { fileURLToPath } from "node:url"

export const root: string = fileURLToPath(new URL("../..", import.meta.url))

export const repository = "https://github.com/effect-mail/effect-mail"

const reference = join(root, "site/reference")

/** The rewrites of VitePress: the path of a page in the repository, and on the site. */
export const rewrites: Readonly<Record<string, string>> = {
  "docs/README.md": "index.md",
  // Beside the page about security: names that differ by their case alone are one file on some systems.
  "SECURITY.md": "reporting.md",
  "docs/decisions/README.md": "decisions/index.md",
  "docs/:path(.*)": ":path",
  "site/reference/:path(.*)": "reference/:path"
}

const isPage = (path: string): boolean =>
  path.endsWith(".md") && (path.startsWith("docs/") || path.startsWith("site/reference/") || !path.includes("/"))
  && path !== "README.md"

/** The address on the site of a page of the repository. */
const addressOf = (path: string): string => {
  const named = rewrites[path]
  return `/${named ?? path.replace(/^(docs|site)\//, "")}`
}

const modulePage = (path: string): string | undefined => {
  const [, name, module] = /^packages\/([a-z-]+)\/src\/([A-Z]\w*)\.ts$/.exec(path) ?? []
  if (name === undefined || module === undefined) return undefined
  return [`${name}/${module}.md`, `${name}/${module}/index.md`].find((page) => existsSync(join(reference, page)))
}

/** What a link of a page leads to on the site: a page of it, or the file in the repository. */
export const resolve = (page: string, link: string): string => {
  if (/^[a-z]+:|^#|^\//.test(link)) return link
  const [file = "", anchor] = link.split("#")
  const target = relative(root, join(dirname(page), file))
  const hash = anchor === undefined ? "" : `#${anchor}`
  const module = modulePage(target)
  if (module !== undefined) return `/reference/${module}${hash}`
  return isPage(target) ? `${addressOf(target)}${hash}` : `${repository}/blob/main/${target}${hash}`
}

/** The name of a heading in a link, as GitHub makes it. */
export const slug = (heading: string): string =>
  heading.trim().toLowerCase().replaceAll(/[^\p{L}\p{N}_ -]/gu, "").replaceAll(" ", "-")

export interface ReferencePage {
  readonly package: string
  readonly module: string
  /** The address on the site. */
  readonly link: string
  /** What the module exports. */
  readonly names: ReadonlySet<string>
}

/** The modules of the reference, where it was made. */
export const referencePages: ReadonlyArray<ReferencePage> = !existsSync(reference)
  ? []
  : readdirSync(reference, { recursive: true, encoding: "utf8" }).filter((name) =>
    /^[a-z-]+\/[A-Z]\w*(\/index)?\.md$/.test(name)
  ).sort().map((name) => {
    const [folder = "", module = ""] = name.replace(/(\/index)?\.md$/, "").split("/")
    const headings = readFileSync(join(reference, name), "utf8").matchAll(/^### (\w+)/gm)
    return {
      package: folder,
      module,
      link: `/reference/${name.replace(/index\.md$/, "").replace(/\.md$/, "")}`,
      names: new Set(Array.from(headings, ([, heading = ""]) => heading))
    }
  })

/** The place in the reference of a name such as `Mail.sendAll`. */
export const referenceOf = (code: string): string | undefined => {
  const [, module, name] = /^([A-Z]\w*)\.(\w+)/.exec(code) ?? []
  const page = referencePages.find((page) => page.module === module && page.names.has(name ?? ""))
  return page === undefined ? undefined : `${page.link}#${(name ?? "").toLowerCase()}`
}
