import { Memory } from "@effect-mail/backends"
import { Message } from "@effect-mail/core"
import { Outbox, OutboxRunner, OutboxStore } from "@effect-mail/outbox"
import * as OutboxWorkflow from "@effect-mail/outbox/OutboxWorkflow"
import { ClusterWorkflowEngine, TestRunner } from "@effect/cluster"
import { assert, describe, it } from "@effect/vitest"
import { Workflow } from "@effect/workflow"
import { Chunk, Effect, Fiber, Layer, Schema, Stream, TestClock } from "effect"

const Welcome = Workflow.make({
  name: "Welcome",
  payload: { email: Schema.String },
  success: Schema.String,
  idempotencyKey: ({ email }) => email
})

const WelcomeLive = Welcome.toLayer(({ email }) =>
  Effect.orDie(OutboxWorkflow.send({
    name: "welcome",
    message: Message.make({ from: "shop@example.com", to: email, subject: "Welcome", text: "Hello" })
  }))
)

const all = WelcomeLive.pipe(
  Layer.provideMerge(OutboxWorkflow.layer),
  Layer.provideMerge(ClusterWorkflowEngine.layer),
  Layer.provideMerge(TestRunner.layer),
  Layer.provideMerge(Outbox.layer),
  Layer.provideMerge(OutboxStore.layerMemory),
  Layer.provideMerge(Memory.layer)
)

describe("a workflow", () => {
  it.scoped("queues a message once, and waits until it is settled", () =>
    Effect.gen(function*() {
      const outbox = yield* Outbox.Outbox
      const memory = yield* Memory.Memory
      const running = yield* Effect.fork(Welcome.execute({ email: "bob@example.com" }))
      yield* TestClock.adjust("1 second")
      // The same execution asks again: one message all the same.
      const again = yield* Effect.fork(Welcome.execute({ email: "bob@example.com" }))
      yield* TestClock.adjust("1 second")
      assert.strictEqual(Chunk.size(yield* Stream.runCollect(outbox.find())), 1)
      assert.isNull(running.unsafePoll())
      const draining = yield* Effect.fork(OutboxRunner.drain())
      yield* TestClock.adjust("20 seconds")
      yield* Fiber.join(draining)
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(yield* Fiber.join(running), "delivered")
      assert.strictEqual(yield* Fiber.join(again), "delivered")
      assert.strictEqual((yield* memory.outbox).length, 1)
    }).pipe(Effect.provide(all)))
})
