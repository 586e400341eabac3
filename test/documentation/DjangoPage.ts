/**
 * The examples of `docs/django` as programs that can be run. Each one is under a heading of its own, exports `program`, and ends
 * in `// =>` and what the program gives. The table of `docs/django.md` links to them.
 */
import type { MailBackend } from "@effect-mail/core"
import type { TestMailbox } from "@effect-mail/testing"
import type { Layer } from "effect"
import { Effect } from "effect"
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import ts from "typescript"
import { root } from "./Snippets.js"

type Environment = TestMailbox.TestMailbox | MailBackend.MailBackend

/** What the module of an example exports. */
interface Module {
  readonly program: Effect.Effect<unknown, unknown, Environment>
  readonly expected: unknown
  readonly mailbox: Layer.Layer<Environment>
}

export interface Section {
  readonly heading: string
  /** What links to it: the page, and the name of the heading. */
  readonly anchor: string
  readonly examples: ReadonlyArray<string>
}

const anchor = (heading: string): string => heading.toLowerCase().replaceAll(/[^\w -]/g, "").replaceAll(" ", "-")

const sectionsOf = (page: string): ReadonlyArray<Section> =>
  readFileSync(join(root, "docs", page), "utf8").split(/^## /m).slice(1).map((section) => {
    const heading = section.slice(0, section.indexOf("\n"))
    const examples = Array.from(section.matchAll(/^```ts\n(.*?)^```$/gms), ([, code = ""]) => code)
    return { heading, anchor: `${page}#${anchor(heading)}`, examples }
  })

export const sections: ReadonlyArray<Section> = readdirSync(join(root, "docs/django"))
  .flatMap((name) => sectionsOf(`django/${name}`))

/** The places that the table links to. */
export const links: ReadonlyArray<string> = Array.from(
  readFileSync(join(root, "docs/django.md"), "utf8").matchAll(/^\|.*\]\((django\/[^)]*)\) \|$/gm),
  ([, link = ""]) => link
)

export const expectation = (code: string): string | undefined => /^\/\/ => (.*)\n$/m.exec(code)?.[1]

const folder = join(root, "node_modules/.cache/django-page")

// The mailbox comes from the module as well: from here it would be another copy of the library than that of the example.
const source = (code: string): string =>
  `${code}
export const expected = ${expectation(code)}
export { layer as mailbox } from "@effect-mail/testing/TestMailbox"
`

/** Compiles an example, and loads it with the packages as they were built. */
export const load = (section: Section, code: string): Effect.Effect<Module> =>
  Effect.promise(() => {
    const { outputText } = ts.transpileModule(source(code), {
      compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 }
    })
    mkdirSync(folder, { recursive: true })
    const path = join(folder, `${anchor(section.heading)}.mjs`)
    writeFileSync(path, outputText)
    return import(pathToFileURL(path).href)
  })
