// Installs, builds, checks and tests everything. The last line is the test runner's own count.
import { readFileSync } from "node:fs"
import { install, root, run } from "./run.mjs"

const counts = `${root}node_modules/.cache/test-counts.json`

const checks = [
  ["build", () => run("tsc", "-b", "tsconfig.json")],
  ["lint", () => run("eslint", ".")],
  [
    "circular imports",
    () =>
      run(
        "madge",
        "--circular",
        "--no-spinner",
        "--extensions",
        "js",
        "packages/core/dist",
        "packages/backends/dist",
        "packages/testing/dist"
      )
  ],
  ["type tests", () => run("tstyche")],
  ["tests", () => run("vitest", "run", "--reporter=default", "--reporter=json", `--outputFile.json=${counts}`)]
]

if (!install()) {
  console.error("The packages could not be installed")
  process.exitCode = 1
} else {
  const failed = checks.filter(([name, check]) => {
    console.log(`\n== ${name}`)
    return !check()
  })
  for (const [name] of failed) console.error(`Failed: ${name}`)
  const { numFailedTests, numPassedTests } = JSON.parse(readFileSync(counts, "utf8"))
  console.log(`${numPassedTests} passed, ${numFailedTests} failed`)
  process.exitCode = failed.length === 0 ? 0 : 1
}
