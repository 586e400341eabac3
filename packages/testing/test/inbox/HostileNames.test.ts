/** Which names a browser looks up while a message is shown: a name can carry the reader's address. */
import * as Browser from "@effect-mail/test-kit/Browser"
import { hostileHtml, hostileMail, hostileOctets } from "@effect-mail/test-kit/Vectors"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { BrowserContext } from "playwright-core"
import { served } from "./InboxServer.js"

const foreign = /[a-z0-9.-]*\b(?:outside|linked)\.example\b/g
const settle = 500

/** The names in what the browser wrote down about resolving and connecting. */
const looked = (use: (context: BrowserContext) => Promise<void>) =>
  Effect.gen(function*() {
    const folder = mkdtempSync(join(tmpdir(), "names-"))
    const file = join(folder, "log.json")
    yield* Effect.scoped(Effect.flatMap(
      Browser.launchWithLog(join(folder, "profile"), file),
      (context) => Effect.promise(() => use(context))
    ))
    const log = readFileSync(file, "utf8")
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
    assert.include(log, "HOST_RESOLVER")
    return Array.from(new Set(log.match(foreign) ?? [])).sort()
  })

describe.sequential("Names", () => {
  it.live("no message makes the browser look one up", () =>
    Effect.scoped(Effect.gen(function*() {
      const { inbox, url } = yield* served
      for (const vector of hostileMail.filter(({ id }) => id !== "one-line")) yield* inbox.add(hostileOctets(vector))
      const messages = yield* inbox.list()
      const names = yield* looked(async (context) => {
        const page = await context.newPage()
        for (const { id } of messages) {
          await page.goto(`${url}/#/${id}`)
          await page.locator("main iframe").waitFor()
          await page.waitForTimeout(settle)
        }
      })
      assert.deepStrictEqual(names, [])
    })), 180_000)

  it.live("without the rewriting it looks them up, whatever sandbox and policy say", () =>
    Effect.gen(function*() {
      const hints = hostileHtml(
        hostileMail.find(({ id }) => id === "link-hints") ?? { id: "", title: "", expect: { outside: 0, popups: 0 } }
      )
      const names = yield* looked(async (context) => {
        const page = await context.newPage()
        await page.goto("about:blank")
        await page.evaluate((srcdoc) => {
          const frame = document.createElement("iframe")
          frame.setAttribute("sandbox", "")
          frame.srcdoc = `<meta http-equiv="Content-Security-Policy" content="default-src 'none'">${srcdoc}`
          document.body.append(frame)
        }, hints)
        await page.waitForTimeout(4 * settle)
      })
      assert.isNotEmpty(names)
    }), 120_000)
})
