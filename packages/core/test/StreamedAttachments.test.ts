import { Attachment, Message, Mime, Outgoing } from "@effect-mail/core"
import * as MimeReader from "@effect-mail/test-kit/MimeReader"
import * as WireReader from "@effect-mail/test-kit/WireReader"
import { FileSystem, Path } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { Chunk, Effect, FastCheck as fc, Layer, Option, Stream } from "effect"

const info: FileSystem.File.Info = {
  type: "File",
  mtime: Option.none(),
  atime: Option.none(),
  birthtime: Option.none(),
  dev: 0,
  ino: Option.none(),
  mode: 0,
  nlink: Option.none(),
  uid: Option.none(),
  gid: Option.none(),
  rdev: Option.none(),
  size: FileSystem.Size(0),
  blksize: Option.none(),
  blocks: Option.none()
}

const options = { from: "ada@example.com", to: "bob@example.com", subject: "Hello" }

describe("streamed attachments", () => {
  it.effect.prop(
    "are rendered to the same bytes in one piece and chunk by chunk, whatever the sizes of their chunks",
    [fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 10 })],
    ([chunks]) =>
      Effect.gen(function*() {
        const content = new Uint8Array(chunks.flatMap((chunk) => Array.from(chunk)))
        const message = (attachment: Attachment.Attachment) => Message.make({ ...options, attachments: [attachment] })
        const streamed = yield* Outgoing.prepare(message(Attachment.stream(Stream.fromIterable(chunks))))
        const whole = yield* Mime.render(streamed)
        const pieces = yield* Stream.runCollect(Mime.stream(streamed))
        assert.deepStrictEqual(
          new Uint8Array(Chunk.toReadonlyArray(pieces).flatMap((piece) => Array.from(piece))),
          whole
        )
        const [leaf] = MimeReader.leaves(MimeReader.read(whole))
        assert.deepStrictEqual(leaf?.octets, content)
        assert.deepStrictEqual(WireReader.defects(whole), [])
      }),
    { fastCheck: { numRuns: 50 }, timeout: 60_000 }
  )

  it.effect("that are files have the size that the message says, to the octet", () =>
    Effect.gen(function*() {
      // Every way in which a file can fill lines of base64.
      for (let size = 2 ** 20 + 1; size <= 2 ** 20 + 58; size++) {
        const files = FileSystem.layerNoop({
          stat: () => Effect.succeed({ ...info, size: FileSystem.Size(size) }),
          stream: () => Stream.make(new Uint8Array(size))
        })
        const file = yield* Effect.provide(Attachment.file("a.bin"), Layer.merge(files, Path.layer))
        const outgoing = yield* Outgoing.prepare(Message.make({ ...options, text: "x", attachments: [file] }))
        const known = Mime.size(outgoing)
        assert.deepStrictEqual(known, Option.some((yield* Mime.render(outgoing)).length))
        assert.deepStrictEqual(Mime.size(outgoing), known)
      }
    }))

  it.effect("that fail are AttachmentErrors with the name of the attachment", () =>
    Effect.gen(function*() {
      const source = Stream.concat(Stream.make(new Uint8Array(100)), Stream.fail("the disk is gone"))
      const outgoing = yield* Outgoing.prepare(
        Message.make({ ...options, attachments: [Attachment.stream(source, { filename: "a.bin" })] })
      )
      assert.isTrue(outgoing.streamed)
      for (const run of [Mime.render(outgoing), Stream.runDrain(Mime.stream(outgoing))]) {
        const error = yield* Effect.flip(run)
        assert.strictEqual(error._tag, "AttachmentError")
        assert.deepStrictEqual(error.filename, Option.some("a.bin"))
        assert.strictEqual(error.cause, "the disk is gone")
      }
    }))
})
