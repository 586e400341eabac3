/**
 * Until when an unknown outcome may be repeated, for each provider that knows idempotency keys.
 */
import { Brevo, Resend } from "@effect-mail/backends"
import { Annotations, Mail, MailPolicy, Message } from "@effect-mail/core"
import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Fiber, Layer, Redacted, Schedule, TestClock } from "effect"
import { providers, secret } from "./Providers.js"
import * as RecordingClient from "./RecordingClient.js"

const apiKey = Redacted.make(secret)
const key = "7d444840-9dc0-11d1-b245-5ffdce74fad2"

const plain = Message.make({ from: "ada@example.com", to: "bob@example.org", text: "Hello", html: "<p>Hello</p>" })
const keyed = Message.annotate(plain, Annotations.idempotencyKey, key)

const lost = Effect.fail(Object.assign(new Error("lost"), { code: "ECONNRESET" }))

const windows = [
  ["Resend", Resend.layer({ apiKey }), plain, "24 hours"],
  ["Resend, with a key of the message", Resend.layer({ apiKey }), keyed, "24 hours"],
  ["Brevo, with a key of the message", Brevo.layer({ apiKey }), keyed, "15 minutes"]
] as const

/** The key of a request is hashed by the platform, which takes turns of the event loop. */
const requested = (count: number) =>
  Effect.flatMap(RecordingClient.Requests, (requests) =>
    Effect.repeat(
      Effect.async<void>((resume) => void setImmediate(() => resume(Effect.void))),
      { until: () => requests.length >= count }
    ))

const keysOf = (requests: ReadonlyArray<RecordingClient.Recorded>): ReadonlyArray<unknown> =>
  requests.map((request) =>
    request.headers["idempotency-key"] ?? JSON.parse(RecordingClient.textOf(request)).headers?.idempotencyKey
  )

describe("the window of an idempotency key", () => {
  for (const [name, layer, message, window] of windows) {
    for (const [when, pause, tries] of [["before its end", 1, 2], ["at its end", 0, 1]] as const) {
      it.effect(`${name}: ${when}`, () =>
        Effect.gen(function*() {
          const wait = Duration.subtract(Duration.decode(window), Duration.seconds(pause))
          const retrying = MailPolicy.layer(
            MailPolicy.retry(Schedule.intersect(Schedule.spaced(wait), Schedule.recurs(1)))
          )
          const sending = yield* Effect.fork(Effect.flip(Effect.provide(Mail.send(message), retrying)))
          yield* requested(1)
          yield* TestClock.adjust(window)
          const error = yield* Fiber.join(sending)
          assert(error._tag === "OutcomeUnknownError")
          assert.isTrue(error.isRepeatable)
          const requests = yield* RecordingClient.Requests
          assert.lengthOf(requests, tries)
          const [first, ...others] = keysOf(requests)
          assert.isString(first)
          for (const other of others) assert.strictEqual(other, first)
          if (message === keyed) assert.strictEqual(first, key)
        }).pipe(Effect.provide(Layer.provideMerge(layer, RecordingClient.layer(() => lost)))))
    }
  }

  it.effect("there is none of Brevo without a key of the message", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(Mail.send(plain))
      assert(error._tag === "OutcomeUnknownError")
      assert.isFalse(error.isRepeatable)
      assert.deepStrictEqual(keysOf(yield* RecordingClient.Requests), [undefined])
    }).pipe(Effect.provide(Layer.provideMerge(Brevo.layer({ apiKey }), RecordingClient.layer(() => lost)))))

  for (const { layer, names: [name] } of providers) {
    if (name === "resend" || name === "brevo") continue
    it.effect(`${name} refuses a key, which it would ignore`, () =>
      Effect.gen(function*() {
        const error = yield* Effect.flip(Mail.send(keyed))
        assert(error._tag === "CapabilityError")
        assert.strictEqual(error.capability, "IDEMPOTENCY")
        assert.lengthOf(yield* RecordingClient.Requests, 0)
      }).pipe(Effect.provide(Layer.provideMerge(layer(), RecordingClient.layer(() => lost)))))
  }
})
