import { type BatchReport, Mail, MailBackend, MailError, MailMetrics, MailPolicy, Message } from "@effect-mail/core"
import * as RecordingDriver from "@effect-mail/test-kit/RecordingDriver"
import { assert, describe, it } from "@effect/vitest"
import { Chunk, Deferred, Effect, Exit, Fiber, Metric, Queue, Stream, TestClock, Tracer } from "effect"

const { message } = RecordingDriver

const numbers = (count: number) => Array.from({ length: count }, (_, n) => String(n))

const refused = new MailError.ConnectionError({ reason: "Refused", description: "no more connections" })

const lost = new MailError.ConnectionError({ reason: "Lost", description: "the connection ended" })

const using = (recording: RecordingDriver.Recording) =>
  Effect.provideService(MailBackend.MailBackend, recording.backend)

const tags = (entries: Iterable<BatchReport.Entry>) =>
  Array.from(entries, (entry) => entry._tag === "Failed" ? entry.error._tag : entry._tag)

const delivered = ({ events }: RecordingDriver.Recording) => events.filter((event) => /^\d+$/.test(event))

const all = (tag: string, count: number) => Array.from({ length: count }, () => tag)

/** Runs on the test clock for as long as it takes. */
const timeless = <A, E, R>(self: Effect.Effect<A, E, R>) =>
  Effect.raceFirst(self, Effect.forever(TestClock.adjust("1 second")))

/** A driver that opens so many sessions at most at once, and takes a second for each message. */
const allowing = (most: number, error: MailError.BackendError = refused) => {
  const recording: RecordingDriver.Recording = RecordingDriver.make({
    open: () =>
      Effect.suspend(() => {
        const count = (event: string) => recording.events.filter((each) => each === event).length
        return count("open") - count("close") < most ? Effect.void : Effect.fail(error)
      }),
    deliver: () => Effect.sleep("1 second")
  })
  return recording
}

/** Sends in every way in which several workers do. */
const ways: ReadonlyArray<
  readonly [
    string,
    (
      subjects: ReadonlyArray<string>,
      concurrency: number
    ) => Effect.Effect<ReadonlyArray<BatchReport.Entry>, never, MailBackend.MailBackend>
  ]
> = [
  [
    "sendAll",
    (subjects, concurrency) =>
      Effect.map(Mail.sendAll(subjects.map(message), { concurrency }), ({ entries }) => entries)
  ],
  ...[true, false].flatMap((unordered) =>
    [1, 100].map((size) =>
      [
        `sendStream of chunks of ${size}, ${unordered ? "unordered" : "in order"}`,
        (subjects: ReadonlyArray<string>, concurrency: number) =>
          Stream.fromIterable(subjects.map(message)).pipe(
            Stream.rechunk(size),
            (messages) => Mail.sendStream(messages, { concurrency, unordered }),
            Stream.runCollect,
            Effect.map(Chunk.toReadonlyArray)
          )
      ] as const
    )
  )
]

describe("A worker that cannot connect leaves its message to the others", () => {
  for (const [way, send] of ways) {
    for (
      const error of [
        refused,
        new MailError.AuthenticationError({ reason: "Refused", code: 535 }),
        new MailError.CapabilityError({ capability: "STARTTLS", description: "not offered" })
      ]
    ) {
      it.effect(`${way}, ${error._tag}`, () =>
        Effect.gen(function*() {
          const recording = allowing(3, error)
          const entries = yield* timeless(using(recording)(send(numbers(40), 5)))
          assert.deepStrictEqual(tags(entries), all("Sent", 40))
          assert.strictEqual(new Set(delivered(recording)).size, 40)
          assert.strictEqual(delivered(recording).length, 40)
          assert.deepStrictEqual(recording.max, { open: 3, delivering: 3 })
        }))
    }

    it.effect(`${way}, however long it takes to fail`, () =>
      Effect.gen(function*() {
        const recording = RecordingDriver.make({
          open: (count) =>
            count === 2 ? Effect.zipRight(Effect.sleep("30 seconds"), Effect.fail(refused)) : Effect.void,
          deliver: () => Effect.sleep("1 second")
        })
        const entries = yield* timeless(using(recording)(send(numbers(100), 3)))
        assert.deepStrictEqual(tags(entries), all("Sent", 100))
      }))

    it.effect(`${way}, also where it is never told, as the pool of the driver is all in use`, () =>
      Effect.gen(function*() {
        const recording = RecordingDriver.make({
          open: (count) => count > 2 ? Effect.never : Effect.void,
          deliver: () => Effect.sleep("1 second")
        })
        const [entries] = yield* timeless(
          using(recording)(Effect.zip(
            send(numbers(40), 5),
            Effect.void
          ))
        )
        assert.deepStrictEqual(tags(entries), all("Sent", 40))
      }))

    it.effect(`${way}, after it has lost its connection`, () =>
      Effect.gen(function*() {
        const recording = RecordingDriver.make({
          open: (count) => count > 3 ? Effect.fail(refused) : Effect.void,
          deliver: (subject) =>
            Effect.zipRight(
              Effect.sleep("1 second"),
              subject === "7" || subject === "8" ? Effect.fail(lost) : Effect.void
            )
        })
        const entries = yield* timeless(using(recording)(send(numbers(20), 3)))
        const failed = entries.filter((entry) => entry._tag === "Failed")
        assert.deepStrictEqual(failed.map(({ message }) => message.subject).sort(), ["7", "8"])
        assert.strictEqual(entries.length, 20)
        assert.strictEqual(delivered(recording).length, 18)
      }))
  }
})

describe("Where nobody can connect any more", () => {
  for (const concurrency of [1, 3, 100]) {
    it.effect(`sendAll over ${concurrency} fails one message with the reason, and does not try the rest`, () =>
      Effect.gen(function*() {
        const report = yield* using(allowing(0))(Mail.sendAll(numbers(20).map(message), { concurrency }))
        assert.deepStrictEqual(tags(report.entries).sort(), ["ConnectionError", ...all("NotTried", 19)])
      }))

    for (const unordered of [true, false]) {
      it.effect(`sendStream over ${concurrency} ends, ${unordered ? "unordered" : "in order"}`, () =>
        Effect.gen(function*() {
          const recording = allowing(0)
          let taken = 0
          const source = Stream.repeatEffect(Effect.sync(() => message(String(taken++))))
          const entries = yield* using(recording)(
            Stream.runCollect(Mail.sendStream(source, { concurrency, unordered }))
          )
          assert.deepStrictEqual(tags(entries), all("ConnectionError", taken))
          assert.isAtMost(taken, concurrency)
        }))

      it.effect(`sendStream over ${concurrency} that goes on fails all, ${unordered ? "unordered" : "in order"}`, () =>
        Effect.gen(function*() {
          const entries = yield* using(allowing(0))(
            Stream.runCollect(
              Mail.sendStream(Stream.fromIterable(numbers(20).map(message)), {
                concurrency,
                continueWithoutConnection: true,
                unordered
              })
            )
          )
          assert.deepStrictEqual(tags(entries), all("ConnectionError", 20))
        }))
    }
  }

  it.effect("sendAll stops after the connections it had", () =>
    Effect.gen(function*() {
      const recording = RecordingDriver.make({
        open: (count) => count > 2 ? Effect.fail(refused) : Effect.void,
        deliver: (subject) =>
          Effect.zipRight(Effect.sleep("1 second"), Number(subject) > 4 ? Effect.fail(lost) : Effect.void)
      })
      const report = yield* timeless(using(recording)(Mail.sendAll(numbers(20).map(message), { concurrency: 3 })))
      const reasons = report.entries.map((entry) =>
        entry._tag === "Failed" && entry.error._tag === "ConnectionError" ? entry.error.reason : entry._tag
      )
      assert.deepStrictEqual(reasons.slice(0, 7), [...all("Sent", 5), "Lost", "Lost"])
      assert.deepStrictEqual(reasons.slice(7).sort(), [...all("NotTried", 12), "Refused"])
    }))

  it.effect("sendStream that goes on uses connections again as soon as there are some", () =>
    Effect.gen(function*() {
      const recording = RecordingDriver.make({
        open: (count) => count <= 10 ? Effect.fail(refused) : Effect.void,
        deliver: () => Effect.sleep("1 second")
      })
      const entries = yield* timeless(
        using(recording)(Stream.runCollect(
          Mail.sendStream(Stream.fromIterable(numbers(40).map(message)), {
            concurrency: 3,
            continueWithoutConnection: true
          })
        ))
      )
      const failed = tags(entries).filter((tag) => tag !== "Sent")
      assert.isAbove(failed.length, 0)
      assert.isAtMost(failed.length, 10)
      assert.strictEqual(recording.max.delivering, 3)
      assert.strictEqual(delivered(recording).length, 40 - failed.length)
    }))

  it.effect("a sink ends, and takes no more", () =>
    Effect.gen(function*() {
      const recording = RecordingDriver.make({
        open: (count) => count > 1 ? Effect.fail(refused) : Effect.void,
        deliver: (subject) => subject === "2" ? Effect.fail(lost) : Effect.void
      })
      let taken = 0
      const source = Stream.repeatEffect(Effect.sync(() => message(String(taken++))))
      const { failed, sent } = yield* using(recording)(Stream.run(source, Mail.sink))
      assert.strictEqual(sent, 2)
      assert.deepStrictEqual(failed.map(({ error }) => error), [lost, refused])
      assert.strictEqual(taken, 4)
    }))

  it.effect("nor in a session, a batch stops", () =>
    Effect.gen(function*() {
      const recording = RecordingDriver.make({
        open: (count) => count > 1 ? Effect.fail(refused) : Effect.void,
        deliver: (subject) => subject === "1" ? Effect.fail(lost) : Effect.void
      })
      const report = yield* using(recording)(Mail.session(Mail.sendAll(numbers(6).map(message))))
      assert.deepStrictEqual(tags(report.entries), [
        "Sent",
        "ConnectionError",
        "ConnectionError",
        ...all("NotTried", 3)
      ])
    }))

  const policies: ReadonlyArray<readonly [string, MailPolicy.Policy]> = [
    ["tap", MailPolicy.tap({})],
    ["suppress", MailPolicy.suppress(["eve@example.com"])],
    ["failover", (backend) => MailPolicy.failover([backend, backend])],
    ["roundRobin", (backend) => MailPolicy.roundRobin([backend, backend])]
  ]
  for (const [name, policy] of policies) {
    it.effect(`a batch over ${name} stops`, () =>
      Effect.gen(function*() {
        const report = yield* policy(allowing(0).backend).sendAll(numbers(20).map(message), { concurrency: 2 })
        assert.deepStrictEqual(tags(report.entries).sort(), ["ConnectionError", ...all("NotTried", 19)])
      }))
  }
})

describe("A message that was left to the others", () => {
  it.effect("does not wait for the source", () =>
    Effect.gen(function*() {
      const queue = yield* Queue.unbounded<Message.Message>()
      const recording = RecordingDriver.make({
        open: (count) => count === 2 ? Effect.zipRight(Effect.sleep("30 seconds"), Effect.fail(refused)) : Effect.void
      })
      yield* Queue.offerAll(queue, numbers(2).map(message))
      const fiber = yield* Effect.fork(
        using(recording)(
          Stream.runDrain(Mail.sendStream(Stream.fromQueue(queue, { maxChunkSize: 1 }), { concurrency: 2 }))
        )
      )
      yield* TestClock.adjust("31 seconds")
      assert.deepStrictEqual(delivered(recording).sort(), numbers(2))
      yield* Fiber.interrupt(fiber)
    }))

  it.effect("is checked as ever: what nobody gets, and mistakes, need no connection", () =>
    Effect.gen(function*() {
      const invalid = Message.make({ subject: "a\r\nb", to: "bob@example.com" })
      const entries = yield* using(allowing(0))(Stream.runCollect(
        Mail.sendStream(Stream.make(invalid, Message.empty, message("0"), invalid), { concurrency: 1 })
      ))
      assert.deepStrictEqual(tags(entries), ["BadHeaderError", "InvalidMessageError", "ConnectionError"])
    }))
})

describe("An interruption", () => {
  for (const [way, send] of ways) {
    it.effect(`need not be possible for ${way} to end`, () =>
      Effect.gen(function*() {
        const entries = yield* timeless(using(allowing(2))(Effect.uninterruptible(send(numbers(10), 3))))
        assert.deepStrictEqual(tags(entries), all("Sent", 10))
        const unsent = yield* timeless(using(allowing(0))(Effect.uninterruptible(send(numbers(10), 3))))
        assert.isAbove(unsent.length, 0)
      }))
  }

  const counted = (name: string, outcome: string) =>
    Effect.map(
      Metric.value(
        MailMetrics.messages.pipe(Metric.tagged("mail.backend", name), Metric.tagged("mail.outcome", outcome))
      ),
      ({ count }) => count
    )

  const stuck = (name: string, where: "open" | "deliver") =>
    Effect.map(Deferred.make<void>(), (started) => {
      const hang = Effect.zipRight(Deferred.succeed(started, undefined), Effect.never)
      const backend = MailBackend.make({
        name,
        open: where === "open" ? hang : Effect.succeed({ deliver: () => hang })
      })
      return { backend, started }
    })

  const sends: ReadonlyArray<readonly [string, Effect.Effect<unknown, unknown, MailBackend.MailBackend>]> = [
    ["send", Mail.send(message("x"))],
    ["sendAll", Mail.sendAll([message("x")])],
    ["sendStream", Stream.runDrain(Mail.sendStream(Stream.make(message("x"))))],
    ["sink", Stream.run(Stream.make(message("x")), Mail.sink)]
  ]
  for (const [way, send] of sends) {
    for (const where of ["open", "deliver"] as const) {
      it.effect(`of ${way} in ${where} is counted, and ends the span`, () =>
        Effect.gen(function*() {
          const name = `interrupted ${way} ${where}`
          const { backend, started } = yield* stuck(name, where)
          const spans: Array<Tracer.Span> = []
          const native = yield* Effect.tracer
          const tracer = Tracer.make({
            ...native,
            span: (...args) => {
              const span = native.span(...args)
              spans.push(span)
              return span
            }
          })
          const fiber = yield* Effect.fork(
            Effect.withTracer(Effect.provideService(send, MailBackend.MailBackend, backend), tracer)
          )
          yield* Deferred.await(started)
          yield* Fiber.interrupt(fiber)
          assert.strictEqual(yield* counted(name, "interrupted"), 1)
          const [span, ...others] = spans.filter(({ name }) => name === "mail.send")
          assert.deepStrictEqual(others, [])
          assert.isTrue(span?.status._tag === "Ended" && Exit.isInterrupted(span.status.exit))
        }))
    }
  }

  it.effect("and a defect is counted, too", () =>
    Effect.gen(function*() {
      const name = "defective"
      const backend = MailBackend.make({ name, open: Effect.succeed({ deliver: () => Effect.die("no") }) })
      yield* Effect.exit(backend.send(message("x")))
      const streamed = yield* Effect.exit(
        Stream.runDrain(Mail.sendStream(Stream.make(message("x")))).pipe(
          Effect.provideService(MailBackend.MailBackend, backend)
        )
      )
      assert.isTrue(Exit.isFailure(streamed))
      assert.strictEqual(yield* counted(name, "defect"), 2)
    }))
})
