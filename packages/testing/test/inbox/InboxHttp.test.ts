import { hostileMail, hostileOctets } from "@effect-mail/test-kit/Vectors"
import { DevInbox, DevInboxApi } from "@effect-mail/testing"
import { FetchHttpClient, HttpApiClient, HttpRouter, HttpServer } from "@effect/platform"
import { NodeHttpServer } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { createServer, request } from "node:http"
import { served } from "./InboxServer.js"

interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | ReadonlyArray<string> | undefined>>
  readonly body: string
}

/** A request with any headers, `Host` included, which `fetch` does not allow. */
const ask = (url: string, options: { method?: string; headers?: Record<string, string>; body?: string } = {}) =>
  Effect.async<Answer>((resume) => {
    const sent = request(url, { method: options.method ?? "GET", headers: options.headers ?? {} }, (response) => {
      const pieces: Array<Buffer> = []
      response.on("data", (piece) => pieces.push(piece))
      response.on("end", () =>
        resume(Effect.succeed({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(pieces).toString()
        })))
    })
    // A server that has had enough closes the connection.
    sent.on("error", ({ message }) => resume(Effect.succeed({ status: 0, headers: {}, body: message })))
    sent.end(options.body)
  })

const octets = (text: string): Uint8Array => new TextEncoder().encode(text.replaceAll("\n", "\r\n"))

const withImage = octets(`From: a@example.com
To: b@example.com
Subject: x
Content-Type: multipart/related; boundary=b

--b
Content-Type: text/html

<p><img src="cid:logo"><img src="cid:../../messages">
--b
Content-Type: image/png
Content-ID: <logo>
Content-Transfer-Encoding: base64

iVBORw0KGgo=
--b
Content-Type: text/html
Content-Disposition: attachment; filename="x.html"

<script>alert(1)</script>
--b--
`)

describe("The HTTP interface of an inbox", () => {
  const forged: ReadonlyArray<
    readonly [what: string, method: string, path: string, headers: Record<string, string>, status: number]
  > = [
    ["its own host", "GET", "/api/messages", { host: "localhost:8025" }, 200],
    ["its own host by number", "GET", "/api/messages", { host: "[::1]:8025" }, 200],
    ["another host (rebinding)", "GET", "/api/messages", { host: "evil.example" }, 421],
    ["a host that begins like ours", "GET", "/", { host: "localhost.evil.example" }, 421],
    ["another origin", "POST", "/api/messages/clear", { origin: "http://evil.example" }, 403],
    ["the origin of a sandbox", "POST", "/api/messages/clear", { origin: "null" }, 403],
    ["another port of this machine", "POST", "/api/messages/clear", { origin: "http://127.0.0.1:1" }, 403],
    ["a page of another site", "GET", "/api/messages", { "sec-fetch-site": "cross-site" }, 403],
    ["a page of a neighbour", "GET", "/api/events", { "sec-fetch-site": "same-site" }, 403],
    ["a frame of another site", "GET", "/api/messages/1/frame", {
      "sec-fetch-site": "cross-site",
      "sec-fetch-mode": "navigate"
    }, 403],
    ["a link to the page", "GET", "/", { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate" }, 200],
    ["a part in the frame", "GET", "/api/messages/1/parts/2", { "sec-fetch-site": "cross-site", origin: "null" }, 200],
    [
      "a part by another site, to change it",
      "POST",
      "/api/messages/1/parts/2",
      { "sec-fetch-site": "cross-site" },
      403
    ],
    ["Mailpit's address of a part", "DELETE", "/api/v1/messages", { origin: "http://evil.example" }, 403]
  ]
  it.live("answers this machine, and nobody else", () =>
    Effect.scoped(Effect.gen(function*() {
      const { inbox, url } = yield* served
      yield* inbox.add(withImage)
      for (const [what, method, path, headers, status] of forged) {
        const answer = yield* ask(`${url}${path}`, { method, headers })
        assert.strictEqual(answer.status, status, what)
        assert.isUndefined(answer.headers["access-control-allow-origin"])
        assert.isUndefined(answer.headers["set-cookie"])
      }
      assert.lengthOf(yield* inbox.list(), 1)
    })))

  it.live("shows images of the message, and no other address, in the frame", () =>
    Effect.scoped(Effect.gen(function*() {
      const { inbox, url } = yield* served
      yield* inbox.add(withImage)
      const frame = yield* ask(`${url}/api/messages/1/frame`)
      assert.include(frame.body, `<img src="${url}/api/messages/1/parts/2">`)
      assert.include(frame.body, "<img src=\"\">")
      assert.include(String(frame.headers["content-security-policy"]), `img-src ${url}/api/messages/1/parts/ data:;`)
      assert.include(String(frame.headers["content-security-policy"]), "sandbox allow-popups")
      const once = yield* ask(`${url}/api/messages/1/frame?images=1`)
      assert.include(String(once.headers["content-security-policy"]), "data: https: http: data:;")
      const image = yield* ask(`${url}/api/messages/1/parts/2`)
      assert.strictEqual(image.headers["content-type"], "image/png")
      assert.strictEqual(image.headers["cross-origin-resource-policy"], "cross-origin")
      const html = yield* ask(`${url}/api/messages/1/parts/3`)
      assert.strictEqual(html.headers["content-type"], "application/octet-stream")
      assert.match(String(html.headers["content-disposition"]), /^attachment; filename="x.html"/)
      for (
        const path of [
          "/api/messages/1/parts/9",
          "/api/messages/9/frame",
          "/api/messages/x/source",
          "/api/messages/1/parts/..%2f2"
        ]
      ) {
        assert.strictEqual((yield* ask(url + path)).status, 404, path)
      }
    })))

  it.live("gives the source byte for byte, and lines with their ends", () =>
    Effect.scoped(Effect.gen(function*() {
      const { inbox, url } = yield* served
      for (const vector of hostileMail.filter(({ id }) => id !== "one-line")) {
        const { id } = yield* inbox.add(hostileOctets(vector))
        const whole = yield* Effect.promise(async () =>
          new Uint8Array(await (await fetch(`${url}/api/messages/${id}/source`)).arrayBuffer())
        )
        assert.deepStrictEqual(whole, hostileOctets(vector))
      }
      yield* inbox.clear
      const { id } = yield* inbox.add(Uint8Array.from("A: b\r\n\r\none\ntwo", (char) => char.charCodeAt(0)))
      const { body } = yield* ask(`${url}/api/messages/${id}/lines?from=3&count=5`)
      assert.deepStrictEqual(JSON.parse(body), {
        from: 3,
        lines: [{ text: "one", octets: 3, end: "LF" }, { text: "two", octets: 3, end: "" }],
        isLast: true
      })
    })))

  it.live("is an API from which a client is derived", () =>
    Effect.scoped(Effect.gen(function*() {
      const { inbox, url } = yield* served
      const client = yield* HttpApiClient.make(DevInboxApi.DevInboxApi, { baseUrl: url })
      const { id } = yield* client.messages.sendTest()
      assert.deepStrictEqual(
        (yield* client.messages.list({ urlParams: { query: "subject:test" } })).messages.map((m) => m.id),
        [id]
      )
      const detail = yield* client.messages.get({ path: { id } })
      assert.strictEqual(detail.subject, "A test message")
      const { findings } = yield* client.messages.checks({ path: { id } })
      assert.deepStrictEqual(findings.filter(({ grade }) => grade !== "taste"), [])
      yield* client.messages.mark({ payload: { ids: [id], isRead: true } })
      assert.strictEqual((yield* client.messages.list({ urlParams: {} })).unread, 0)
      const rules = yield* client.rules.addRule({ payload: { kind: "drop" } })
      assert.isTrue(rules.at(-1)?.isOn)
      const gone = yield* Effect.flip(client.messages.get({ path: { id: 99 } }))
      assert.strictEqual(gone._tag, "MessageNotFound")
      yield* client.messages.clear()
      assert.lengthOf(yield* inbox.list(), 0)
      assert.isNull((yield* client.messages.wait({ urlParams: { seconds: 0 } })).message)
    })).pipe(Effect.provide(FetchHttpClient.layer)))

  it.live("describes itself, and asks for nothing from outside", () =>
    Effect.scoped(Effect.gen(function*() {
      const { url } = yield* served
      const description = JSON.parse((yield* ask(`${url}/api/openapi.json`)).body)
      assert.match(description.openapi, /^3\.1/)
      assert.containsAllKeys(description.paths, ["/api/messages", "/api/messages/{id}", "/api/rules"])
      const docs = yield* ask(`${url}/api/docs`)
      assert.strictEqual(docs.status, 200)
      assert.include(String(docs.headers["content-security-policy"]), "default-src 'none'")
      const page = yield* ask(url)
      assert.notMatch(page.body, /(?:src|href)="(?:https?:)?\/\//)
      assert.include(String(page.headers["content-security-policy"]), "frame-ancestors 'none'")
      assert.strictEqual(page.headers["cross-origin-opener-policy"], "same-origin")
    })))

  it.live("refuses what is too large, and what is none", () =>
    Effect.scoped(Effect.gen(function*() {
      const { inbox, url } = yield* served
      yield* inbox.add(withImage)
      const headers = { "content-type": "application/json" }
      const large = yield* ask(`${url}/api/messages/remove`, {
        method: "POST",
        headers,
        body: `{"ids":[${"1,".repeat(3_000_000)}1]}`
      })
      assert.include([0, 400], large.status)
      for (const body of ["", "{", "[]", "{\"ids\":[\"x\"]}", "{\"ids\":null}"]) {
        assert.strictEqual(
          (yield* ask(`${url}/api/messages/remove`, { method: "POST", headers, body })).status,
          400,
          body
        )
      }
      for (
        const rule of [{ kind: "x" }, { kind: "refuse", code: 250 }, { kind: "refuse", text: "a\r\nb" }, {
          kind: "wait",
          seconds: 1e9
        }]
      ) {
        const answer = yield* ask(`${url}/api/rules`, { method: "POST", headers, body: JSON.stringify(rule) })
        assert.strictEqual(answer.status, 400, JSON.stringify(rule))
      }
      assert.lengthOf(yield* inbox.list(), 1)
    })))

  it.live("tells a reader that was away what it missed, or to start again", () =>
    Effect.scoped(Effect.gen(function*() {
      const { inbox, url } = yield* served
      yield* inbox.add(withImage)
      yield* inbox.add(withImage)
      const firstEvents = (last: string) =>
        Effect.promise(async () => {
          const abort = new AbortController()
          const { body } = await fetch(`${url}/api/events`, {
            headers: { "last-event-id": last },
            signal: abort.signal
          })
          const reader = body?.getReader()
          let text = ""
          while (!/event: \w+/.test(text)) text += new TextDecoder().decode((await reader?.read())?.value)
          abort.abort()
          return text
        })
      assert.include(yield* firstEvents("1"), "id: 2\nevent: Received")
      assert.include(yield* firstEvents("4000"), "event: Restart")
    })))

  it.live("is mounted under any path of an application", () =>
    Effect.scoped(Effect.gen(function*() {
      const inbox = yield* DevInbox.make()
      yield* inbox.add(withImage)
      const app = yield* Effect.provideService(DevInbox.httpApp(), DevInbox.DevInbox, inbox)
      const server = createServer()
      const context = yield* Layer.build(NodeHttpServer.layer(() => server, { port: 0, host: "127.0.0.1" }))
      yield* Effect.provide(
        HttpServer.serveEffect(HttpRouter.empty.pipe(HttpRouter.mountApp("/tools/mail", app))),
        context
      )
      const address = server.address()
      const url = `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}/tools/mail`
      const frame = yield* ask(`${url}/api/messages/1/frame`)
      assert.include(String(frame.headers["content-security-policy"]), `img-src ${url}/api/messages/1/parts/ data:;`)
      assert.include(frame.body, `${url}/api/messages/1/parts/2`)
      assert.strictEqual((yield* ask(`${url}/page.js`)).status, 200)
      yield* Effect.sync(() => server.closeAllConnections())
    })))
})
