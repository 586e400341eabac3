import * as Effect from "effect/Effect"
import { mkdirSync } from "node:fs"
import { rm, writeFile } from "node:fs/promises"
import { basename, dirname, join, resolve } from "node:path"
import { pathToFileURL } from "node:url"
import { Exit, type Failure, failure } from "../command/Command.js"
import { visible } from "../terminal/visible.js"

/** The previews of a file, made with the libraries of the project that the file belongs to. */
export interface Previews {
  readonly names: ReadonlyArray<string>
  /** The octets of a preview; undefined for an export that makes no message. */
  readonly render: (name: string, params: unknown) => Promise<Uint8Array | undefined>
  /** The files that it was made of. */
  readonly inputs: ReadonlyArray<string>
}

/**
 * A message that another copy of the library made is none to this one: so the file's own copy makes the octets. Exports
 * are messages, effects of messages, and functions to one of the two. `previewParams` has what functions are called with.
 */
const entryOf = (file: string): string => `
import * as module from ${JSON.stringify(`./${basename(file)}`)}
import { Message, Mime, Outgoing } from "@effect-mail/core"
import { Effect } from "effect"

const params = module.previewParams ?? {}
export const names = Object.keys(module).filter((name) =>
  typeof module[name] === "function" || Effect.isEffect(module[name]) || Message.isMessage(module[name]))
export const render = (name, given) => {
  const value = module[name]
  const made = typeof value === "function" ? value(given ?? params[name] ?? {}) : value
  const effect = Effect.isEffect(made) ? made : Effect.succeed(made)
  return Effect.runPromise(Effect.flatMap(effect, (message) =>
    Message.isMessage(message) ? Effect.flatMap(Outgoing.prepare(message), Mime.render) : Effect.succeed(undefined)))
}
`

interface Loaded {
  readonly names: ReadonlyArray<string>
  readonly render: (name: string, params: unknown) => Promise<Uint8Array | undefined>
}

const isLoaded = (module: unknown): module is Loaded =>
  typeof module === "object" && module !== null && "names" in module && "render" in module

interface BuildMessage {
  readonly text: string
  readonly location: { readonly file: string; readonly line: number; readonly lineText: string } | null
}

const explain = (cause: unknown): string => {
  if (typeof cause === "object" && cause !== null && "errors" in cause && Array.isArray(cause.errors)) {
    const errors: ReadonlyArray<BuildMessage> = cause.errors
    return errors.slice(0, 3).map(({ location, text }) =>
      location === null ? text : `${location.file}:${location.line}: ${text}\n    ${location.lineText.trim()}`
    ).join("\n")
  }
  return cause instanceof Error ? cause.message : String(cause)
}

let counter = 0

/** Bundles a file and loads it. Its packages stay outside, so that they are the ones of its project. */
export const load = (path: string): Effect.Effect<Previews, Failure> =>
  Effect.tryPromise({
    try: async () => {
      const file = resolve(path)
      const { build } = await import("esbuild")
      const folder = join(process.cwd(), "node_modules", ".cache", "effect-mail")
      mkdirSync(folder, { recursive: true })
      const { metafile, outputFiles } = await build({
        stdin: { contents: entryOf(file), resolveDir: dirname(file), loader: "ts" },
        bundle: true,
        write: false,
        metafile: true,
        format: "esm",
        platform: "node",
        target: "node20",
        packages: "external",
        sourcemap: "inline",
        logLevel: "silent",
        absWorkingDir: process.cwd()
      })
      const output = join(folder, `preview-${process.pid}-${counter++}.mjs`)
      await writeFile(output, outputFiles[0]?.contents ?? "")
      try {
        const module: unknown = await import(pathToFileURL(output).href)
        if (!isLoaded(module)) throw new Error("it could not be loaded")
        const inputs = Object.keys(metafile.inputs).filter((name) => name !== "<stdin>").map((name) => resolve(name))
        return { names: module.names, render: module.render, inputs }
      } finally {
        await rm(output, { force: true })
      }
    },
    catch: (cause) => failure(Exit.failed, `${visible(path)} cannot be previewed: ${explain(cause)}`)
  })
