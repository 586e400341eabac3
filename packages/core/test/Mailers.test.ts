import { BatchReport, Mail, MailBackend, MailError, Mailers, MailPolicy } from "@effect-mail/core"
import * as RecordingDriver from "@effect-mail/test-kit/RecordingDriver"
import { assert, describe, it } from "@effect/vitest"
import { ConfigError, Deferred, Effect, Exit, Fiber, Layer, Option, Schedule, Stream } from "effect"

const { message } = RecordingDriver

/** A backend as a layer that notes when it is built and released. */
const noting = (name: string, notes: Array<string>, recording = RecordingDriver.make()) =>
  Layer.scoped(
    MailBackend.MailBackend,
    Effect.as(
      Effect.acquireRelease(
        Effect.sync(() => void notes.push(`build ${name}`)),
        () => Effect.sync(() => void notes.push(`release ${name}`))
      ),
      recording.backend
    )
  )

describe("mailers", () => {
  it.effect("each is built once, and only when something is sent by it", () =>
    Effect.gen(function*() {
      const notes: Array<string> = []
      const one = RecordingDriver.make()
      const two = RecordingDriver.make()
      const mailers = Mailers.layer({ one: noting("one", notes, one), two: noting("two", notes, two) })
      yield* Effect.gen(function*() {
        assert.deepStrictEqual(notes, [])
        const sendByTwo = Mail.using("two")(Mail.send(message("a")))
        const reports = yield* Effect.all([sendByTwo, sendByTwo], { concurrency: "unbounded" })
        assert.deepStrictEqual(reports.map(({ mailer }) => mailer), [Option.some("two"), Option.some("two")])
        assert.deepStrictEqual(notes, ["build two"])
        yield* Mail.using("one")(Mail.send(message("b")))
      }).pipe(Effect.provide(mailers))
      assert.deepStrictEqual(one.events, ["open", "b", "close"])
      assert.deepStrictEqual(two.events.filter((event) => event === "a").length, 2)
      assert.deepStrictEqual(notes.slice().sort(), ["build one", "build two", "release one", "release two"])
    }))

  it.effect("one of them is the backend of a program, unless another is named", () =>
    Effect.gen(function*() {
      const layer = Layer.provideMerge(
        Mailers.backend("default"),
        Mailers.layer({ default: noting("default", []), other: noting("other", []) })
      )
      const [first, second] = yield* Effect.all([
        Mail.send(message("a")),
        Mail.using("other")(Mail.send(message("a")))
      ]).pipe(Effect.provide(layer))
      assert.deepStrictEqual(first.mailer, Option.some("default"))
      assert.deepStrictEqual(second.mailer, Option.some("other"))
    }))

  it.effect("one that cannot be built fails what is sent by it, and is tried again", () =>
    Effect.gen(function*() {
      let count = 0
      const broken = Layer.effect(
        MailBackend.MailBackend,
        Effect.suspend(() =>
          ++count === 1
            ? Effect.fail(ConfigError.MissingData(["EMAIL_HOST"], "it is not there"))
            : Effect.succeed(RecordingDriver.make().backend)
        )
      )
      yield* Effect.gen(function*() {
        const send = Mail.using("broken")(Mail.send(message("a")))
        assert.isTrue(ConfigError.isConfigError(yield* Effect.flip(send)))
        yield* send
        yield* send
      }).pipe(Effect.provide(Mailers.layer({ broken })))
      assert.strictEqual(count, 2)
    }))

  it.effect("one whose building is interrupted is built by the next", () =>
    Effect.gen(function*() {
      const started = yield* Deferred.make<void>()
      const notes: Array<string> = []
      let count = 0
      const slow = Layer.unwrapEffect(Effect.suspend(() =>
        ++count === 1
          ? Effect.zipRight(Deferred.succeed(started, undefined), Effect.never)
          : Effect.succeed(noting("slow", notes))
      ))
      yield* Effect.gen(function*() {
        const send = Mail.using("slow")(Mail.send(message("a")))
        const fiber = yield* Effect.fork(send)
        yield* Deferred.await(started)
        assert.isTrue(Exit.isInterrupted(yield* Fiber.interrupt(fiber)))
        yield* send
      }).pipe(Effect.provide(Mailers.layer({ slow })))
      assert.deepStrictEqual(notes, ["build slow", "release slow"])
    }))
})

describe("an error says by which mailer it was sent", () => {
  const refused = new MailError.ConnectionError({ reason: "Refused", description: "no server listens there" })
  const rejected = new MailError.RejectedError({ command: "DATA", recipients: [], code: 554, response: "no" })
  const notOpened = Layer.succeed(
    MailBackend.MailBackend,
    RecordingDriver.make({ open: () => Effect.fail(refused) }).backend
  )
  const notDelivered = Layer.succeed(
    MailBackend.MailBackend,
    RecordingDriver.make({ deliver: () => Effect.fail(rejected) }).backend
  )
  const failure = (report: BatchReport.BatchReport) => {
    const [first] = BatchReport.failures(report)
    return first === undefined ? Effect.dieMessage("it was sent") : Effect.succeed(first.error)
  }
  const ways = {
    send: Effect.flip(Mail.send(message("a"))),
    sendAll: Effect.flatMap(Mail.sendAll([message("a")]), failure),
    sendStream: Effect.flatMap(
      Stream.runCollect(Mail.sendStream(Stream.make(message("a")))),
      (entries) => failure({ entries: Array.from(entries) })
    ),
    sink: Effect.flatMap(
      Stream.run(Stream.make(message("a")), Mail.sink),
      ({ failed }) => failure({ entries: failed })
    ),
    session: Effect.flip(Mail.session(Mail.send(message("a")))),
    connection: Effect.flip(Effect.scoped(Effect.gen(function*() {
      const backend = yield* MailBackend.MailBackend
      return yield* Effect.flatMap(backend.connect, (connection) => connection.send(message("a")))
    }))),
    policies: Effect.flip(Effect.gen(function*() {
      const retrying = MailPolicy.retry(Schedule.recurs(1))(yield* MailBackend.MailBackend)
      return yield* MailPolicy.failover([retrying]).send(message("a"))
    }))
  }
  for (const [way, failing] of Object.entries(ways)) {
    for (
      const [what, backend, tag] of [
        ["nothing is opened", notOpened, "ConnectionError"],
        ["nothing is delivered", notDelivered, "RejectedError"]
      ] as const
    ) {
      it.effect(`${way}, ${what}`, () =>
        Effect.gen(function*() {
          const named = yield* failing.pipe(Mail.using("news"), Effect.provide(Mailers.layer({ news: backend })))
          assert.deepInclude(named, { _tag: tag, mailer: "news" })
          assert.include(named.message, "mailer \"news\"")
          const unnamed = yield* Effect.provide(failing, backend)
          assert.notInclude(unnamed.message, "mailer")
          assert.strictEqual(
            refused.mailer ?? rejected.mailer,
            undefined,
            "what the backend failed with is not changed"
          )
        }))
    }
  }

  it.effect("Mailers.backend, too", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(Mail.send(message("a"))).pipe(
        Effect.provide(Mailers.backend("default")),
        Effect.provide(Mailers.layer({ default: notOpened }))
      )
      assert.deepInclude(error, { mailer: "default" })
    }))
})
