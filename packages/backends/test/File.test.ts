import * as File from "@effect-mail/backends/File"
import { Attachment, BatchReport, Mail, Message, Mime, Outgoing } from "@effect-mail/core"
import { Error as PlatformError, FileSystem, Path } from "@effect/platform"
import { NodeContext } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import {
  ConfigError,
  ConfigProvider,
  Deferred,
  Effect,
  FastCheck,
  Fiber,
  Layer,
  Random,
  Stream,
  TestClock
} from "effect"

const hyphens = "-".repeat(79)
const separator = `\n${hyphens}\n`

const message = Message.make({
  from: "Ada <ada@example.com>",
  to: "bob@example.com",
  bcc: "carol@example.com",
  subject: "Grüße",
  text: `Hello, Bob\n${hyphens}\nsigned\n`,
  html: "<p>Hello, <b>Bob</b></p>"
})

const numbered = (n: number) => Message.subject(message, `message ${n}`)
const latin1 = (octets: Uint8Array): string => new TextDecoder("latin1").decode(octets)

/** The same numbers whatever else takes some. */
const fixed = Effect.withRandom(Random.fixed([7]))

const render = (of: Message.Message) => Effect.flatMap(Outgoing.prepare(of), Mime.render)

const temporary = Effect.flatMap(FileSystem.FileSystem, (fs) => fs.makeTempDirectoryScoped())

const entries = (directory: string) =>
  Effect.flatMap(FileSystem.FileSystem, (fs) => Effect.map(fs.readDirectory(directory), (names) => names.sort()))

const contents = (directory: string) =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const names = yield* entries(directory)
    return yield* Effect.forEach(names, (name) => Effect.map(fs.readFile(`${directory}/${name}`), latin1))
  })

const messages = (directory: string) =>
  Effect.gen(function*() {
    const names = yield* entries(directory)
    return yield* Effect.forEach(names, (name) => File.read(`${directory}/${name}`))
  })

const subjects = (octets: ReadonlyArray<Uint8Array>) =>
  octets.map((bytes) => /^Subject: (.*)\r$/m.exec(latin1(bytes))?.[1])

/** The file system of the test, changed. */
const withFileSystem = (change: (fs: FileSystem.FileSystem) => Partial<FileSystem.FileSystem>) =>
  Layer.effect(FileSystem.FileSystem, Effect.map(FileSystem.FileSystem, (fs) => ({ ...fs, ...change(fs) })))

/** The file system of the test, in which open files are changed. */
const withFile = (change: (file: FileSystem.File) => Partial<FileSystem.File>) =>
  withFileSystem((fs) => ({
    open: (path, options) =>
      Effect.map(fs.open(path, options), (file): FileSystem.File => ({
        [FileSystem.FileTypeId]: FileSystem.FileTypeId,
        fd: file.fd,
        stat: file.stat,
        sync: file.sync,
        seek: (offset, from) => file.seek(offset, from),
        read: (buffer) => file.read(buffer),
        readAlloc: (size) => file.readAlloc(size),
        truncate: (length) => file.truncate(length),
        write: (buffer) => file.write(buffer),
        writeAll: (buffer) => file.writeAll(buffer),
        ...change(file)
      }))
  }))

const systemError = (reason: PlatformError.SystemErrorReason) =>
  new PlatformError.SystemError({ module: "FileSystem", method: "test", reason, description: "as the test wishes" })

describe("File", () => {
  describe("writes", () => {
    it.scoped("the very bytes that SMTP would carry, and the separator", () =>
      Effect.gen(function*() {
        const directory = yield* temporary
        const report = yield* Mail.send(message).pipe(Effect.provide(File.layer({ directory })))
        const bytes = yield* render(message)
        assert.deepStrictEqual(yield* contents(directory), [latin1(bytes) + separator])
        assert.deepStrictEqual(report.recipients, [
          { _tag: "Accepted", recipient: "bob@example.com" },
          { _tag: "Accepted", recipient: "carol@example.com" }
        ])
        assert.strictEqual(report.response, undefined)
      }).pipe(fixed, Effect.provide(NodeContext.layer)))

    it.scoped("octets rather than text", () =>
      Effect.gen(function*() {
        const directory = yield* temporary
        const raw = new Uint8Array([...new TextEncoder().encode("Subject: old\r\n\r\n"), 0xe9, 0xff, 13, 10])
        const attached = Message.attach(message, Attachment.message(raw))
        yield* Mail.send(attached).pipe(Effect.provide(File.layer({ directory })))
        assert.deepStrictEqual(yield* messages(directory), [[yield* render(attached)]])
        assert.include((yield* contents(directory)).join(""), "\r\n\r\n\xe9\xff\r\n")
      }).pipe(fixed, Effect.provide(NodeContext.layer)))

    it.scoped("the Bcc recipients nowhere", () =>
      Effect.gen(function*() {
        const directory = yield* temporary
        yield* Mail.send(message).pipe(Effect.provide(File.layer({ directory })))
        const text = (yield* contents(directory)).join("").toLowerCase() + (yield* entries(directory)).join("")
        assert.notInclude(text, "carol")
        assert.notInclude(text, "bcc")
      }).pipe(Effect.provide(NodeContext.layer)))

    it.scoped("streamed attachments as they come", () =>
      Effect.gen(function*() {
        const fs = yield* FileSystem.FileSystem
        const directory = yield* temporary
        const chunk = new Uint8Array(64 * 1024)
        const sizes: Array<number> = []
        const size = Effect.gen(function*() {
          const [name] = yield* entries(directory)
          const info = yield* fs.stat(`${directory}/${name}`)
          sizes.push(Number(info.size))
          return chunk
        })
        const content = Stream.repeatEffect(size).pipe(
          Stream.take(8),
          Stream.provideService(FileSystem.FileSystem, fs)
        )
        const streamed = Message.attach(message, Attachment.stream(content, { filename: "data.bin" }))
        yield* Mail.send(streamed).pipe(Effect.provide(File.layer({ directory })))
        assert.strictEqual(sizes.length, 8)
        for (const [i, written] of sizes.entries()) assert.isAtLeast(written, i * chunk.length)
        const [[bytes] = []] = yield* messages(directory)
        assert.deepStrictEqual(bytes, yield* render(streamed))
      }).pipe(fixed, Effect.provide(NodeContext.layer)))
  })

  describe("makes files", () => {
    it.scoped("named by the clock in UTC and a random part", () =>
      Effect.gen(function*() {
        const directory = yield* temporary
        yield* TestClock.setTime(Date.UTC(2026, 10, 20, 9, 5, 7, 999))
        yield* Mail.send(message).pipe(Effect.provide(File.layer({ directory })))
        const [name = ""] = yield* entries(directory)
        assert.match(name, /^20261120-090507-[0-9a-z]{14}\.log$/)
      }).pipe(Effect.provide(NodeContext.layer)))

    it.scoped("one for each session, and messages appended in order", () =>
      Effect.gen(function*() {
        const directory = yield* temporary
        yield* Effect.gen(function*() {
          yield* Mail.session(Effect.forEach([1, 2, 3], (n) => Mail.send(numbered(n))))
          assert.strictEqual((yield* entries(directory)).length, 1)
          yield* TestClock.adjust("1 second")
          yield* Mail.sendAll([4, 5].map(numbered))
          assert.strictEqual((yield* entries(directory)).length, 2)
          yield* TestClock.adjust("1 second")
          yield* Mail.send(numbered(6))
        }).pipe(Effect.provide(File.layer({ directory })))
        assert.deepStrictEqual((yield* messages(directory)).map(subjects), [
          ["message 1", "message 2", "message 3"],
          ["message 4", "message 5"],
          ["message 6"]
        ])
        for (const text of yield* contents(directory)) assert.isTrue(text.endsWith(`\r\n${separator}`))
      }).pipe(Effect.provide(NodeContext.layer)))

    it.scoped("when a session opens, and keeps it for each message after", () =>
      Effect.gen(function*() {
        const directory = yield* temporary
        const backend = yield* File.make({ directory })
        assert.deepStrictEqual(yield* entries(directory), [])
        yield* Effect.scoped(Effect.gen(function*() {
          const connection = yield* backend.connect
          assert.strictEqual((yield* entries(directory)).length, 1)
          yield* connection.send(message)
          yield* connection.send(message)
          assert.strictEqual((yield* entries(directory)).length, 1)
        }))
        assert.strictEqual((yield* messages(directory)).flat().length, 2)
      }).pipe(Effect.provide(NodeContext.layer)))

    it.scoped("one for each connection of a concurrent batch, none of them mixed", () =>
      Effect.gen(function*() {
        const directory = yield* temporary
        const batch = Array.from({ length: 40 }, (_, n) => numbered(n))
        const report = yield* Mail.sendAll(batch, { concurrency: 4 }).pipe(Effect.provide(File.layer({ directory })))
        assert.isTrue(report.entries.every(({ _tag }) => _tag === "Sent"))
        assert.isAtMost((yield* entries(directory)).length, 4)
        const written = (yield* messages(directory)).flatMap(subjects).sort()
        assert.deepStrictEqual(written, batch.map(({ subject }) => subject).sort())
        for (const text of yield* contents(directory)) {
          assert.strictEqual(text.split("MIME-Version: 1.0").length, text.split(separator).length)
        }
      }).pipe(Effect.provide(NodeContext.layer)))

    it.scoped("none for an empty batch, for a mail without recipients and for a wrong message", () =>
      Effect.gen(function*() {
        const directory = yield* temporary
        const injected = Message.subject(message, "Hello\r\nBcc: eve@example.com")
        yield* Effect.gen(function*() {
          yield* Mail.sendAll([])
          yield* Effect.flip(Mail.send(Message.make({ from: "ada@example.com", subject: "To nobody" })))
          yield* Mail.sendMail({ from: "ada@example.com", to: [], subject: "To nobody", text: "" })
          const error = yield* Effect.flip(Mail.send(injected))
          assert.strictEqual(error._tag, "BadHeaderError")
          const { entries } = yield* Mail.sendAll([injected])
          assert.deepStrictEqual(entries.map(({ _tag }) => _tag), ["Failed"])
        }).pipe(Effect.provide(File.layer({ directory })))
        assert.deepStrictEqual(yield* entries(directory), [])
      }).pipe(Effect.provide(NodeContext.layer)))

    it.scoped("that only their owner can read, whatever the umask", () =>
      Effect.gen(function*() {
        const fs = yield* FileSystem.FileSystem
        const directory = `${yield* temporary}/a/b`
        yield* Effect.acquireRelease(
          Effect.sync(() => process.umask(0)),
          (before) => Effect.sync(() => process.umask(before))
        )
        yield* Mail.send(message).pipe(Effect.provide(File.layer({ directory })))
        const [name] = yield* entries(directory)
        assert.strictEqual((yield* fs.stat(`${directory}/${name}`)).mode & 0o777, 0o600)
        assert.strictEqual((yield* fs.stat(directory)).mode & 0o777, 0o700)
      }).pipe(Effect.provide(NodeContext.layer)))

    it.scoped("without overwriting a file or following a link", () =>
      Effect.gen(function*() {
        const fs = yield* FileSystem.FileSystem
        const send = (directory: string) =>
          Mail.session(Mail.send(message)).pipe(
            Effect.withRandom(Random.make("the same numbers")),
            Effect.provide(File.layer({ directory }))
          )
        const elsewhere = yield* temporary
        yield* send(elsewhere)
        const [name = ""] = yield* entries(elsewhere)
        const victim = `${elsewhere}/victim`
        yield* fs.writeFileString(victim, "precious")

        const second = yield* temporary
        yield* fs.writeFileString(`${second}/${name}`, "precious")
        yield* send(second)
        const [other = "", ...more] = (yield* entries(second)).filter((entry) => entry !== name)
        assert.deepStrictEqual(more, [])
        assert.strictEqual(yield* fs.readFileString(`${second}/${name}`), "precious")
        assert.strictEqual((yield* File.read(`${second}/${other}`)).length, 1)

        const plantings = [
          (path: string) => fs.symlink(victim, path),
          (path: string) => fs.symlink(`${elsewhere}/not there`, path),
          (path: string) => fs.makeDirectory(path)
        ]
        for (const plant of plantings) {
          const directory = yield* temporary
          yield* plant(`${directory}/${name}`)
          yield* send(directory)
          assert.deepStrictEqual(yield* entries(directory), [name, other].sort())
          assert.strictEqual((yield* File.read(`${directory}/${other}`)).length, 1)
        }
        assert.strictEqual(yield* fs.readFileString(victim), "precious")
        assert.isFalse(yield* fs.exists(`${elsewhere}/not there`))
      }).pipe(Effect.provide(NodeContext.layer)))

    it.scoped("gives up when every name is taken", () =>
      Effect.gen(function*() {
        let attempts = 0
        const taken = withFileSystem(() => ({
          open: () =>
            Effect.suspend(() => {
              attempts++
              return Effect.fail(systemError("AlreadyExists"))
            })
        }))
        const layer = File.layer({ directory: yield* temporary }).pipe(Layer.provide(taken))
        const error = yield* Effect.flip(Effect.provide(Mail.send(message), layer))
        assert.strictEqual(error._tag === "ConnectionError" && error.reason, "Io")
        assert.strictEqual(attempts, 100)
      }).pipe(Effect.provide(NodeContext.layer)))
  })

  describe("takes back a message that did not become whole", () => {
    const failing = Attachment.stream(Stream.concat(Stream.make(new Uint8Array(100_000)), Stream.fail("no such page")))

    it.scoped("because its attachment failed", () =>
      Effect.gen(function*() {
        const directory = yield* temporary
        const { entries: outcomes } = yield* Mail.sendAll([
          numbered(1),
          Message.attach(numbered(2), failing),
          numbered(3)
        ]).pipe(Effect.provide(File.layer({ directory })))
        assert.deepStrictEqual(outcomes.map(({ _tag }) => _tag), ["Sent", "Failed", "Sent"])
        const outcome = outcomes[1]
        assert.strictEqual(outcome?._tag === "Failed" && outcome.error._tag, "AttachmentError")
        assert.deepStrictEqual((yield* messages(directory)).flatMap(subjects).sort(), ["message 1", "message 3"])
        for (const text of yield* contents(directory)) assert.isTrue(text.endsWith(separator))
      }).pipe(Effect.provide(NodeContext.layer)))

    it.scoped("because it was the first and its attachment failed", () =>
      Effect.gen(function*() {
        const directory = yield* temporary
        yield* Effect.flip(Mail.send(Message.attach(message, failing))).pipe(Effect.provide(File.layer({ directory })))
        assert.deepStrictEqual(yield* contents(directory), [""])
        assert.deepStrictEqual(yield* messages(directory), [[]])
      }).pipe(Effect.provide(NodeContext.layer)))

    it.scoped("because it was interrupted", () =>
      Effect.gen(function*() {
        const directory = yield* temporary
        const backend = yield* File.make({ directory })
        const connection = yield* backend.connect
        yield* connection.send(numbered(1))
        const [before = ""] = yield* contents(directory)

        const started = yield* Deferred.make<void>()
        const content = Stream.concat(
          Stream.make(new Uint8Array(100_000)),
          Stream.fromEffect(Effect.zipRight(Deferred.succeed(started, undefined), Effect.never))
        )
        const fiber = yield* Effect.fork(connection.send(Message.attach(numbered(2), Attachment.stream(content))))
        yield* Deferred.await(started)
        const [during = ""] = yield* contents(directory)
        assert.isAbove(during.length, before.length + 100_000)
        yield* Fiber.interrupt(fiber)
        assert.deepStrictEqual(yield* contents(directory), [before])

        yield* connection.send(numbered(3))
        assert.deepStrictEqual((yield* messages(directory)).flatMap(subjects).sort(), ["message 1", "message 3"])
      }).pipe(Effect.provide(NodeContext.layer)))

    it.scoped("only after the write that was going on, which the system does not stop", () =>
      Effect.gen(function*() {
        const directory = yield* temporary
        const started = yield* Deferred.make<void>()
        const goOn = yield* Deferred.make<void>()
        const calls: Array<string> = []
        const note = (call: string) => Effect.sync(() => void calls.push(call))
        const slow = withFile((file) => ({
          truncate: (length) => Effect.zipRight(note("truncate"), file.truncate(length)),
          writeAll: (chunk) =>
            Deferred.succeed(started, undefined).pipe(
              Effect.zipRight(Deferred.await(goOn)),
              Effect.zipRight(file.writeAll(chunk)),
              Effect.zipRight(note("written")),
              Effect.uninterruptible,
              Effect.disconnect
            )
        }))
        const layer = File.layer({ directory }).pipe(Layer.provide(slow))
        const fiber = yield* Effect.fork(Effect.provide(Mail.send(message), layer))
        yield* Deferred.await(started)
        yield* Fiber.interruptFork(fiber)
        yield* Effect.repeatN(Effect.yieldNow(), 100)
        yield* Deferred.succeed(goOn, undefined)
        yield* Fiber.await(fiber)
        assert.deepStrictEqual(calls, ["written", "truncate"])
        assert.deepStrictEqual(yield* contents(directory), [""])
      }).pipe(Effect.provide(NodeContext.layer)))

    it.scoped("because the disk refused it", () =>
      Effect.gen(function*() {
        const directory = yield* temporary
        let writes = 0
        const full = withFile((file) => ({
          writeAll: (chunk) =>
            ++writes === 4
              ? Effect.zipRight(file.writeAll(chunk.subarray(0, 40)), Effect.fail(systemError("Unknown")))
              : file.writeAll(chunk)
        }))
        const layer = File.layer({ directory }).pipe(Layer.provide(full))
        const { entries: outcomes } = yield* Effect.provide(Mail.sendAll([1, 2, 3].map(numbered)), layer)
        assert.deepStrictEqual(outcomes.map(({ _tag }) => _tag), ["Sent", "Failed", "Sent"])
        const outcome = outcomes[1]
        if (outcome?._tag !== "Failed" || outcome.error._tag !== "ConnectionError") return assert.fail("wrong error")
        assert.strictEqual(outcome.error.reason, "Io")
        assert.isDefined(outcome.error.cause)
        assert.deepStrictEqual((yield* messages(directory)).flatMap(subjects).sort(), ["message 1", "message 3"])
        for (const text of yield* contents(directory)) assert.isTrue(text.endsWith(separator))
      }).pipe(Effect.provide(NodeContext.layer)))

    it.scoped("and never reads one that could not be taken back", () =>
      Effect.gen(function*() {
        const fs = yield* FileSystem.FileSystem
        const path = `${yield* temporary}/crashed.log`
        const bytes = yield* render(message)
        for (const lost of [1, 10, separator.length, separator.length + 20]) {
          const whole = latin1(bytes) + separator
          yield* fs.writeFileString(path, whole + whole.slice(0, -lost))
          assert.deepStrictEqual(yield* File.read(path), [bytes])
        }
      }).pipe(Effect.provide(NodeContext.layer)))
  })

  it.scoped("fails with Io when the directory went away", () =>
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const directory = `${yield* temporary}/gone`
      const backend = yield* File.make({ directory })
      yield* fs.remove(directory, { recursive: true })
      const error = yield* Effect.flip(backend.send(message))
      assert.strictEqual(error._tag === "ConnectionError" && error.reason, "Io")
      const { entries } = yield* backend.sendAll([message, message])
      assert.deepStrictEqual(entries.map(({ _tag }) => _tag), ["Failed", "NotTried"])
    }).pipe(Effect.provide(NodeContext.layer)))

  describe("names the setting that is wrong", () => {
    const failure = (options: File.Options) => Effect.flip(File.make(options))

    const assertInvalid = (error: ConfigError.ConfigError, setting: string, reason: RegExp) => {
      if (!ConfigError.isInvalidData(error)) return assert.fail(`not InvalidData: ${error._op}`)
      assert.deepStrictEqual(error.path, [setting])
      assert.match(error.message, reason)
    }

    it.scoped("an empty path", () =>
      Effect.gen(function*() {
        assertInvalid(yield* failure({ directory: "" }), "directory", /^it is empty$/)
      }).pipe(Effect.provide(NodeContext.layer)))

    it.scoped("a file", () =>
      Effect.gen(function*() {
        const fs = yield* FileSystem.FileSystem
        const path = `${yield* temporary}/file`
        yield* fs.writeFileString(path, "precious")
        assertInvalid(yield* failure({ directory: path }), "directory", /file is not a directory$/)
        assert.strictEqual(yield* fs.readFileString(path), "precious")
      }).pipe(Effect.provide(NodeContext.layer)))

    it.scoped("a path that cannot be made", () =>
      Effect.gen(function*() {
        assertInvalid(yield* failure({ directory: "/dev/null/mail" }), "directory", /cannot be made: ENOTDIR/)
        assertInvalid(yield* failure({ directory: "mail\0box" }), "directory", /cannot be made/)
      }).pipe(Effect.provide(NodeContext.layer)))

    it.scoped("a directory that cannot be written to", () =>
      Effect.gen(function*() {
        const directory = yield* temporary
        const refusing = withFileSystem(() => ({ access: () => Effect.fail(systemError("PermissionDenied")) }))
        const error = yield* Effect.provide(failure({ directory }), refusing)
        assertInvalid(error, "directory", /cannot be written to: as the test wishes$/)
      }).pipe(Effect.provide(NodeContext.layer)))

    it.effect("in configuration", () =>
      Effect.gen(function*() {
        const build = (entries: ReadonlyArray<readonly [string, string]>) =>
          Effect.scoped(Layer.build(File.layerConfig())).pipe(
            Effect.flip,
            Effect.withConfigProvider(ConfigProvider.fromMap(new Map(entries)))
          )
        assertInvalid(yield* build([["EMAIL_FILE_PATH", "/dev/null"]]), "EMAIL_FILE_PATH", /is not a directory$/)
        const missing = yield* build([])
        assert.isTrue(ConfigError.isMissingData(missing))
        assert.include(String(missing), "EMAIL_FILE_PATH")
      }).pipe(Effect.provide(NodeContext.layer)))
  })

  it.scoped("takes its directory from configuration, and makes it with its parents", () =>
    Effect.gen(function*() {
      const directory = `${yield* temporary}/a/b/c`
      yield* Mail.send(message).pipe(
        Effect.provide(File.layerConfig()),
        Effect.withConfigProvider(ConfigProvider.fromMap(new Map([["EMAIL_FILE_PATH", directory]])))
      )
      assert.strictEqual((yield* messages(directory)).flat().length, 1)
    }).pipe(Effect.provide(NodeContext.layer)))

  it.scoped("resolves a relative path when it is made", () =>
    Effect.gen(function*() {
      const paths = yield* Path.Path
      const directory = yield* temporary
      const relative = paths.relative(process.cwd(), directory)
      assert.isFalse(paths.isAbsolute(relative))
      yield* Mail.send(message).pipe(Effect.provide(File.layer({ directory: relative })))
      assert.strictEqual((yield* entries(directory)).length, 1)
    }).pipe(Effect.provide(NodeContext.layer)))

  describe("read", () => {
    const line = FastCheck.oneof(
      FastCheck.constantFrom(hyphens, `${hyphens}\r`, `${hyphens}-`, "-".repeat(78), "", "-", ".", "From ada"),
      FastCheck.string({ unit: "binary", maxLength: 100 })
    )
    const body = FastCheck.array(line, { maxLength: 6 }).map((lines) => lines.join("\n"))
    const parts = FastCheck.record({ text: body, html: FastCheck.option(body), attached: FastCheck.option(body) })

    it.scoped.prop(
      "gives back the bytes of each message, whatever is in it",
      [FastCheck.array(parts, { minLength: 1, maxLength: 4 })],
      ([batch]) =>
        Effect.gen(function*() {
          const directory = yield* temporary
          const sent = batch.map(({ attached, html, text }) => {
            const plain = Message.make({ from: "ada@example.com", to: "bob@example.com", text })
            const rich = html === null ? plain : Message.html(plain, html)
            if (attached === null) return rich
            const octets = new TextEncoder().encode(attached)
            return Message.attach(rich, [
              Attachment.text(attached),
              Attachment.bytes(octets),
              Attachment.stream(Stream.make(octets)),
              Attachment.message(Message.make({ from: "eve@example.com", text: attached }))
            ])
          })
          const report = yield* Mail.sendAll(sent).pipe(Effect.provide(File.layer({ directory })))
          assert.isTrue(BatchReport.isComplete(report))
          const expected = yield* Effect.forEach(sent, render)
          assert.deepStrictEqual((yield* messages(directory)).flat(), expected)
        }).pipe(fixed, Effect.provide(NodeContext.layer))
    )

    it.scoped("gives back a raw message that holds the separator", () =>
      Effect.gen(function*() {
        const directory = yield* temporary
        const attached = Message.attach(message, Attachment.message(`Subject: old\n\nbody${separator}${separator}`))
        yield* Mail.sendAll([attached, attached]).pipe(Effect.provide(File.layer({ directory })))
        const bytes = yield* render(attached)
        assert.include(latin1(bytes), `\r\n${hyphens}\r\n`)
        assert.deepStrictEqual(yield* messages(directory), [[bytes, bytes]])
      }).pipe(fixed, Effect.provide(NodeContext.layer)))

    it.scoped("fails when there is no file", () =>
      Effect.gen(function*() {
        const error = yield* Effect.flip(File.read(`${yield* temporary}/nothing`))
        assert.strictEqual(error._tag === "SystemError" && error.reason, "NotFound")
      }).pipe(Effect.provide(NodeContext.layer)))
  })
})
