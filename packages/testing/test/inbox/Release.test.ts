/** Messages that are sent on to a real server, which is another inbox here, and previews. */
import { Smtp } from "@effect-mail/backends"
import * as Browser from "@effect-mail/test-kit/Browser"
import { DevInbox, DevInboxApi } from "@effect-mail/testing"
import { FetchHttpClient, HttpApiClient } from "@effect/platform"
import { assert, describe, it, layer } from "@effect/vitest"
import { Effect, FiberSet } from "effect"
import { servedWith } from "./InboxServer.js"

const octets = (subject: string): Uint8Array =>
  new TextEncoder().encode(
    `From: ada@example.com\r\nTo: bob@example.com\r\nSubject: ${subject}\r\nMessage-ID: <${subject}@example.com>\r\n` +
      "Date: Tue, 24 Nov 2026 10:00:00 +0000\r\n\r\nHello\r\n"
  )

const backendOf = ({ smtp }: DevInbox.Service) => Smtp.make({ host: "127.0.0.1", port: smtp?.port, tls: "none" })

/** An inbox, and the real server to which it sends. */
const withRelay = <A, E, R>(
  use: (inbox: DevInbox.Service, real: DevInbox.Service) => Effect.Effect<A, E, R>,
  allow: ReadonlyArray<string> = ["*@mine.example", "*@fail.test"]
) =>
  Effect.scoped(Effect.gen(function*() {
    const real = yield* DevInbox.makeSmtp()
    const inbox = yield* DevInbox.make({ relay: { backend: yield* backendOf(real), allow } })
    return yield* use(inbox, real)
  }))

describe("Releasing", () => {
  it.live("sends the octets on unchanged, from their MAIL FROM, and says what each recipient got", () =>
    withRelay((inbox, real) =>
      Effect.gen(function*() {
        const { id } = yield* inbox.add(octets("one"), { from: "bounce@example.com", to: ["bob@example.com"] })
        const to = ["ada@mine.example", "550@fail.test", "451@fail.test"]
        const released = yield* inbox.release(id, to)
        assert.strictEqual(released.name, "DeliveryReport")
        assert.deepStrictEqual(released.recipients.map(({ address, verdict }) => [address, verdict]), [
          ["ada@mine.example", "accepted"],
          ["550@fail.test", "refused"],
          ["451@fail.test", "deferred"]
        ])
        assert.include(released.recipients[1]?.reply, "550 5.1.1")
        const arrived = yield* real.wait("-is:waiting")
        const { envelope } = yield* real.get(arrived.id)
        assert.strictEqual(envelope.from, "bounce@example.com")
        assert.deepStrictEqual(yield* real.source(arrived.id), octets("one"))
      })
    ))

  it.live("sends to no one where one address is not allowed", () =>
    withRelay((inbox, real) =>
      Effect.gen(function*() {
        const { id } = yield* inbox.add(octets("two"))
        for (
          const to of [
            ["bob@example.com"],
            ["ada@mine.example", "bob@example.com"],
            ["ada@mine.example.evil.example"],
            ["x@mine.example> RCPT TO:<bob@example.com"],
            ["a@evil.example,b@mine.example"]
          ]
        ) {
          const refused = yield* Effect.flip(inbox.release(id, to))
          assert.strictEqual(refused._tag, "ReleaseRefused", to.join())
        }
        assert.lengthOf(yield* real.list(), 0)
      })
    ))

  it.live("says that there is no relay, no message, and no octets", () =>
    Effect.scoped(Effect.gen(function*() {
      const without = yield* DevInbox.make()
      const { id } = yield* without.add(octets("three"))
      const refused = yield* Effect.flip(without.release(id, ["ada@mine.example"]))
      assert.deepStrictEqual([refused._tag, "reason" in refused ? refused.reason : ""], ["ReleaseRefused", "NoRelay"])
      assert.strictEqual((yield* Effect.flip(without.release(99, ["ada@mine.example"])))._tag, "MessageNotFound")
      yield* withRelay((inbox) =>
        Effect.gen(function*() {
          const { id } = yield* inbox.add(new Uint8Array(0))
          const empty = yield* Effect.flip(inbox.release(id, ["ada@mine.example"]))
          assert.strictEqual("reason" in empty ? empty.reason : "", "Invalid")
        })
      )
    })))

  it.live("reports what the server did as a result: refused, or unknown", () =>
    withRelay((inbox, real) =>
      Effect.gen(function*() {
        const { id } = yield* inbox.add(octets("four"))
        const unknown = yield* inbox.release(id, ["drop@fail.test"])
        assert.deepStrictEqual([unknown.name, unknown.recipients[0]?.verdict], ["OutcomeUnknownError", "unknown"])
        yield* real.addRule({ kind: "refuse-message" })
        const rejected = yield* inbox.release(id, ["ada@mine.example"])
        assert.deepStrictEqual([rejected.name, rejected.recipients[0]?.verdict], ["RejectedError", "refused"])
      })
    ))

  it.live("is offered by the API, with its errors", () =>
    withRelay((inbox, real) =>
      Effect.gen(function*() {
        const { url } = yield* servedWith(inbox)
        const client = yield* HttpApiClient.make(DevInboxApi.DevInboxApi, { baseUrl: url })
        const { id } = yield* inbox.add(octets("five"))
        assert.deepStrictEqual((yield* client.inbox.status()).relay, { allow: ["*@mine.example", "*@fail.test"] })
        const { recipients } = yield* client.messages.release({ path: { id }, payload: { to: ["a@mine.example"] } })
        assert.strictEqual(recipients[0]?.verdict, "accepted")
        const refused = yield* Effect.flip(
          client.messages.release({ path: { id }, payload: { to: ["a@example.com"] } })
        )
        assert.strictEqual(refused._tag, "ReleaseRefused")
        const forged = yield* Effect.promise(() =>
          fetch(`${url}/api/messages/${id}/release`, {
            method: "POST",
            headers: { origin: "http://evil.example", "content-type": "application/json" },
            body: "{\"to\":[\"a@mine.example\"]}"
          })
        )
        assert.strictEqual(forged.status, 403)
        assert.lengthOf(yield* real.list(), 1)
      })
    ).pipe(Effect.provide(FetchHttpClient.layer)))
})

const welcome: DevInbox.PreviewSource = {
  id: "mails.ts#welcome",
  file: "mails.ts",
  name: "welcome",
  schema: {
    type: "object",
    required: ["name", "seats"],
    properties: {
      name: { type: "string" },
      seats: { type: "integer" },
      day: { enum: ["Monday", "Tuesday"], type: "string" }
    }
  },
  params: { name: "Ada", seats: 2 },
  locales: ["en", "de"],
  render: (params, locale) =>
    JSON.stringify(params).includes("nobody")
      ? Effect.fail("there is no such person")
      : Effect.succeed(octets(`${locale} ${JSON.stringify(params)}`.replace(/[^\w ]/g, "-")))
}

describe("Previews", () => {
  it.live("are shown without being in the list, and are made again in the place of the earlier ones", () =>
    Effect.scoped(Effect.gen(function*() {
      const inbox = yield* DevInbox.make()
      const { url } = yield* servedWith(inbox)
      const client = yield* HttpApiClient.make(DevInboxApi.DevInboxApi, { baseUrl: url })
      const broken = { ...welcome, id: "b", name: "broken", render: () => Effect.fail("mails.ts:3: unexpected }") }
      yield* inbox.setPreviews([welcome, broken])
      const [first, second] = yield* client.previews.previews()
      assert.deepStrictEqual([second?.message, second?.error], [null, "mails.ts:3: unexpected }"])
      assert.deepStrictEqual((yield* client.messages.list({ urlParams: {} })).messages, [])
      const before = yield* client.messages.get({ path: { id: first?.message ?? 0 } })
      assert.match(before.subject, /^en .*Ada/)
      const payload = { id: "mails.ts#welcome", params: { name: "Bob", seats: 1 }, locale: "de" }
      const again = yield* client.previews.render({ payload })
      assert.match((yield* inbox.get(again.message ?? 0)).subject, /^de .*Bob/)
      assert.strictEqual((yield* Effect.flip(inbox.get(first?.message ?? 0)))._tag, "MessageNotFound")
      const failed = yield* client.previews.render({ payload: { ...payload, params: "nobody" } })
      assert.deepStrictEqual([failed.message, failed.error], [again.message, "there is no such person"])
      assert.strictEqual(
        (yield* Effect.flip(client.previews.render({ payload: { ...payload, id: "none" } })))._tag,
        "PreviewNotFound"
      )
      // What was chosen stays when the file changes.
      yield* client.previews.render({ payload })
      yield* inbox.setPreviews([welcome])
      const [kept] = yield* inbox.previews
      assert.deepStrictEqual([kept?.locale, kept?.params], ["de", payload.params])
      const { id } = yield* client.messages.copy({ path: { id: kept?.message ?? 0 } })
      yield* client.messages.clear()
      assert.strictEqual((yield* Effect.flip(inbox.get(id)))._tag, "MessageNotFound")
      assert.match((yield* inbox.get(kept?.message ?? 0)).subject, /^de/)
    })).pipe(Effect.provide(FetchHttpClient.layer)))
})

describe.sequential("The page of previews", () => {
  layer(Browser.layer, { excludeTestServices: true, timeout: "60 seconds" })("in a browser", (it) => {
    it.scoped(
      "has a form of the schema, a choice of the locale, and sends to a real address",
      () =>
        withRelay((inbox, real) =>
          Effect.gen(function*() {
            const { url } = yield* servedWith(inbox)
            const { chromium } = yield* Browser.Browser
            const run = yield* FiberSet.makeRuntimePromise()
            yield* inbox.setPreviews([welcome])
            yield* Effect.promise(async () => {
              const page = await chromium.newPage({ viewport: { width: 1280, height: 900 } })
              page.setDefaultTimeout(20_000)
              await page.goto(url)
              await page.getByRole("heading", { name: /^en .*Ada/ }).waitFor()
              assert.strictEqual(await page.locator("#tab-dialogue").count(), 0)
              await page.getByLabel("name").fill("Eve")
              await page.getByLabel("seats").fill("7")
              await page.getByLabel("day").selectOption("Tuesday")
              await page.getByRole("button", { name: "Make it again" }).click()
              await page.getByRole("heading", { name: /^en .*Eve.*7.*Tuesday/ }).waitFor()
              await page.getByLabel("Locale").selectOption("de")
              await page.getByRole("heading", { name: /^de .*Eve/ }).waitFor()
              await page.getByLabel("name").fill("nobody")
              await page.getByRole("button", { name: "Make it again" }).click()
              await page.getByText("there is no such person").waitFor()
              // A file that changed: the page shows the new one.
              await run(inbox.setPreviews([{
                ...welcome,
                render: () => Effect.succeed(octets("changed"))
              }]))
              await page.getByRole("heading", { name: "changed" }).waitFor()
              await page.getByRole("button", { name: "Release" }).click()
              await page.getByRole("textbox", { name: "To" }).fill("eve@elsewhere.example")
              await page.getByRole("button", { name: "Send", exact: true }).click()
              await page.getByText("Not allowed: eve@elsewhere.example").waitFor()
              await page.getByRole("textbox", { name: "To" }).fill("a@mine.example, 550@fail.test")
              await page.getByRole("button", { name: "Send", exact: true }).click()
              await page.locator(".released .v.ok").waitFor()
              await page.locator(".released", { hasText: "550 5.1.1" }).waitFor()
              await page.getByRole("button", { name: "Close" }).click()
              await page.getByRole("button", { name: "Send to this inbox" }).click()
              await page.locator(".row", { hasText: "changed" }).waitFor()
              await page.close()
            })
            assert.lengthOf(yield* real.list(), 1)
            assert.lengthOf(yield* inbox.list(), 1)
          })
        ),
      120_000
    )
  })
})
