import { Console, Dummy, File, Memory } from "@effect-mail/backends"
import type { MailBackend } from "@effect-mail/core"
import * as SmtpServer from "@effect-mail/test-kit/IndependentSmtpServer"
import { BackendContract, TestMailbox } from "@effect-mail/testing"
import { FileSystem, Path } from "@effect/platform"
import { NodeContext } from "@effect/platform-node"
import { describe, it } from "@effect/vitest"
import { Context, Effect, Layer, Ref, Sink } from "effect"

/** Puts a backend to the contract, with something for each case that the backend needs. */
const keepsContract = <A, R, D, S>(
  name: string,
  subject: BackendContract.Subject<A, R, D, S>,
  surroundings: Layer.Layer<R | Exclude<D | S, MailBackend.MailBackend | A>>
) =>
  describe(name, () => {
    for (const { name, test } of BackendContract.cases({ timeLimit: "20 seconds", ...subject })) {
      it.live(name, () => Effect.provide(test, surroundings), 30_000)
    }
  })

keepsContract("Dummy", { layer: Dummy.layer }, Layer.empty)

keepsContract(
  "Memory",
  { layer: Memory.layer, delivered: Effect.flatMap(Memory.Memory, ({ outbox }) => outbox) },
  Layer.empty
)

keepsContract("TestMailbox", { layer: TestMailbox.layer, delivered: TestMailbox.outbox }, Layer.empty)

class Written extends Context.Tag("test/Written")<Written, Ref.Ref<ReadonlyArray<Uint8Array>>>() {}

const separatorLength = `\n${"-".repeat(79)}\n`.length

keepsContract(
  "Console",
  {
    layer: Layer.unwrapEffect(
      Effect.map(
        Written,
        (written) => Console.layerSink(Sink.forEach((chunk) => Ref.update(written, (chunks) => [...chunks, chunk])))
      )
    ),
    delivered: Effect.map(
      Effect.flatMap(Written, Ref.get),
      (chunks) => chunks.map((chunk) => ({ bytes: chunk.subarray(0, -separatorLength) }))
    )
  },
  Layer.effect(Written, Ref.make<ReadonlyArray<Uint8Array>>([]))
)

class Folder extends Context.Tag("test/Folder")<Folder, {
  readonly path: string
  readonly sessions: BackendContract.Sessions
}>() {}

/** A folder, and a file system that counts the files that are opened. */
const folder = Layer.scopedContext(Effect.gen(function*() {
  const fs = yield* FileSystem.FileSystem
  const path = yield* fs.makeTempDirectoryScoped()
  const sessions = { opened: 0, open: 0 }
  const counting = FileSystem.FileSystem.of({
    ...fs,
    open: (path, options) =>
      fs.open(path, options).pipe(Effect.zipLeft(Effect.acquireRelease(
        Effect.sync(() => {
          sessions.opened++
          sessions.open++
        }),
        () => Effect.sync(() => void sessions.open--)
      )))
  })
  return Context.make(Folder, { path, sessions }).pipe(Context.add(FileSystem.FileSystem, counting))
}))

keepsContract(
  "File",
  {
    layer: Layer.unwrapEffect(Effect.map(Folder, ({ path }) => File.layer({ directory: path }))),
    delivered: Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const paths = yield* Path.Path
      const { path } = yield* Folder
      const names = yield* fs.readDirectory(path)
      const files = yield* Effect.forEach(names, (name) => File.read(paths.join(path, name)))
      return files.flat().map((bytes) => ({ bytes }))
    }),
    sessions: Effect.map(Folder, ({ sessions }) => sessions)
  },
  Layer.orDie(Layer.provideMerge(folder, NodeContext.layer))
)

class Server extends Context.Tag("test/Server")<Server, SmtpServer.TestServer>() {}

for (const protocol of ["smtp", "lmtp"] as const) {
  keepsContract(
    protocol === "smtp" ? "Smtp" : "Smtp, over LMTP",
    {
      layer: Layer.unwrapEffect(Effect.map(Server, ({ layer }) => layer({ protocol }))),
      delivered: Effect.map(
        Server,
        ({ received }) => received.map(({ bytes, from, to }) => ({ bytes, envelope: { from, to } }))
      ),
      sessions: Effect.map(Server, ({ connections, open }) => ({ opened: connections, open })),
      pooled: true
    },
    Layer.scoped(Server, SmtpServer.make({ lmtp: protocol === "lmtp" }))
  )
}
