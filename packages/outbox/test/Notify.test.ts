import { MailBackend, Message } from "@effect-mail/core"
import { Outbox, OutboxRunner, OutboxStore } from "@effect-mail/outbox"
import { assert, layer } from "@effect/vitest"
import { Chunk, Deferred, Effect, Layer, Schedule, Stream } from "effect"
import * as Stores from "./Stores.js"

const message = Message.make({ from: "shop@example.com", to: "bob@example.com", subject: "Order", text: "Thank you!" })

/** Another process: it shares the database, and nothing else. */
const storeOf = (prefix: string) => Layer.fresh(OutboxStore.layerSql({ prefix }))

const telling = (sent: Deferred.Deferred<void>) =>
  Layer.succeed(
    MailBackend.MailBackend,
    MailBackend.make({
      name: "telling",
      open: Effect.succeed({
        deliver: (outgoing) => Effect.as(Deferred.succeed(sent, undefined), MailBackend.acceptAll(outgoing))
      })
    })
  )

layer(Stores.postgresClient, { timeout: 120_000, excludeTestServices: true })("a notification of PostgreSQL", (it) => {
  it.scoped("wakes a runner of another process that would poll in an hour", () =>
    Effect.gen(function*() {
      const sent = yield* Deferred.make<void>()
      yield* Effect.provide(Effect.void, storeOf("n_"))
      const woken = yield* Deferred.make<void>()
      const store = yield* Effect.provide(OutboxStore.OutboxStore, storeOf("n_"))
      // The runner listens once a first hint came through: hints are sent until then.
      const heard = Stream.tap(store.wake, () => Deferred.succeed(woken, undefined))
      yield* Effect.forkScoped(
        OutboxRunner.run({ poll: "1 hour" }).pipe(
          Effect.provide(telling(sent)),
          Effect.provideService(OutboxStore.OutboxStore, { ...store, wake: heard })
        )
      )
      const other = yield* Effect.provide(Outbox.make, storeOf("n_"))
      yield* Effect.raceFirst(
        Deferred.await(woken),
        Effect.repeat(other.enqueue(message, { key: "hint" }), Schedule.spaced("200 millis"))
      )
      yield* other.enqueue(message)
      yield* Deferred.await(sent)
    }), 60_000)

  it.scoped("that is lost loses no message", () =>
    Effect.gen(function*() {
      const sent = yield* Deferred.make<void>()
      const store = yield* Effect.provide(OutboxStore.OutboxStore, storeOf("l_"))
      const other = yield* Effect.provide(Outbox.make, storeOf("l_"))
      const settled = yield* Effect.fork(Stream.runCollect(Stream.take(other.changes, 1)))
      yield* Effect.forkScoped(
        OutboxRunner.run({ poll: "500 millis" }).pipe(
          Effect.provide(telling(sent)),
          Effect.provideService(OutboxStore.OutboxStore, { ...store, wake: Stream.never })
        )
      )
      const { id } = yield* other.enqueue(message)
      yield* Deferred.await(sent)
      const states = Chunk.toReadonlyArray(yield* settled.await.pipe(Effect.flatten))
      assert.deepStrictEqual(states.map((one) => [one.id, one.state]), [[id, "delivered"]])
    }), 60_000)
})
