/**
 * Checks what would be published: the manifests, the files of each tarball and its size, `publint`, the types of every entry point
 * (`attw`), and files, exports and dependencies that are not used (`knip`).
 */
import { Console, Effect } from "effect"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Manifest from "./packages/manifest.js"
import { type Package, publishedPackages } from "./packages/published.js"
import { pack, type Tarball } from "./packages/tarball.js"
import { root, succeeds } from "./program.js"

/** For each tarball, in octets. */
const maxSize = 400 * 1024
/** The page with its fonts, and a program with everything that it needs. */
const largerSizes: Readonly<Record<string, number>> = { "@effect-mail/testing": 450 * 1024, "effect-mail": 1400 * 1024 }

const required = ["README.md", "LICENSE", "package.json"]

const isForeign = (path: string): boolean => /tsbuildinfo|\.test\.|(^|\/)(test|dtslint|node_modules)\//.test(path)

/** What is wrong with the files of a tarball. */
const faults = ({ files, size }: Tarball, limit: number): ReadonlyArray<string> => [
  ...required.filter((file) => !files.includes(file)).map((file) => `${file} is missing`),
  ...files.filter(isForeign).map((file) => `${file} does not belong there`),
  ...size > limit ? [`${size} octets are more than ${limit}`] : []
]

const checkPackage = (pkg: Package, into: string) =>
  Effect.gen(function*() {
    const tarball = pack(pkg, into)
    yield* Console.log(`\n== ${pkg.name}: ${tarball.files.length} files, ${Math.ceil(tarball.size / 1024)} KiB packed`)
    const found = [...Manifest.faults(root, pkg), ...faults(tarball, largerSizes[pkg.name] ?? maxSize)]
    yield* Effect.forEach(found, (fault) => Console.error(`${pkg.name}: ${fault}`))
    const isSound = succeeds("publint", [pkg.folder, "--strict"])
    // Node 20.19 and later load ES modules by require, which attw does not know.
    const attw = [tarball.path, "--profile", "esm-only", "--format", "ascii", "--entrypoints", ".", ...pkg.modules]
    const areTypesRight = succeeds("attw", [...attw, "--quiet"]) || succeeds("attw", attw)
    return found.length === 0 && isSound && areTypesRight
  })

const main = Effect.gen(function*() {
  const into = mkdtempSync(join(tmpdir(), "packed-"))
  try {
    const results = yield* Effect.forEach(publishedPackages(root), (pkg) => checkPackage(pkg, into))
    yield* Console.log("\n== knip")
    return succeeds("knip", []) && results.every((isRight) => isRight)
  } finally {
    rmSync(into, { recursive: true, force: true })
  }
})

process.exitCode = Effect.runSync(main) ? 0 : 1
