import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { readFileSync } from "node:fs"
import { dirname, join, relative } from "node:path"
import ts from "typescript"
import { publicModules, root, type Snippet, snippets } from "./Snippets.js"

const compilerOptions: ts.CompilerOptions = {
  ...ts.parseJsonConfigFileContent(
    ts.readConfigFile(join(root, "tsconfig.base.json"), ts.sys.readFile).config,
    ts.sys,
    root
  ).options,
  composite: false,
  declarationMap: false,
  incremental: false,
  noEmit: true,
  noUnusedLocals: false,
  types: ["node"]
}

/** Lets the test runner speak in between: the compiler does not wait for anything. */
const turn = Effect.async<void>((resume) => {
  setImmediate(() => resume(Effect.void))
})

/** The snippets as a program: those with a name are in a folder of their page, the others alone. */
const compile = (all: ReadonlyArray<Snippet>) => {
  const places = new Map(all.map((snippet, i) => [
    snippet.name === undefined
      ? join(root, `snippet-${i}.ts`)
      : join(root, "snippets", snippet.page.replaceAll(/\W/g, "-"), snippet.name),
    snippet
  ]))
  const folders = new Set(Array.from(places.keys(), dirname))
  const host = ts.createCompilerHost(compilerOptions)
  const { directoryExists, fileExists, getSourceFile, readFile } = host
  host.directoryExists = (path) => folders.has(path) || directoryExists?.call(host, path) !== false
  host.fileExists = (path) => places.has(path) || fileExists(path)
  host.readFile = (path) => places.get(path)?.code ?? readFile(path)
  host.getSourceFile = (path, version, ...rest) => {
    const snippet = places.get(path)
    return snippet === undefined
      ? getSourceFile.call(host, path, version, ...rest)
      : ts.createSourceFile(path, snippet.code, version)
  }
  const program = ts.createProgram(Array.from(places.keys()), compilerOptions, host)
  return { places, program }
}

/** What the compiler says of the snippets. */
const diagnose = (all: ReadonlyArray<Snippet>): Effect.Effect<ReadonlyArray<string>> =>
  Effect.gen(function*() {
    const { places, program } = compile(all)
    const said = yield* Effect.forEach(places, ([path, { place }]) =>
      Effect.map(turn, () =>
        ts.getPreEmitDiagnostics(program, program.getSourceFile(path)).map(({ messageText }) =>
          `${place}: ${ts.flattenDiagnosticMessageText(messageText, "\n")}`
        )))
    return said.flat()
  })

const isExported = (node: ts.Node): boolean =>
  ts.canHaveModifiers(node) &&
  (ts.getModifiers(node) ?? []).some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)

const missingTags = (path: string): ReadonlyArray<string> => {
  const source = ts.createSourceFile(path, readFileSync(path, "utf8"), ts.ScriptTarget.ES2022, true)
  return source.statements.filter(isExported).flatMap((statement) => {
    const tags = new Set(ts.getJSDocTags(statement).map(({ tagName }) => tagName.text))
    const { line } = source.getLineAndCharacterOfPosition(statement.getStart())
    return ["since", "category"].filter((tag) => !tags.has(tag))
      .map((tag) => `${relative(root, path)}:${line + 1} has no @${tag}`)
  })
}

describe("Documentation", () => {
  it.live("shows examples that compile", () =>
    Effect.gen(function*() {
      assert.isAbove(snippets.length, 30)
      assert.deepStrictEqual(yield* diagnose(snippets), [])
    }), 240_000)

  it.live("finds an example that does not compile", () =>
    Effect.gen(function*() {
      const code = "import { Mail } from \"@effect-mail/core\"\nMail.send(1)"
      assert.strictEqual((yield* diagnose([{ place: "here", page: "here", name: undefined, code }])).length, 1)
    }), 240_000)

  it("says of every export since when it is there and what it belongs to", () => {
    assert.isAbove(publicModules.length, 10)
    assert.deepStrictEqual(publicModules.flatMap(missingTags), [])
  })
})
