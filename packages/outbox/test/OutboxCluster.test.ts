import { Memory } from "@effect-mail/backends"
import { Message } from "@effect-mail/core"
import { Outbox, OutboxStore } from "@effect-mail/outbox"
import * as OutboxCluster from "@effect-mail/outbox/OutboxCluster"
import { assert, layer } from "@effect/vitest"
import { Chunk, Effect, Fiber, Layer, Stream } from "effect"
import * as Stores from "./Stores.js"

const outbox = Outbox.layer.pipe(Layer.provideMerge(OutboxStore.layerSql()), Layer.provideMerge(Stores.postgresClient))

const message = (n: number) =>
  Message.make({ from: "shop@example.com", to: `bob@host-${n}.example`, subject: `Order ${n}`, text: "Thank you!" })

// Each with a database of its own: runners of one database send the messages of both.
layer(outbox, { timeout: 120_000, excludeTestServices: true })("a cluster", (it) => {
  it.effect("sends from all of its lanes, each message once", () =>
    Effect.gen(function*() {
      const { changes, enqueueAll } = yield* Outbox.Outbox
      const memory = yield* Memory.Memory
      const settled = yield* Effect.fork(Stream.runCollect(Stream.take(changes, 40)))
      yield* Effect.forkScoped(Layer.launch(OutboxCluster.layer({ poll: "200 millis" }, OutboxCluster.quick)))
      yield* Effect.forkScoped(Layer.launch(OutboxCluster.layer({ poll: "200 millis" }, OutboxCluster.quick)))
      yield* enqueueAll(Array.from({ length: 40 }, (_, n) => [message(n)] as const))
      const states = Chunk.toReadonlyArray(yield* Fiber.join(settled)).map(({ state }) => state)
      assert.deepStrictEqual([...new Set(states)], ["delivered"])
      const recipients = (yield* memory.outbox).map(({ envelope }) => envelope.to[0])
      assert.strictEqual(recipients.length, 40)
      assert.strictEqual(new Set(recipients).size, 40)
    }).pipe(Effect.scoped, Effect.provide(Memory.layer)), 100_000)
})

layer(outbox, { timeout: 120_000, excludeTestServices: true })("a cluster with limits", (it) => {
  it.effect("keeps to the limit of a domain over all machines", () =>
    Effect.gen(function*() {
      const outbox = yield* Outbox.Outbox
      const memory = yield* Memory.Memory
      const limits = { "@busy.example": { messages: 5, interval: "1 day" } } as const
      const options = { poll: "200 millis", mailers: [], limits } as const
      const before = (yield* memory.outbox).length
      yield* Effect.forkScoped(Layer.launch(OutboxCluster.layer(options, OutboxCluster.quick)))
      yield* Effect.forkScoped(Layer.launch(OutboxCluster.layer(options, OutboxCluster.quick)))
      // All lanes are held once a message of each was sent.
      const settled = yield* Effect.fork(Stream.runCollect(Stream.take(outbox.changes, 40)))
      yield* outbox.enqueueAll(Array.from({ length: 40 }, (_, n) => [message(n)] as const))
      yield* Fiber.join(settled)
      const busy = (n: number) =>
        Message.make({ from: "shop@example.com", to: `r${n}@busy.example`, subject: "Order", text: "Thank you!" })
      yield* outbox.enqueueAll(Array.from({ length: 20 }, (_, n) => [busy(n)] as const))
      const waiting = Effect.map(outbox.counts, ({ counts }) =>
        counts.find(({ state }) => state === "scheduled")?.count ?? 0)
      yield* Effect.repeat(Effect.delay(waiting, "200 millis"), {
        until: (count) =>
          count >= 15
      })
      assert.strictEqual(yield* waiting, 15)
      assert.strictEqual((yield* memory.outbox).length - before, 45)
    }).pipe(Effect.scoped, Effect.provide(Memory.layer)), 100_000)
})
