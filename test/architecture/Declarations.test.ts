import * as backends from "@effect-mail/backends"
import * as core from "@effect-mail/core"
import * as testing from "@effect-mail/testing"
import { assert, describe, it } from "@effect/vitest"
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import ts from "typescript"

const root = fileURLToPath(new URL("../..", import.meta.url))

const compilerOptions: ts.CompilerOptions = {
  declaration: true,
  emitDeclarationOnly: true,
  exactOptionalPropertyTypes: true,
  lib: ["lib.es2022.d.ts", "lib.dom.d.ts", "lib.dom.iterable.d.ts"],
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  skipLibCheck: true,
  strict: true,
  target: ts.ScriptTarget.ES2022,
  types: []
}

/** Compiles a module of a program that uses the built packages: its faults, and its declarations. */
const compile = (code: string) => {
  const path = join(root, "consumer.ts")
  const host = ts.createCompilerHost(compilerOptions)
  const { fileExists, getSourceFile, readFile } = host
  host.fileExists = (name) => name === path || fileExists(name)
  host.readFile = (name) => name === path ? code : readFile(name)
  host.getSourceFile = (name, version, ...rest) =>
    name === path ? ts.createSourceFile(name, code, version) : getSourceFile.call(host, name, version, ...rest)
  const program = ts.createProgram([path], compilerOptions, host)
  const source = program.getSourceFile(path)
  let declarations = ""
  program.emit(source, (_, text) => {
    declarations += text
  })
  const faults = [...program.getSemanticDiagnostics(source), ...program.getDeclarationDiagnostics(source)]
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"))
  return { declarations, faults }
}

/** A module that exports every value of a package, with the types that the compiler finds. */
const everythingOf = (name: string, modules: Readonly<Record<string, object>>): ReadonlyArray<string> => [
  `import * as ${name} from "@effect-mail/${name}"`,
  ...Object.entries(modules).flatMap(([module, values]) =>
    Object.keys(values).map((value) => `export const ${name}_${module}_${value} = ${name}.${module}.${value}`)
  )
]

const typesOfMessages = `
  import { Effect } from "effect"
  export const charset = (message: core.Message.Message) => message.charset
  export const attachments = (message: core.Message.Message) => message.attachments
  export const content = (attachment: core.Attachment.Attachment) => attachment.content
  export const headers = (options: core.Message.Options) => options.headers
  export const partHeaders = (options: core.Attachment.Options) => [options.headers] as const
  export const settings = (settings: core.MailConfig.Settings) => settings.charset
  export const message = (outgoing: core.Outgoing.Outgoing) => outgoing.message
  export const letter = Effect.map(core.Outgoing.prepare(core.Message.empty), core.Outgoing.letter)
  export const backend = core.MailBackend.make({ name: "x", open: Effect.never })
  export const open = backend.driver.open
`

/** The compiler refuses \`true\` where a type has one of the names. */
const hidden = `
  type Has<A, Names extends string> = [Extract<keyof A, Names>] extends [never] ? false : true
  type Streamed = Extract<core.Attachment.Attachment, { _tag: "Streamed" }>
  export const hidesSource: Has<core.Outgoing.Outgoing, "source" | "entity" | "stamp" | "front"> = false
  export const hidesFile: Has<Streamed, "transient" | "reusedBuffer" | "size"> = false
`

describe("The declarations of a program", () => {
  it("name nothing internal, whatever of the packages the program exports", { timeout: 120_000 }, () => {
    const { declarations, faults } = compile([
      ...everythingOf("core", core),
      ...everythingOf("backends", backends),
      ...everythingOf("testing", testing),
      typesOfMessages,
      hidden
    ].join("\n"))
    assert.deepStrictEqual(faults, [])
    assert.notInclude(declarations, "/internal/")
    assert.include(declarations, "core_Message_make")
    assert.include(declarations, "backends_Smtp_layer")
  })

  it("are found when they name something internal", { timeout: 120_000 }, () => {
    const { declarations } = compile(
      `import { leaf } from "./packages/core/dist/internal/mime/tree.js"\nexport const content = leaf`
    )
    assert.include(declarations, "/internal/")
  })
})

describe("The published declarations of core", () => {
  it("hide nothing by a mark alone", () => {
    const marked = readdirSync(join(root, "packages/core/src"), { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".ts"))
      .filter((file) =>
        readFileSync(join(root, "packages/core/dist", file.replace(/\.ts$/, ".d.ts")), "utf8").includes("@internal")
      )
    assert.deepStrictEqual(marked, [])
  })
})
