/** What the `package.json` of a published package says, for npm and for those who install it. */
import { existsSync, readFileSync } from "node:fs"
import { join, relative } from "node:path"
import type { Package } from "./published.js"

const homepage = "https://github.com/effect-mail/effect-mail"

/** What each package has to say, and where that differs from the others. */
const expected = (root: string, { folder }: Package): Readonly<Record<string, unknown>> => ({
  type: "module",
  license: "MIT",
  homepage: `${homepage}#readme`,
  bugs: { url: `${homepage}/issues` },
  repository: { type: "git", url: `git+${homepage}.git`, directory: relative(root, folder) },
  sideEffects: false,
  publishConfig: { access: "public", provenance: true }
})

const required = ["description", "keywords", "engines", "exports", "files"]

const text = (path: string): string => existsSync(path) ? readFileSync(path, "utf8") : ""

/** What is wrong with the manifest and the license of a package. */
export const faults = (root: string, pkg: Package): ReadonlyArray<string> => {
  const manifest: Readonly<Record<string, unknown>> = JSON.parse(text(join(pkg.folder, "package.json")))
  return [
    ...required.filter((field) => manifest[field] === undefined).map((field) => `package.json has no ${field}`),
    ...Object.entries(expected(root, pkg))
      .filter(([field, value]) => JSON.stringify(manifest[field]) !== JSON.stringify(value))
      .map(([field, value]) => `${field} in package.json is not ${JSON.stringify(value)}`),
    ...text(join(pkg.folder, "LICENSE")) === text(join(root, "LICENSE"))
      ? []
      : ["LICENSE is not that of the repository"]
  ]
}
