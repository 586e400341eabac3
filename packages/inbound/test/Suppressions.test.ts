import { MailBackend, Message } from "@effect-mail/core"
import { Notice, ReturnPath, Suppressions } from "@effect-mail/inbound"
import * as SuppressionsSql from "@effect-mail/inbound/SuppressionsSql"
import type * as Vitest from "@effect/vitest"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Option, Redacted, TestClock } from "effect"
import * as Databases from "./Databases.js"
import { octets, report } from "./Reports.js"

const inDatabase = Databases.on((database) =>
  SuppressionsSql.layer().pipe(
    Layer.provide(Layer.effectDiscard(SuppressionsSql.createTables)),
    Layer.provide(database)
  )
)

const bounce = (to: string, failure: { readonly status: string }) =>
  Effect.map(
    Notice.parse(octets(report({ to, failures: [{ recipient: "bob@example.org", ...failure }] }))),
    Option.getOrThrow
  )

const complaint = (from: string, recipient: string, type = "abuse") =>
  Effect.map(
    Notice.parse(octets([
      "From: fbl@example.net",
      "Content-Type: multipart/report; report-type=feedback-report; boundary=x",
      "",
      "--x",
      "Content-Type: message/feedback-report",
      "",
      `Feedback-Type: ${type}`,
      `Original-Mail-From: <${from}>`,
      `Original-Rcpt-To: <${recipient}>`,
      "--x--",
      ""
    ].join("\r\n"))),
    Option.getOrThrow
  )

const keepsContract = <R>(
  it: Vitest.Vitest.MethodsNonLive<R>,
  layer: Layer.Layer<Suppressions.Suppressions, unknown, R>
) => {
  const setUp = Effect.gen(function*() {
    const suppressions = yield* Suppressions.Suppressions
    const returnPath = yield* ReturnPath.make({
      domain: "b.example.com",
      secret: Redacted.make("sixteen characters")
    })
    const { address } = { address: yield* returnPath.address("<1@example.com>", ["bob@example.org"]) }
    const to = `${address.local}@${address.domain}`
    const tie = (notice: Notice.Notice) => Effect.map(returnPath.tie(notice), Option.getOrThrow)
    return { suppressions, returnPath, to, tie }
  })

  it.effect("keeps what it is told, by list or for all mail, and forgets it", () =>
    Effect.gen(function*() {
      const { suppressions: { add, entries, pick, remove } } = yield* setUp
      yield* add("Bob <BOB@example.org>", "Unsubscribe", { list: "news" })
      yield* add("bob@EXAMPLE.org", "Manual", { list: "news" })
      yield* add("eve@b\u00fccher.example", "Complaint")
      yield* add("no address", "Manual")
      const everybody = ["bob@example.org", "eve@xn--bcher-kva.example", "ada@example.org", "no address"]
      const picked = (list?: string) => Effect.map(pick(everybody, { list }), (set) => Array.from(set))
      assert.deepStrictEqual(yield* picked("news"), everybody.slice(0, 2))
      assert.deepStrictEqual(yield* picked(), everybody.slice(1, 2))
      assert.deepStrictEqual((yield* entries("bob@example.org")).map(({ reason }) => reason), ["Unsubscribe"])
      yield* remove("bob@example.org", { list: "news" })
      yield* remove("bob@example.org", { list: "other" })
      assert.deepStrictEqual(yield* picked("news"), everybody.slice(1, 2))
    }).pipe(Effect.provide(layer)))

  it.effect("is fed by hard bounces at once, and by the third soft one in two weeks", () =>
    Effect.gen(function*() {
      const { suppressions: { entries, record }, tie, to } = yield* setUp
      const soft = yield* bounce(to, { status: "5.2.2" })
      const tied = yield* tie(soft)
      assert.deepStrictEqual(yield* record(soft, tied), [])
      yield* TestClock.adjust("15 days")
      assert.deepStrictEqual(yield* record(soft, tied), [])
      yield* TestClock.adjust("13 days")
      assert.deepStrictEqual(yield* record(soft, tied), [])
      yield* TestClock.adjust("23 hours")
      assert.deepStrictEqual(yield* record(soft, tied), ["bob@example.org"])
      const hard = yield* bounce(to, { status: "5.1.1" })
      assert.deepStrictEqual(yield* record(hard, tied), ["bob@example.org"])
      assert.deepStrictEqual((yield* entries("bob@example.org")).map(({ reason }) => reason), ["SoftBounces"])
    }).pipe(Effect.provide(layer)))

  it.effect("is fed by complaints, and by nothing for which there is no proof", () =>
    Effect.gen(function*() {
      const { suppressions: { entries, record }, tie, to } = yield* setUp
      const forged = yield* complaint(to, "eve@example.org")
      assert.deepStrictEqual(yield* record(forged, yield* tie(forged)), [])
      assert.deepStrictEqual(yield* record(forged, yield* tie(forged), { recipient: "eve@example.org" }), [])
      const praise = yield* complaint(to, "bob@example.org", "not-spam")
      assert.deepStrictEqual(yield* record(praise, yield* tie(praise)), [])
      assert.deepStrictEqual(yield* entries("eve@example.org"), [])
      const hidden = yield* complaint(to, "redacted@example.net")
      assert.deepStrictEqual(
        yield* record(hidden, yield* tie(hidden), { recipient: "Bob@example.org" }),
        ["Bob@example.org"]
      )
    }).pipe(Effect.provide(layer)))

  it.effect("is read by a policy, message by message", () =>
    Effect.gen(function*() {
      const { suppressions } = yield* setUp
      const policy = yield* Suppressions.policy({ list: "news" })
      const sentTo: Array<ReadonlyArray<string>> = []
      const backend = policy(MailBackend.make({
        name: "seeing",
        open: Effect.succeed({
          deliver: (outgoing) =>
            Effect.sync(() => {
              sentTo.push(outgoing.envelope.to)
              return MailBackend.acceptAll(outgoing)
            })
        })
      }))
      const message = Message.make({ from: "ada@example.com", to: ["bob@example.org", "eve@example.org"], text: "x" })
      yield* backend.send(message)
      yield* suppressions.add("bob@example.org", "Unsubscribe", { list: "news" })
      const report = yield* backend.send(message)
      yield* suppressions.add("eve@example.org", "HardBounce")
      yield* Effect.either(backend.send(message))
      assert.deepStrictEqual(sentTo, [["bob@example.org", "eve@example.org"], ["eve@example.org"]])
      assert.deepInclude(report.recipients, { _tag: "NotSent", recipient: "bob@example.org" })
    }).pipe(Effect.provide(layer)))
}

describe("Suppressions in memory", () => keepsContract(it, Suppressions.layerMemory()))

for (const [name, database] of Databases.databases) {
  it.layer(database, { timeout: "1 minutes" })(`Suppressions in ${name}`, (it) => keepsContract(it, inDatabase))
}

describe("Suppressions.policy", () => {
  it.effect("lets nothing through where the list cannot be read", () =>
    Effect.gen(function*() {
      const failing = Effect.fail(new Suppressions.SuppressionsError({ operation: "select", cause: "gone" }))
      const store: Suppressions.Store = {
        insert: () => failing,
        remove: () => failing,
        select: () => failing,
        countSoft: () => failing
      }
      const policy = yield* Effect.provideService(
        Suppressions.policy(),
        Suppressions.Suppressions,
        Suppressions.make(store)
      )
      const backend = policy(MailBackend.make({ name: "never", open: Effect.die("opened") }))
      const error = yield* Effect.flip(backend.send(Message.make({ from: "ada@example.com", to: "bob@example.org" })))
      assert.deepInclude(error, { _tag: "ConnectionError", reason: "Io", isTransient: true })
    }))
})
