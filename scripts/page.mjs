// Bundles the pages of the inbox and of the outbox, each into one module of strings beside what the compiler made of its package,
// dist/page.js: it survives being bundled by others, and no file has to be looked up when it is served. With `--stale`: only
// where a source is newer.
// What mail clients support goes to packages/testing/dist/clients.js the same way.
// JavaScript, for it runs before the scripts of the project are compiled.
import { build } from "esbuild"
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("..", import.meta.url))
const clientsTarget = `${root}packages/testing/dist/clients.js`

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

/** What caniemail.com says of each feature today: the newest version of each platform counts. */
const clientSupport = () => {
  const { data, last_update_date: updated, nicenames } = JSON.parse(
    readFileSync(`${root}node_modules/caniemail/data/caniemail.json`, "utf8")
  )
  const platformsOf = (stats, wanted) =>
    Object.fromEntries(
      Object.entries(stats).map(([client, platforms]) => [
        client,
        Object.entries(platforms).filter(([, versions]) => Object.values(versions).at(-1)?.startsWith(wanted))
          .map(([platform]) => nicenames.platform[platform] ?? platform)
      ]).filter(([, platforms]) => platforms.length > 0)
    )
  return {
    updated: updated.slice(0, 7),
    clients: nicenames.family,
    features: Object.fromEntries(
      data.filter(({ category }) => category !== "others")
        .map(({ slug, stats, title }) => [slug, {
          title,
          none: platformsOf(stats, "n"),
          partly: platformsOf(stats, "a")
        }])
    )
  }
}

const writeClients = () => {
  mkdirSync(`${root}packages/testing/dist`, { recursive: true })
  writeFileSync(clientsTarget, `export const support = ${JSON.stringify(clientSupport())}\n`)
}

if (!existsSync(clientsTarget) || !process.argv.includes("--stale")) writeClients()
const wanted = pages.filter((page) => isStale(page) || !process.argv.includes("--stale"))
for (const page of wanted) await bundle(page)
