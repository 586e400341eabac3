import { Backend, Console, Dummy, File, Memory } from "@effect-mail/backends"
import { Attachment, Mail, MailBackend, MailError, Mailers, Message } from "@effect-mail/core"
import { TestMailbox } from "@effect-mail/testing"
import { Error as PlatformError, FileSystem } from "@effect/platform"
import { NodeContext } from "@effect/platform-node"
import { assert } from "@effect/vitest"
import type { Scope } from "effect"
import { ConfigProvider, Console as EffectConsole, Effect, Layer, Option, Sink, TestClock } from "effect"
import { pathToFileURL } from "node:url"
import * as SmtpServer from "../../packages/backends/test/support/SmtpServer.js"
import * as RecordingDriver from "../../packages/core/test/RecordingDriver.js"
import * as MimeReader from "../MimeReader.js"
import { type Behaviour, closedHole, notWanted, passed } from "./Behaviour.js"
import * as KeepingBackends from "./KeepingBackends.js"

const message = Message.make({
  from: "from@example.com",
  to: "to@example.com",
  subject: "Subject",
  text: "Content\n"
})

const numbered = (n: number) => Message.subject(message, `message ${n}`)
const injected = Message.subject(message, "Subject\nMultiline")
const lost = new MailError.ConnectionError({ reason: "Lost", description: "the connection ended" })

const hyphens = "-".repeat(79)

const subjectOf = (bytes: Uint8Array): string =>
  MimeReader.decodeWords(MimeReader.header(MimeReader.read(bytes), "Subject") ?? "")

const textOf = (bytes: Uint8Array): string => MimeReader.textOf(MimeReader.read(bytes)).replaceAll("\r\n", "\n")

/** A console that writes nothing, and what was logged on it. */
const quietConsole = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  EffectConsole.consoleWith((original) => {
    const logged: Array<unknown> = []
    const console: EffectConsole.Console = {
      ...original,
      log: (...args) => Effect.sync(() => void logged.push(...args))
    }
    return Effect.map(Effect.withConsole(effect, console), (value) => ({ value, logged }))
  })

const makeDirectory = Effect.flatMap(FileSystem.FileSystem, (fs) => fs.makeTempDirectoryScoped())

const entries = (directory: string) =>
  Effect.flatMap(FileSystem.FileSystem, (fs) => Effect.map(fs.readDirectory(directory), (names) => names.sort()))

const onDisk = <A, E>(effect: Effect.Effect<A, E, NodeContext.NodeContext | Scope.Scope>) =>
  Effect.scoped(effect).pipe(Effect.provide(NodeContext.layer))

/** Why a backend that writes to this directory cannot be built. */
const refusal = (directory: string) =>
  Effect.map(Effect.flip(File.make({ directory })), (error) => {
    assert.strictEqual(error._op, "InvalidData")
    return String(error)
  })

const fromEnvironment = (entries: Readonly<Record<string, string>>) =>
  Layer.provide(Backend.layerConfig, Layer.setConfigProvider(ConfigProvider.fromMap(new Map(Object.entries(entries)))))

const contract: ReadonlyArray<Behaviour> = [
  passed(
    171,
    "one message, by each backend",
    KeepingBackends.each(({ name, run }) =>
      Effect.gen(function*() {
        const { kept: [bytes, ...more], value } = yield* run(Mail.sendMassMail([message]))
        assert.strictEqual(value, 1, name)
        assert.isEmpty(more, name)
        assert(bytes !== undefined, name)
        const entity = MimeReader.read(bytes)
        assert.deepStrictEqual(
          ["Subject", "From", "To"].map((field) => MimeReader.header(entity, field)),
          ["Subject", "from@example.com", "to@example.com"],
          name
        )
        assert.strictEqual(textOf(bytes), "Content\n", name)
      })
    )
  ),
  passed(
    172,
    "a subject and a text that are not ASCII, by each backend",
    KeepingBackends.each(({ name, run }) =>
      Effect.gen(function*() {
        const { kept } = yield* run(
          Mail.send(message.pipe(Message.subject("Chère maman"), Message.text("Je t'aime très fort\n")))
        )
        assert.deepStrictEqual(kept.map(subjectOf), ["Chère maman"], name)
        assert.deepStrictEqual(kept.map(textOf), ["Je t'aime très fort\n"], name)
      })
    )
  ),
  passed(
    173,
    "two messages, as a list and as an iterator, by each backend",
    KeepingBackends.each(({ name, run }) =>
      Effect.gen(function*() {
        const list = [numbered(1), numbered(2)]
        for (const messages of [() => list, () => list[Symbol.iterator]()]) {
          const { kept, value } = yield* run(Effect.suspend(() => Mail.sendMassMail(messages())))
          assert.strictEqual(value, 2, name)
          assert.deepStrictEqual(kept.map(subjectOf), ["message 1", "message 2"], name)
        }
      })
    )
  ),
  passed(
    174,
    "a backend that is released before anything was sent",
    Effect.gen(function*() {
      yield* KeepingBackends.each(({ name, run }) =>
        Effect.map(run(MailBackend.MailBackend), ({ kept }) => assert.isEmpty(kept, name))
      )
      const server = yield* SmtpServer.make()
      yield* Layer.build(server.layer()).pipe(Effect.scoped)
      assert.strictEqual(server.connections, 0)
    }).pipe(Effect.scoped)
  ),
  passed(
    175,
    "a session: opened once, closed once at its end, and not at all where opening fails",
    Effect.gen(function*() {
      const { backend, events } = RecordingDriver.make()
      yield* Effect.scoped(Effect.gen(function*() {
        const connection = yield* backend.connect
        assert.deepStrictEqual(events, ["open"])
        yield* connection.send(numbered(1))
        yield* connection.send(numbered(2))
      }))
      assert.deepStrictEqual(events, ["open", "message 1", "message 2", "close"])
      let released = 0
      const failing = MailBackend.make({
        name: "failing",
        open: Effect.zipRight(
          Effect.addFinalizer(() => Effect.sync(() => void released++)),
          Effect.fail(lost)
        )
      })
      const error = yield* Effect.flip(Mail.session(Effect.die("started"))).pipe(
        Effect.provideService(MailBackend.MailBackend, failing)
      )
      assert.strictEqual(error, lost)
      assert.strictEqual(released, 1)
    })
  ),
  passed(
    176,
    "a backend that has a name among the mailers",
    Effect.gen(function*() {
      const report = yield* Mail.using("newsletter")(Mail.send(message)).pipe(
        Effect.provide(Mailers.layer({ newsletter: Dummy.layer }))
      )
      assert.deepStrictEqual(report.mailer, Option.some("newsletter"))
    })
  ),
  passed(
    177,
    "options that a backend does not know (in code the compiler refuses them)",
    onDisk(Effect.gen(function*() {
      const error = yield* Effect.flip(
        Layer.build(fromEnvironment({ EMAIL_URL: "smtp://localhost?oops_typo=1&unknown=2" }))
      )
      assert.strictEqual(error._op, "InvalidData")
      assert.include(String(error), "EMAIL_URL")
      assert.include(String(error), "an option that is not tls, clientName")
    }))
  ),
  notWanted(
    178,
    "the option to fail silently",
    "what a failure is worth is for the caller to say: `Mail.failSilently` does it, with any backend and in one place",
    KeepingBackends.each(({ name, run }) =>
      Effect.gen(function*() {
        const silently = Effect.zipRight(
          Mail.failSilently(Effect.fail(lost)),
          Mail.failSilently(Mail.sendMail({
            subject: "",
            text: "",
            to: "to@example.com"
          }))
        )
        const { kept, value } = yield* run(silently)
        assert.strictEqual(value, 1, name)
        assert.strictEqual(kept.length, 1, name)
      })
    )
  ),
  passed(
    179,
    "a backend of one's own",
    Effect.gen(function*() {
      const delivered: Array<string> = []
      const custom = MailBackend.make({
        name: "custom",
        open: Effect.succeed({
          deliver: (outgoing) =>
            Effect.sync(() => {
              delivered.push(outgoing.message.subject)
              return MailBackend.acceptAll(outgoing)
            })
        })
      })
      const count = yield* Mail.sendMassMail([numbered(1), numbered(2)]).pipe(
        Effect.provideService(MailBackend.MailBackend, custom)
      )
      assert.strictEqual(count, 2)
      assert.deepStrictEqual(delivered, ["message 1", "message 2"])
    })
  )
]

const inMemory: ReadonlyArray<Behaviour> = [
  closedHole(
    180,
    "three messages, by the dummy backend",
    "it counts them as Django does, but checks each: Django's lets a test pass that production would fail",
    Effect.gen(function*() {
      assert.strictEqual(yield* Mail.sendMassMail([1, 2, 3].map(numbered)), 3)
      assert.strictEqual((yield* Effect.flip(Mail.send(injected)))._tag, "BadHeaderError")
    }).pipe(Effect.provide(Dummy.layer))
  ),
  closedHole(
    181,
    "two backends in memory, one message each",
    "they share one outbox where they are provided together; there is none for the whole process, through which tests see each other's mail",
    Effect.gen(function*() {
      const share = Layer.service(MailBackend.MailBackend)
      const together = yield* Effect.gen(function*() {
        yield* Mail.using("one")(Mail.send(message))
        yield* Mail.using("two")(Mail.send(message))
        return yield* TestMailbox.outbox
      }).pipe(
        Effect.provide(Mailers.layer({ one: share, two: share }).pipe(Layer.provideMerge(TestMailbox.layer)))
      )
      assert.strictEqual(together.length, 2)
      const alone = Effect.zipRight(Mail.send(message), TestMailbox.outbox).pipe(Effect.provide(TestMailbox.layer))
      assert.strictEqual((yield* alone).length, 1)
      assert.strictEqual((yield* alone).length, 1)
    })
  ),
  passed(
    182,
    "a subject with a line end, by the backends in memory",
    Effect.gen(function*() {
      const tried = Effect.flip(Mail.send(injected))
      const byTest = yield* Effect.all([tried, TestMailbox.outbox]).pipe(Effect.provide(TestMailbox.layer))
      const byMemory = yield* Effect.all([tried, Effect.flatMap(Memory.Memory, ({ outbox }) => outbox)]).pipe(
        Effect.provide(Memory.layer)
      )
      for (const [error, outbox] of [byTest, byMemory]) {
        assert.strictEqual(error._tag, "BadHeaderError")
        assert.deepStrictEqual(outbox, [])
      }
    })
  ),
  passed(
    183,
    "what the message was made of, changed after it was sent",
    Effect.gen(function*() {
      const to = ["to@example.com"]
      const octets = new Uint8Array([1, 2, 3])
      yield* Mail.send(
        Message.make({ from: "from@example.com", to, subject: "correct", attachments: [Attachment.bytes(octets)] })
      )
      to.push("eve@example.com")
      octets.fill(0)
      const [sent] = yield* TestMailbox.outbox
      assert(sent !== undefined)
      assert.deepStrictEqual(sent.message.to, ["to@example.com"])
      assert.strictEqual(subjectOf(sent.bytes), "correct")
      const [part] = MimeReader.leaves(MimeReader.read(sent.bytes)).slice(-1)
      assert.deepStrictEqual(Array.from(part?.octets ?? []), [1, 2, 3])
      assert.deepStrictEqual(
        sent.message.attachments,
        [Attachment.bytes(new Uint8Array([1, 2, 3]))]
      )
    }).pipe(Effect.provide(TestMailbox.layer))
  ),
  passed(
    184,
    "by which mailer a message in memory was sent",
    Effect.gen(function*() {
      const share = Layer.service(MailBackend.MailBackend)
      const send = Effect.zipRight(Mail.send(message), Mail.using("one")(Mail.send(message))).pipe(
        Effect.provide(Mailers.layer({ one: share }))
      )
      const byTest = yield* Effect.zipRight(send, TestMailbox.outbox).pipe(Effect.provide(TestMailbox.layer))
      const byMemory = yield* Effect.zipRight(send, Effect.flatMap(Memory.Memory, ({ outbox }) => outbox)).pipe(
        Effect.provide(Memory.layer)
      )
      for (const outbox of [byTest, byMemory]) {
        assert.deepStrictEqual(outbox.map(({ mailer }) => mailer), [Option.none(), Option.some("one")])
      }
    })
  ),
  closedHole(
    185,
    "a message without recipients, straight to a backend in memory",
    "it counts as 0 and is not kept, as with SMTP: Django's test sees a message that production never sends",
    KeepingBackends.each(({ name, run }) =>
      Effect.gen(function*() {
        const nobody = Message.make({ from: "from@example.com", subject: "to nobody" })
        const { kept, value } = yield* run(
          Effect.flatMap(MailBackend.MailBackend, (backend) => backend.send(nobody))
        )
        assert.deepStrictEqual(value.recipients, [], name)
        assert.isEmpty(kept, name)
      })
    )
  ),
  passed(
    186,
    "every mailer replaced for a test, and an empty outbox for each",
    Effect.gen(function*() {
      const program = Effect.zipRight(Mail.send(message), Mail.using("newsletter")(Mail.send(message)))
      const share = Layer.service(MailBackend.MailBackend)
      const forTests = Layer.provideMerge(
        Layer.provideMerge(Mailers.backend("default"), Mailers.layer({ default: share, newsletter: share })),
        TestMailbox.layer
      )
      const test = Effect.zipRight(program, TestMailbox.outbox).pipe(Effect.provide(forTests))
      for (const outbox of [yield* test, yield* test]) {
        assert.deepStrictEqual(outbox.map(({ mailer }) => Option.getOrNull(mailer)), ["default", "newsletter"])
      }
    })
  )
]

const onConsole: ReadonlyArray<Behaviour> = [
  passed(
    187,
    "messages on the console: each with its separator, and at once",
    Effect.gen(function*() {
      const { logged } = yield* quietConsole(
        Effect.provide(Mail.sendMassMail([numbered(1), numbered(2)]), Console.layer)
      )
      assert.strictEqual(logged.length, 2)
      logged.forEach((text, i) => {
        assert(typeof text === "string")
        // The console ends what it logs with the line feed that is missing here.
        assert.isTrue(text.endsWith(`Content\r\n\n${hyphens}`))
        assert.include(text, `Subject: message ${i + 1}\r\n`)
      })
    })
  ),
  passed(
    188,
    "another stream than the console",
    Effect.gen(function*() {
      let shown = ""
      const screen = Sink.forEach((bytes: Uint8Array) =>
        Effect.sync(() => {
          shown += new TextDecoder().decode(bytes)
        })
      )
      const { logged } = yield* quietConsole(Effect.provide(Mail.send(message), Console.layerSink(screen)))
      assert.isEmpty(logged)
      assert.match(shown, /^To: to@example\.com\r$/m)
      assert.include(shown, "\nDate: ")
      assert.isTrue(shown.endsWith(`\n${hyphens}\n`))
    })
  ),
  closedHole(
    189,
    "the console fails silently",
    "only failures to write are swallowed, with the count of what was written: Django's also hides that a message is wrong",
    Effect.gen(function*() {
      let count = 0
      const full = Sink.forEach(() => ++count === 2 ? Effect.fail("disk full") : Effect.void)
      const sent = yield* Mail.failSilently(Mail.sendMassMail([1, 2, 3].map(numbered))).pipe(
        Effect.provide(Console.layerSink(full))
      )
      assert.strictEqual(sent, 2)
      const error = yield* Effect.flip(Mail.failSilently(Mail.send(injected))).pipe(
        Effect.provide(Console.layerSink(Sink.drain))
      )
      assert.strictEqual(error._tag, "BadHeaderError")
    })
  ),
  closedHole(
    190,
    "an empty list, to the console",
    "the number sent is 0 with every backend, never nothing",
    KeepingBackends.each(({ name, run }) =>
      Effect.map(run(Mail.sendMassMail([])), ({ kept, value }) => {
        assert.strictEqual(value, 0, name)
        assert.isEmpty(kept, name)
      })
    )
  ),
  passed(
    191,
    "messages to the console side by side",
    Effect.gen(function*() {
      let shown = ""
      let writing = 0
      let most = 0
      const slow = Sink.forEach((bytes: Uint8Array) =>
        Effect.gen(function*() {
          most = Math.max(most, ++writing)
          for (let at = 0; at < bytes.length; at += 100) {
            shown += new TextDecoder("latin1").decode(bytes.subarray(at, at + 100))
            yield* Effect.yieldNow()
          }
          writing--
        })
      )
      yield* Effect.forEach([1, 2, 3, 4, 5], (n) => Mail.send(numbered(n)), { concurrency: "unbounded" }).pipe(
        Effect.provide(Console.layerSink(slow))
      )
      const records = shown.split(`\n${hyphens}\n`).slice(0, -1)
      assert.strictEqual(most, 1)
      assert.deepStrictEqual(
        records.map((text) => subjectOf(MimeReader.octetsOf(text))).sort(),
        [1, 2, 3, 4, 5].map((n) => `message ${n}`)
      )
    })
  )
]

const inFiles: ReadonlyArray<Behaviour> = [
  passed(
    192,
    "no directory for files",
    onDisk(Effect.gen(function*() {
      const error = yield* Effect.flip(Layer.build(fromEnvironment({ EMAIL_BACKEND: "file" })))
      assert.strictEqual(error._op, "MissingData")
      assert.include(String(error), "EMAIL_FILE_PATH")
    }))
  ),
  passed(
    193,
    "a directory that is a file",
    onDisk(Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const path = yield* fs.makeTempFileScoped()
      const reason = yield* refusal(path)
      assert.include(reason, path)
      assert.include(reason, "not a directory")
    }))
  ),
  passed(
    194,
    "a directory that cannot be made",
    onDisk(Effect.gen(function*() {
      const reason = yield* refusal("/dev/null/foo")
      assert.include(reason, "/dev/null/foo cannot be made")
    }))
  ),
  passed(
    195,
    "a directory that cannot be written to",
    onDisk(Effect.gen(function*() {
      const directory = yield* makeDirectory
      const fs = yield* FileSystem.FileSystem
      // The super-user may write anywhere: the file system says what it says to everybody else.
      const readOnly: FileSystem.FileSystem = {
        ...fs,
        access: (path, options) =>
          options?.writable === true
            ? Effect.fail(
              new PlatformError.SystemError({
                module: "FileSystem",
                method: "access",
                reason: "PermissionDenied",
                pathOrDescriptor: path
              })
            )
            : fs.access(path, options)
      }
      const reason = yield* Effect.provideService(refusal(directory), FileSystem.FileSystem, readOnly)
      assert.include(reason, `${directory} cannot be written to`)
    }))
  ),
  passed(
    196,
    "a directory that is not there",
    onDisk(Effect.gen(function*() {
      const directory = `${yield* makeDirectory}/a/b`
      yield* Mail.send(message).pipe(Effect.provide(File.layer({ directory })))
      assert.strictEqual((yield* entries(directory)).length, 1)
    }))
  ),
  passed(
    197,
    "a directory as a path, and as a URL",
    onDisk(Effect.gen(function*() {
      const directory = `${yield* makeDirectory}/with blanks`
      yield* Mail.send(message).pipe(
        Effect.provide(fromEnvironment({ EMAIL_BACKEND: "file", EMAIL_FILE_PATH: directory }))
      )
      assert.strictEqual((yield* entries(directory)).length, 1)
      yield* Mail.send(message).pipe(
        Effect.provide(fromEnvironment({ EMAIL_URL: pathToFileURL(directory).href }))
      )
      assert.strictEqual((yield* entries(directory)).length, 2)
    }))
  ),
  passed(
    198,
    "two backends, one message each: a file for each",
    onDisk(Effect.gen(function*() {
      const directory = yield* makeDirectory
      const [one, two] = yield* Effect.all([File.make({ directory }), File.make({ directory })])
      yield* one.send(message)
      assert.strictEqual((yield* entries(directory)).length, 1)
      yield* two.send(message)
      assert.strictEqual((yield* entries(directory)).length, 2)
    }))
  ),
  passed(
    199,
    "two messages in one session: one file, and a separator after each",
    onDisk(Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const directory = yield* makeDirectory
      yield* Mail.session(Effect.zipRight(Mail.send(numbered(1)), Mail.send(numbered(2)))).pipe(
        Effect.provide(File.layer({ directory }))
      )
      const [name = "", ...more] = yield* entries(directory)
      assert.isEmpty(more)
      const parts = (yield* fs.readFileString(`${directory}/${name}`)).split(`\n${hyphens}\n`)
      assert.strictEqual(parts.pop(), "")
      assert.deepStrictEqual(parts.map((text) => subjectOf(MimeReader.octetsOf(text))), ["message 1", "message 2"])
    }))
  ),
  notWanted(
    200,
    "two sessions of one backend: the second appends to the file of the first",
    "a session is a file: what one session wrote is complete when it ends, and no later one opens it again",
    onDisk(Effect.gen(function*() {
      const directory = yield* makeDirectory
      yield* Effect.all([1, 2].map((n) => Mail.session(Mail.send(numbered(n))))).pipe(
        Effect.provide(File.layer({ directory }))
      )
      const names = yield* entries(directory)
      const files = yield* Effect.forEach(names, (name) => File.read(`${directory}/${name}`))
      assert.deepStrictEqual(files.map((kept) => kept.length), [1, 1])
      assert.deepStrictEqual(files.flat().map(subjectOf).sort(), ["message 1", "message 2"])
    }))
  ),
  passed(
    201,
    "how a file is called, and when it is made",
    onDisk(Effect.gen(function*() {
      const directory = yield* makeDirectory
      yield* TestClock.setTime(Date.UTC(2026, 10, 20, 9, 5, 7))
      const backend = yield* File.make({ directory })
      assert.deepStrictEqual(yield* entries(directory), [])
      yield* backend.connect
      const [name = ""] = yield* entries(directory)
      assert.match(name, /^20261120-090507-[0-9a-z]+\.log$/)
    }))
  ),
  passed(
    202,
    "octets that are no text",
    onDisk(Effect.gen(function*() {
      const directory = yield* makeDirectory
      const embedded = MimeReader.octetsOf(
        "Content-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: 8bit\r\n\r\n\xe9\xff\r\n"
      )
      yield* Mail.send(Message.attach(message, Attachment.message(embedded))).pipe(
        Effect.provide(File.layer({ directory }))
      )
      const [name = ""] = yield* entries(directory)
      const [bytes = new Uint8Array()] = yield* File.read(`${directory}/${name}`)
      const attached = MimeReader.leaves(MimeReader.read(bytes)).find(({ type }) => type === "message/rfc822")
      assert.deepStrictEqual(attached?.octets, embedded)
    }))
  )
]

export const backends: ReadonlyArray<Behaviour> = [...contract, ...inMemory, ...onConsole, ...inFiles]
