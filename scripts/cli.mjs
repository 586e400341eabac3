// Bundles the command line: packages/cli/dist/effect-mail.mjs, and chunks beside it, of which each command loads what it needs.
// With `--stale`: only where something that it is made of is newer.
// JavaScript, for it runs before the scripts of the project are compiled.
import { build } from "esbuild"
import { chmodSync, existsSync, readdirSync, rmSync, statSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("..", import.meta.url))
const dist = `${root}packages/cli/dist`

/** The driver of PostgreSQL may not be there: it is asked for when the client around it is loaded, and not before. */
const optionalDriver = {
  name: "optional driver",
  setup: ({ onLoad, onResolve }) => {
    onResolve(
      { filter: /^pg(?:\/.*)?$/ },
      ({ namespace, path }) => namespace === "optional" ? { path, external: true } : { path, namespace: "optional" }
    )
    onLoad({ filter: /.*/, namespace: "optional" }, ({ path }) => ({
      contents: `module.exports = require(${JSON.stringify(path)})`,
      loader: "js"
    }))
  }
}

/** Both pages have the same fonts. */
const oneSetOfFonts = {
  name: "one set of fonts",
  setup: ({ onResolve }) =>
    onResolve({ filter: /^\.\/fonts\.js$/ }, ({ importer }) =>
      importer.endsWith(join("dist", "page.js"))
        ? { path: join(dirname(importer), "../../testing/dist/fonts.js") }
        : undefined)
}

const timeOf = (path) => statSync(path).mtimeMs

/** Whether a package of this repository was compiled since. */
const isStale = () => {
  const target = `${dist}/effect-mail.mjs`
  if (!existsSync(target)) return true
  const compiled = readdirSync(`${root}packages`).flatMap((name) => {
    const folder = `${root}packages/${name}/dist`
    const files = existsSync(folder) ? readdirSync(folder, { recursive: true, encoding: "utf8" }) : []
    return files.filter((file) => file.endsWith(".js")).map((file) => `${folder}/${file}`)
  })
  return [fileURLToPath(import.meta.url), ...compiled].some((path) => timeOf(path) > timeOf(target))
}

const bundle = async () => {
  rmSync(`${dist}/chunks`, { recursive: true, force: true })
  await build({
    entryPoints: { "effect-mail": `${dist}/main.js` },
    outdir: dist,
    outExtension: { ".js": ".mjs" },
    chunkNames: "chunks/[hash]",
    splitting: true,
    bundle: true,
    minify: true,
    format: "esm",
    platform: "node",
    target: "node20",
    // It has a program of its own inside, and is asked for only by previews.
    external: ["esbuild"],
    // A CommonJS module that is loaded on demand would have no named exports in a chunk of its own.
    alias: { "@peculiar/x509": `${root}node_modules/@peculiar/x509/build/x509.es.js` },
    plugins: [optionalDriver, oneSetOfFonts],
    legalComments: "none",
    logLevel: "warning",
    banner: { js: "import { createRequire } from \"node:module\";const require = createRequire(import.meta.url);" }
  })
  chmodSync(`${dist}/effect-mail.mjs`, 0o755)
}

if (isStale() || !process.argv.includes("--stale")) await bundle()
