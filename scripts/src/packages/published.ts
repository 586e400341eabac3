/** The packages of a checkout that are published. */
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"

export interface Package {
  readonly name: string
  readonly folder: string
  /** The public modules, without `index`. */
  readonly modules: ReadonlyArray<string>
}

const manifest = (folder: string): { readonly name: string; readonly private?: boolean } =>
  JSON.parse(readFileSync(join(folder, "package.json"), "utf8"))

const modulesIn = (folder: string): ReadonlyArray<string> =>
  readdirSync(join(folder, "src")).filter((name) => name.endsWith(".ts") && name !== "index.ts")
    .map((name) => name.slice(0, -".ts".length)).sort()

export const publishedPackages = (root: string): ReadonlyArray<Package> =>
  readdirSync(join(root, "packages")).map((name) => join(root, "packages", name))
    .filter((folder) => existsSync(join(folder, "package.json")))
    .map((folder) => ({ folder, ...manifest(folder) }))
    .filter((found) => found.private !== true)
    .map(({ folder, name }) => ({ name, folder, modules: modulesIn(folder) }))
