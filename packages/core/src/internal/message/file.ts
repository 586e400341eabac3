import { type PlatformError, SystemError } from "@effect/platform/Error"
import type * as FileSystem from "@effect/platform/FileSystem"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as Attachment from "./attachment.js"
import type * as Model from "./model.js"

/** The octets of a file that are read at once. */
const maxInMemory = 1024 * 1024

/** The octets of a chunk of a streamed file: whole lines of base64. */
const chunkSize = 57 * 4608

/** Opening these may block, or they have no end. */
const notFiles: ReadonlySet<FileSystem.File.Type> = new Set(
  ["Directory", "FIFO", "Socket", "BlockDevice", "CharacterDevice", "Unknown"] as const
)

/** The size of a file, which is not opened for it. Fails for what is not a regular file. */
const sizeOf = (fs: FileSystem.FileSystem, path: string): Effect.Effect<FileSystem.Size, PlatformError> =>
  Effect.flatMap(fs.stat(path), ({ size, type }) =>
    notFiles.has(type)
      ? Effect.fail(
        new SystemError({
          reason: "BadResource",
          module: "FileSystem",
          method: "stat",
          pathOrDescriptor: path,
          description: `it is not a regular file, but of the type ${type}`
        })
      )
      : Effect.succeed(size))

/**
 * A file in chunks that share one buffer: each chunk is valid until the next one is pulled. New memory for each would
 * accumulate until it is collected, and collecting it takes as long as encoding it.
 */
const reusingBuffer = (fs: FileSystem.FileSystem, path: string): Stream.Stream<Uint8Array, PlatformError> =>
  Stream.unwrapScoped(Effect.map(fs.open(path), (file) => {
    const buffer = new Uint8Array(chunkSize)
    return Stream.repeatEffectOption(
      Effect.matchEffect(file.read(buffer), {
        onFailure: (error) => Effect.fail(Option.some(error)),
        onSuccess: (size) => size === 0n ? Effect.fail(Option.none()) : Effect.succeed(buffer.subarray(0, Number(size)))
      })
    )
  }))

const streamed = (
  fs: FileSystem.FileSystem,
  path: string,
  size: number,
  options: Attachment.Options
): Model.Attachment => {
  // The path may name something else by the time of the next attempt.
  const checked = (stream: Stream.Stream<Uint8Array, PlatformError>) =>
    Stream.unwrap(Effect.as(sizeOf(fs, path), stream))
  return Attachment.make(
    { _tag: "Streamed", content: checked(fs.stream(path, { chunkSize })) },
    options,
    { reusedBuffer: checked(reusingBuffer(fs, path)), size }
  )
}

/** A file as an attachment: read at once, or streamed where it is large. */
export const make = (
  fs: FileSystem.FileSystem,
  path: string,
  options: Attachment.Options & { readonly filename: string }
): Effect.Effect<Model.Attachment, PlatformError> =>
  Effect.flatMap(sizeOf(fs, path), (size) =>
    size > maxInMemory && !/\.eml$/i.test(options.filename)
      ? Effect.succeed(streamed(fs, path, Number(size), options))
      : Effect.map(fs.readFile(path), (content) => Attachment.make({ _tag: "Bytes", content }, options)))
