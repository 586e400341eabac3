/**
 * Many messages over HTTP: how many requests at a time, when a batch stops, and what Retry-After and an idempotency key
 * change.
 */
import type { HttpBackend } from "@effect-mail/backends"
import { Gmail, Resend, SendGrid } from "@effect-mail/backends"
import { Annotations, Mail, MailBackend, MailError, MailPolicy, Message } from "@effect-mail/core"
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Duration, Effect, Fiber, Layer, Redacted, Ref, Schedule, Stream, TestClock } from "effect"
import { secret } from "./Providers.js"
import * as RecordingClient from "./RecordingClient.js"

const apiKey = Redacted.make(secret)

const letter = (n: number): Message.Message =>
  Message.make({
    from: "ada@example.com",
    to: "bob@example.org",
    subject: `${n}`,
    text: "Hello",
    messageId: `<${n}@example.com>`
  })

const letters = (count: number) => Array.from({ length: count }, (_, i) => letter(i + 1))

const taken = RecordingClient.response(200, JSON.stringify({ id: "49a3" }))
const refusedConnection = Effect.fail(Object.assign(new Error("refused"), { code: "ECONNREFUSED" }))
const lost = Effect.fail(Object.assign(new Error("lost"), { code: "ECONNRESET" }))

const resend = (reply: (index: number, request: RecordingClient.Recorded) => RecordingClient.Reply) =>
  Layer.provideMerge(Resend.layer({ apiKey }), RecordingClient.layer(reply))

const subjectOf = (request: RecordingClient.Recorded): string => JSON.parse(RecordingClient.textOf(request)).subject

const tags = (entries: ReadonlyArray<{ readonly _tag: string; readonly error?: MailError.MailError }>) =>
  entries.map((entry) => entry.error?._tag ?? entry._tag)

describe("a batch", () => {
  it.effect("makes as many requests at a time as it may", () =>
    Effect.gen(function*() {
      const now = yield* Ref.make(0)
      const most = yield* Ref.make(0)
      const slow = Effect.acquireUseRelease(
        Effect.flatMap(Ref.updateAndGet(now, (n) => n + 1), (n) => Ref.update(most, (m) => Math.max(n, m))),
        () => Effect.zipRight(Effect.sleep("1 second"), taken),
        () => Ref.update(now, (n) => n - 1)
      )
      const sending = yield* Effect.fork(
        Effect.provide(Mail.sendAll(letters(7), { concurrency: 3 }), resend(() => slow))
      )
      yield* TestClock.adjust("3 seconds")
      const { entries } = yield* Fiber.join(sending)
      assert.deepStrictEqual(tags(entries), Array.from({ length: 7 }, () => "Sent"))
      assert.strictEqual(yield* Ref.get(most), 3)
    }))

  it.effect("stops where nothing gets through: the rest is not tried", () =>
    Effect.gen(function*() {
      const { entries } = yield* Mail.sendAll(letters(100))
      assert.deepStrictEqual(tags(entries).slice(0, 3), ["ConnectionError", "NotTried", "NotTried"])
      assert.lengthOf(entries, 100)
      assert.lengthOf(yield* RecordingClient.Requests, 1)
    }).pipe(Effect.provide(resend(() => refusedConnection))))

  it.effect("stops where the credentials are refused", () =>
    Effect.gen(function*() {
      const { entries } = yield* Mail.sendAll(letters(100), { concurrency: 4 })
      assert.strictEqual(tags(entries).filter((tag) => tag === "AuthenticationError").length, 1)
      assert.strictEqual(tags(entries).filter((tag) => tag === "NotTried").length, 99)
      assert.isAtMost((yield* RecordingClient.Requests).length, 4)
    }).pipe(Effect.provide(resend(() => RecordingClient.response(401)))))

  it.effect("leaves to the others what one of them could not send", () =>
    Effect.gen(function*() {
      const { entries } = yield* Mail.sendAll(letters(20), { concurrency: 2 })
      assert.deepStrictEqual(tags(entries), Array.from({ length: 20 }, () => "Sent"))
      assert.lengthOf(yield* RecordingClient.Requests, 21)
    }).pipe(
      Effect.provide(resend((index) => index === 0 ? refusedConnection : Effect.zipRight(Effect.yieldNow(), taken)))
    ))

  it.effect("goes on after a message that is refused, and after one of unknown outcome", () =>
    Effect.gen(function*() {
      const { entries } = yield* Mail.sendAll(letters(4))
      assert.deepStrictEqual(tags(entries), ["Sent", "RejectedError", "OutcomeUnknownError", "Sent"])
    }).pipe(
      Effect.provide(resend((index) => index === 1 ? RecordingClient.response(422) : index === 2 ? lost : taken))
    ))

  it.effect("tries again for as long as it may", () =>
    Effect.gen(function*() {
      const sending = yield* Effect.fork(Mail.sendAll(letters(3), { reconnectWithin: "1 minute" }))
      yield* TestClock.adjust("1 minute")
      const { entries } = yield* Fiber.join(sending)
      assert.deepStrictEqual(tags(entries), ["Sent", "Sent", "Sent"])
      assert.lengthOf(yield* RecordingClient.Requests, 6)
    }).pipe(Effect.provide(resend((index) => index < 3 ? refusedConnection : taken))))

  for (const continueWithoutConnection of [false, true]) {
    it.effect(`ends a stream where nothing gets through, ${continueWithoutConnection ? "unless told to go on" : "too"}`, () =>
      Effect.gen(function*() {
        const sending = Mail.sendStream(Stream.fromIterable(letters(3)), { continueWithoutConnection })
        const entries = Array.from(yield* Stream.runCollect(sending))
        const count = continueWithoutConnection ? 3 : 1
        assert.deepStrictEqual(tags(entries), Array.from({ length: count }, () => "ConnectionError"))
      }).pipe(Effect.provide(resend(() => refusedConnection))))
  }

  const busy = RecordingClient.response(429, "{}", { "retry-after": "12" })

  /** The key of a request is hashed by the platform, which takes turns of the event loop, and no time of the test's clock. */
  const requested = (count: number) =>
    Effect.flatMap(RecordingClient.Requests, (requests) =>
      Effect.repeat(
        Effect.async<void>((resume) => {
          setImmediate(() => resume(Effect.void))
        }),
        { until: () => requests.length >= count }
      ))

  it.effect("makes no request before the time that the provider named", () =>
    Effect.gen(function*() {
      const sending = yield* Effect.fork(Mail.sendAll(letters(3)))
      yield* requested(1)
      yield* TestClock.adjust("11 seconds")
      const requests = yield* RecordingClient.Requests
      assert.lengthOf(requests, 1)
      yield* TestClock.adjust("1 seconds")
      const { entries } = yield* Fiber.join(sending)
      assert.deepStrictEqual(tags(entries), ["RejectedError", "Sent", "Sent"])
      assert.lengthOf(requests, 3)
    }).pipe(Effect.provide(resend((index) => index === 0 ? busy : taken))))

  it.effect("defers without a request where that time is too far away", () =>
    Effect.gen(function*() {
      const { entries } = yield* Mail.sendAll(letters(3))
      assert.deepStrictEqual(tags(entries), ["RejectedError", "RejectedError", "RejectedError"])
      for (const entry of entries) {
        assert(entry._tag === "Failed" && entry.error._tag === "RejectedError")
        assert.isTrue(entry.error.isTransient)
        assert.deepStrictEqual(entry.error.retryAfter, Duration.hours(1))
      }
      assert.lengthOf(yield* RecordingClient.Requests, 1)
    }).pipe(Effect.provide(resend(() => RecordingClient.response(429, "{}", { "retry-after": "3600" })))))

  it.effect("a retry waits as long as the provider said", () =>
    Effect.gen(function*() {
      const retrying = MailPolicy.layer(MailPolicy.retry(Schedule.spaced("1 second")))
      const sending = yield* Effect.fork(Effect.provide(Mail.send(letter(1)), retrying))
      yield* requested(1)
      yield* TestClock.adjust("11 seconds")
      assert.lengthOf(yield* RecordingClient.Requests, 1)
      yield* TestClock.adjust("1 seconds")
      yield* Fiber.join(sending)
      assert.lengthOf(yield* RecordingClient.Requests, 2)
    }).pipe(Effect.provide(resend((index) => index === 0 ? busy : taken))))

  it.effect("Retry-After may be a date", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(Mail.send(letter(1)))
      assert(error._tag === "RejectedError")
      assert.deepStrictEqual(error.retryAfter, Duration.seconds(90))
    }).pipe(Effect.provide(resend(() =>
      RecordingClient.response(429, "", {
        date: "Tue, 24 Nov 2026 10:00:00 GMT",
        "retry-after": "Tue, 24 Nov 2026 10:01:30 GMT"
      })
    ))))
})

const retrying = MailPolicy.retry(Schedule.recurs(2))

const sent = (policy: MailPolicy.Policy, message = letter(1)) =>
  Effect.flatMap(MailBackend.MailBackend, (backend) => policy(backend).send(message))

const keys = Effect.map(
  RecordingClient.Requests,
  (requests) => requests.map(({ headers }) => headers["idempotency-key"])
)

describe("an idempotency key", () => {
  it.effect("makes a second try of an unknown outcome, with the same key and the same body", () =>
    Effect.gen(function*() {
      const { remoteId } = yield* sent(retrying)
      assert.strictEqual(remoteId, "49a3")
      const [one, two] = yield* keys
      assert.match(one ?? "", /^[0-9a-f]{64}$/)
      assert.strictEqual(two, one)
      const requests = yield* RecordingClient.Requests
      assert.strictEqual(new Set(requests.map(RecordingClient.textOf)).size, 1)
    }).pipe(Effect.provide(resend((index) => index === 0 ? lost : taken))))

  it.effect("is another for another envelope, and for another message", () =>
    Effect.gen(function*() {
      yield* Mail.send(letter(1))
      yield* Mail.send(Message.bcc(letter(1), "carol@example.org"))
      yield* Mail.send(letter(2))
      assert.strictEqual(new Set(yield* keys).size, 3)
    }).pipe(Effect.provide(resend(() => taken))))

  it.effect("is the message's own where it has one", () =>
    Effect.gen(function*() {
      yield* Mail.send(Message.annotate(letter(1), Annotations.idempotencyKey, "order-42"))
      assert.deepStrictEqual(yield* keys, ["order-42"])
    }).pipe(Effect.provide(resend(() => taken))))

  it.effect("repeats nothing when the provider has forgotten it", () =>
    Effect.gen(function*() {
      const sending = yield* Effect.fork(Effect.flip(sent(MailPolicy.retry(Schedule.spaced("24 hours")))))
      yield* TestClock.adjust("48 hours")
      assert.strictEqual((yield* Fiber.join(sending))._tag, "OutcomeUnknownError")
      assert.lengthOf(yield* RecordingClient.Requests, 1)
    }).pipe(Effect.provide(resend(() => lost))))

  it.effect("counts its time from the first request", () =>
    Effect.gen(function*() {
      const sending = yield* Effect.fork(Effect.flip(sent(MailPolicy.retry(Schedule.spaced("9 hours")))))
      yield* TestClock.adjust("100 hours")
      assert.strictEqual((yield* Fiber.join(sending))._tag, "OutcomeUnknownError")
      assert.lengthOf(yield* RecordingClient.Requests, 3)
    }).pipe(Effect.provide(resend(() => lost))))

  for (
    const [what, reply] of [
      ["refused for now", RecordingClient.response(429)],
      ["refused for good", RecordingClient.response(422)],
      ["refused for its credentials", RecordingClient.response(401)],
      ["not connected", refusedConnection],
      ["still under way", RecordingClient.response(409, JSON.stringify({ name: "concurrent_idempotent_requests" }))]
    ] as const
  ) {
    it.effect(`what became of the first try stays unknown where the second is ${what}`, () =>
      Effect.gen(function*() {
        const error = yield* Effect.flip(sent(retrying))
        assert(error._tag === "OutcomeUnknownError", error._tag)
        assert.deepStrictEqual(error.recipients, [{ _tag: "Unknown", recipient: "bob@example.org" }])
      }).pipe(Effect.provide(resend((index) => index === 0 ? lost : reply))))
  }

  it.effect("is of no use to another backend: a failover repeats nothing", () =>
    Effect.gen(function*() {
      const other: Array<string> = []
      const smtp = MailBackend.make({
        name: "smtp",
        open: Effect.succeed({
          deliver: (outgoing) =>
            Effect.sync(() => {
              other.push(outgoing.messageId)
              return MailBackend.acceptAll(outgoing)
            })
        })
      })
      const backend = yield* MailBackend.MailBackend
      const error = yield* Effect.flip(retrying(MailPolicy.failover([backend, smtp])).send(letter(1)))
      assert(error._tag === "OutcomeUnknownError")
      assert.isFalse(error.isRepeatable)
      assert.deepStrictEqual(other, [])
      assert.lengthOf(yield* RecordingClient.Requests, 1)
      const again = yield* Effect.flip(MailPolicy.failover([retrying(backend), smtp]).send(letter(1)))
      assert.strictEqual(again._tag, "OutcomeUnknownError")
      assert.deepStrictEqual(other, [])
    }).pipe(Effect.provide(resend((index) => index % 2 === 0 ? lost : refusedConnection))))

  it.effect("a failover goes on from a provider that cannot be reached, and back", () =>
    Effect.gen(function*() {
      const down = MailBackend.make({
        name: "smtp",
        open: Effect.fail(new MailError.ConnectionError({ reason: "Refused", description: "nobody listens" }))
      })
      const backend = yield* MailBackend.MailBackend
      assert.strictEqual((yield* MailPolicy.failover([down, backend]).send(letter(1))).remoteId, "49a3")
      assert.strictEqual((yield* MailPolicy.failover([backend, down]).send(letter(1))).remoteId, "49a3")
    }).pipe(Effect.provide(resend(() => taken))))

  it.effect("a provider without keys repeats nothing", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(sent(retrying))
      assert(error._tag === "OutcomeUnknownError")
      assert.isFalse(error.isRepeatable)
      assert.lengthOf(yield* RecordingClient.Requests, 1)
    }).pipe(Effect.provide(Layer.provideMerge(SendGrid.layer({ apiKey }), RecordingClient.layer(() => lost)))))
})

describe("credentials that expire", () => {
  const gmail = (accessToken: HttpBackend.Credentials, reply: (index: number) => RecordingClient.Reply) =>
    Layer.provideMerge(Gmail.layer({ accessToken }), RecordingClient.layer(reply))
  const ok = RecordingClient.response(200, JSON.stringify({ id: "18c2" }))
  const tokens = Effect.map(
    Ref.make(0),
    (count) => Effect.map(Ref.updateAndGet(count, (n) => n + 1), (n) => Redacted.make(`token-${n}`))
  )
  const authorizations = Effect.map(
    RecordingClient.Requests,
    (requests) => requests.map(({ headers }) => headers["authorization"])
  )

  it.effect("are kept, and asked for once more when they are refused", () =>
    Effect.gen(function*() {
      const token = yield* tokens
      yield* Effect.gen(function*() {
        yield* Mail.send(letter(1))
        yield* Mail.send(letter(2))
        yield* Mail.send(letter(3))
        assert.deepStrictEqual(yield* authorizations, [
          "Bearer token-1",
          "Bearer token-1",
          "Bearer token-2",
          "Bearer token-2"
        ])
      }).pipe(Effect.provide(gmail(token, (index) => index === 1 ? RecordingClient.response(401) : ok)))
    }))

  it.effect("are asked for once by all who wait", () =>
    Effect.gen(function*() {
      const token = yield* tokens
      const slow = Effect.zipLeft(token, Effect.yieldNow())
      yield* Effect.gen(function*() {
        yield* Effect.forEach(letters(5), Mail.send, { concurrency: "unbounded" })
        assert.deepStrictEqual(yield* authorizations, Array.from({ length: 5 }, () => "Bearer token-1"))
      }).pipe(Effect.provide(gmail(slow, () => ok)))
    }))

  it.effect("are refused twice at most", () =>
    Effect.gen(function*() {
      const token = yield* tokens
      yield* Effect.gen(function*() {
        assert.strictEqual((yield* Effect.flip(Mail.send(letter(1))))._tag, "AuthenticationError")
        assert.lengthOf(yield* RecordingClient.Requests, 2)
      }).pipe(Effect.provide(gmail(token, () => RecordingClient.response(401))))
    }))

  it.effect("that cannot be obtained send nothing, and do not hold up for ever", () =>
    Effect.gen(function*() {
      const asked = yield* Deferred.make<void>()
      const never = Effect.zipRight(Deferred.succeed(asked, undefined), Effect.never)
      yield* Effect.gen(function*() {
        const sending = yield* Effect.fork(Effect.flip(Mail.send(letter(1))))
        yield* Deferred.await(asked)
        yield* TestClock.adjust("1 minute")
        const error = yield* Fiber.join(sending)
        assert(error._tag === "AuthenticationError")
        assert.strictEqual(error.reason, "Credentials")
        assert.lengthOf(yield* RecordingClient.Requests, 0)
      }).pipe(Effect.provide(gmail(never, () => ok)))
    }))
})

describe("annotations", () => {
  it.effect("are dropped where a policy says so, and only then", () =>
    Effect.gen(function*() {
      const tagged = Message.annotate(letter(1), Annotations.tags, ["a b"])
      const error = yield* Effect.flip(Mail.send(tagged))
      assert.strictEqual(error._tag, "CapabilityError")
      yield* sent(MailPolicy.without(["TAGS"]), tagged)
      assert.deepStrictEqual((yield* RecordingClient.Requests).map(subjectOf), ["1"])
    }).pipe(Effect.provide(resend(() => taken))))
})
