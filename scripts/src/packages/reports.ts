/**
 * The public API of a module as text that a person can review: what API Extractor reads from the built declarations, without
 * what only says that a member has no comment.
 *
 * Each public module is an entry point of its own. In a report of `index.d.ts` all modules share one scope, and their
 * `make` and `layer` are numbered.
 */
import { CompilerState, Extractor, ExtractorConfig, ExtractorLogLevel } from "@microsoft/api-extractor"
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type Package, publishedPackages } from "./published.js"

export interface Report {
  readonly folder: string
  readonly packageName: string
  readonly module: string
  readonly text: string
}

const extension = ".d.ts"

// The DOM is left out: its globals `Option` and `Notification` would take the names of ours.
const compilerOptions = {
  strict: true,
  exactOptionalPropertyTypes: true,
  module: "NodeNext",
  moduleResolution: "NodeNext",
  target: "ES2022",
  lib: ["ES2022", "ESNext.Disposable"],
  skipLibCheck: true,
  types: ["node"]
}

const configOf = (pkg: Package, module: string, out: string): ExtractorConfig => {
  const declarations = (name: string) => join(pkg.folder, "dist", `${name}${extension}`)
  return ExtractorConfig.prepare({
    configObject: {
      projectFolder: pkg.folder,
      mainEntryPointFilePath: declarations(module),
      compiler: { overrideTsconfig: { compilerOptions, files: pkg.modules.map(declarations) } },
      apiReport: {
        enabled: true,
        reportFileName: `${module}.api.md`,
        reportFolder: out,
        reportTempFolder: join(out, "temp")
      },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      messages: {
        compilerMessageReporting: { default: { logLevel: ExtractorLogLevel.Error } },
        extractorMessageReporting: { default: { logLevel: ExtractorLogLevel.None } },
        tsdocMessageReporting: { default: { logLevel: ExtractorLogLevel.None } }
      },
      newlineKind: "lf"
    },
    configObjectFullPath: undefined,
    packageJsonFullPath: join(pkg.folder, "package.json")
  })
}

const title = (pkg: Package, module: string): string =>
  `# ${pkg.name}/${module}\n\nMade by \`npm run api\` with API Extractor. A change here is a change of the public API.\n\n`

const imported = /^import (?:type )?(?:\* as (\w+)|\{ (?:type )?(?:\w+ as )?(\w+) \}) from .*\n/gm

/**
 * Modules without a report: the compiler infers their declarations from schemas, and orders the members by what it read
 * before. OpenAPI describes them.
 */
const unordered: ReadonlySet<string> = new Set(["DevInboxApi", "OutboxApi"])

/** API Extractor lists the imports of all modules that one depends on. */
const withoutUnusedImports = (report: string): string => {
  const body = report.replaceAll(imported, "")
  return report.replaceAll(
    imported,
    (line, namespace?: string, name?: string) => new RegExp(`\\b${namespace ?? name}\\b`).test(body) ? line : ""
  )
}

const clean = (report: string): string =>
  withoutUnusedImports(report.slice(report.indexOf("```ts")))
    .replaceAll(/^ *\/\/ \(undocumented\)\n/gm, "")
    .replaceAll(/^\/\/ \(No @packageDocumentation.*\n\n/gm, "")
    .replaceAll(/^\/\/ Warning:.*\n/gm, "")

/** Whether API Extractor had something to say that makes the report wrong. */
const isFailure = (logLevel: ExtractorLogLevel): boolean => logLevel === ExtractorLogLevel.Error

const reportsOf = (pkg: Package): ReadonlyArray<Report> => {
  const out = mkdtempSync(join(tmpdir(), "api-"))
  try {
    mkdirSync(join(out, "temp"))
    if (!existsSync(join(pkg.folder, "dist"))) throw new Error(`${pkg.name} is not built: run npm run build`)
    const configs = pkg.modules.filter((module) => !unordered.has(module)).map((module) => ({
      module,
      config: configOf(pkg, module, out)
    }))
    const [first] = configs
    if (first === undefined) return []
    const compilerState = CompilerState.create(first.config, {
      additionalEntryPoints: configs.map(({ config }) => config.mainEntryPointFilePath)
    })
    return configs.map(({ config, module }) => {
      const failures: Array<string> = []
      Extractor.invoke(config, {
        compilerState,
        localBuild: true,
        messageCallback: (message) => {
          if (isFailure(message.logLevel)) failures.push(message.text)
          message.handled = true
        }
      })
      if (failures.length > 0) throw new Error(`${pkg.name}/${module}: ${failures.join("; ")}`)
      const report = readFileSync(config.reportFilePath, "utf8")
      return { folder: pkg.folder, packageName: pkg.name, module, text: title(pkg, module) + clean(report) }
    })
  } finally {
    rmSync(out, { recursive: true, force: true })
  }
}

/** The reports of all published packages of a checkout that was built. */
export const reports = (root: string): ReadonlyArray<Report> => publishedPackages(root).flatMap(reportsOf)
