// Bundles the pages of the inbox and of the outbox, each into one module of strings beside what the compiler made of its package,
// dist/page.js: it survives being bundled by others, and no file has to be looked up when it is served. With `--stale`: only
// where a source is newer.
import { build } from "esbuild"
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("..", import.meta.url))

/** The style sheet of the inbox is the look of both. */
const look = `${root}packages/testing/page/page.css`
const pages = [
  { folder: "packages/testing", styles: [look] },
  { folder: "packages/outbox", styles: [look, `${root}packages/outbox/page/page.css`] }
]

const timeOf = (path) => statSync(path).mtimeMs

const isStale = ({ folder, styles }) => {
  const page = `${root}${folder}/page/`
  const target = `${root}${folder}/dist/page.js`
  const sources = readdirSync(page, { recursive: true, encoding: "utf8" }).map((name) => page + name)
  const newest = Math.max(...[fileURLToPath(import.meta.url), ...sources, ...styles].map(timeOf))
  return !existsSync(target) || timeOf(target) < newest
}

const font = (name) => readFileSync(`${root}node_modules/@fontsource-variable/${name}`).toString("base64")

const bundle = async ({ folder, styles }) => {
  const { outputFiles: [script] } = await build({
    entryPoints: [`${root}${folder}/page/src/main.tsx`],
    bundle: true,
    minify: true,
    write: false,
    format: "esm",
    target: "es2022",
    jsx: "automatic",
    jsxImportSource: "preact",
    legalComments: "none",
    logLevel: "warning"
  })
  const { outputFiles: [style] } = await build({
    stdin: {
      contents: styles.map((path) => `@import ${JSON.stringify(path)};`).join("\n"),
      loader: "css",
      resolveDir: root
    },
    minify: true,
    write: false,
    bundle: true,
    external: ["fonts/*"],
    logLevel: "warning"
  })
  const fonts = {
    "inter.woff2": font("inter/files/inter-latin-wght-normal.woff2"),
    "mono.woff2": font("jetbrains-mono/files/jetbrains-mono-latin-wght-normal.woff2")
  }
  const files = {
    html: readFileSync(`${root}${folder}/page/page.html`, "utf8"),
    script: script.text,
    style: style.text
  }
  mkdirSync(`${root}${folder}/dist`, { recursive: true })
  // A module of their own: what bundles both pages takes the fonts once.
  writeFileSync(`${root}${folder}/dist/fonts.js`, `export const fonts = ${JSON.stringify(fonts)}\n`)
  writeFileSync(
    `${root}${folder}/dist/page.js`,
    `import { fonts } from "./fonts.js"\nexport const files = { ...${JSON.stringify(files)}, fonts }\n`
  )
}

const wanted = pages.filter((page) => isStale(page) || !process.argv.includes("--stale"))
for (const page of wanted) await bundle(page)
