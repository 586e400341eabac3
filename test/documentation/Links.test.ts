import { assert, describe, it } from "@effect/vitest"
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { dirname, join, relative } from "node:path"
import { root } from "./Snippets.js"

const filesIn = (folder: string, recursive = true): ReadonlyArray<string> =>
  readdirSync(join(root, folder), { recursive, encoding: "utf8" }).map((name) => join(root, folder, name))

const pages = [
  ...filesIn(".", false),
  ...filesIn("docs"),
  ...filesIn(".github"),
  ...readdirSync(join(root, "packages")).flatMap((name) => filesIn(`packages/${name}`, false))
].filter((path) => path.endsWith(".md"))

const withoutCode = (text: string): string => text.replaceAll(/^```.*?^```$/gms, "").replaceAll(/`[^`\n]*`/g, "code")

/** The names under which GitHub links to headings. */
const anchorsOf = (path: string): ReadonlySet<string> =>
  new Set(
    readFileSync(path, "utf8").split("\n").filter((line) => /^#+ /.test(line))
      .map((line) => line.replace(/^#+ /, "").toLowerCase().replaceAll(/[^\w -]/g, "").replaceAll(" ", "-"))
  )

const isBroken = (page: string, link: string): boolean => {
  const [file = "", anchor] = link.split("#")
  const target = file === "" ? page : join(dirname(page), file)
  return !existsSync(target) || (anchor !== undefined && !anchorsOf(target).has(anchor))
}

const linksOf = (page: string): ReadonlyArray<string> =>
  Array.from(withoutCode(readFileSync(page, "utf8")).matchAll(/\]\(([^)\s]+)\)/g), ([, link = ""]) => link)
    .filter((link) => !/^[a-z]+:/.test(link))

describe("Links", () => {
  it("lead to files and headings that exist", () => {
    const links = pages.flatMap((page) => linksOf(page).map((link) => ({ page, link })))
    assert.isAbove(links.length, 100)
    assert.deepStrictEqual(
      links.filter(({ link, page }) => isBroken(page, link)).map(({ link, page }) =>
        `${relative(root, page)}: ${link}`
      ),
      []
    )
  })

  it("are broken where a file or a heading is missing", () => {
    const page = join(root, "README.md")
    assert.deepStrictEqual(
      ["docs/smtp.md#encryption", "docs/smtp.md#nothing", "nothing.md"].map((link) => isBroken(page, link)),
      [false, true, true]
    )
  })

  it("lead from the index to every page", () => {
    const index = join(root, "docs/README.md")
    const linked = linksOf(index).map((link) => link.split("#")[0])
    const missing = [
      ...readdirSync(join(root, "docs")),
      ...readdirSync(join(root, "docs/tasks")).map((name) => `tasks/${name}`)
    ]
      .filter((name) => name.endsWith(".md") && name !== "README.md" && !linked.includes(name))
    assert.deepStrictEqual(missing, [])
  })
})

describe("Paths in code", () => {
  for (const [page, least] of [["CONTRIBUTING.md", 20], ["docs/security.md", 12]] as const) {
    it(`${page} names files that exist`, () => {
      const named = Array.from(
        readFileSync(join(root, page), "utf8").matchAll(/`((?:packages|test|docs|scripts)\/[^`*\s]+)`/g),
        ([, path = ""]) => path
      )
      assert.isAbove(named.length, least)
      assert.deepStrictEqual(named.filter((path) => !existsSync(join(root, path))), [])
    })
  }
})
