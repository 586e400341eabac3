import { Message } from "@effect-mail/core"
import { Suppressions, Unsubscribe } from "@effect-mail/inbound"
import * as MimeReader from "@effect-mail/test-kit/MimeReader"
import { render } from "@effect-mail/test-kit/RenderedMessage"
import { HttpApp } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FastCheck as fc, Layer, Option, Redacted } from "effect"

const secret = Redacted.make("a secret of some length")
const options: Unsubscribe.Options = { secret, base: "https://example.com/unsubscribe?lang=en" }
const made = Unsubscribe.make(options)

/** The app with a store that remembers, asked as a browser asks. */
const asking = (options_: Partial<Unsubscribe.Options> = {}, fails = false) =>
  Effect.gen(function*() {
    const unsubscribe = yield* Unsubscribe.make({ ...options, ...options_ })
    const left: Array<Unsubscribe.Subscription> = []
    const store = Layer.succeed(Unsubscribe.Store, {
      unsubscribe: (subscription) =>
        fails
          ? Effect.fail(new Unsubscribe.UnsubscribeError({ cause: "full" }))
          : Effect.sync(() => void left.push(subscription))
    })
    const { handler } = HttpApp.toWebHandlerLayer(unsubscribe.app, store)
    const ask = (url: string, init?: RequestInit) =>
      Effect.promise(async () => {
        const response = await handler(new Request(url, init))
        return { status: response.status, headers: response.headers, text: await response.text() }
      })
    const link = yield* unsubscribe.url("news", "bob@example.org")
    return { unsubscribe, left, ask, link }
  })

const form = new URLSearchParams({ "List-Unsubscribe": "One-Click" })

const multipart = () => {
  const data = new FormData()
  data.set("List-Unsubscribe", "One-Click")
  return data
}

describe("Unsubscribe.app", () => {
  it.effect("unsubscribes by the POST of RFC 8058, url-encoded and multipart, as often as it comes", () =>
    Effect.gen(function*() {
      const { ask, left, link } = yield* asking()
      for (const body of [form, multipart(), form]) {
        const { headers, status } = yield* ask(link, { method: "POST", body })
        assert.strictEqual(status, 200)
        assert.isNull(headers.get("set-cookie"))
        assert.isNull(headers.get("location"))
      }
      assert.deepStrictEqual(left, Array.from({ length: 3 }, () => ({ list: "news", recipient: "bob@example.org" })))
    }))

  it.effect("changes nothing by GET or HEAD, and shows a form that posts what it must", () =>
    Effect.gen(function*() {
      const { ask, left, link } = yield* asking()
      const { headers, status, text } = yield* ask(link)
      assert.strictEqual(status, 200)
      assert.match(text, /<form method="post"><button name="List-Unsubscribe" value="One-Click">/)
      assert.include(text, "bob@example.org")
      assert.strictEqual(headers.get("referrer-policy"), "no-referrer")
      assert.strictEqual((yield* ask(link, { method: "HEAD" })).status, 200)
      assert.deepStrictEqual(left, [])
    }))

  it.effect("refuses other methods, other bodies, large ones, and links that are not ours", () =>
    Effect.gen(function*() {
      const { ask, left, link } = yield* asking()
      assert.strictEqual((yield* ask(link, { method: "PUT", body: form })).status, 405)
      const bodies = ["", "List-Unsubscribe=No", "x=One-Click", `${"x".repeat(100_000)}&${form}`, "\0".repeat(1000)]
      for (const body of bodies) {
        const headers = { "content-type": "application/x-www-form-urlencoded" }
        assert.strictEqual((yield* ask(link, { method: "POST", body, headers })).status, 400, body.slice(0, 30))
      }
      const headers = { "content-type": "multipart/form-data; boundary=x" }
      const broken = "--x\r\nContent-Disposition: form-data; name=\"other\"\r\n\r\nOne-Click\r\n--x--\r\n"
      assert.strictEqual((yield* ask(link, { method: "POST", body: broken, headers })).status, 400)
      const token = new URL(link).searchParams.get("t") ?? ""
      const other = yield* (yield* Unsubscribe.make({ ...options, secret: Redacted.make("another secret here") }))
        .url("news", "bob@example.org")
      const forged = [
        "https://example.com/unsubscribe",
        other,
        ...[
          token.replace("1", "2"),
          token.slice(0, -1),
          `${token}A`,
          `${token}.`,
          "1.",
          ".",
          "x".repeat(100_000),
          `1Zm9v.${token.split(".")[1]}`
        ]
          .map((t) => `https://example.com/unsubscribe?t=${encodeURIComponent(t)}`)
      ]
      for (const url of forged) {
        assert.strictEqual((yield* ask(url, { method: "POST", body: form })).status, 404, url.slice(0, 120))
        assert.strictEqual((yield* ask(url)).status, 404)
      }
      assert.deepStrictEqual(left, [])
    }))

  it.effect("asks to be tried again where the store fails", () =>
    Effect.gen(function*() {
      const { ask, link } = yield* asking({}, true)
      const { headers, status } = yield* ask(link, { method: "POST", body: form })
      assert.strictEqual(status, 503)
      assert.strictEqual(headers.get("retry-after"), "60")
    }))

  it.effect("shows names as text, in the words that it is given", () =>
    Effect.gen(function*() {
      const { ask, unsubscribe } = yield* asking({
        words: { language: "de", question: "Keine Post von {list} an {recipient}?" }
      })
      const { text } = yield* ask(yield* unsubscribe.url("<script>", "{list}\"'&"))
      assert.include(text, "Keine Post von &lt;script&gt; an {list}&quot;&#39;&amp;?")
      assert.notInclude(text, "<script>")
    }))

  it.effect("takes links of former secrets", () =>
    Effect.gen(function*() {
      const { link } = yield* asking()
      const { ask, left } = yield* asking({ secret: Redacted.make("the secret of today"), formerSecrets: [secret] })
      assert.strictEqual((yield* ask(link, { method: "POST", body: form })).status, 200)
      assert.strictEqual(left.length, 1)
    }))

  it.effect("enters who leaves a list into the suppressions", () =>
    Effect.gen(function*() {
      const { app, url } = yield* made
      const suppressions = Suppressions.layerMemory()
      const scope = yield* Effect.scope
      const context = yield* Layer.buildWithScope(
        Layer.provideMerge(Suppressions.layerUnsubscribe, suppressions),
        scope
      )
      const { handler } = HttpApp.toWebHandlerLayer(app, Layer.succeedContext(context))
      const post = (link: string) => Effect.promise(() => handler(new Request(link, { method: "POST", body: form })))
      assert.strictEqual((yield* post(yield* url("news", "Bob@example.org"))).status, 200)
      assert.strictEqual((yield* post(yield* url("news", "customer 42"))).status, 503)
      const picked = yield* Effect.provide(
        Effect.flatMap(Suppressions.Suppressions, ({ pick }) => pick(["bob@example.org"], { list: "news" })),
        context
      )
      assert.deepStrictEqual(Array.from(picked), ["bob@example.org"])
    }).pipe(Effect.scoped))
})

describe("Unsubscribe", () => {
  it.effect("writes both fields", () =>
    Effect.gen(function*() {
      const { addTo } = yield* made
      const message = Message.make({ from: "news@example.com", to: "bob@example.org", text: "x" })
      const { entity } = yield* render(yield* addTo(message, "news", "bob@example.org"))
      assert.match(
        MimeReader.header(entity, "List-Unsubscribe") ?? "",
        /^<https:\/\/example\.com\/unsubscribe\?lang=en&t=1[\w-]+\.[\w-]+>$/
      )
      assert.strictEqual(MimeReader.header(entity, "List-Unsubscribe-Post"), "List-Unsubscribe=One-Click")
    }))

  const name = fc.string({ unit: "grapheme", maxLength: 100 }).filter((text) =>
    !text.includes("\0") && text.isWellFormed()
  )

  it.effect.prop(
    "reads what it wrote, and nothing else",
    [name, name, fc.nat(400)],
    ([list, recipient, at]) =>
      Effect.gen(function*() {
        const { read, url } = yield* made
        const token = new URL(yield* url(list, recipient)).searchParams.get("t") ?? ""
        assert.deepStrictEqual(yield* read(token), Option.some({ list, recipient }))
        const i = at % token.length
        const changed = `${token.slice(0, i)}${token[i] === "A" ? "Q" : "A"}${token.slice(i + 1)}`
        assert.isFalse(
          Option.exists(yield* read(changed), (each) => each.list !== list || each.recipient !== recipient)
        )
      })
  )

  it.effect("refuses a secret that can be guessed and a base that no provider calls", () =>
    Effect.gen(function*() {
      const option = (changed: Partial<Unsubscribe.Options>) =>
        Effect.map(Effect.flip(Unsubscribe.make({ ...options, ...changed })), ({ option }) => option)
      assert.strictEqual(yield* option({ secret: Redacted.make("short") }), "secret")
      for (
        const base of ["", "example.com", "http://example.com", "https://a:b@example.com", "https://example.com/?t=1"]
      ) {
        assert.strictEqual(yield* option({ base }), "base", base)
      }
    }))
})
