import { BatchReport, DeliveryReport, MailBackend, MailError, MailMetrics, Message } from "@effect-mail/core"
import * as RecordingDriver from "@effect-mail/test-kit/RecordingDriver"
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Exit, Fiber, Metric, Option, Scope, Tracer } from "effect"

const { message } = RecordingDriver

const messages = (...subjects: ReadonlyArray<string>) => subjects.map(message)

const lost = new MailError.ConnectionError({ reason: "Lost", description: "the connection ended" })

const rejected = new MailError.RejectedError({ command: "DATA", recipients: [], code: 554, response: "no" })

const incapable = new MailError.CapabilityError({ capability: "SIZE", description: "too large" })

const invalid = Message.make({ subject: "a\r\nb", to: "bob@example.com" })

const failOn = (failures: Readonly<Record<string, MailError.BackendError>>) => (subject: string) => {
  const failure = failures[subject]
  return failure === undefined ? Effect.void : Effect.fail(failure)
}

/** Runs an effect until a message is under way, and interrupts it then. */
const interrupted = <A, E>(run: (backend: MailBackend.Service) => Effect.Effect<A, E>) =>
  Effect.gen(function*() {
    const started = yield* Deferred.make<void>()
    const recording = RecordingDriver.make({
      deliver: (subject) =>
        subject === "stuck" ? Effect.zipRight(Deferred.succeed(started, undefined), Effect.never) : Effect.void
    })
    const fiber = yield* Effect.fork(run(recording.backend))
    yield* Deferred.await(started)
    const exit = yield* Fiber.interrupt(fiber)
    return { exit, events: recording.events }
  })

describe("send", () => {
  it.effect("opens, delivers, closes, and reports on each recipient", () =>
    Effect.gen(function*() {
      const { backend, events } = RecordingDriver.make()
      const report = yield* backend.send(
        Message.make({
          from: "ada@example.com",
          to: ["bob@example.com", "carol@example.com"],
          messageId: "a@b",
          subject: "x"
        })
      )
      assert.deepStrictEqual(events, ["open", "x", "close"])
      assert.deepStrictEqual(report, {
        mailer: Option.none(),
        messageId: "<a@b>",
        envelope: { from: "ada@example.com", to: ["bob@example.com", "carol@example.com"], smtpUtf8: false },
        recipients: [
          { _tag: "Accepted", recipient: "bob@example.com" },
          { _tag: "Accepted", recipient: "carol@example.com" }
        ],
        response: { code: 250, text: "queued" }
      })
      assert.isTrue(DeliveryReport.isComplete(report))
      assert.strictEqual(DeliveryReport.accepted(report).length, 2)
      assert.deepStrictEqual(DeliveryReport.refused(report), [])
    }))

  it.effect("checks the message before anything is opened", () =>
    Effect.gen(function*() {
      const { backend, events } = RecordingDriver.make()
      assert.strictEqual((yield* Effect.flip(backend.send(invalid)))._tag, "BadHeaderError")
      assert.deepStrictEqual(events, [])
    }))

  it.effect("opens nothing for a message without recipients, or without a sender that somebody chose", () =>
    Effect.gen(function*() {
      const { backend, events } = RecordingDriver.make()
      const nobody = yield* Effect.flip(backend.send(Message.make({ from: "ada@example.com", subject: "x" })))
      assert.strictEqual(nobody._tag, "InvalidMessageError")
      assert.include(nobody.message, "recipient")
      const anonymous = yield* Effect.flip(backend.send(Message.make({ to: "bob@example.com", subject: "x" })))
      assert.strictEqual(anonymous._tag, "InvalidMessageError")
      assert.include(anonymous.message, "sender")
      assert.strictEqual((yield* Effect.flip(backend.send(Message.make({ subject: "\0" }))))._tag, "BadHeaderError")
      assert.deepStrictEqual(events, [])
    }))

  it.effect("fails as opening does", () =>
    Effect.gen(function*() {
      const { backend, events } = RecordingDriver.make({ open: () => Effect.fail(lost) })
      assert.strictEqual((yield* Effect.flip(backend.send(message("x"))))._tag, lost._tag)
      assert.deepStrictEqual(events, [])
    }))

  it.effect("closes once after a failure", () =>
    Effect.gen(function*() {
      const { backend, events } = RecordingDriver.make({ deliver: () => Effect.fail(rejected) })
      assert.strictEqual((yield* Effect.flip(backend.send(message("x"))))._tag, rejected._tag)
      assert.deepStrictEqual(events, ["open", "close"])
    }))

  it.effect("closes once after an interruption", () =>
    Effect.gen(function*() {
      const { events, exit } = yield* interrupted((backend) => backend.send(message("stuck")))
      assert.isTrue(Exit.isInterrupted(exit))
      assert.deepStrictEqual(events, ["open", "close"])
    }))
})

describe("connect", () => {
  it.effect("opens at once, sends over the one session, and closes with its scope", () =>
    Effect.gen(function*() {
      const { backend, events } = RecordingDriver.make()
      const scope = yield* Scope.make()
      const connection = yield* Scope.extend(backend.connect, scope)
      assert.deepStrictEqual(events, ["open"])
      yield* connection.send(message("a"))
      yield* connection.send(message("b"))
      yield* Scope.close(scope, Exit.void)
      assert.deepStrictEqual(events, ["open", "a", "b", "close"])
    }))

  it.effect("fails as opening does", () =>
    Effect.gen(function*() {
      const { backend, events } = RecordingDriver.make({ open: () => Effect.fail(lost) })
      assert.strictEqual((yield* Effect.flip(Effect.scoped(backend.connect)))._tag, lost._tag)
      assert.deepStrictEqual(events, [])
    }))

  for (
    const [error, isReopened] of [
      [rejected, false],
      [incapable, false],
      [lost, true],
      [new MailError.AttachmentError({ filename: Option.none(), cause: "gone" }), true],
      [new MailError.OutcomeUnknownError({ recipients: [], description: "gone" }), true]
    ] as const
  ) {
    it.effect(`goes on after ${error._tag}, ${isReopened ? "with a new session" : "with the same session"}`, () =>
      Effect.gen(function*() {
        const { backend, events } = RecordingDriver.make({ deliver: failOn({ bad: error }) })
        yield* Effect.scoped(Effect.gen(function*() {
          const connection = yield* backend.connect
          yield* connection.send(message("a"))
          assert.strictEqual((yield* Effect.flip(connection.send(message("bad"))))._tag, error._tag)
          yield* connection.send(message("b"))
        }))
        assert.deepStrictEqual(
          events,
          isReopened ? ["open", "a", "close", "open", "b", "close"] : ["open", "a", "b", "close"]
        )
      }))
  }

  it.effect("keeps its session for a message that is refused before it is sent", () =>
    Effect.gen(function*() {
      const { backend, events } = RecordingDriver.make()
      yield* Effect.scoped(Effect.flatMap(backend.connect, ({ send }) => Effect.flip(send(invalid))))
      assert.deepStrictEqual(events, ["open", "close"])
    }))

  it.effect("does not use a session again in which a delivery was interrupted", () =>
    Effect.gen(function*() {
      const started = yield* Deferred.make<void>()
      const { backend, events } = RecordingDriver.make({
        deliver: (subject) =>
          subject === "stuck" ? Effect.zipRight(Deferred.succeed(started, undefined), Effect.never) : Effect.void
      })
      yield* Effect.scoped(Effect.gen(function*() {
        const connection = yield* backend.connect
        const fiber = yield* Effect.fork(connection.send(message("stuck")))
        yield* Deferred.await(started)
        yield* Fiber.interrupt(fiber)
        yield* connection.send(message("a"))
      }))
      assert.deepStrictEqual(events, ["open", "close", "open", "a", "close"])
    }))

  it.effect("sends one message at a time", () =>
    Effect.gen(function*() {
      const { backend, events, max } = RecordingDriver.make({ deliver: () => Effect.yieldNow() })
      yield* Effect.scoped(Effect.gen(function*() {
        const connection = yield* backend.connect
        yield* Effect.forEach(messages("a", "b", "c"), connection.send, { concurrency: "unbounded" })
      }))
      assert.deepStrictEqual(events, ["open", "a", "b", "c", "close"])
      assert.strictEqual(max.delivering, 1)
    }))
})

const outcomes = ({ entries }: BatchReport.BatchReport) =>
  entries.map((entry) => entry._tag === "Failed" ? entry.error._tag : entry._tag)

describe("sendAll", () => {
  it.effect("sends over one session and reports in the order of the messages", () =>
    Effect.gen(function*() {
      const { backend, events } = RecordingDriver.make()
      const batch = messages("a", "b", "c")
      const report = yield* backend.sendAll(batch)
      assert.deepStrictEqual(events, ["open", "a", "b", "c", "close"])
      assert.deepStrictEqual(report.entries.map((entry) => entry.message), batch)
      assert.isTrue(BatchReport.isComplete(report))
      assert.strictEqual(BatchReport.sentCount(report), 3)
    }))

  it.effect("opens nothing for no message, and nothing for messages without recipients or with mistakes", () =>
    Effect.gen(function*() {
      const { backend, events } = RecordingDriver.make()
      assert.deepStrictEqual((yield* backend.sendAll([])).entries, [])
      const report = yield* backend.sendAll([Message.empty, invalid, Message.empty], { concurrency: 2 })
      assert.deepStrictEqual(outcomes(report), ["InvalidMessageError", "BadHeaderError", "InvalidMessageError"])
      assert.strictEqual(BatchReport.sentCount(report), 0)
      assert.deepStrictEqual(events, [])
    }))

  it.effect("is not held up by a message that fails", () =>
    Effect.gen(function*() {
      const { backend, events } = RecordingDriver.make({ deliver: failOn({ rejected, lost }) })
      const batch = [...messages("a", "rejected", "b", "lost"), invalid, ...messages("c")]
      const report = yield* backend.sendAll(batch)
      assert.deepStrictEqual(outcomes(report), [
        "Sent",
        "RejectedError",
        "Sent",
        "ConnectionError",
        "BadHeaderError",
        "Sent"
      ])
      assert.deepStrictEqual(events, ["open", "a", "b", "close", "open", "c", "close"])
      assert.deepStrictEqual(BatchReport.failures(report).map(({ message }) => message.subject), [
        "rejected",
        "lost",
        "a\r\nb"
      ])
      assert.isFalse(BatchReport.isComplete(report))
    }))

  it.effect("does not try the rest when no session can be had", () =>
    Effect.gen(function*() {
      const { backend, events } = RecordingDriver.make({ open: () => Effect.fail(lost) })
      const report = yield* backend.sendAll(messages("a", "b", "c"))
      assert.deepStrictEqual(outcomes(report), ["ConnectionError", "NotTried", "NotTried"])
      assert.deepStrictEqual(events, [])
    }))

  it.effect("does not try the rest when no session can be had again", () =>
    Effect.gen(function*() {
      const { backend } = RecordingDriver.make({
        open: (count) => count === 1 ? Effect.void : Effect.fail(lost),
        deliver: failOn({ lost })
      })
      const report = yield* backend.sendAll(messages("a", "lost", "b", "c"))
      assert.deepStrictEqual(outcomes(report), ["Sent", "ConnectionError", "ConnectionError", "NotTried"])
    }))

  it.effect("takes a message when it can send it, and not before", () =>
    Effect.gen(function*() {
      const { backend, events } = RecordingDriver.make()
      function* source() {
        for (const subject of ["a", "b", "c"]) {
          events.push(`take ${subject}`)
          yield message(subject)
        }
      }
      yield* backend.sendAll(source())
      assert.deepStrictEqual(events, ["take a", "open", "a", "take b", "b", "take c", "c", "close"])
    }))

  it.effect("ends the source when it is interrupted", () =>
    Effect.gen(function*() {
      let isEnded = false
      function* source() {
        try {
          while (true) yield message("stuck")
        } finally {
          isEnded = true
        }
      }
      const { events } = yield* interrupted((backend) => backend.sendAll(source()))
      assert.deepStrictEqual(events, ["open", "close"])
      assert.isTrue(isEnded)
    }))

  for (const [concurrency, sessions] of [[1, 1], [3, 3], [100, 9], [0, 1], [-1, 1], [2.5, 2]] as const) {
    it.effect(`with concurrency ${concurrency} uses ${sessions} of the sessions that nine messages need at most`, () =>
      Effect.gen(function*() {
        const { backend, events, max } = RecordingDriver.make({ deliver: () => Effect.yieldNow() })
        const batch = messages(..."abcdefghi")
        const report = yield* backend.sendAll(batch, { concurrency })
        assert.deepStrictEqual(max, { open: sessions, delivering: sessions })
        assert.deepStrictEqual(report.entries.map((entry) => entry.message), batch)
        assert.strictEqual(events.filter((event) => event === "close").length, sessions)
      }))
  }

  it.effect("is safe for very many messages", () =>
    Effect.gen(function*() {
      const { backend } = RecordingDriver.make()
      const empty = Message.make({ from: "ada@example.com", to: "bob@example.com" })
      const report = yield* backend.sendAll(Array.from({ length: 10_000 }, () => empty))
      assert.strictEqual(BatchReport.sentCount(report), 10_000)
    }))
})

describe("what an operator sees", () => {
  /** Runs with a tracer, and gives the spans that were made. */
  const traced = <A, E, R>(self: Effect.Effect<A, E, R>) =>
    Effect.gen(function*() {
      const spans: Array<Tracer.Span> = []
      const native = yield* Effect.tracer
      const recording = Tracer.make({
        ...native,
        span: (...args) => {
          const span = native.span(...args)
          spans.push(span)
          return span
        }
      })
      yield* Effect.withTracer(self, recording)
      return spans
    })

  it.effect("a span with the backend and a count, and nothing of what is in the message", () =>
    Effect.gen(function*() {
      let current: Tracer.AnySpan | undefined
      const { backend } = RecordingDriver.make({
        deliver: () =>
          Effect.map(Effect.orDie(Effect.currentSpan), (span) => {
            current = span
          })
      })
      const [span, ...others] = yield* traced(backend.send(message("a secret")))
      assert.deepStrictEqual(others, [])
      assert.strictEqual(span, current)
      assert.strictEqual(span?.name, "mail.send")
      assert.strictEqual(span?.status._tag, "Ended")
      assert.deepStrictEqual(Object.fromEntries(span?.attributes ?? []), {
        "mail.backend": "recording",
        "mail.recipients": 1
      })
    }))

  it.effect("no span where no tracer is there to take it", () =>
    Effect.gen(function*() {
      const { backend } = RecordingDriver.make({
        deliver: () => Effect.asVoid(Effect.orDie(Effect.flip(Effect.currentSpan)))
      })
      yield* backend.send(message("unseen"))
    }))

  it.effect("messages and recipients counted by outcome", () =>
    Effect.gen(function*() {
      const name = "counted"
      const backend = MailBackend.make({
        name,
        open: Effect.succeed({
          deliver: ({ message }) =>
            message.subject === "rejected" ? Effect.fail(rejected) : Effect.succeed({
              recipients: [
                { _tag: "Accepted" as const, recipient: "a@example.com" },
                { _tag: "Deferred" as const, recipient: "b@example.com", reply: { code: 451, text: "later" } }
              ]
            })
        })
      })
      yield* backend.sendAll([...messages("a", "b", "rejected"), invalid])
      yield* Effect.ignore(backend.send(invalid))
      const count = (metric: typeof MailMetrics.messages, outcome: string) =>
        Effect.map(
          Metric.value(metric.pipe(Metric.tagged("mail.backend", name), Metric.tagged("mail.outcome", outcome))),
          (state) => state.count
        )
      assert.strictEqual(yield* count(MailMetrics.messages, "sent"), 2)
      assert.strictEqual(yield* count(MailMetrics.messages, "RejectedError"), 1)
      assert.strictEqual(yield* count(MailMetrics.messages, "BadHeaderError"), 2)
      assert.strictEqual(yield* count(MailMetrics.recipients, "Accepted"), 2)
      assert.strictEqual(yield* count(MailMetrics.recipients, "Deferred"), 2)
      assert.strictEqual(yield* count(MailMetrics.recipients, "Rejected"), 0)
    }))
})
