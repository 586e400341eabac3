import type { PlatformError } from "@effect/platform/Error"
import type * as FileSystem from "@effect/platform/FileSystem"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"

/**
 * How much of a file is read at once, in octets: whole lines of base64.
 *
 * @internal
 */
export const chunkSize = 57 * 4608

/**
 * A file in chunks that count only until the next one is wanted: all of them are one and the same memory. Fresh memory for
 * each would pile up until it is collected, and collecting it takes as long as encoding it.
 *
 * @internal
 */
export const transient = (fs: FileSystem.FileSystem, path: string): Stream.Stream<Uint8Array, PlatformError> =>
  Stream.unwrapScoped(Effect.map(fs.open(path), (file) => {
    const memory = new Uint8Array(chunkSize)
    return Stream.repeatEffectOption(
      Effect.matchEffect(file.read(memory), {
        onFailure: (error) => Effect.fail(Option.some(error)),
        onSuccess: (size) => size === 0n ? Effect.fail(Option.none()) : Effect.succeed(memory.subarray(0, Number(size)))
      })
    )
  }))
