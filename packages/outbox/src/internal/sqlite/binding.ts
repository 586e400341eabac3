import * as Predicate from "effect/Predicate"
import type { Database } from "./database.js"

/** The names are no literals, so that no compiler and no bundler asks for what may not be installed. */
const modules: Record<"node:sqlite" | "libsql", string> = { "node:sqlite": "node:sqlite", "libsql": "libsql" }

type Constructor = new(filename: string) => Database

const isConstructor = (u: unknown): u is Constructor => Predicate.isFunction(u)

/** The class of a binding, which is what its module exports, or a part of that. */
const constructorOf = (module: unknown, name: string): Constructor => {
  const named = Predicate.hasProperty(module, name) ? module[name] : undefined
  const inner = Predicate.hasProperty(named, "default") ? named.default : named
  if (isConstructor(inner)) return inner
  throw new TypeError(`the module does not export ${name}`)
}

/**
 * Opens a database by a binding.
 */
export const open = {
  /** Part of Node since 22.5. */
  "node:sqlite": async (filename: string): Promise<Database> =>
    new (constructorOf(await import(modules["node:sqlite"]), "DatabaseSync"))(filename),
  /** Its binaries are packages of npm: it needs no compiler. */
  "libsql": async (filename: string): Promise<Database> =>
    new (constructorOf(await import(modules["libsql"]), "default"))(filename)
}
