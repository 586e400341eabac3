/**
 * Writes the public API of each module to `packages/<name>/api/<Module>.api.md`. With `--check` nothing is written: what differs
 * is named, and fails.
 */
import { Console, Effect } from "effect"
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join, relative } from "node:path"
import { publishedPackages } from "./packages/published.js"
import { reports } from "./packages/reports.js"
import { root } from "./program.js"

const isCheck = process.argv.includes("--check")

const written = publishedPackages(root).map(({ folder }) => join(folder, "api"))
  .filter((folder) => existsSync(folder))
  .flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)))

const current = new Map(
  reports(root).map(({ folder, module, text }) => [join(folder, "api", `${module}.api.md`), text])
)

const differing = [
  ...written.filter((path) => !current.has(path)),
  ...Array.from(current).filter(([path, text]) => !existsSync(path) || readFileSync(path, "utf8") !== text)
    .map(([path]) => path)
]

if (!isCheck) {
  for (const path of differing) rmSync(path, { force: true })
  for (const [path, text] of current) {
    mkdirSync(join(path, ".."), { recursive: true })
    writeFileSync(path, text)
  }
}

const hint = isCheck && differing.length > 0 ? ["The public API changed: run npm run api, and review the diff"] : []

Effect.runSync(Effect.forEach([
  ...differing.map((path) => `${isCheck ? "differs" : "written"}: ${relative(root, path)}`),
  `${current.size} modules, ${differing.length} ${isCheck ? "differ" : "changed"}`,
  ...hint
], (line) => Console.log(line)))

process.exitCode = isCheck && differing.length > 0 ? 1 : 0
