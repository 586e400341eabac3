import { Dummy } from "@effect-mail/backends"
import { Mail, MailBackend, MailConfig, Mailers } from "@effect-mail/core"
import * as SmtpServer from "@effect-mail/test-kit/IndependentSmtpServer"
import * as RecordingDriver from "@effect-mail/test-kit/RecordingDriver"
import { TestMailbox } from "@effect-mail/testing"
import { assert } from "@effect/vitest"
import { Cause, ConfigError, Effect, Exit, Layer, Option } from "effect"
import { type Behaviour, notWanted, passed } from "../Behaviour.js"
import { environment, live } from "../LiveConnections.js"
import { message } from "../SampleMail.js"

const send = Mail.send(message)

/** Mailers of two names, and the names of those that were built so far. */
const noting = () => {
  const built: Array<string> = []
  const backend = (name: string) =>
    Layer.effect(
      MailBackend.MailBackend,
      Effect.sync(() => {
        built.push(name)
        return MailBackend.make({
          name,
          open: Effect.succeed({ deliver: (outgoing) => Effect.succeed(MailBackend.acceptAll(outgoing)) })
        })
      })
    )
  return { built, layer: Mailers.layer({ default: backend("one"), custom: backend("two") }) }
}

const backendName = Effect.map(MailBackend.MailBackend, ({ name }) => name)

/** What the compiler refuses to run: names are needs, checked in packages/core/dtslint/Mailers.tst.ts. */
const againstTheCompiler = <A, E, R>(program: Effect.Effect<A, E, R>) =>
  Effect.map(Effect.exit(program as Effect.Effect<A, E>), (exit) => {
    assert(Exit.isFailure(exit))
    assert.isTrue(Cause.isDie(exit.cause))
    return Cause.pretty(exit.cause)
  })

const unconfigured: Layer.Layer<MailBackend.MailBackend, ConfigError.ConfigError> = Layer.fail(
  ConfigError.MissingData(["EMAIL_HOST"], "it is not there")
)

/** Sends where there is a mailer of this name, and says whether there was one. */
const sendIfConfigured = Effect.flatMap(
  Effect.serviceOption(Mailers.Mailer("custom")),
  Option.match({
    onNone: () => Effect.succeed(false),
    onSome: (backend) => Effect.as(Effect.flatMap(backend, (service) => service.send(message)), true)
  })
)

export const mailers: ReadonlyArray<Behaviour> = [
  passed(
    238,
    "a mailer by its name",
    Effect.gen(function*() {
      const names = yield* Effect.all([Mail.using("default")(backendName), Mail.using("custom")(backendName)])
      assert.deepStrictEqual(names, ["one", "two"])
      const reports = yield* Effect.all([Mail.using("default")(send), Mail.using("custom")(send)])
      assert.deepStrictEqual(reports.map(({ mailer }) => mailer), [Option.some("default"), Option.some("custom")])
    }).pipe(Effect.provide(noting().layer))
  ),
  passed(
    239,
    "a name that no mailer has (the compiler refuses it: packages/core/dtslint/Mailers.tst.ts)",
    Effect.gen(function*() {
      const { built, layer } = noting()
      const reason = yield* againstTheCompiler(Effect.provide(Mail.using("unknown")(send), layer))
      assert.include(reason, "Mailers/unknown")
      assert.isEmpty(built)
    })
  ),
  passed(
    240,
    "whether there is a mailer of a name, without building it",
    Effect.gen(function*() {
      const { built, layer } = noting()
      yield* Effect.gen(function*() {
        assert.isTrue(Option.isSome(yield* Effect.serviceOption(Mailers.Mailer("default"))))
        assert.isTrue(Option.isSome(yield* Effect.serviceOption(Mailers.Mailer("custom"))))
        assert.isTrue(Option.isNone(yield* Effect.serviceOption(Mailers.Mailer("two"))))
        assert.isEmpty(built)
      }).pipe(Effect.provide(layer))
    })
  ),
  passed(
    241,
    "a mailer that may not be there, or another in its place",
    Effect.gen(function*() {
      const nameOr = (name: string) =>
        Effect.flatMap(
          Effect.serviceOption(Mailers.Mailer(name)),
          Option.match({
            onNone: () => Effect.succeed("another"),
            onSome: (backend) => Effect.map(backend, (service) => service.name)
          })
        )
      assert.strictEqual(yield* nameOr("custom"), "two")
      assert.strictEqual(yield* nameOr("unknown"), "another")
    }).pipe(Effect.provide(noting().layer))
  ),
  passed(
    242,
    "the default mailer, without naming it",
    Effect.gen(function*() {
      assert.strictEqual(yield* backendName, "one")
      assert.deepStrictEqual((yield* send).mailer, Option.some("default"))
    }).pipe(Effect.provide(Layer.provideMerge(Mailers.backend("default"), noting().layer)))
  ),
  passed(
    243,
    "no mailers at all (the compiler refuses any use: packages/core/dtslint/Mailers.tst.ts)",
    Effect.gen(function*() {
      const context = yield* Layer.build(Mailers.layer({}))
      assert.strictEqual(context.unsafeMap.size, 0)
      const reason = yield* againstTheCompiler(Effect.provide(Mail.using("default")(send), context))
      assert.include(reason, "Mailers/default")
    }).pipe(Effect.scoped)
  ),
  passed(
    244,
    "no default among the mailers",
    Effect.gen(function*() {
      const report = yield* Mail.using("custom")(send)
      assert.deepStrictEqual(report.mailer, Option.some("custom"))
    }).pipe(Effect.provide(Mailers.layer({ custom: Dummy.layer })))
  ),
  notWanted(
    245,
    "the same mailer twice: two backends",
    "a mailer is built once, when it is first used: its connections are shared and limited as a whole",
    Effect.gen(function*() {
      const { built, layer } = noting()
      yield* Effect.provide(Effect.all([Mail.using("custom")(send), Mail.using("custom")(send)]), layer)
      assert.deepStrictEqual(built, ["two"])
    })
  ),
  passed(
    246,
    "no backend named",
    live(Effect.gen(function*() {
      assert.strictEqual(yield* Effect.provide(backendName, environment({})), "smtp")
    }))
  ),
  passed(
    247,
    "a backend that there is not",
    live(Effect.gen(function*() {
      const error = yield* Effect.flip(Layer.build(environment({ EMAIL_BACKEND: "foo.bar" })))
      assert.strictEqual(error._op, "InvalidData")
      assert.include(String(error), "EMAIL_BACKEND")
    }))
  ),
  passed(
    248,
    "options of a mailer",
    live(Effect.gen(function*() {
      const server = yield* SmtpServer.make()
      const report = yield* Mail.using("custom")(send).pipe(
        Effect.provide(Mailers.layer({
          default: server.layer({ clientName: "default.example" }),
          custom: server.layer({ clientName: "custom.example" })
        }))
      )
      assert.deepStrictEqual(report.mailer, Option.some("custom"))
      assert.deepStrictEqual(server.received.map(({ clientName }) => clientName), ["custom.example"])
    }))
  ),
  passed(
    249,
    "a name among the options of a mailer (in code the compiler refuses it)",
    live(Effect.gen(function*() {
      const error = yield* Effect.flip(Layer.build(environment({ EMAIL_URL: "smtp://localhost?alias=custom" })))
      assert.strictEqual(error._op, "InvalidData")
      assert.include(String(error), "EMAIL_URL")
    }))
  ),
  passed(
    250,
    "sending only where a mailer is configured: what is wrong with one that is there is not hidden",
    Effect.gen(function*() {
      assert.isFalse(yield* sendIfConfigured)
      assert.isTrue(yield* Effect.provide(sendIfConfigured, noting().layer))
      const error = yield* Effect.flip(Effect.provide(sendIfConfigured, Mailers.layer({ custom: unconfigured })))
      assert.isTrue(ConfigError.isConfigError(error))
    })
  ),
  passed(
    251,
    "mailers without a default are found before anything runs (by the compiler: packages/core/dtslint/Mailers.tst.ts)",
    Effect.gen(function*() {
      const started: Array<string> = []
      const program = Effect.zipRight(Effect.sync(() => started.push("program")), send)
      const reason = yield* againstTheCompiler(
        program.pipe(Effect.provide(Mailers.backend("default")), Effect.provide(Mailers.layer({ custom: Dummy.layer })))
      )
      assert.include(reason, "Mailers/default")
      assert.isEmpty(started)
    })
  ),
  notWanted(
    252,
    "a check, for deployment, that the default mailer really sends",
    "nothing tells a deployment from other runs; what is not configured is SMTP, and a backend has a name to refuse it by",
    live(Effect.gen(function*() {
      for (const name of ["console", "memory", "dummy"]) {
        assert.strictEqual(yield* Effect.provide(backendName, environment({ EMAIL_BACKEND: name })), name)
      }
    }))
  ),
  notWanted(
    253,
    "a command that sends a test message, also to the managers and the admins, by a chosen mailer",
    "a library brings no commands: each thing that this one does is one expression in a program",
    Effect.gen(function*() {
      const test = { subject: "Test", text: "It was successful." }
      const share = Layer.service(MailBackend.MailBackend)
      const sent = yield* Effect.gen(function*() {
        const counts = yield* Mail.using("custom")(Effect.all([
          Mail.sendMail({ ...test, to: ["joe@example.com", "jane@example.com"] }),
          Mail.mailManagers(test),
          Mail.mailAdmins(test),
          Mail.sendMail({ ...test, to: [] })
        ]))
        assert.deepStrictEqual(counts, [1, 1, 1, 0])
        return yield* TestMailbox.outbox
      }).pipe(
        Effect.provide(Layer.provideMerge(Mailers.layer({ custom: share }), TestMailbox.layer)),
        Effect.provide(MailConfig.layer({ admins: ["admin@example.com"], managers: ["manager@example.com"] }))
      )
      assert.deepStrictEqual(sent.map(({ envelope }) => envelope.to), [
        ["joe@example.com", "jane@example.com"],
        ["manager@example.com"],
        ["admin@example.com"]
      ])
      assert.isTrue(sent.every(({ mailer }) => Option.contains(mailer, "custom")))
    })
  ),
  notWanted(
    254,
    "warnings at what is deprecated",
    "this project deprecates nothing yet: settings choose one backend, `Mailers` several, and neither replaces the other",
    live(Effect.gen(function*() {
      const { backend, events } = RecordingDriver.make()
      const both = Mailers.layer({ custom: Layer.succeed(MailBackend.MailBackend, backend) })
      const names = yield* Effect.all([backendName, Mail.using("custom")(backendName)]).pipe(
        Effect.provide(Layer.merge(both, environment({ EMAIL_BACKEND: "console" })))
      )
      assert.deepStrictEqual(names, ["console", "recording"])
      assert.isEmpty(events)
    }))
  )
]
