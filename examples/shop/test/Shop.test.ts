import type { MailBackend } from "@effect-mail/core"
import { Outbox, OutboxRunner, type OutboxStore, SqliteClient } from "@effect-mail/outbox"
import { TestMailbox } from "@effect-mail/testing"
import { Command, HttpApiBuilder, HttpApiClient, HttpServer } from "@effect/platform"
import { FetchHttpClient, HttpClient, HttpServerRequest, HttpServerResponse } from "@effect/platform"
import { NodeContext, NodeHttpServer } from "@effect/platform-node"
import { SqlClient } from "@effect/sql"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Option, Redacted, Ref, Schema, Stream } from "effect"
import { mkdtempSync, rmSync } from "node:fs"
import { createServer } from "node:http"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { Api } from "../src/Api.js"
import * as Delivery from "../src/Delivery.js"
import * as Payment from "../src/Payment.js"
import { ApiLive } from "../src/Server.js"

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "effect-mail-shop-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

const Database = Layer.unwrapScoped(
  Effect.map(folder, (path) => SqliteClient.layer({ filename: join(path, "shop.db") }))
)

/** The shop on a free port of loopback, with a client; what sends its receipts is the test's. */
const Shop = HttpApiBuilder.serve().pipe(
  Layer.provideMerge(ApiLive),
  Layer.provide(Payment.layerTest),
  Layer.provideMerge(Database),
  Layer.provideMerge(NodeHttpServer.layerTest)
)

const client = HttpApiClient.make(Api)

const order = { id: "42", name: "Ada Lovelace", email: "ada@example.org", cents: 1250, card: "4242424242424242" }

type Needs = Outbox.Outbox | OutboxStore.OutboxStore | SqlClient.SqlClient | HttpClient.HttpClient

const withMailbox = <A, E>(test: Effect.Effect<A, E, Needs | MailBackend.MailBackend | TestMailbox.TestMailbox>) =>
  Effect.provide(test, Layer.merge(Shop, TestMailbox.layer))

describe("the shop", () => {
  it.scopedLive("sends the receipt of an order, and says what became of it", () =>
    withMailbox(Effect.gen(function*() {
      const { orders } = yield* client
      const placed = yield* orders.place({ payload: order })
      assert.deepStrictEqual(placed.receipt, {
        state: "queued",
        recipients: [{ address: "ada@example.org", state: "pending" }]
      })
      yield* OutboxRunner.drain()
      const [receipt] = yield* TestMailbox.outbox
      assert.deepStrictEqual(receipt?.envelope.to, ["ada@example.org"])
      assert.include(new TextDecoder().decode(receipt?.bytes), "Subject: Your order 42\r\n")
      const { receipt: { recipients, state } } = yield* orders.get({ path: { id: "42" } })
      assert.strictEqual(state, "delivered")
      assert.deepStrictEqual(recipients.map((recipient) => recipient.state), ["accepted"])
    })))

  it.scopedLive("leaves neither an order nor a receipt behind when the card is refused", () =>
    withMailbox(Effect.gen(function*() {
      const { orders } = yield* client
      const refused = yield* Effect.flip(orders.place({ payload: { ...order, card: "4000000000000002" } }))
      assert.strictEqual(refused._tag, "CardRefused")
      assert.strictEqual((yield* Effect.flip(orders.get({ path: { id: "42" } })))._tag, "OrderNotFound")
      assert.deepStrictEqual((yield* (yield* Outbox.Outbox).counts).counts, [])
      yield* OutboxRunner.drain()
      assert.deepStrictEqual(yield* TestMailbox.outbox, [])
    })))

  it.scopedLive("takes an order once", () =>
    withMailbox(Effect.gen(function*() {
      const { orders } = yield* client
      yield* orders.place({ payload: order })
      const again = yield* Effect.flip(orders.place({ payload: order }))
      assert.deepInclude(again, { _tag: "OrderExists", id: "42" })
      yield* OutboxRunner.drain()
      assert.lengthOf(yield* TestMailbox.outbox, 1)
    })))

  const wrong: ReadonlyArray<readonly [string, Partial<typeof order>, string]> = [
    ["an address that is none", { email: "ada at example.org" }, "To"],
    ["a name with a line break", { name: "Ada\r\nBcc: all@example.org" }, "To"],
    ["an id with a line break", { id: "4\r\n2" }, "Subject"]
  ]
  it.effect.each(wrong)("names what is wrong: %s", ([_, input, field]) =>
    withMailbox(Effect.gen(function*() {
      const { orders } = yield* client
      const error = yield* Effect.flip(orders.place({ payload: { ...order, ...input } }))
      assert.deepInclude(error, { _tag: "InvalidOrder", field })
    })).pipe(Effect.scoped))

  it.scopedLive("says that it is not available when its database fails, and takes no money", () =>
    withMailbox(Effect.gen(function*() {
      const { orders } = yield* client
      const sql = yield* SqlClient.SqlClient
      yield* sql`DROP TABLE outbox_recipient`
      assert.strictEqual((yield* Effect.flip(orders.place({ payload: order })))._tag, "ShopUnavailable")
      assert.deepStrictEqual(yield* sql`SELECT id FROM orders`, [])
    })))

  it.scopedLive("sends by the provider while the relay cannot be reached", () =>
    Effect.gen(function*() {
      const requests = yield* Ref.make<ReadonlyArray<string>>([])
      const provider = Effect.gen(function*() {
        const { url } = yield* HttpServerRequest.HttpServerRequest
        yield* Ref.update(requests, (all) => [...all, url])
        return HttpServerResponse.unsafeJson({ id: "<1@mail.example.com>", message: "Queued. Thank you." })
      })
      const baseUrl = yield* Layer.build(NodeHttpServer.layer(createServer, { host: "127.0.0.1", port: 0 })).pipe(
        Effect.flatMap((context) =>
          Effect.provide(
            Effect.zipRight(HttpServer.serveEffect(provider), HttpServer.addressWith(Effect.succeed)),
            context
          )
        ),
        Effect.map((address) => address._tag === "TcpAddress" ? `http://127.0.0.1:${address.port}` : "")
      )
      const delivery = Delivery.layerWith(
        // Nothing listens on port 1.
        { host: "127.0.0.1", port: 1, tls: "none" },
        { domain: "mail.example.com", apiKey: Redacted.make("key-1"), baseUrl }
      )
      yield* Effect.gen(function*() {
        const { orders } = yield* client
        yield* orders.place({ payload: order })
        yield* OutboxRunner.drain()
        assert.strictEqual((yield* orders.get({ path: { id: "42" } })).receipt.state, "delivered")
      }).pipe(Effect.provide(Layer.merge(Shop, delivery)))
      assert.deepStrictEqual(yield* requests, ["/v3/mail.example.com/messages.mime"])
    }))

  it.scopedLive("shows its mail in development", () =>
    Effect.gen(function*() {
      const database = join(yield* folder, "shop.db")
      const program = fileURLToPath(new URL("../dist/main.js", import.meta.url))
      const running = yield* Command.make(process.execPath, program).pipe(
        Command.env({ PORT: "0", DATABASE: database }),
        Command.start
      )
      const url = yield* running.stdout.pipe(
        Stream.decodeText(),
        Stream.splitLines,
        Stream.filterMap((line) => Option.fromNullable(/http:\/\/[^\s"]+/.exec(line)?.[0])),
        Stream.runHead,
        Effect.flatten
      )
      const { orders } = yield* HttpApiClient.make(Api, { baseUrl: url })
      yield* orders.place({ payload: order })
      const List = Schema.Struct({ messages: Schema.Array(Schema.Struct({ Subject: Schema.String })) })
      const messages = HttpClient.get(`${url}/mail/api/v1/messages`).pipe(
        Effect.flatMap((response) => response.json),
        Effect.flatMap(Schema.decodeUnknown(List))
      )
      const found = yield* Effect.repeat(Effect.delay(messages, "100 millis"), {
        until: ({ messages }) => messages.length > 0
      })
      assert.deepStrictEqual(found.messages.map(({ Subject }) => Subject), ["Your order 42"])
    }).pipe(Effect.provide([NodeContext.layer, FetchHttpClient.layer])), 60_000)
})
