/**
 * The pages whose snippets are files with names, run: each page has a folder. Tests are tests here, programs are run as processes
 * that send to their console, and the rest is loaded.
 */
import { assert, describe, it } from "@effect/vitest"
import { Array as Arr } from "effect"
import { spawnSync } from "node:child_process"
import { mkdirSync, rmSync, writeFileSync } from "node:fs"
import { basename, join } from "node:path"
import ts from "typescript"
import { root, type Snippet, snippets } from "./Snippets.js"

const folder = join(root, "test/documentation/.snippets/tasks")

const isTest = ({ name = "" }: Snippet): boolean => name.endsWith(".test.ts")

const isProgram = ({ code }: Snippet): boolean => code.includes("NodeRuntime.runMain(")

const options: ts.TranspileOptions = {
  compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 }
}

/** Compiles the modules of a page, and runs the program among them with the packages as they were built. */
const run = (place: string, all: ReadonlyArray<Snippet>, program: Snippet) => {
  for (const { code, name = "" } of all) {
    writeFileSync(join(place, name.replace(/\.ts$/, ".js")), ts.transpileModule(code, options).outputText)
  }
  return spawnSync(process.execPath, [join(place, (program.name ?? "").replace(/\.ts$/, ".js"))], {
    env: { ...process.env, EMAIL_URL: "console:" },
    encoding: "utf8"
  })
}

const pages = Arr.groupBy(snippets.filter(({ name }) => name !== undefined), ({ page }) => page)

describe("The pages about tasks", () => {
  it("have snippets with names, and no others", () => {
    const tasks = snippets.filter(({ page }) => page.startsWith("docs/tasks/"))
    assert.isAbove(tasks.length, 25)
    assert.deepStrictEqual(tasks.filter(({ name }) => name === undefined), [])
  })
})

for (const [page, all] of Object.entries(pages)) {
  const place = join(folder, basename(page, ".md"))
  const fileOf = ({ name = "" }: Snippet): string => join(place, name)

  describe(page, async () => {
    rmSync(place, { recursive: true, force: true })
    mkdirSync(join(place, "programs"), { recursive: true })
    for (const snippet of all) writeFileSync(fileOf(snippet), snippet.code)

    it("has a test", () => assert.isTrue(all.some(isTest)))

    for (const snippet of all) {
      if (isTest(snippet)) await import(/* @vite-ignore */ fileOf(snippet))
      else if (isProgram(snippet)) {
        it(`${snippet.name} runs`, { timeout: 60_000 }, () => {
          const { status, stderr, stdout } = run(join(place, "programs"), all.filter((one) => !isTest(one)), snippet)
          assert.strictEqual(status, 0, stderr)
          assert.include(stdout, "Accepted")
        })
      } else {it(`${snippet.name} can be loaded`, () =>
          import(/* @vite-ignore */ fileOf(snippet)).then(assert.isDefined))}
    }
  })
}
