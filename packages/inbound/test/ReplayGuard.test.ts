import { ReplayGuard, Webhook } from "@effect-mail/inbound"
import * as ReplayGuardSql from "@effect-mail/inbound/ReplayGuardSql"
import type * as Vitest from "@effect/vitest"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Redacted, TestClock } from "effect"
import * as Databases from "./Databases.js"

const inDatabase = Databases.on((database) =>
  ReplayGuardSql.layer.pipe(
    Layer.provide(Layer.effectDiscard(ReplayGuardSql.createTables)),
    Layer.provide(database)
  )
)

const password = Redacted.make("a long password")

const incoming = (id: string): Webhook.Incoming => ({
  body: new TextEncoder().encode(JSON.stringify({ RecordType: "Delivery", MessageID: id })),
  headers: { authorization: `Basic ${Buffer.from("hook:a long password").toString("base64")}` }
})

const keepsContract = <R>(
  it: Vitest.Vitest.MethodsNonLive<R>,
  layer: Layer.Layer<ReplayGuard.ReplayGuard, unknown, R>
) => {
  it.effect("gives a delivery to one of those who claim it, until it is done or released", () =>
    Effect.gen(function*() {
      const guard = yield* ReplayGuard.ReplayGuard
      const claims = yield* Effect.all(Array.from({ length: 5 }, () => guard.claim("a", 0, 100)), {
        concurrency: "unbounded"
      })
      assert.deepStrictEqual([...claims].sort(), ["New", "Pending", "Pending", "Pending", "Pending"])
      assert.strictEqual(yield* guard.claim("b", 0, 100), "New")
      yield* guard.release("b")
      assert.strictEqual(yield* guard.claim("b", 1, 100), "New")
      yield* guard.done("a", 1000)
      assert.strictEqual(yield* guard.claim("a", 999, 2000), "Done")
      assert.strictEqual(yield* guard.claim("a", 1000, 2000), "New")
    }).pipe(Effect.provide(layer)))

  it.effect("gives it again when the claim lapses, as of a process that died", () =>
    Effect.gen(function*() {
      const guard = yield* ReplayGuard.ReplayGuard
      assert.strictEqual(yield* guard.claim("a", 0, 100), "New")
      assert.strictEqual(yield* guard.claim("a", 99, 200), "Pending")
      assert.strictEqual(yield* guard.claim("a", 100, 200), "New")
      assert.strictEqual(yield* guard.claim("a", 101, 200), "Pending")
    }).pipe(Effect.provide(layer)))

  it.effect("is asked by all receivers that are made with it, as those of several processes", () =>
    Effect.gen(function*() {
      const receivers = yield* Effect.all([1, 2].map(() => Webhook.postmark({ user: "hook", password })))
      const [one, other] = receivers
      if (one === undefined || other === undefined) return assert.fail("there are no receivers")
      const seen: Array<number> = []
      const handle = (events: ReadonlyArray<Webhook.Event>) => Effect.sync(() => void seen.push(events.length))
      yield* one.receive(incoming("1"), handle)
      assert.deepInclude(yield* Effect.flip(other.receive(incoming("1"), handle)), { reason: "Replayed" })
      yield* other.receive(incoming("2"), (events) =>
        Effect.gen(function*() {
          yield* handle(events)
          // Meanwhile the provider, which heard nothing yet, tries again.
          assert.deepInclude(yield* Effect.flip(one.receive(incoming("2"), handle)), { reason: "Pending" })
        }))
      assert.strictEqual(yield* Effect.flip(one.receive(incoming("3"), () => Effect.fail("full"))), "full")
      yield* other.receive(incoming("3"), handle)
      yield* TestClock.adjust("2 days")
      assert.deepInclude(yield* Effect.flip(one.receive(incoming("3"), handle)), { reason: "Replayed" })
      assert.deepStrictEqual(seen, [1, 1, 1])
    }).pipe(Effect.provide(layer)))
}

describe("ReplayGuard in memory", () => keepsContract(it, ReplayGuard.layerMemory))

for (const [name, database] of Databases.databases) {
  it.layer(database, { timeout: "1 minutes" })(`ReplayGuard in ${name}`, (it) => keepsContract(it, inDatabase))
}

describe("Webhook", () => {
  it.effect("hands nothing on where the store fails", () =>
    Effect.gen(function*() {
      const failing = Effect.fail(new ReplayGuard.ReplayGuardError({ operation: "claim", cause: "gone" }))
      const receiver = yield* Webhook.postmark({ user: "hook", password }).pipe(
        Effect.provideService(ReplayGuard.ReplayGuard, {
          claim: () => failing,
          done: () => failing,
          release: () => failing
        })
      )
      const error = yield* Effect.flip(receiver.receive(incoming("1"), () => Effect.die("handled")))
      assert.strictEqual(error._tag, "ReplayGuardError")
    }))
})
