import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { mkdirSync } from "node:fs"
import { rm, writeFile } from "node:fs/promises"
import { basename, dirname, join, resolve } from "node:path"
import { pathToFileURL } from "node:url"
import { Exit, type Failure, failure } from "../command/Command.js"
import { visible } from "../terminal/visible.js"

/** What a file says of one of its previews. `schema`: the JSON Schema of its parameters, where it gives a `Schema`. */
export interface Described {
  readonly name: string
  readonly schema: unknown
  readonly params: unknown
  readonly locales: ReadonlyArray<string>
}

/** The previews of a file, made with the libraries of the project that the file belongs to. */
export interface Previews {
  readonly names: ReadonlyArray<string>
  readonly described: ReadonlyArray<Described>
  /** The octets of a preview; undefined for an export that makes no message. */
  readonly render: (name: string, params: unknown, locale?: string) => Promise<Uint8Array | undefined>
  /** The files that it was made of. */
  readonly inputs: ReadonlyArray<string>
}

/**
 * A message that another copy of the library made is none to this one: so the file's own copy makes the octets. Exports
 * are messages, effects of messages, and functions to one of the two. `previewParams` has what functions are called with,
 * `previewSchemas` the schemas of that, and `previewLocales` the choices of the second argument's `locale`; each by the name
 * of the function, and the locales as one list for all, too.
 */
const entryOf = (file: string): string => `
import * as module from ${JSON.stringify(`./${basename(file)}`)}
import { Message, Mime, Outgoing } from "@effect-mail/core"
import { Effect, JSONSchema, Schema } from "effect"

const params = module.previewParams ?? {}
const schemas = module.previewSchemas ?? {}
const locales = module.previewLocales ?? []
const settings = ["previewParams", "previewSchemas", "previewLocales"]
export const names = Object.keys(module).filter((name) => !settings.includes(name) && !Schema.isSchema(module[name]) &&
  (typeof module[name] === "function" || Effect.isEffect(module[name]) || Message.isMessage(module[name])))
const example = (schema) =>
  schema?.default ?? schema?.examples?.[0] ?? schema?.enum?.[0] ?? (schema?.type === "object"
    ? Object.fromEntries(Object.entries(schema.properties ?? {}).map(([name, property]) => [name, example(property)]))
    : schema?.type === "array" ? [] : schema?.type === "boolean" ? false : schema?.type === "string" ? "text" : 1)
const described = names.map((name) => {
  const schema = schemas[name] === undefined ? undefined : JSONSchema.make(Schema.encodedSchema(schemas[name]))
  return {
    name,
    schema,
    params: params[name] ?? (schema === undefined ? undefined : example(schema)),
    locales: Array.isArray(locales) ? locales : locales[name] ?? []
  }
})
export const description = JSON.stringify(described)
export const render = (name, given, locale) => {
  const value = module[name]
  const raw = given ?? described.find((one) => one.name === name)?.params ?? {}
  const decoded = schemas[name] === undefined
    ? Effect.succeed(raw)
    : Schema.decodeUnknown(schemas[name], { errors: "all" })(raw)
  const effect = typeof value === "function"
    ? Effect.flatMap(decoded, (input) => {
      const made = value(input, { locale })
      return Effect.isEffect(made) ? made : Effect.succeed(made)
    })
    : Effect.isEffect(value) ? value : Effect.succeed(value)
  return Effect.runPromise(Effect.flatMap(effect, (message) =>
    Message.isMessage(message) ? Effect.flatMap(Outgoing.prepare(message), Mime.render) : Effect.succeed(undefined)))
}
`

interface Loaded {
  readonly names: ReadonlyArray<string>
  readonly description: string
  readonly render: Previews["render"]
}

const decodeDescription = Schema.decodeUnknownSync(Schema.parseJson(Schema.Array(Schema.Struct({
  name: Schema.String,
  schema: Schema.optionalWith(Schema.Unknown, { default: () => undefined }),
  params: Schema.optionalWith(Schema.Unknown, { default: () => undefined }),
  locales: Schema.Array(Schema.String)
}))))

const isLoaded = (module: unknown): module is Loaded =>
  typeof module === "object" && module !== null && "names" in module && "render" in module && "description" in module

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
        return {
          names: module.names,
          described: decodeDescription(module.description),
          render: module.render,
          inputs
        }
      } finally {
        await rm(output, { force: true })
      }
    },
    catch: (cause) => failure(Exit.failed, `${visible(path)} cannot be previewed: ${explain(cause)}`)
  })
