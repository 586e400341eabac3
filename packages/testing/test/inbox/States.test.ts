/**
 * The states of the page: each fits its screen, and has no barrier. With `INBOX_PICTURES=docs/pictures` the pictures of the
 * documentation are made.
 */
import { Smtp } from "@effect-mail/backends"
import * as Browser from "@effect-mail/test-kit/Browser"
import { DevInbox } from "@effect-mail/testing"
import { assert, describe, layer } from "@effect/vitest"
import { Effect, FiberSet } from "effect"
import { readFileSync } from "node:fs"
import { createRequire } from "node:module"
import { join } from "node:path"
import type { BrowserContextOptions, Page } from "playwright-core"
import { servedWith } from "./InboxServer.js"
import { invitation, sendAll, tooDeep } from "./SampleMail.js"

const pictures = process.env["INBOX_PICTURES"] ?? ""
const axeSource = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8")

interface AxeResult {
  readonly violations: ReadonlyArray<{ readonly id: string; readonly nodes: ReadonlyArray<{ readonly html: string }> }>
}

const barriers = async (page: Page): Promise<ReadonlyArray<string>> => {
  await page.evaluate(axeSource)
  const { violations } = await page.evaluate<AxeResult>(
    "axe.run({ exclude: [['iframe']] }, { resultTypes: ['violations'], iframes: false })"
  )
  return violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html.slice(0, 160) ?? ""}`)
}

const wide = { viewport: { width: 1120, height: 760 } } satisfies BrowserContextOptions
const phone = { viewport: { width: 390, height: 844 }, hasTouch: true } satisfies BrowserContextOptions
/** What a window of 1280 pixels shows at 200 %. */
const zoomed = { viewport: { width: 640, height: 450 }, deviceScaleFactor: 2 } satisfies BrowserContextOptions

interface State {
  readonly name: string
  /** The picture of the documentation, where there is one. */
  readonly picture?: string
  readonly options: BrowserContextOptions
  /** Goes to the state; the address is that of the inbox. */
  readonly reach: (page: Page, url: string) => Promise<void>
}

const receipt = 6

const message = async (page: Page, url: string, rest = ""): Promise<void> => {
  await page.goto(`${url}/#/${receipt}${rest}`)
  await page.getByRole("heading", { name: "Your receipt for March" }).waitFor()
  await page.locator(".tabs .n").waitFor()
  if (rest === "") await page.frameLocator("main iframe").getByText("Dear Bob").waitFor()
}

const states: ReadonlyArray<State> = [
  { name: "a message", picture: "inbox", options: wide, reach: message },
  {
    name: "below a message",
    picture: "inbox-dialogue",
    options: wide,
    reach: async (page, url) => {
      await message(page, url)
      await page.locator(".files").scrollIntoViewIfNeeded()
      await page.locator("main").evaluate((main) => main.scrollBy(0, 330))
    }
  },
  { name: "in the dark", picture: "inbox-dark", options: { ...wide, colorScheme: "dark" }, reach: message },
  { name: "on a phone", picture: "inbox-phone", options: phone, reach: message },
  {
    name: "the list on a phone",
    options: phone,
    reach: async (page, url) => {
      await page.goto(url)
      await page.locator(".row").first().waitFor()
    }
  },
  {
    name: "rules",
    picture: "inbox-rules",
    options: wide,
    reach: async (page, url) => {
      await message(page, url)
      await page.getByRole("button", { name: "Make it fail" }).click()
      await page.getByRole("heading", { name: "Make it fail" }).waitFor()
    }
  },
  {
    name: "checks",
    picture: "inbox-checks",
    options: wide,
    reach: (page, url) => message(page, url, "/checks")
  },
  {
    name: "parts",
    options: wide,
    reach: (page, url) => message(page, url, "/parts")
  },
  {
    name: "a preview",
    picture: "inbox-previews",
    options: wide,
    reach: async (page, url) => {
      await page.goto(url)
      await page.getByRole("heading", { name: "An invitation for Ada" }).waitFor()
      await page.frameLocator("main iframe").getByText("The reading club").waitFor()
    }
  },
  {
    name: "released",
    picture: "inbox-release",
    options: wide,
    reach: async (page, url) => {
      await message(page, url)
      await page.getByRole("button", { name: "Release" }).click()
      await page.getByRole("textbox", { name: "To" }).fill("ada@mine.example 550@fail.test")
      await page.getByRole("button", { name: "Send", exact: true }).click()
      await page.locator(".released .v.no").waitFor()
    }
  },
  {
    name: "nothing found",
    options: wide,
    reach: async (page, url) => {
      await page.goto(url)
      await page.locator("#search").fill("from:nobody")
      await page.getByText("Nothing is found by").waitFor()
    }
  },
  {
    name: "a broken message",
    options: wide,
    reach: async (page, url) => {
      await page.goto(url)
      await page.getByText("cut at 50 levels").first().waitFor()
    }
  },
  {
    name: "a message that is gone",
    options: wide,
    reach: async (page, url) => {
      await page.goto(`${url}/#/999`)
      await page.getByRole("heading", { name: "This message was removed" }).waitFor()
    }
  },
  {
    name: "keys",
    options: wide,
    reach: async (page, url) => {
      await message(page, url)
      await page.keyboard.press("?")
      await page.getByRole("heading", { name: "Keys" }).waitFor()
    }
  },
  { name: "a message at 200 %", options: zoomed, reach: message },
  {
    name: "rules at 200 %",
    options: zoomed,
    reach: async (page, url) => {
      await page.goto(url)
      await page.getByRole("button", { name: "Make it fail" }).click()
      await page.getByRole("button", { name: "Add a rule" }).scrollIntoViewIfNeeded()
    }
  },
  { name: "forced colours", options: { ...wide, forcedColors: "active" }, reach: message },
  {
    name: "forced colours in the dark",
    options: { ...wide, forcedColors: "active", colorScheme: "dark" },
    reach: message
  }
]

const filled = Effect.gen(function*() {
  const real = yield* DevInbox.makeSmtp()
  const backend = yield* Smtp.make({ host: "127.0.0.1", port: real.smtp?.port, tls: "none" })
  const inbox = yield* DevInbox.makeSmtp({
    tls: "starttls",
    relay: { backend, allow: ["*@mine.example", "*@fail.test"] },
    // As a person has it, for the pictures.
    ...pictures === "" ? {} : { port: 1025 }
  })
  yield* sendAll(inbox)
  return yield* servedWith(inbox)
})

describe.sequential("The states of the page", () => {
  layer(Browser.layer, { excludeTestServices: true, timeout: "60 seconds" })("in a browser", (it) => {
    it.scoped("fit their screens, and have no barriers", () =>
      Effect.gen(function*() {
        const { inbox, url } = yield* Effect.orDie(filled)
        const { chromium } = yield* Browser.Browser
        const run = yield* FiberSet.makeRuntimePromise()
        for (const { name, options, picture, reach } of states) {
          yield* Effect.promise(async () => {
            // Only the pictures of previews have them.
            await run(inbox.setPreviews(name === "a preview" ? [invitation] : []))
            const broken = name === "a broken message" ? await run(inbox.add(tooDeep)) : undefined
            const context = await chromium.newContext({ bypassCSP: true, reducedMotion: "reduce", ...options })
            const page = await context.newPage()
            page.setDefaultTimeout(20_000)
            await reach(page, broken === undefined ? url : `${url}/#/${broken.id}`)
            const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
            assert.isAtMost(overflow, 0, name)
            assert.deepStrictEqual(await barriers(page), [], name)
            if (pictures !== "" && picture !== undefined) {
              await page.screenshot({ path: join(pictures, `${picture}.png`) })
            } else if (pictures !== "") {
              await page.screenshot({ path: join("/tmp", `state-${name.replaceAll(/\W+/g, "-")}.png`) })
            }
            await context.close()
            if (broken !== undefined) await run(inbox.remove([broken.id]))
          })
        }
      }), 240_000)

    it.scoped(
      "say in words and by borders what colours say, where a person forced the colours",
      () =>
        Effect.gen(function*() {
          const { url } = yield* Effect.orDie(filled)
          const { chromium } = yield* Browser.Browser
          yield* Effect.promise(async () => {
            const page = await chromium.newPage({ ...wide, forcedColors: "active" })
            page.setDefaultTimeout(20_000)
            await message(page, url)
            const borderOf = (selector: string) =>
              page.locator(selector).first().evaluate((element) => {
                const { borderTopStyle, outlineStyle } = getComputedStyle(element)
                return [borderTopStyle, outlineStyle]
              })
            assert.include(await borderOf(".row .v"), "solid")
            assert.include(await borderOf(".row a[aria-current]"), "solid")
            assert.include(await borderOf(".tabs [aria-selected=true]"), "solid")
            assert.include(await borderOf(".btn"), "solid")
            assert.match(await page.locator(".row", { hasText: "receipt" }).first().innerText(), /1\s*refused/)
            await page.keyboard.press("Tab")
            await page.keyboard.press("Tab")
            const ring = await page.evaluate(() => {
              const focused = document.activeElement
              return focused === null ? "" : getComputedStyle(focused).outlineStyle
            })
            assert.notStrictEqual(ring, "none")
            await page.close()
          })
        }),
      120_000
    )
  })
})
