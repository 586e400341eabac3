/**
 * The snippets of the pages, run: each page has a folder, and each snippet is a file of it. Tests are tests here, programs are run
 * as processes that send to their console, effects are run with a mailbox, and the rest is loaded. `docs/django` has its own.
 */
import { TestMailbox } from "@effect-mail/testing"
import { assert, describe, it } from "@effect/vitest"
import { Array as Arr, Effect } from "effect"
import { spawnSync } from "node:child_process"
import { mkdirSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import ts from "typescript"
import { root, type Snippet, snippets } from "./Snippets.js"

const isTest = ({ code }: Snippet): boolean => code.includes("from \"@effect/vitest\"")

const isProgram = ({ code }: Snippet): boolean => code.includes("NodeRuntime.runMain(")

/** An effect that needs a backend, and brings none. */
const isEffect = ({ code }: Snippet): boolean => code.includes("export const program =") && !code.includes("provide(")

const fileName = ({ name, place }: Snippet): string => name ?? `line-${place.split(":")[1]}.ts`

const options: ts.TranspileOptions = {
  compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 }
}

const asScript = (snippet: Snippet): string => fileName(snippet).replace(/\.ts$/, ".js")

/** Compiles the modules of a page, and runs the program among them with the packages as they were built. */
const run = (folder: string, all: ReadonlyArray<Snippet>, program: Snippet) => {
  mkdirSync(folder, { recursive: true })
  for (const snippet of all) {
    writeFileSync(join(folder, asScript(snippet)), ts.transpileModule(snippet.code, options).outputText)
  }
  return spawnSync(process.execPath, [join(folder, asScript(program))], {
    env: { ...process.env, EMAIL_URL: "console:" },
    encoding: "utf8"
  })
}

const load = (file: string) =>
  Effect.promise((): Promise<Readonly<Record<string, unknown>>> => import(/* @vite-ignore */ file))

const written = snippets.filter(({ page }) => page.endsWith(".md") && !page.startsWith("docs/django/"))

describe("The pages about tasks", () => {
  const tasks = written.filter(({ page }) => page.startsWith("docs/tasks/"))

  it("have snippets with names, and a test each", () => {
    assert.isAbove(tasks.length, 25)
    assert.deepStrictEqual(tasks.filter(({ name }) => name === undefined), [])
    const untested = Object.entries(Arr.groupBy(tasks, ({ page }) => page)).filter(([, all]) => !all.some(isTest))
    assert.deepStrictEqual(untested, [])
  })
})

for (const [page, all] of Object.entries(Arr.groupBy(written, ({ page }) => page))) {
  const folder = join(root, "test/documentation/.snippets/pages", page.replaceAll(/\W/g, "-"))

  describe(page, async () => {
    rmSync(folder, { recursive: true, force: true })
    mkdirSync(folder, { recursive: true })
    for (const snippet of all) writeFileSync(join(folder, fileName(snippet)), snippet.code)

    for (const snippet of all) {
      const file = join(folder, fileName(snippet))
      if (isTest(snippet)) await import(/* @vite-ignore */ file)
      else if (isProgram(snippet)) {
        it(`${fileName(snippet)} runs`, { timeout: 60_000 }, () => {
          const { status, stderr, stdout } = run(join(folder, "built"), all.filter((one) => !isTest(one)), snippet)
          assert.strictEqual(status, 0, stderr)
          assert.include(stdout, "Accepted")
        })
      } else if (isEffect(snippet)) {
        it.effect(`${fileName(snippet)} runs`, () =>
          Effect.gen(function*() {
            const { program } = yield* load(file)
            yield* (program as Effect.Effect<unknown, unknown, TestMailbox.TestMailbox>)
            assert.isAbove((yield* TestMailbox.outbox).length, 0)
          }).pipe(Effect.provide(TestMailbox.layer)))
      } else {
        it.effect(`${fileName(snippet)} can be loaded`, () =>
          Effect.map(load(file), (module) => assert.isDefined(module)))
      }
    }
  })
}
