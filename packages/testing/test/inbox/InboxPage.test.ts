/** The page as a person uses it, in a real browser, and as a program looks for barriers. */
import { Smtp } from "@effect-mail/backends"
import { Attachment, Message } from "@effect-mail/core"
import * as Browser from "@effect-mail/test-kit/Browser"
import { barriers, withPage } from "@effect-mail/test-kit/Browser"
import { DevInbox } from "@effect-mail/testing"
import { HttpServer } from "@effect/platform"
import { NodeHttpServer } from "@effect/platform-node"
import { assert, describe, layer } from "@effect/vitest"
import { Effect, Exit, FiberSet, Layer, Scope } from "effect"
import { createServer } from "node:http"
import type { BrowserContextOptions } from "playwright-core"
import { served } from "./InboxServer.js"

const receipt = Message.make({
  from: "Ada’s Books <receipts@example.com>",
  envelopeFrom: "bounce@example.com",
  to: "bob@example.com",
  cc: "550@fail.test",
  bcc: "archive@example.com",
  subject: "Your receipt for March",
  text: "Dear Bob,\n\nsee https://shop.example.com/orders/218 for it.",
  html: "<p id=greeting>Dear Bob,</p><img src=\"http://cdn.example.com/a.png\" alt=\"\">",
  attachments: [Attachment.bytes(new Uint8Array(2_000), { filename: "receipt.pdf", contentType: "application/pdf" })]
})

const plain = (subject: string) =>
  Message.make({ from: "ada@example.com", to: "bob@example.com", subject, text: `${subject}.` })

const started = Effect.gen(function*() {
  const { inbox, url } = yield* served
  const run = yield* FiberSet.makeRuntimePromise()
  const backend = yield* Effect.orDie(Smtp.make({ host: "127.0.0.1", port: inbox.smtp?.port, tls: "none" }))
  const send = (message: Message.Message) => run(Effect.either(backend.send(message)))
  return { inbox, run, url, send }
})

describe.sequential("The page of the inbox", () => {
  layer(Browser.layer, { excludeTestServices: true, timeout: "60 seconds" })("in a browser", (it) => {
    it.scoped("shows a message as it arrives, with everything about it", () =>
      Effect.gen(function*() {
        const { send, url } = yield* started
        yield* withPage({}, async (page) => {
          await page.goto(url)
          await page.getByText("Send your first message").waitFor()
          assert.deepStrictEqual(await barriers(page), [])
          await send(receipt)
          await page.locator(".row .subj", { hasText: "Your receipt for March" }).click()
          await page.getByRole("heading", { name: "Your receipt for March" }).waitFor()
          const envelope = await page.locator(".env").innerText()
          for (
            const words of [
              "2 of 3 recipients accepted",
              "DeliveryReport",
              "1 Rejected",
              "bounce@example.com",
              "not in From",
              "archive@example.com",
              "Bcc",
              "550 5.1.1"
            ]
          ) {
            assert.include(envelope, words)
          }
          assert.match(await page.title(), /Your receipt for March · effect-mail$/)
          assert.include(await page.locator(".tools").innerText(), "1 outside image not loaded")
          const frame = page.frameLocator("main iframe")
          assert.strictEqual(await frame.locator("#greeting").innerText(), "Dear Bob,")
          const seen: Record<string, string> = {
            Text: "https://shop.example.com/orders/218",
            Parts: "multipart/mixed",
            Headers: "Message-ID",
            Source: "Content-Transfer-Encoding",
            Dialogue: "RCPT TO:<550@fail.test>",
            Checks: "1 image from outside"
          }
          for (const [tab, words] of Object.entries(seen)) {
            await page.getByRole("tab", { name: tab }).click()
            await page.locator("[role=tabpanel]", { hasText: words }).waitFor()
            assert.deepStrictEqual(await barriers(page), [], tab)
          }
        })
      }), 120_000)

    it.scoped("is used by the keyboard alone", () =>
      Effect.gen(function*() {
        const { inbox, send, url } = yield* started
        for (const subject of ["one", "two", "three"]) yield* Effect.promise(() => send(plain(subject)))
        yield* withPage({}, async (page) => {
          await page.goto(`${url}/#/3`)
          const heading = (name: string) => page.getByRole("heading", { name, exact: true }).waitFor()
          await heading("three")
          await page.keyboard.press("j")
          await heading("two")
          await page.keyboard.press("ArrowDown")
          await heading("one")
          await page.keyboard.press("k")
          await heading("two")
          await page.keyboard.press("6")
          await page.locator(".talk li").first().waitFor()
          await page.keyboard.press("1")
          await page.keyboard.press("w")
          await page.locator("iframe.full").waitFor()
          await page.keyboard.press("c")
          await page.locator("iframe.dark").waitFor()
          await page.keyboard.press("?")
          await page.getByRole("region", { name: "Keys" }).waitFor()
          assert.deepStrictEqual(await barriers(page), [])
          await page.keyboard.press("Escape")
          await page.keyboard.press("d")
          await page.getByText("Deleted.").waitFor()
          await heading("one")
          await page.keyboard.press("z")
          await heading("two")
          await page.keyboard.press("/")
          await page.keyboard.type("subject:three")
          await page.locator(".day", { hasText: "1 of 3" }).waitFor()
          assert.strictEqual(await page.locator(".row").count(), 1)
          await page.locator("#search").fill("nothing like this")
          await page.locator(".hint").waitFor()
          assert.deepStrictEqual(await barriers(page), [])
          await page.keyboard.press("Escape")
          await page.keyboard.press("g")
        })
        assert.lengthOf(yield* inbox.list(), 3)
      }), 120_000)

    it.scoped("makes the server fail, and shows what the program was told", () =>
      Effect.gen(function*() {
        const { inbox, send, url } = yield* started
        yield* withPage({}, async (page) => {
          await page.goto(url)
          await page.getByRole("button", { name: "Make it fail" }).click()
          await page.getByRole("button", { name: "Add a rule" }).click()
          await page.getByLabel("Address").fill("bob@*")
          await page.getByLabel("Words").fill("5.1.1 gone away")
          assert.deepStrictEqual(await barriers(page), [])
          await page.getByRole("button", { name: "Switch it on" }).click()
          await page.getByRole("button", { name: "1 rule on" }).waitFor()
          const refused = await send(plain("refused"))
          assert.strictEqual(refused._tag === "Left" ? refused.left._tag : "", "RejectedError")
          await page.getByText("spoke once").waitFor()
          await page.locator(".row .v.no").first().waitFor()
          await page.keyboard.press("Escape")
          await page.locator(".row a").first().click()
          await page.locator(".env", { hasText: "RejectedError" }).waitFor()
          await page.getByText("No message came: see the dialogue.").waitFor()
          assert.deepStrictEqual(await barriers(page), [])
          await page.keyboard.press("r")
          await page.getByRole("button", { name: "All off" }).click()
          await page.getByRole("button", { name: "Make it fail" }).waitFor()
          assert.strictEqual((await send(plain("taken")))._tag, "Right")
          page.on("dialog", (dialog) => void dialog.accept())
          await page.getByRole("button", { name: "Clear" }).click()
          await page.getByText("Send your first message").waitFor()
        })
        assert.lengthOf(yield* inbox.list(), 0)
      }), 120_000)

    const phone = { viewport: { width: 390, height: 844 }, hasTouch: true } satisfies BrowserContextOptions
    for (const colorScheme of ["light", "dark"] as const) {
      it.scoped(`fits a phone, in ${colorScheme}`, () =>
        Effect.gen(function*() {
          const { send, url } = yield* started
          yield* Effect.promise(() => send(receipt))
          yield* withPage({ ...phone, colorScheme }, async (page) => {
            const isWider = () => page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth)
            await page.goto(url)
            await page.locator(".row a").click()
            await page.getByText("Show sender and 2 accepted").waitFor()
            assert.isFalse(await isWider())
            assert.deepStrictEqual(await barriers(page), [])
            await page.getByText("Show sender and 2 accepted").click()
            await page.locator(".env", { hasText: "bounce@example.com" }).waitFor()
            for (const tab of ["text", "parts", "headers", "source", "dialogue", "checks"]) {
              await page.goto(`${url}/#/1/${tab}`)
              await page.locator(`#tab-${tab}[aria-selected=true]`).waitFor()
              assert.isFalse(await isWider(), tab)
            }
            await page.getByRole("link", { name: "← Inbox" }).click()
            await page.locator(".row a").waitFor()
            assert.deepStrictEqual(await barriers(page), [])
            assert.isFalse(await isWider())
          })
        }), 120_000)
    }

    it.scoped("says what is gone, and what is broken", () =>
      Effect.gen(function*() {
        const { inbox, run, url } = yield* started
        const deep = Array.from({ length: 80 }, (_, i) =>
          `Content-Type: multipart/mixed; boundary=b${i}\r\n\r\n--b${i}\r\n`)
        yield* inbox.add(new TextEncoder().encode(`Subject: deep\r\n${deep.join("")}\r\n`))
        yield* withPage({}, async (page) => {
          await page.goto(`${url}/#/1`)
          await page.getByText("cut at 50 levels").first().waitFor()
          await run(inbox.remove([1]))
          await page.getByRole("heading", { name: "This message was removed" }).waitFor()
          assert.deepStrictEqual(await barriers(page), [])
        })
      }), 120_000)

    it.scoped("catches up when the server was away", () =>
      Effect.gen(function*() {
        const inbox = yield* DevInbox.make()
        const app = yield* Effect.provideService(DevInbox.httpApp(), DevInbox.DevInbox, inbox)
        const start = (port: number) =>
          Effect.gen(function*() {
            const scope = yield* Scope.make()
            const server = createServer()
            const context = yield* Effect.orDie(Layer.buildWithScope(
              NodeHttpServer.layer(() => server, { port, host: "127.0.0.1" }),
              scope
            ))
            yield* Effect.provide(HttpServer.serveEffect(app), context).pipe(Scope.extend(scope))
            const address = server.address()
            const stop = Effect.suspend(() => {
              server.closeAllConnections()
              return Scope.close(scope, Exit.void)
            })
            return { port: typeof address === "object" ? address?.port ?? 0 : 0, stop }
          })
        const first = yield* start(0)
        const run = yield* FiberSet.makeRuntimePromise()
        yield* withPage({}, async (page) => {
          await page.goto(`http://127.0.0.1:${first.port}/`)
          await page.getByText("No message yet").waitFor()
          await run(first.stop)
          await page.getByText("Reconnecting…").waitFor()
          await run(inbox.add(new TextEncoder().encode("Subject: while away\r\n\r\n")))
          const second = await run(start(first.port))
          await page.locator(".row", { hasText: "while away" }).waitFor()
          await run(inbox.add(new TextEncoder().encode("Subject: afterwards\r\n\r\n")))
          await page.locator(".row", { hasText: "afterwards" }).waitFor()
          await run(second.stop)
        })
      }), 120_000)

    it.scoped(
      "stays usable with 5,000 messages, in more tabs than a browser has connections",
      () =>
        Effect.gen(function*() {
          const inbox = yield* DevInbox.make({ maxMessages: 5_000 })
          const app = yield* Effect.provideService(DevInbox.httpApp(), DevInbox.DevInbox, inbox)
          const server = createServer()
          const context = yield* Layer.build(NodeHttpServer.layer(() => server, { port: 0, host: "127.0.0.1" }))
          yield* Effect.addFinalizer(() => Effect.sync(() => server.closeAllConnections()))
          yield* Effect.provide(HttpServer.serveEffect(app), context)
          const address = server.address()
          const url = `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`
          for (let i = 1; i <= 5_000; i++) {
            yield* inbox.add(
              new TextEncoder().encode(`From: a@example.com\r\nTo: b@example.com\r\nSubject: number ${i}\r\n\r\nx`)
            )
          }
          const run = yield* FiberSet.makeRuntimePromise()
          yield* withPage({}, async (page) => {
            await page.goto(url)
            await page.locator(".day", { hasText: "5,000 messages" }).waitFor()
            while (await page.locator(".row").count() < 5_000) {
              await page.evaluate(() => document.querySelector(".list")?.scrollTo(0, 1e9))
              await page.waitForTimeout(100)
            }
            await run(inbox.add(new TextEncoder().encode("Subject: one more\r\n\r\n")))
            await page.locator(".fresh", { hasText: "1 new" }).click()
            await page.locator(".row", { hasText: "one more" }).waitFor()
            const others = []
            for (let i = 0; i < 7; i++) {
              const other = await page.context().newPage()
              await other.goto(url)
              await other.locator(".row").first().waitFor()
              others.push(other)
            }
            await run(inbox.add(new TextEncoder().encode("Subject: in every tab\r\n\r\n")))
            for (const other of others) await other.locator(".row", { hasText: "in every tab" }).waitFor()
          })
          assert.lengthOf(yield* inbox.list(), 5_000)
        }),
      180_000
    )
  })
})
