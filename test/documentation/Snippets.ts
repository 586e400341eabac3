import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join, relative } from "node:path"
import { fileURLToPath } from "node:url"

export const root = fileURLToPath(new URL("../..", import.meta.url))

export interface Snippet {
  /** Its place: file and line. */
  readonly place: string
  /** The page or module that it is in, under the root. */
  readonly page: string
  /** The name of the file that it is, where it has one: other snippets of its page import it by that. */
  readonly name: string | undefined
  readonly code: string
}

const filesUnder = (folder: string, extension: string): ReadonlyArray<string> =>
  readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(extension))
    .map((name) => join(root, folder, name))

const modules = ["core", "backends", "testing", "outbox", "inbound", "content"].flatMap((name) =>
  filesUnder(`packages/${name}/src`, ".ts")
)

/** The public modules of all packages. */
export const publicModules: ReadonlyArray<string> = modules
  .filter((path) => !path.includes("internal") && !path.endsWith("index.ts"))

const pages = [
  join(root, "README.md"),
  ...readdirSync(join(root, "packages")).map((name) => join(root, "packages", name, "README.md")).filter((path) =>
    existsSync(path)
  ),
  ...filesUnder("docs", ".md")
]

/** The blocks of TypeScript in a page, or in the comments of a module. */
const snippetsOf = (path: string): ReadonlyArray<Snippet> => {
  const snippets: Array<Snippet> = []
  let lines: Array<string> | undefined
  let start = 0
  let name: string | undefined
  readFileSync(path, "utf8").split("\n").forEach((written, i) => {
    const line = path.endsWith(".ts") ? written.replace(/^ *\* ?/, "") : written
    if (lines === undefined && /^```ts\b/.test(line)) {
      lines = []
      start = i + 2
      name = /\[(\S+)\]/.exec(line)?.[1]
    } else if (lines !== undefined && line.startsWith("```")) {
      const page = relative(root, path)
      snippets.push({ place: `${page}:${start}`, page, name, code: lines.join("\n") })
      lines = undefined
    } else lines?.push(line)
  })
  return snippets
}

export const snippets: ReadonlyArray<Snippet> = [...pages, ...modules].flatMap(snippetsOf)
