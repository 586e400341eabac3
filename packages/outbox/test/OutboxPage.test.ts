/** The page of an outbox: what it answers to whom, and as a person uses it in a real browser. */
import { Outbox, OutboxStore } from "@effect-mail/outbox"
import { OutboxApi } from "@effect-mail/outbox/OutboxApi"
import { httpApp } from "@effect-mail/outbox/OutboxPage"
import * as Browser from "@effect-mail/test-kit/Browser"
import { barriers, withPage } from "@effect-mail/test-kit/Browser"
import { fill } from "@effect-mail/test-kit/BusyOutbox"
import { FetchHttpClient, HttpApiClient, HttpRouter, HttpServer, HttpServerRequest } from "@effect/platform"
import { NodeHttpServer } from "@effect/platform-node"
import { assert, describe, it, layer } from "@effect/vitest"
import { Effect, FiberSet, Layer } from "effect"
import { createServer, request } from "node:http"
import type { Page } from "playwright-core"

/** The page of an outbox in memory, on a free port of loopback, there alone and in an application. */
const served = Effect.gen(function*() {
  const outbox = yield* Layer.build(Layer.provideMerge(Outbox.layer, OutboxStore.layerMemory))
  const ids = yield* Effect.provide(fill, outbox)
  const app = yield* Effect.provide(httpApp({ allowHosts: ["mail.example.com"] }), outbox)
  const server = createServer()
  const context = yield* Layer.build(NodeHttpServer.layer(() => server, { port: 0, host: "127.0.0.1" }))
  yield* Effect.addFinalizer(() => Effect.sync(() => server.closeAllConnections()))
  const router = HttpRouter.empty.pipe(HttpRouter.mountApp("/admin/outbox", app))
  const both = Effect.flatMap(
    HttpServerRequest.HttpServerRequest,
    ({ url }) => url.startsWith("/admin") ? Effect.orDie(router) : app
  )
  yield* Effect.provide(HttpServer.serveEffect(both), context)
  const { address } = yield* Effect.provide(HttpServer.HttpServer, context)
  const port = address._tag === "TcpAddress" ? address.port : 0
  return { ids, port, url: `http://127.0.0.1:${port}`, outbox: yield* Effect.provide(Outbox.Outbox, outbox) }
})

interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, unknown>>
  readonly text: string
}

const ask = (
  port: number,
  path: string,
  headers: Readonly<Record<string, string>> = {},
  method = "GET",
  body = ""
): Effect.Effect<Answer> =>
  Effect.async((resume) => {
    const sent = request({ port, host: "127.0.0.1", path, method, headers }, (response) => {
      let text = ""
      response.on("data", (octets) => text += octets)
      response.on("end", () =>
        resume(Effect.succeed({ status: response.statusCode ?? 0, headers: response.headers, text })))
    })
    sent.on("error", (error) =>
      resume(Effect.die(error)))
    sent.end(body)
  })

describe("The page of an outbox", () => {
  it.scopedLive("is answered to its own page alone", () =>
    Effect.gen(function*() {
      const { ids, outbox, port } = yield* served
      const resend = `/api/messages/${ids.unknown}/resolve`
      const json = { "content-type": "application/json" }
      const body = JSON.stringify({ as: "resend" })
      const table: ReadonlyArray<
        readonly [status: number, path: string, headers: Record<string, string>, method?: string, body?: string]
      > = [
        [200, "/", {}],
        [200, "/page.js", { "sec-fetch-site": "same-origin" }],
        [200, "/fonts/inter.woff2", {}],
        [404, "/fonts/__proto__", {}],
        [404, "/nothing", {}],
        [200, "/api/overview", { host: "mail.example.com:8443" }],
        [302, "/admin/outbox", {}],
        [200, "/admin/outbox/", {}],
        [200, "/admin/outbox/page.css", {}],
        [200, "/admin/outbox/api/overview", {}],
        [403, "/admin/outbox/api/overview", { "sec-fetch-site": "cross-site" }],
        [421, "/", { host: "evil.example" }],
        [421, "/api/overview", { host: "127.0.0.1.evil.example" }],
        [200, "/", { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate" }],
        [403, "/api/overview", { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate" }],
        [403, "/api/messages", { "sec-fetch-site": "same-site" }],
        [403, resend, { ...json, origin: "https://evil.example" }, "POST", body],
        [403, resend, { ...json, origin: "null" }, "POST", body],
        [403, resend, { ...json, origin: "http://127.0.0.1:1" }, "POST", body],
        [400, resend, json, "POST", "{\"as\":\"delete\"}"],
        [400, "/api/messages/not-an-id", {}],
        [400, "/api/messages?limit=100000", {}],
        [400, "/api/pause", json, "POST", JSON.stringify({ mailer: "a", seconds: -1, reason: "" })],
        [413, "/api/pause", json, "POST", "x".repeat(70_000)],
        [404, `/api/messages/${"0".repeat(26)}`, {}]
      ]
      for (const [status, path, headers, method, content] of table) {
        const answer = yield* ask(port, path, headers, method, content)
        assert.strictEqual(answer.status, status, `${method ?? "GET"} ${path} ${JSON.stringify(headers)}`)
      }
      const counts = yield* outbox.counts
      assert.isTrue(counts.counts.some(({ state }) => state === "unknown"))
      assert.strictEqual((yield* ask(port, "/admin/outbox")).headers["location"], "outbox/")
      const page = yield* ask(port, "/")
      assert.match(String(page.headers["content-security-policy"]), /default-src 'none'.*trusted-types 'none'/)
      const { headers } = yield* ask(port, "/api/messages")
      assert.deepInclude(headers, { "cache-control": "no-store", "x-content-type-options": "nosniff" })
    }))

  it.scopedLive("has an API from which a client is derived", () =>
    Effect.gen(function*() {
      const { ids, url } = yield* served
      const { outbox } = yield* HttpApiClient.make(OutboxApi, { baseUrl: url })
      const { counts, oldestDue, pauses } = yield* outbox.overview()
      assert.deepStrictEqual(pauses.map(({ mailer }) => mailer), ["newsletter"])
      assert.strictEqual(oldestDue._tag, "Some")
      assert.strictEqual(counts.reduce((sum, { count }) => sum + count, 0), 6)
      const first = yield* outbox.list({ urlParams: { limit: 4 } })
      assert.isTrue(first.hasMore)
      const rest = yield* outbox.list({ urlParams: { limit: 4, before: first.messages[3]?.id } })
      assert.isFalse(rest.hasMore)
      assert.sameMembers([...first.messages, ...rest.messages].map(({ id }) => id), Object.values(ids))
      const partly = yield* outbox.list({ urlParams: { incomplete: true } })
      assert.deepStrictEqual(partly.messages.map(({ id }) => id), [ids.partly])
      const entry = yield* outbox.get({ path: { id: ids.unknown } })
      assert.include(entry.history.map(({ detail }) => String(detail)).join(), "RCPT TO")
      const path = { id: ids.unknown }
      assert.isTrue((yield* outbox.resolve({ path, payload: { as: "delivered" } })).done)
      assert.isFalse((yield* outbox.resolve({ path, payload: { as: "resend" } })).done)
      assert.isTrue((yield* outbox.retry({ path: { id: ids.failed } })).done)
      assert.strictEqual((yield* outbox.cancel({ path: { id: ids.queued } })).result, "Cancelled")
      const missing = yield* Effect.flip(
        outbox.get({ path: { id: "00000000000000000000000000" as typeof ids.queued } })
      )
      assert.strictEqual(missing._tag, "MessageNotFound")
    }).pipe(Effect.provide(FetchHttpClient.layer)))
})

/** What the page asked for elsewhere. */
const requestsOf = (page: Page, url: string) => {
  const foreign: Array<string> = []
  page.on("request", (request) => {
    if (!request.url().startsWith(url) && !request.url().startsWith("data:")) foreign.push(request.url())
  })
  return foreign
}

/** Whether anything has to be scrolled sideways, but a table that says so. */
const isWider = (page: Page) =>
  page.evaluate(() =>
    [document.documentElement, ...document.querySelectorAll("main, .side, .list")]
      .some(({ clientWidth, scrollWidth }) => clientWidth > 1 && scrollWidth > clientWidth)
  )

describe.sequential("In a browser the page of an outbox", () => {
  layer(Browser.layer, { excludeTestServices: true, timeout: "60 seconds" })("(Chromium)", (it) => {
    it.scoped("shows what waits, and lets a person decide", () =>
      Effect.gen(function*() {
        const { ids, outbox, url } = yield* served
        const run = yield* FiberSet.makeRuntimePromise()
        yield* withPage({ bypassCSP: false }, async (page) => {
          const foreign = requestsOf(page, url)
          await page.goto(url)
          await page.getByRole("heading", { name: "Outbox" }).waitFor()
          const overview = await page.locator("main").innerText()
          for (const words of ["Oldest due", "newsletter", "535 wrong password", "⟨U+202E⟩"]) {
            assert.include(overview, words)
          }
          assert.strictEqual(await page.locator(".row").count(), 6)
          await page.locator(".chips a", { hasText: "unknown" }).click()
          await page.locator(".row", { hasText: "receipt-3" }).click()
          await page.getByRole("heading", { name: "It may have been sent, and it may not" }).waitFor()
          assert.include(await page.locator(".tries").innerText(), "RCPT TO:<eve@example.com>")
          assert.match(await page.title(), /^\(1\) receipt-3/)
          page.once("dialog", (dialog) => void dialog.dismiss())
          await page.getByRole("button", { name: "Send it again" }).click()
          assert.strictEqual((await run(outbox.counts)).counts.find(({ state }) => state === "unknown")?.count, 1)
          await page.getByRole("button", { name: "It arrived: mark as accepted" }).click()
          await page.getByText("Marked as accepted.").waitFor()
          await page.locator(".by .v.ok", { hasText: "delivered" }).waitFor()
          await page.goto(`${url}/#/${ids.failed}`)
          await page.getByRole("button", { name: "Try again" }).click()
          await page.getByText("It is queued again.").waitFor()
          await page.getByRole("button", { name: "Cancel" }).click()
          await page.getByText("Cancelled.").waitFor()
          await page.goto(`${url}/#/overview`)
          await page.getByRole("button", { name: "Resume" }).click()
          await page.getByText("newsletter sends again.").waitFor()
          await page.getByLabel("Mailer", { exact: true }).last().selectOption("default")
          await page.getByLabel("Reason").fill("the relay is moved")
          await page.getByRole("button", { name: "Pause", exact: true }).click()
          await page.locator(".pauses", { hasText: "the relay is moved" }).waitFor()
          assert.deepStrictEqual((await run(outbox.pauses)).map(({ mailer }) => mailer), ["default"])
          await page.getByLabel("Search by").fill("550@fail.test")
          await page.locator(".row", { hasText: "receipt-4" }).waitFor()
          await page.getByLabel("Search by").fill(ids.scheduled)
          await page.getByRole("heading", { name: "reminder-5" }).waitFor()
          assert.deepStrictEqual(foreign, [])
        })
      }), 120_000)

    it.scoped("says when a decision came too late", () =>
      Effect.gen(function*() {
        const { ids, outbox, url } = yield* served
        const run = yield* FiberSet.makeRuntimePromise()
        yield* withPage({}, async (page) => {
          await page.goto(`${url}/#/${ids.unknown}`)
          const button = page.getByRole("button", { name: "It did not arrive, and shall not" })
          await button.waitFor()
          await run(outbox.resolve(ids.unknown, "delivered"))
          await button.click()
          await page.getByText("Nothing was changed: by now the message is in another state.").waitFor()
          await run(outbox.purge(0))
          await page.getByRole("heading", { name: "This message is not here" }).waitFor()
        })
      }), 120_000)

    const looks = [
      ["on a desk, in light", { viewport: { width: 1280, height: 900 } }],
      ["on a desk, in the dark", { viewport: { width: 1280, height: 900 }, colorScheme: "dark" }],
      ["on a phone", { viewport: { width: 390, height: 844 }, hasTouch: true }],
      ["on a phone, in the dark", { viewport: { width: 390, height: 844 }, hasTouch: true, colorScheme: "dark" }]
    ] as const
    for (const [where, options] of looks) {
      it.scoped(`has no barrier, and fits, ${where}`, () =>
        Effect.gen(function*() {
          const { ids, url } = yield* served
          yield* withPage(options, async (page) => {
            // A folder for pictures, to be looked at.
            const shots = process.env["SCREENSHOTS"]
            const look = async (name: string): Promise<void> => {
              assert.deepStrictEqual(await barriers(page), [], name)
              assert.isFalse(await isWider(page), name)
              const file = `${where.replaceAll(/[ ,]+/g, "-")}-${name}.png`
              if (shots !== undefined) await page.screenshot({ path: `${shots}/${file}` })
            }
            await page.goto(url)
            await page.locator(".row").nth(5).waitFor()
            await look("list")
            const isNarrow = options.viewport.width < 821
            await page.goto(`${url}/#/overview`)
            await page.getByRole("heading", { name: "Outbox" }).waitFor()
            await look("overview")
            for (const [name, id] of Object.entries(ids)) {
              await page.goto(`${url}/#/${id}`)
              await page.getByText(id, { exact: true }).waitFor()
              assert.strictEqual(await page.locator(".filters").isVisible(), !isNarrow)
              await look(name)
            }
            await page.goto(`${url}/#/?state=sending`)
            await page.getByText("No message is sending.").waitFor()
            await look("nothing")
          })
        }), 120_000)
    }
  })
})
