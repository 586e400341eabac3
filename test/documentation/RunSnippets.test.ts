/**
 * The snippets of some pages, run: each is a module of its own, and exports what is looked at here.
 */
import { Dkim, type MailBackend, Message, Outgoing } from "@effect-mail/core"
import { Notice, ReturnPath, Suppressions, Unsubscribe, Webhook } from "@effect-mail/inbound"
import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Effect, Either, Layer, Option, Redacted, Schema } from "effect"
import { mkdirSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { root, snippets } from "./Snippets.js"

const folder = join(root, "test/documentation/.snippets")

/** The exports of the snippets of a page, in their order. */
const run = (page: string) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      mkdirSync(folder, { recursive: true })
      return snippets.filter(({ place }) => place.startsWith(`docs/${page}.md:`)).map(({ code }, i) => {
        const file = join(folder, `${page}-${i}.ts`)
        writeFileSync(file, code)
        return file
      })
    }),
    (files) => Effect.sync(() => files.forEach((file) => rmSync(file)))
  ).pipe(
    Effect.flatMap(Effect.forEach((file) =>
      Effect.promise((): Promise<Readonly<Record<string, unknown>>> => import(/* @vite-ignore */ file))
    )),
    Effect.map((modules) => ({
      /** The export of a name, of the n-th snippet that has it. */
      get: (name: string, n = 0) =>
        modules.filter((module) => name in module)[n]?.[name],
      count: modules.length
    }))
  )

const isFunction = (u: unknown): u is (...args: ReadonlyArray<unknown>) => unknown => typeof u === "function"

const call = (f: unknown, ...args: ReadonlyArray<unknown>): unknown =>
  isFunction(f) ? f(...args) : assert.fail("the snippet exports no function")

/** The message that an export is, at once, in an Either or by an effect. */
const messageOf = (exported: unknown) =>
  Effect.gen(function*() {
    const value: unknown = Effect.isEffect(exported)
      ? yield* (exported as Effect.Effect<unknown, unknown>)
      : exported
    const message = Either.isEither(value) ? Either.getOrThrow(value) : value
    return Message.isMessage(message) ? message : assert.fail("the snippet exports no message")
  })

describe("the snippets of docs/content.md", () => {
  it.scoped("make messages that can be sent", () =>
    Effect.gen(function*() {
      const { count, get } = yield* run("content")
      assert.strictEqual(count, 8)
      const html: ReadonlyArray<RegExp | undefined> = [
        /<h1>/,
        /<strong>our<\/strong>/,
        undefined,
        /Hello (?:<!-- -->)?&lt;Bob&gt;/,
        /<td[^>]*>[^]*Hello Bob/,
        /<p style="color: red;">/
      ]
      for (const [i, pattern] of html.entries()) {
        const message = yield* messageOf(get("message", i))
        yield* Outgoing.prepare(message)
        if (pattern !== undefined) assert.match(Option.getOrElse(message.html, () => ""), pattern)
      }
      const german = yield* messageOf(call(get("welcome"), "de", "Bob"))
      assert.deepStrictEqual([german.subject, german.text], ["Willkommen", Option.some("Hallo Bob")])
      const calendars: ReadonlyArray<readonly [name: string, pattern: RegExp]> = [
        ["invitation", /BEGIN:VTIMEZONE[^]*RRULE:FREQ=WEEKLY/],
        ["notThisWeek", /METHOD:CANCEL[^]*RECURRENCE-ID/]
      ]
      for (const [name, pattern] of calendars) {
        const message = yield* messageOf(get(name))
        yield* Outgoing.prepare(message)
        assert.match(message.alternatives.map(({ content }) => String(content)).join("\n"), pattern)
      }
    }), 120_000)
})

const environment = (entries: Readonly<Record<string, string>>) =>
  Effect.withConfigProvider(ConfigProvider.fromMap(new Map(Object.entries(entries))))

const isLayer = (u: unknown): u is Layer.Layer<MailBackend.MailBackend, unknown> => Layer.isLayer(u)

describe("the snippets of docs/dkim.md", () => {
  it.scoped("make a record, sign by the environment, and check the DNS", () =>
    Effect.gen(function*() {
      const { get } = yield* run("dkim")
      const line = yield* Schema.decodeUnknown(Schema.String)(
        yield* (get("zoneLine") as Effect.Effect<unknown>)
      )
      assert.match(
        line,
        /^s2026\._domainkey\.example\.com\. IN TXT \( "v=DKIM1; k=rsa; p=[A-Za-z0-9+/]+" "[A-Za-z0-9+/=]+" \)$/
      )
      const pair = yield* Dkim.generate()
      const settings = {
        DKIM_DOMAIN: "example.com",
        DKIM_SELECTOR: "s2026",
        DKIM_PRIVATE_KEY: Redacted.value(pair.privateKey)
      }
      for (const n of [0, 1]) {
        const layer = get("MailLive", n)
        const context = isLayer(layer) ? yield* Layer.build(layer).pipe(environment(settings)) : assert.fail("no layer")
        assert.isDefined(context)
      }
      const lines = yield* Schema.decodeUnknown(Schema.Array(Schema.String))(
        yield* (call(get("lines"), { "example.com": ["v=spf1 -all"] }) as Effect.Effect<unknown>)
      )
      assert.deepStrictEqual(lines.map((text) => text.split(":")[0]), ["SPF wrong", "DKIM missing", "DMARC missing"])
    }), 120_000)
})

describe("the snippets of docs/bounces.md", () => {
  const report = [
    "Return-Path: <>",
    "From: MAILER-DAEMON@example.org",
    "To: <TO>",
    "Content-Type: multipart/report; report-type=delivery-status; boundary=x",
    "",
    "--x",
    "Content-Type: message/delivery-status",
    "",
    "Reporting-MTA: dns; mx.example.org",
    "",
    "Final-Recipient: rfc822; bob@example.org",
    "Action: failed",
    "Status: 5.1.1",
    "--x--",
    ""
  ].join("\r\n")

  it.scoped("read a notice, and suppress whom it proves", () =>
    Effect.gen(function*() {
      const { get } = yield* run("bounces")
      const settings = { RETURN_PATH_DOMAIN: "bounces.example.com", RETURN_PATH_SECRET: "sixteen characters" }
      const layers = Layer.merge(
        Layer.effect(ReturnPath.ReturnPath, Effect.flatMap(ReturnPath.config, ReturnPath.make)),
        Suppressions.layerMemory()
      )
      yield* Effect.gen(function*() {
        const { address } = yield* ReturnPath.ReturnPath
        const { domain, local } = yield* address("<1@example.com>", ["bob@example.org"])
        const octets = new TextEncoder().encode(report.replace("TO", `${local}@${domain}`))
        const said = yield* (call(get("describe"), octets) as Effect.Effect<unknown>)
        assert.strictEqual(said, "bob@example.org: Hard 5.1.1")
        const notice = Option.getOrThrow(yield* Notice.parse(octets))
        const recorded = yield* (call(get("record"), notice) as Effect.Effect<
          unknown,
          unknown,
          ReturnPath.ReturnPath | Suppressions.Suppressions
        >)
        assert.deepStrictEqual(recorded, ["bob@example.org"])
      }).pipe(Effect.provide(layers), environment(settings))
      const app = yield* (get("app") as Effect.Effect<unknown>).pipe(
        environment({ RESEND_WEBHOOK_SECRET: `whsec_${Buffer.alloc(24).toString("base64")}` })
      )
      assert.isTrue(Effect.isEffect(app))
      assert.isTrue(isFunction(Webhook.app))
    }), 120_000)
})

describe("the snippets of docs/unsubscribe.md", () => {
  it.scoped("write the fields of a mailing", () =>
    Effect.gen(function*() {
      const { get } = yield* run("unsubscribe")
      const settings = { UNSUBSCRIBE_SECRET: "sixteen characters" }
      const message = yield* messageOf(call(get("newsletter"), "bob@example.org")).pipe(environment(settings))
      assert.match(message.listUnsubscribe[0] ?? "", /^https:\/\/example\.com\/unsubscribe\?t=/)
      assert.isTrue(Effect.isEffect(yield* (get("app") as Effect.Effect<unknown>).pipe(environment(settings))))
      const unsubscribe = yield* Unsubscribe.make({
        secret: Redacted.make("sixteen characters"),
        base: "https://example.com/unsubscribe"
      })
      assert.isDefined(call(get("mailing"), [], unsubscribe))
    }), 120_000)
})
