import { Mail, Message } from "@effect-mail/core"
import { BackendContract } from "@effect-mail/testing"
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Fiber, Layer, Redacted, TestClock } from "effect"
import * as HttpBackend from "../src/HttpBackend.js"
import * as MailApi from "./MailApi.js"

const backend = HttpBackend.layer({ url: new URL("https://mail.example.com/send"), token: Redacted.make("secret") })

const message = Message.make({ from: "ada@example.com", to: "bob@example.org", text: "Hello, Bob" })

describe("HttpBackend", () => {
  describe("keeps the contract", () => {
    const cases = BackendContract.cases({
      layer: backend,
      delivered: Effect.map(
        MailApi.MailApi,
        ({ received }) => received.map(({ from, mime, to }) => ({ bytes: mime, envelope: { from, to } }))
      ),
      timeLimit: "20 seconds"
    })
    for (const { name, test } of cases) it.effect(name, () => Effect.provide(test, MailApi.layer()), 30_000)
  })

  it.effect("says who it is", () =>
    Effect.gen(function*() {
      yield* Mail.send(message).pipe(Effect.provide(backend))
      const { authorizations } = yield* MailApi.MailApi
      assert.deepStrictEqual(authorizations, ["Bearer secret"])
    }).pipe(Effect.provide(MailApi.layer())))

  for (
    const [status, tag, isTransient] of [
      [400, "RejectedError", false],
      [401, "AuthenticationError", false],
      [403, "AuthenticationError", false],
      [408, "RejectedError", true],
      [422, "RejectedError", false],
      [429, "RejectedError", true],
      [500, "OutcomeUnknownError", false],
      [502, "OutcomeUnknownError", false],
      [503, "ConnectionError", true],
      [504, "OutcomeUnknownError", false]
    ] as const
  ) {
    it.effect(`makes ${tag} of ${status}, ${isTransient ? "" : "not "}to be tried again`, () =>
      Effect.gen(function*() {
        const error = yield* Effect.flip(Mail.send(message))
        assert.strictEqual(error._tag, tag)
        assert.strictEqual(error.isTransient, isTransient)
      }).pipe(Effect.provide(backend), Effect.provide(MailApi.layer(Effect.succeed(status)))))
  }

  it.effect("does not know what became of a message when the connection is lost", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(Mail.send(message))
      assert.strictEqual(error._tag, "OutcomeUnknownError")
      if (error._tag !== "OutcomeUnknownError") return
      assert.deepStrictEqual(error.recipients, [{ _tag: "Unknown", recipient: "bob@example.org" }])
      assert.strictEqual(error.cause, "socket hang up")
    }).pipe(Effect.provide(backend), Effect.provide(MailApi.layer(Effect.fail("socket hang up")))))

  it.effect("waits a minute for an answer, and no longer", () =>
    Effect.gen(function*() {
      const asked = yield* Deferred.make<void>()
      const silent = MailApi.layer(Effect.zipRight(Deferred.succeed(asked, undefined), Effect.never))
      const sending = yield* Mail.send(message).pipe(
        Effect.flip,
        Effect.provide(Layer.provide(backend, silent)),
        Effect.fork
      )
      yield* Deferred.await(asked)
      yield* TestClock.adjust("1 minute")
      assert.strictEqual((yield* Fiber.join(sending))._tag, "OutcomeUnknownError")
    }))

  it.effect("gives up the request of a message that is interrupted", () =>
    Effect.gen(function*() {
      const asked = yield* Deferred.make<void>()
      const abandoned = yield* Deferred.make<void>()
      const silent = MailApi.layer(
        Effect.zipRight(Deferred.succeed(asked, undefined), Effect.never).pipe(
          Effect.onInterrupt(() => Deferred.succeed(abandoned, undefined))
        )
      )
      const sending = yield* Effect.fork(Mail.send(message).pipe(Effect.provide(Layer.provide(backend, silent))))
      yield* Deferred.await(asked)
      yield* Fiber.interrupt(sending)
      assert.isTrue(yield* Deferred.isDone(abandoned))
    }))
})
