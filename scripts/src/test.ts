/** Builds, checks and tests everything. The last line is the test runner's own count. */
import { Console, Effect, Schema } from "effect"
import { readFileSync, rmSync } from "node:fs"
import { root, runs, succeeds } from "./program.js"

const countsFile = `${root}node_modules/.cache/test-counts.json`

const Counts = Schema.parseJson(Schema.Struct({ numFailedTests: Schema.Number, numPassedTests: Schema.Number }))

const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${countsFile}`]

/** A program of a package, or a script of this folder. */
type Check =
  & { readonly name: string; readonly args: ReadonlyArray<string> }
  & ({ readonly bin: string } | { readonly script: string })

const checks: ReadonlyArray<Check> = [
  { name: "build", bin: "tsc", args: ["-b", "tsconfig.json"] },
  { name: "lint", bin: "eslint", args: ["."] },
  { name: "prose", bin: "cspell", args: ["--no-progress", "--dot", "--config", "cspell.config.jsonc"] },
  { name: "type tests", bin: "tstyche", args: [] },
  { name: "public API", script: "api.js", args: ["--check"] },
  { name: "packages", script: "checkPackages.js", args: [] },
  { name: "tests", bin: "vitest", args: ["run", ...reporters] }
]

/** A runner that did not come to its end leaves no counts, and is itself what failed. */
const counts = Effect.try(() => readFileSync(countsFile, "utf8")).pipe(
  Effect.flatMap(Schema.decode(Counts)),
  Effect.orElseSucceed(() => ({ numFailedTests: 1, numPassedTests: 0 }))
)

const main = Effect.gen(function*() {
  // Those of an earlier run are not to be taken for those of this one.
  rmSync(countsFile, { force: true })
  const failed: Array<string> = []
  for (const check of checks) {
    yield* Console.log(`\n== ${check.name}`)
    const isDone = "bin" in check ? succeeds(check.bin, check.args) : runs(check.script, check.args)
    if (!isDone) failed.push(check.name)
  }
  yield* Effect.forEach(failed, (name) => Console.error(`Failed: ${name}`))
  const { numFailedTests, numPassedTests } = yield* counts
  yield* Console.log(`${numPassedTests} passed, ${numFailedTests} failed`)
  return failed.length === 0
})

process.exitCode = Effect.runSync(main) ? 0 : 1
