/** A folder of messages that others change while it is shown, and what is read of large files. */
import { Smtp } from "@effect-mail/backends"
import { Attachment, Message } from "@effect-mail/core"
import { DevInbox, MailReader } from "@effect-mail/testing"
import { assert, describe, it } from "@effect/vitest"
import { Chunk, Effect, FastCheck, Fiber, Stream } from "effect"
import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync
} from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { served } from "./InboxServer.js"

const message = (subject: string): string =>
  `From: a@example.com\r\nTo: b@example.com\r\nSubject: ${subject}\r\n\r\nx\r\n`

const withFolder = <A, E>(use: (directory: string) => Effect.Effect<A, E>) =>
  Effect.acquireUseRelease(
    Effect.sync(() => mkdtempSync(join(tmpdir(), "folder-"))),
    use,
    (directory) => Effect.sync(() => rmSync(directory, { recursive: true, force: true }))
  )

const gone = (inbox: DevInbox.Service) =>
  Stream.runHead(Stream.filter(inbox.events(0), (numbered) => numbered?.event._tag === "Removed"))

describe("A folder", () => {
  it.live("shows what others put there, and forgets what they take away", () =>
    withFolder((directory) =>
      Effect.scoped(Effect.gen(function*() {
        writeFileSync(join(directory, "one.eml"), message("first"))
        const inbox = yield* DevInbox.make({ directory })
        assert.lengthOf(yield* inbox.list(), 1)
        writeFileSync(join(directory, "two.eml"), message("second"))
        yield* inbox.wait("subject:second")
        writeFileSync(join(directory, "ignored.txt"), message("text"))
        symlinkSync("/etc/hostname", join(directory, "link.eml"))
        writeFileSync(join(directory, "moved.tmp"), message("third"))
        renameSync(join(directory, "moved.tmp"), join(directory, "moved.eml"))
        yield* inbox.wait("subject:third")
        rmSync(join(directory, "one.eml"))
        yield* gone(inbox)
        assert.sameMembers((yield* inbox.list()).map(({ subject }) => subject), ["second", "third"])
      }))
    ))

  it.live("shows what the File backend goes on to write, each message once", () =>
    withFolder((directory) =>
      Effect.scoped(Effect.gen(function*() {
        const end = `\n${"-".repeat(79)}\n`
        const log = join(directory, "20261124-1.log")
        writeFileSync(log, message("first") + end)
        const inbox = yield* DevInbox.make({ directory })
        appendFileSync(log, message("second") + end + message("half"))
        yield* inbox.wait("subject:second")
        appendFileSync(log, end)
        const { id } = yield* inbox.wait("subject:half")
        assert.lengthOf(yield* inbox.list(), 3)
        assert.strictEqual(Buffer.from(yield* inbox.source(id)).toString(), message("half"))
        const pieces = yield* Effect.flatMap(inbox.stream(id), Stream.runCollect)
        assert.strictEqual(Buffer.concat(Chunk.toReadonlyArray(pieces)).toString(), message("half"))
      }))
    ))

  it.live("does not take its own messages for those of others", () =>
    withFolder((directory) =>
      Effect.scoped(Effect.gen(function*() {
        const inbox = yield* DevInbox.make({ directory })
        for (let i = 0; i < 20; i++) yield* inbox.add(new TextEncoder().encode(message(`own ${i}`)))
        writeFileSync(join(directory, "foreign.eml"), message("foreign"))
        yield* inbox.wait("subject:foreign")
        assert.lengthOf(yield* inbox.list(), 21)
      }))
    ))

  it.live("removes only its own files to make room", () =>
    withFolder((directory) =>
      Effect.scoped(Effect.gen(function*() {
        for (const name of ["a", "b", "c"]) writeFileSync(join(directory, `${name}.eml`), message(name))
        const inbox = yield* DevInbox.make({ directory, maxMessages: 2 })
        for (const name of ["d", "e", "f"]) yield* inbox.add(new TextEncoder().encode(message(name)))
        assert.deepStrictEqual((yield* inbox.list()).map(({ subject }) => subject), ["f", "e"])
        for (const name of ["a", "b", "c"]) assert.isTrue(existsSync(join(directory, `${name}.eml`)))
        assert.lengthOf(readdirSync(directory).filter((name) => name.endsWith(".eml")), 5)
        const [newest] = yield* inbox.list()
        yield* inbox.remove([newest?.id ?? 0])
        assert.lengthOf(readdirSync(directory).filter((name) => name.endsWith(".eml")), 4)
      }))
    ))
})

/** Octets go out in pieces of so many. */
const piece = 64 * 1024

/** A body in one of the transfer encodings, or in what only claims to be one, with its middle where two pieces meet. */
const part = FastCheck.record({
  encoding: FastCheck.constantFrom("base64", "quoted-printable", "7bit", "x-unknown"),
  before: FastCheck.integer({ min: 0, max: 24 }),
  body: FastCheck.array(
    FastCheck.constantFrom("=", "=3D", "= \t\r\n", "=\n", "=4", "=  x", "ab", "\r\n", "YWJj", "Y", "é", "*"),
    { maxLength: 30 }
  )
})

describe("A download", () => {
  it.effect.prop(
    "has the octets of the part that is read as a whole",
    { part },
    ({ part: { before, body, encoding } }) =>
      Effect.scoped(Effect.gen(function*() {
        const inbox = yield* DevInbox.make()
        const text = `${"A".repeat(piece - before)}${body.join("")}`
        const octets = new Uint8Array(Buffer.from(`Content-Transfer-Encoding: ${encoding}\r\n\r\n${text}`, "latin1"))
        const { id } = yield* inbox.add(octets)
        const [root] = yield* inbox.parts(id)
        assert.isDefined(root)
        if (root === undefined) return
        const pieces = yield* Effect.flatMap(inbox.stream(id, root), Stream.runCollect)
        assert.isTrue(
          Buffer.concat(Chunk.toReadonlyArray(pieces)).equals(MailReader.partOctets(MailReader.read(octets), root))
        )
      })),
    { fastCheck: { numRuns: 150 } }
  )

  it.live(
    "of a message of 50 MB reads no file as a whole, and the inbox answers meanwhile",
    () =>
      withFolder((directory) =>
        Effect.scoped(Effect.gen(function*() {
          const content = Buffer.alloc(37 * 1024 * 1024, "effect-mail ")
          const lines = content.toString("base64").replace(/.{76}/g, "$&\r\n")
          writeFileSync(
            join(directory, "large.eml"),
            `${message("large").replace("\r\n\r\nx", "\r\nContent-Transfer-Encoding: base64\r\n\r\n")}${lines}`
          )
          const inbox = yield* DevInbox.make({ directory })
          const { id, size } = yield* inbox.wait("subject:large")
          assert.isAbove(size, 50_000_000)
          const [root] = yield* inbox.parts(id)
          let largest = 0
          const read = yield* Effect.fork(
            Effect.flatMap(inbox.stream(id, root), (pieces) =>
              Stream.runFold(pieces, { octets: 0, pieces: 0 }, (sum, octets) => {
                largest = Math.max(largest, octets.length)
                return { octets: sum.octets + octets.length, pieces: sum.pieces + 1 }
              }))
          )
          yield* inbox.add(new TextEncoder().encode(message("meanwhile")))
          assert.lengthOf(yield* inbox.list("subject:meanwhile"), 1)
          assert.strictEqual((yield* Fiber.join(read)).octets, content.length)
          assert.isAtMost(largest, piece)
        }))
      ),
    120_000
  )
})

describe("Large mail over SMTP", () => {
  it.live(
    "of 50 MB is kept, listed and given back octet for octet, and one octet more than the limit is refused",
    () =>
      Effect.scoped(Effect.gen(function*() {
        const { inbox, url } = yield* served
        const backend = yield* Smtp.make({ host: "127.0.0.1", port: inbox.smtp?.port, tls: "none" })
        const letter = Message.make({ from: "a@example.com", to: "b@example.com", subject: "large", text: "x" })
        yield* backend.send(
          Message.attach(letter, Attachment.bytes(Buffer.alloc(36 * 1024 * 1024, 7), { filename: "a.bin" }))
        )
        const { id, size } = yield* inbox.wait("subject:large -is:waiting")
        assert.isAbove(size, 49_000_000)
        const sizes = yield* Effect.promise(async () => {
          const octets = async (path: string) => {
            const reader = (await fetch(`${url}/api/messages/${id}/${path}`)).body?.getReader()
            let count = 0
            for (let next = await reader?.read(); next?.value !== undefined; next = await reader?.read()) {
              count += next.value.length
            }
            return count
          }
          return [await octets("source"), await octets("download"), await octets("parts/2/download")]
        })
        assert.deepStrictEqual(sizes, [size, size, 36 * 1024 * 1024])
        const error = yield* Effect.flip(backend.send(
          Message.attach(letter, Attachment.bytes(Buffer.alloc(40 * 1024 * 1024, 7), { filename: "a.bin" }))
        ))
        assert.include(["RejectedError", "CapabilityError"], error._tag)
      })),
    180_000
  )
})
