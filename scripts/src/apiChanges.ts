/**
 * Prints the changes of the public API since a commit: `npm run api:changes -- <commit>`. The commit is built in a folder for
 * temporary files, and kept there for the next time. Fails when a change is named in no changeset, as `Module.name` in backticks
 * or as `Module.*` for all of a module.
 */
import { Console, Effect } from "effect"
import { spawnSync } from "node:child_process"
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { changes, isNamed, markdown } from "./packages/changes.js"
import { reports } from "./packages/reports.js"
import { root } from "./program.js"

const run = (cwd: string, command: string, ...args: ReadonlyArray<string>): void => {
  const { status, stderr } = spawnSync(command, args, { cwd, encoding: "utf8" })
  if (status !== 0) throw new Error(`${command} ${args.join(" ")} failed: ${stderr}`)
}

/** A checkout of the commit that was built. */
const checkout = (commit: string): string => {
  const folder = join(tmpdir(), `effect-mail-${commit}`)
  if (!existsSync(folder)) {
    run(root, "git", "clone", "--quiet", "--no-checkout", root, folder)
    run(folder, "git", "checkout", "--quiet", commit)
  }
  if (!existsSync(join(folder, "packages/core/dist/index.d.ts"))) {
    run(folder, "npm", "install", "--no-save", "--no-audit", "--no-fund", "--ignore-scripts")
    run(folder, join(folder, "node_modules/.bin/tsc"), "-b", "tsconfig.build.json")
  }
  return folder
}

const changesets = (): string =>
  readdirSync(join(root, ".changeset")).filter((name) => name.endsWith(".md"))
    .map((name) => readFileSync(join(root, ".changeset", name), "utf8")).join("\n")

const main = (commit: string) => {
  const found = changes(reports(checkout(commit)), reports(root))
  const text = changesets()
  const unnamed = found.filter((change) => !isNamed(text, change))
  const count = (kind: string) => found.filter((change) => change.kind === kind).length
  const summary = ["added", "removed", "changed"].map((kind) => `${count(kind)} ${kind}`).join(", ")
  return Effect.as(
    Effect.forEach([
      markdown(found),
      `${summary} since ${commit}`,
      ...unnamed.map(({ kind, name }) => `in no changeset: ${name} (${kind})`)
    ], (line) => Console.log(line)),
    unnamed.length === 0
  )
}

const [commit = "HEAD"] = process.argv.slice(2)
process.exitCode = Effect.runSync(main(commit)) ? 0 : 1
