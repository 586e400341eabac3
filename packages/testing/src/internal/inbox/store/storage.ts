import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import type { Transmission } from "../model/message.js"

/**
 * The folder of an inbox cannot be read or written.
 *
 * @since 0.1.0
 * @category errors
 */
export class StorageError extends Schema.TaggedError<StorageError>("@effect-mail/testing/DevInbox/StorageError")(
  "StorageError",
  { description: Schema.String, cause: Schema.optional(Schema.Defect) }
) {
  /**
   * @since 0.1.0
   */
  override get message(): string {
    return this.description
  }
}

/** A message that was there before. */
export interface Found {
  readonly key: string
  readonly octets: Uint8Array
  readonly transmission: Transmission | undefined
  readonly time: number
}

/** Where the octets of messages are kept. Keys are made from the clock and a counter, and from nothing of a message. */
export interface Storage {
  readonly save: (key: string, octets: Uint8Array, transmission: Transmission) => Effect.Effect<void, StorageError>
  readonly note: (key: string, transmission: Transmission) => Effect.Effect<void, StorageError>
  readonly read: (key: string) => Effect.Effect<Uint8Array, StorageError>
  /** The octets from one offset to another, in pieces. */
  readonly range: (key: string, start: number, end: number) => Stream.Stream<Uint8Array, StorageError>
  readonly remove: (key: string) => Effect.Effect<void, StorageError>
  /** Makes room. What others put there is left where it is. */
  readonly evict: (key: string) => Effect.Effect<void, StorageError>
  /** What was there when the inbox opened, the oldest first. */
  readonly found: Stream.Stream<Found, StorageError>
  /** What others put there or took away since then, as long as it is listened to. */
  readonly changes: Stream.Stream<Change>
}

/** What appeared, and the keys of what is gone. */
export interface Change {
  readonly added: ReadonlyArray<Found>
  readonly gone: ReadonlyArray<string>
}

const pieceLength = 64 * 1024

/** Octets in pieces, so that a reader that is slow holds no copy of all of them. */
export const pieces = (octets: Uint8Array): Stream.Stream<Uint8Array> =>
  Stream.unfold(0, (at) =>
    at >= octets.length
      ? Option.none()
      : Option.some([octets.subarray(at, at + pieceLength), at + pieceLength] as const))

const missing = new StorageError({ description: "the message is not there any more" })

/** Keeps messages in memory. */
export const memory = (): Storage => {
  const kept = new Map<string, Uint8Array>()
  const remove = (key: string): Effect.Effect<void> =>
    Effect.sync(() => {
      kept.delete(key)
    })
  return {
    save: (key, octets) =>
      Effect.sync(() => {
        kept.set(key, octets)
      }),
    note: () => Effect.void,
    read: (key) =>
      Effect.suspend(() => {
        const octets = kept.get(key)
        return octets === undefined ? Effect.fail(missing) : Effect.succeed(octets)
      }),
    range: (key, start, end) =>
      Stream.suspend(() => {
        const octets = kept.get(key)
        return octets === undefined ? Stream.fail(missing) : pieces(octets.subarray(start, end))
      }),
    remove,
    evict: remove,
    found: Stream.empty,
    changes: Stream.empty
  }
}
