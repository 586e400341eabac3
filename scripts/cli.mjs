// Bundles the command line, packages/cli/dist/effect-mail.mjs: a program that starts fast loads few files, and of them only what a
// command needs.
import { build } from "esbuild"
import { chmodSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("..", import.meta.url))
const outfile = `${root}packages/cli/dist/effect-mail.mjs`

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

await build({
  entryPoints: [`${root}packages/cli/dist/main.js`],
  outfile,
  bundle: true,
  minify: true,
  format: "esm",
  platform: "node",
  target: "node20",
  // It has a program of its own inside, and is asked for only by previews.
  external: ["esbuild"],
  plugins: [optionalDriver, oneSetOfFonts],
  legalComments: "none",
  logLevel: "warning",
  banner: {
    js:
      "#!/usr/bin/env node\nimport { createRequire } from \"node:module\";const require = createRequire(import.meta.url);"
  }
})
chmodSync(outfile, 0o755)
