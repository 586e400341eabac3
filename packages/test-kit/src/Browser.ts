/** Chromium, and the world outside as a listener: every name leads to it, and it counts who comes. */
import type { Scope } from "effect"
import { Context, Effect, Layer } from "effect"
import { existsSync, readFileSync } from "node:fs"
import { createServer } from "node:http"
import { createRequire } from "node:module"
import type { AddressInfo } from "node:net"
import {
  type Browser as Chromium,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type Page
} from "playwright-core"

const places = [
  process.env["CHROMIUM"] ?? "",
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome"
]

const executable = Effect.sync(() => {
  const found = places.find((place) => place !== "" && existsSync(place))
  if (found === undefined) {
    throw new Error("There is no Chromium. Install it (Debian: chromium), or name it by CHROMIUM.")
  }
  return found
})

/** Names that Chromium asks by itself, and that have nothing to do with a message: they lead nowhere. */
const ownNames = ["*.googleapis.com", "*.google.com", "*.gvt1.com", "*.gstatic.com", "*.googleusercontent.com"]

const rules = (port: number): string =>
  [...ownNames.map((name) => `MAP ${name} ~NOTFOUND`), `MAP * 127.0.0.1:${port}`, "EXCLUDE 127.0.0.1"].join(", ")

export interface Visit {
  readonly host: string
  readonly url: string
}

export interface Outside {
  readonly port: number
  readonly visits: () => ReadonlyArray<Visit>
  readonly connections: () => number
  readonly reset: (serve?: Readonly<Record<string, string>>) => void
}

export const outside: Effect.Effect<Outside, never, Scope.Scope> = Effect.gen(function*() {
  let visits: Array<Visit> = []
  let connections = 0
  let pages: Readonly<Record<string, string>> = {}
  const server = createServer((request, response) => {
    const host = request.headers.host ?? ""
    const url = request.url ?? ""
    // Asked for by the opened page's own window.
    if (url !== "/favicon.ico") visits.push({ host, url })
    response.setHeader("content-type", "text/html")
    response.end(pages[`http://${host}${url}`] ?? "<title>outside</title>")
  })
  server.on("connection", () => connections++)
  yield* Effect.acquireRelease(
    Effect.async<void>((resume) => {
      server.listen(0, "127.0.0.1", () => resume(Effect.void))
    }),
    () =>
      Effect.async<void>((resume) => {
        server.closeAllConnections()
        server.close(() => resume(Effect.void))
      })
  )
  return {
    port: (server.address() as AddressInfo).port,
    visits: () => visits.slice(),
    connections: () => connections,
    reset: (serve = {}) => {
      visits = []
      connections = 0
      pages = serve
    }
  }
})

const flags = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-features=OptimizationHints,MediaRouter,DialMediaRouteProvider"
]

/** A browser to which every name is the listener. */
export const launch = (port: number, more: ReadonlyArray<string> = []): Effect.Effect<Chromium, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.flatMap(executable, (executablePath) =>
      Effect.promise(() =>
        chromium.launch({
          executablePath,
          args: [...flags, `--host-resolver-rules=${rules(port)}`, ...more]
        })
      )),
    (browser) => Effect.promise(() => browser.close())
  )

/**
 * A browser that asks for names as any browser does, and writes down what it asked. Only with a profile does it look names
 * up beforehand.
 */
export const launchWithLog = (
  profile: string,
  file: string
): Effect.Effect<BrowserContext, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.flatMap(executable, (executablePath) =>
      Effect.promise(() =>
        chromium.launchPersistentContext(profile, { executablePath, args: [...flags, `--log-net-log=${file}`] })
      )),
    (context) =>
      Effect.promise(() =>
        context.close()
      )
  )

/** A browser, and the world outside. */
export class Browser extends Context.Tag("test/Browser")<Browser, {
  readonly chromium: Chromium
  readonly outside: Outside
}>() {}

export const layer: Layer.Layer<Browser> = Layer.scoped(
  Browser,
  Effect.gen(function*() {
    const world = yield* outside
    return { outside: world, chromium: yield* launch(world.port) }
  })
)

interface AxeResult {
  readonly violations: ReadonlyArray<{ readonly id: string; readonly nodes: ReadonlyArray<{ readonly html: string }> }>
}

const axe = (): string => readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8")

/** What axe finds, the contents of frames left out: they are the sender's. */
export const barriers = async (page: Page): Promise<ReadonlyArray<string>> => {
  await page.evaluate(axe())
  const { violations } = await page.evaluate<AxeResult>(
    "axe.run({ exclude: [['iframe']] }, { resultTypes: ['violations'], iframes: false })"
  )
  return violations.map(({ id, nodes }) =>
    `${id}: ${nodes.slice(0, 2).map(({ html }) => html.slice(0, 120)).join(" | ")}`
  )
}

/** Opens a page as wide as a desk, without motion, and closes it afterwards. */
export const withPage = <A>(
  options: BrowserContextOptions,
  use: (page: Page) => Promise<A>
): Effect.Effect<A, never, Browser> =>
  Effect.flatMap(Browser, ({ chromium }) =>
    Effect.acquireUseRelease(
      Effect.promise(() =>
        chromium.newContext({
          viewport: { width: 1280, height: 900 },
          bypassCSP: true,
          reducedMotion: "reduce",
          ...options
        })
      ),
      (context) =>
        Effect.promise(async () => {
          const page = await context.newPage()
          page.setDefaultTimeout(20_000)
          return use(page)
        }),
      (context) => Effect.promise(() => context.close())
    ))
