import { File } from "@effect-mail/backends"
import { Attachment, Mail, Message } from "@effect-mail/core"
import * as MimeReader from "@effect-mail/test-kit/MimeReader"
import { Error as PlatformError, FileSystem } from "@effect/platform"
import { NodeContext } from "@effect/platform-node"
import { assert } from "@effect/vitest"
import type { Scope } from "effect"
import { Effect, Layer, TestClock } from "effect"
import { pathToFileURL } from "node:url"
import { type Behaviour, notWanted, passed } from "../Behaviour.js"
import { environment } from "../LiveConnections.js"
import { message, numbered, subjectOf } from "../SampleMail.js"

const hyphens = "-".repeat(79)

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

export const backendFile: ReadonlyArray<Behaviour> = [
  passed(
    192,
    "no directory for files",
    onDisk(Effect.gen(function*() {
      const error = yield* Effect.flip(Layer.build(environment({ EMAIL_BACKEND: "file" })))
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
        Effect.provide(environment({ EMAIL_BACKEND: "file", EMAIL_FILE_PATH: directory }))
      )
      assert.strictEqual((yield* entries(directory)).length, 1)
      yield* Mail.send(message).pipe(
        Effect.provide(environment({ EMAIL_URL: pathToFileURL(directory).href }))
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
