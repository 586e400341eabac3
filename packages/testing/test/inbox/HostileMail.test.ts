/** Messages that want to do harm, shown in a real browser, clicked where they ask for it. */
import * as Browser from "@effect-mail/test-kit/Browser"
import { hostileHtml, hostileMail, hostileOctets, type HostileVector } from "@effect-mail/test-kit/Vectors"
import { assert, describe, layer } from "@effect/vitest"
import { Effect } from "effect"
import type { Frame, Page } from "playwright-core"
import { served } from "./InboxServer.js"

const settle = 400

interface Seen {
  readonly page: Page
  readonly frame: Frame | undefined
  readonly popups: ReadonlyArray<Page>
  readonly pwned: ReadonlyArray<string>
}

const withPage = <A>(
  chromium: Browser.Browser["Type"]["chromium"],
  use: (page: Page, popups: Array<Page>) => Promise<A>
): Effect.Effect<A> =>
  Effect.acquireUseRelease(
    Effect.promise(() => chromium.newContext({ viewport: { width: 1280, height: 900 } })),
    (context) =>
      Effect.promise(async () => {
        const page = await context.newPage()
        const popups: Array<Page> = []
        context.on("page", (opened) => popups.push(opened))
        await page.addInitScript(() => {
          const seen: Array<string> = []
          Reflect.set(window, "pwned", seen)
          window.addEventListener("message", ({ data }) => {
            if (String(data).startsWith("pwned")) seen.push(String(data))
          })
        })
        return use(page, popups)
      }),
    (context) => Effect.promise(() => context.close())
  )

const frameOf = (page: Page): Frame | undefined => page.frames().find((frame) => frame.url().includes("/frame"))

/** Shows a message and does what a person does: waits, and clicks what it asks to be clicked. */
const show = async (
  page: Page,
  popups: Array<Page>,
  url: string,
  { expect: { click, focus } }: HostileVector
): Promise<Seen> => {
  if (focus === "kept") {
    await page.goto(url.replace(/#.*/, "#/0"))
    await page.focus("#search")
    await page.evaluate((hash) => {
      location.hash = hash
    }, url.replace(/.*#/, "#"))
  } else await page.goto(url)
  await page.waitForSelector("main h1")
  const button = page.locator(".nothing .btn")
  if (await button.count() > 0) await button.click()
  await page.waitForSelector("main iframe")
  await page.waitForTimeout(settle)
  const frame = frameOf(page)
  await frame?.waitForLoadState("load")
  if (focus === "kept") assert.strictEqual(await page.evaluate(() => document.activeElement?.id), "search")
  for (const selector of click?.split(",") ?? []) {
    await frame?.locator(selector.trim()).first().click({ force: true, timeout: 5_000 })
    await page.waitForTimeout(settle)
  }
  const pwned = await page.evaluate(() => Reflect.get(window, "pwned"))
  return { page, frame: frameOf(page), popups, pwned }
}

const checkAttachments = async (url: string, id: number, { expect }: HostileVector, page: Page): Promise<void> => {
  const detail = await (await fetch(`${url}/api/messages/${id}`)).json()
  const files = detail.parts.filter(({ isFile }: { isFile: boolean }) => isFile)
  if (expect.attachmentCount !== undefined) assert.strictEqual(files.length, expect.attachmentCount)
  for (const [i, wanted] of (expect.attachments ?? []).entries()) {
    const file = files[i]
    const response = await fetch(`${url}/api/messages/${id}/parts/${file.path}/download`)
    const disposition = response.headers.get("content-disposition") ?? ""
    const name = decodeURIComponent(disposition.replace(/.*filename\*=UTF-8''/, ""))
    assert.match(disposition, /^attachment;/)
    assert.strictEqual(response.headers.get("x-content-type-options"), "nosniff")
    assert.strictEqual(response.headers.get("content-type")?.startsWith("text/html"), false)
    if (wanted.filename !== undefined) assert.strictEqual(name, wanted.filename)
    if (wanted.contains !== undefined) assert.include(name, wanted.contains)
    if (wanted.endsWith !== undefined) assert.isTrue(name.endsWith(wanted.endsWith), name)
    const shown = await page.locator(".files").innerText()
    for (const text of wanted.notContains ?? []) {
      assert.notInclude(name, text)
      assert.notInclude(shown, text)
    }
  }
}

const check = async (seen: Seen, vector: HostileVector, world: Browser.Outside, url: string): Promise<void> => {
  const { expect } = vector
  const { frame, page, popups, pwned } = seen
  const visits = world.visits()
  assert.deepStrictEqual(pwned, [], "script of the message ran")
  assert.strictEqual(page.url(), url, "the page was taken away")
  assert.notInclude(await page.title(), "PWNED")
  assert.strictEqual(visits.length, expect.outside, JSON.stringify(visits))
  if (expect.outside === 0) assert.strictEqual(world.connections(), 0, "a connection was made")
  assert.strictEqual(popups.length, expect.popups)
  for (const { host } of visits) assert.include(expect.onlyTo ?? [], host)
  for (const popup of popups) {
    assert.isNull(await popup.evaluate(() => window.opener), "the opened page can reach this one")
    if (expect.referrer !== undefined) {
      assert.strictEqual(await popup.evaluate(() => document.referrer), expect.referrer)
    }
  }
  assert.match(frame?.url() ?? "", /\/api\/messages\/\d+\/frame\?/)
  if (expect.frames !== undefined) assert.strictEqual(frame?.childFrames().length, expect.frames)
  const text = await frame?.evaluate(() => document.body.innerText) ?? ""
  for (const words of expect.text ?? []) assert.include(text, words)
  const images = await frame?.evaluate(() =>
    Array.from(document.images).filter((image) => image.naturalWidth > 0).length
  )
  if (expect.images !== undefined) assert.strictEqual(images, expect.images)
  if (expect.imagesAtLeast !== undefined) assert.isAtLeast(images ?? 0, expect.imagesAtLeast)
  if (expect.shownLiterally !== undefined) {
    await page.locator("#tab-headers").click()
    for (const words of expect.shownLiterally) {
      await page.waitForFunction((words) => document.body.innerText.includes(words), words, { timeout: 10_000 })
    }
  }
  if (expect.contained === true) {
    const box = await page.locator("main iframe").boundingBox()
    assert.isAtMost(box?.width ?? 0, 1280)
    assert.isAtMost(box?.height ?? 0, 1200)
  }
  // The page's own controls work, whatever the message does.
  await page.locator("#tab-text").click({ timeout: 5_000 })
  assert.match(page.url(), /\/text$/)
}

describe.sequential("Hostile mail", () => {
  layer(Browser.layer, { excludeTestServices: true, timeout: "60 seconds" })("in a browser", (it) => {
    for (const vector of hostileMail) {
      it.scoped(`${vector.id}: ${vector.title}`, () =>
        Effect.gen(function*() {
          const { chromium, outside } = yield* Browser.Browser
          const { inbox, url } = yield* served
          const octets = hostileOctets(vector)
          const { id } = yield* inbox.add(octets)
          assert.deepStrictEqual(yield* inbox.source(id), octets)
          outside.reset(vector.serve)
          yield* withPage(chromium, async (page, popups) => {
            const seen = await show(page, popups, `${url}/#/${id}`, vector)
            await checkAttachments(url, id, vector, page)
            await check(seen, vector, outside, `${url}/#/${id}`)
          })
          if (vector.expect.lint !== undefined) {
            const { findings } = yield* Effect.promise(async () =>
              (await fetch(`${url}/api/messages/${id}/checks`)).json()
            )
            assert.include(findings.map((finding: { id: string }) => finding.id), vector.expect.lint)
          }
        }), 120_000)
    }

    it.scoped("leaks without the protection, or the tests above prove nothing", () =>
      Effect.gen(function*() {
        const { chromium, outside } = yield* Browser.Browser
        let leaks = 0
        for (const vector of hostileMail) {
          const html = hostileHtml(vector)
          if (html === undefined || html.length > 100_000) continue
          outside.reset(vector.serve)
          yield* withPage(chromium, async (page) => {
            await page.setContent("<iframe></iframe>")
            await page.evaluate((srcdoc) => {
              const frame = document.querySelector("iframe")
              if (frame !== null) frame.srcdoc = srcdoc
            }, html)
            await page.waitForTimeout(settle)
          })
          if (outside.visits().length > 0) leaks++
        }
        assert.isAtLeast(leaks, 10)
      }), 180_000)
  })
})
