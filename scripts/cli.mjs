// Bundles the command line into one file, packages/cli/dist/effect-mail.mjs: a program that starts fast loads few files.
import { build } from "esbuild"
import { chmodSync } from "node:fs"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("..", import.meta.url))
const outfile = `${root}packages/cli/dist/effect-mail.mjs`

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
  legalComments: "none",
  logLevel: "warning",
  banner: {
    js:
      "#!/usr/bin/env node\nimport { createRequire } from \"node:module\";const require = createRequire(import.meta.url);"
  }
})
chmodSync(outfile, 0o755)
