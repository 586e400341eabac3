import { readdirSync, readFileSync } from "node:fs"
import { dirname, join, relative } from "node:path"
import { fileURLToPath } from "node:url"
import ts from "typescript"

export const root = fileURLToPath(new URL("../..", import.meta.url))

export interface Source {
  /** The path under `src`. */
  readonly path: string
  /** The folder under `src`; empty for a public module. */
  readonly folder: string
  readonly text: string
  /** What it imports: the path under `src` for a module of the same package, else as it is written. */
  readonly imports: ReadonlyArray<string>
}

/** All imports of a module, those of types included. */
const importsOf = (folder: string, text: string): ReadonlyArray<string> =>
  ts.preProcessFile(text, true, true).importedFiles.map(({ fileName }) =>
    fileName.startsWith(".") ? join(folder, fileName).replace(/\.js$/, ".ts") : fileName
  )

export const sourcesOf = (name: string): ReadonlyArray<Source> => {
  const src = join(root, "packages", name, "src")
  return readdirSync(src, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".ts"))
    .map((path) => {
      const text = readFileSync(join(src, path), "utf8")
      const folder = dirname(path) === "." ? "" : dirname(path)
      return { path, folder, text, imports: importsOf(folder, text) }
    })
}

export const packages: ReadonlyArray<string> = readdirSync(join(root, "packages"), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)

/** The names that a module uses, without its comments and strings. */
export const identifiersOf = ({ path, text }: Source): ReadonlySet<string> => {
  const names = new Set<string>()
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node)) names.add(node.text)
    ts.forEachChild(node, visit)
  }
  visit(ts.createSourceFile(path, text, ts.ScriptTarget.ES2022))
  return names
}

/** How many lines hold code, and not only a comment or nothing. */
export const codeLinesOf = ({ text }: Source): number =>
  text.replace(/\/\*\*.*?\*\//gs, "").split("\n").filter((line) => line.trim() !== "").length

export const inPackage = (name: string, path: string): string =>
  relative(root, join(root, "packages", name, "src", path))
