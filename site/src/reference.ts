/**
 * The pages of the reference, made of the doc comments by typedoc. Modules are where programs import them from: `core/Mail`.
 */
import { Console, Effect } from "effect"
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { Application } from "typedoc"
import { root } from "./root.js"

const folder = join(root, "site/reference")

const packages = ["core", "backends", "testing", "outbox", "inbound", "content"]

const sources = packages.flatMap((name) =>
  readdirSync(join(root, "packages", name, "src"), { recursive: true, encoding: "utf8" })
    .map((path) => join(root, "packages", name, "src", path))
)

/** Whether a source, or the way to make the pages, is newer than the pages. */
const isStale = (): boolean => {
  const index = join(folder, "index.md")
  if (!existsSync(index)) return true
  const made = statSync(index).mtimeMs
  return [...sources, join(root, "site/typedoc.json")].some((path) => statSync(path).mtimeMs > made)
}

/** What the comment at the head of a module says, with its example. */
const aboutModule = (source: string): string => {
  const [, comment = ""] = /^\/\*\*\n([^]*?)\n \*\//.exec(source) ?? []
  return comment.split("\n").map((line) => line.replace(/^ \* ?/, ""))
    .filter((line) => !line.startsWith("@since")).join("\n").replace("@example\n", "")
}

/** Names of modules without `src`, the line by which a program imports one, and no anchors but the headings. */
const tidy = (name: string, text: string): string => {
  const [, owner = "", module = ""] = /^([a-z-]+)\/([A-Z]\w*)(?:\/index)?\.md$/.exec(name) ?? []
  const source = join(root, "packages", owner, "src", `${module}.ts`)
  const about = module === "" ? "" : aboutModule(readFileSync(source, "utf8"))
  const head = `# ${module}\n\n\`\`\`ts\nimport { ${module} } from "@effect-mail/${owner}"\n\`\`\`\n\n${about}`
  return text
    .replaceAll("/src/", "/")
    .replace(/^# [a-z-]+\/\w+$/m, (title) => module === "" ? title : head)
    .replaceAll(/<a id="[^"]*"><\/a> /g, "")
}

/**
 * Links to headings that are there. typedoc counts the properties in tables among the headings of a name, VitePress does not.
 */
const relinked = (name: string, text: string, pages: ReadonlyMap<string, string>): string =>
  text.replaceAll(/\]\(([^)#\s]*)#([\w-]+)\)/g, (_, page: string, anchor: string) => {
    const target = pages.get(page === "" ? name : join(dirname(name), page)) ?? ""
    const heading = anchor.replace(/-\d+$/, "")
    const isThere = Array.from(target.matchAll(/^#+ (\w+)/gm), ([, found = ""]) => found.toLowerCase()).includes(
      heading
    )
    return isThere ? `](${page}#${heading})` : `](${page === "" ? `#${nameOf(name).toLowerCase()}` : page})`
  })

const nameOf = (name: string): string => name.replace(/(\/index)?\.md$/, "").split("/").at(-1) ?? ""

/** Makes the pages again where they are stale. */
export const make = Effect.gen(function*() {
  if (!isStale()) return
  yield* Console.log("Reading the doc comments ...")
  const application = yield* Effect.promise(() =>
    Application.bootstrapWithPlugins({ options: join(root, "site/typedoc.json") })
  )
  const project = yield* Effect.promise(() => application.convert())
  if (project === undefined) return yield* Effect.fail("typedoc could not read the sources")
  rmSync(folder, { recursive: true, force: true })
  yield* Effect.promise(() => application.generateOutputs(project))
  const pages = new Map<string, string>()
  for (
    const name of readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((path) => path.endsWith(".md"))
  ) {
    const target = name.replace("/src/", "/")
    pages.set(target, tidy(target, readFileSync(join(folder, name), "utf8")))
    rmSync(join(folder, name))
  }
  for (const [name, text] of pages) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), relinked(name, text, pages))
  }
})
