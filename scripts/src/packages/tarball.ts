/** What npm would publish of a package. */
import { spawnSync } from "node:child_process"
import { join } from "node:path"
import type { Package } from "./published.js"

export interface Tarball {
  readonly path: string
  /** In octets. */
  readonly size: number
  readonly files: ReadonlyArray<string>
}

interface Packed {
  readonly filename: string
  readonly size: number
  readonly files: ReadonlyArray<{ readonly path: string }>
}

/** What `npm pack --json` prints: a list of one, or since npm 12 a record of one. */
const only = (printed: unknown): Packed => Object.values(printed as Record<string, Packed>)[0] as Packed

export const pack = ({ folder, name }: Package, into: string): Tarball => {
  const args = ["pack", "--json", "--ignore-scripts", "--pack-destination", into]
  const { status, stderr, stdout } = spawnSync("npm", args, { cwd: folder, encoding: "utf8" })
  if (status !== 0) throw new Error(`${name} cannot be packed: ${stderr}`)
  const { filename, files, size } = only(JSON.parse(stdout))
  return {
    path: join(into, filename.replace("@", "").replace("/", "-")),
    size,
    files: files.map(({ path }) => path)
  }
}
