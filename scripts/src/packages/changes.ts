/**
 * The changes between two public APIs, declaration by declaration.
 */
import type { Report } from "./reports.js"

export interface Change {
  /** `Module.name` */
  readonly name: string
  readonly kind: "added" | "removed" | "changed"
  /** The lines that are only in the one or in the other, with `-` and `+` in front. */
  readonly lines: ReadonlyArray<string>
}

const declaration =
  /^(?:export )?(?:declare )?(?:abstract )?(?:const|type|interface|class|function|namespace|let) (\w+)/m

const alias = /^export \{ (\w+) as (\w+) \}$/gm

/** API Extractor numbers names that two imports share, and imports of one type differ in how they name its module. */
const normalized = (code: string): string =>
  code.replaceAll(/\b([A-Z]\w*?)_\d+\b/g, "$1").replaceAll(/\b([A-Z]\w*)\.\1\b/g, "$1")

/** A type is the same by whichever import it is named. */
const unqualified = (code: string): string => code.replaceAll(/\b[A-Z]\w*\.(?=[A-Z])/g, "")

/** The declarations of a report by name. A type and a value of one name are one. */
const declarations = ({ module, text }: Report): ReadonlyMap<string, string> => {
  const names = new Map(Array.from(text.matchAll(alias), ([, local = "", name = ""]) => [local, name]))
  const all = new Map<string, string>()
  for (const block of text.split("\n\n")) {
    const [, local] = declaration.exec(block) ?? []
    if (local === undefined) continue
    const name = `${module}.${names.get(local) ?? local}`
    const code = block.split("\n").filter((line) => !line.startsWith("// @") && !line.startsWith("export { ")).join(
      "\n"
    )
    const earlier = all.get(name)
    all.set(name, normalized(earlier === undefined ? code : `${earlier}\n${code}`))
  }
  return all
}

const all = (reports: ReadonlyArray<Report>): ReadonlyMap<string, string> =>
  new Map(reports.flatMap((report) => Array.from(declarations(report))))

const marked = (mark: string, code: string): ReadonlyArray<string> => code.split("\n").map((line) => `${mark} ${line}`)

/** The lines of one that the other does not have, in their order. */
const linesOnlyIn = (one: string, other: string): ReadonlyArray<string> => {
  const known = new Set(unqualified(other).split("\n"))
  return one.split("\n").filter((line) => !known.has(unqualified(line)))
}

const difference = (before: string, after: string): ReadonlyArray<string> => [
  ...linesOnlyIn(before, after).map((line) => `- ${line}`),
  ...linesOnlyIn(after, before).map((line) => `+ ${line}`)
]

export const changes = (before: ReadonlyArray<Report>, after: ReadonlyArray<Report>): ReadonlyArray<Change> => {
  const [old, fresh] = [all(before), all(after)]
  const names = Array.from(new Set([...old.keys(), ...fresh.keys()])).sort()
  return names.flatMap((name): ReadonlyArray<Change> => {
    const [was, is] = [old.get(name), fresh.get(name)]
    if (was !== undefined && is !== undefined && unqualified(was) === unqualified(is)) return []
    if (was === undefined) return [{ name, kind: "added", lines: marked("+", is ?? "") }]
    if (is === undefined) return [{ name, kind: "removed", lines: marked("-", was) }]
    return [{ name, kind: "changed", lines: difference(was, is) }]
  })
}

/** Whether a text names the change, alone or with the whole module (`Module.*`). */
export const isNamed = (text: string, { name }: Change): boolean =>
  text.includes(`\`${name}\``) || text.includes(`\`${name.slice(0, name.indexOf("."))}.*\``)

export const markdown = (all: ReadonlyArray<Change>): string =>
  all.map(({ kind, lines, name }) => `### ${name} (${kind})\n\n\`\`\`diff\n${lines.join("\n")}\n\`\`\`\n`).join("\n")
