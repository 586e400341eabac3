// Bundles the page of the inbox into one module of strings, packages/testing/dist/page.js: it survives being bundled by
// others, and no file has to be looked up when it is served. What mail clients support goes to dist/clients.js the same
// way. With `--stale`: only where a source is newer.
import { build } from "esbuild"
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("..", import.meta.url))
const page = `${root}packages/testing/page/`
const target = `${root}packages/testing/dist/page.js`
const clientsTarget = `${root}packages/testing/dist/clients.js`

const newest = Math.max(
  statSync(fileURLToPath(import.meta.url)).mtimeMs,
  ...readdirSync(page, { recursive: true, encoding: "utf8" }).map((name) => statSync(page + name).mtimeMs)
)
const isStale = !existsSync(target) || statSync(target).mtimeMs < newest

const font = (name) => readFileSync(`${root}node_modules/@fontsource-variable/${name}`).toString("base64")

const bundle = async () => {
  const { outputFiles: [script] } = await build({
    entryPoints: [`${page}src/main.tsx`],
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
    entryPoints: [`${page}page.css`],
    minify: true,
    write: false,
    bundle: true,
    external: ["fonts/*"],
    logLevel: "warning"
  })
  const files = {
    html: readFileSync(`${page}page.html`, "utf8"),
    script: script.text,
    style: style.text,
    fonts: {
      "inter.woff2": font("inter/files/inter-latin-wght-normal.woff2"),
      "mono.woff2": font("jetbrains-mono/files/jetbrains-mono-latin-wght-normal.woff2")
    }
  }
  mkdirSync(`${root}packages/testing/dist`, { recursive: true })
  writeFileSync(target, `export const files = ${JSON.stringify(files)}\n`)
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
if (isStale || !process.argv.includes("--stale")) await bundle()
