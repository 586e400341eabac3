/** Builds, checks and tests everything. The last line is the test runner's own count. */
import { Console, Effect, Schema } from "effect"
import { readFileSync, rmSync } from "node:fs"
import { root, scriptSucceeds, succeeds } from "./program.js"

const countsFile = `${root}node_modules/.cache/test-counts.json`

const Counts = Schema.parseJson(Schema.Struct({ numFailedTests: Schema.Number, numPassedTests: Schema.Number }))

const madge = ["--circular", "--no-spinner", "--extensions", "js"]
const built = [...["core", "backends", "testing"].map((name) => `packages/${name}/dist`), "packages/cli/dist/main.js"]
const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${countsFile}`]

const checks = [
  { name: "build", run: () => succeeds("tsc", ["-b", "tsconfig.json"]) },
  { name: "page", run: () => scriptSucceeds("page.mjs") },
  { name: "command line", run: () => scriptSucceeds("cli.mjs") },
  { name: "browser", run: () => scriptSucceeds("browser.mjs") },
  { name: "lint", run: () => succeeds("eslint", ["."]) },
  { name: "circular imports", run: () => succeeds("madge", [...madge, ...built]) },
  { name: "type tests", run: () => succeeds("tstyche", []) },
  { name: "tests", run: () => succeeds("vitest", ["run", ...reporters]) }
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
  for (const { name, run } of checks) {
    yield* Console.log(`\n== ${name}`)
    if (!run()) failed.push(name)
  }
  yield* Effect.forEach(failed, (name) => Console.error(`Failed: ${name}`))
  const { numFailedTests, numPassedTests } = yield* counts
  yield* Console.log(`${numPassedTests} passed, ${numFailedTests} failed`)
  return failed.length === 0
})

process.exitCode = Effect.runSync(main) ? 0 : 1
