import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
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
  readonly remove: (key: string) => Effect.Effect<void, StorageError>
  /** What was there when the inbox opened, the oldest first. */
  readonly found: Effect.Effect<ReadonlyArray<Found>, StorageError>
}

const missing = new StorageError({ description: "the message is not there any more" })

/** Keeps messages in memory. */
export const memory = (): Storage => {
  const kept = new Map<string, Uint8Array>()
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
    remove: (key) =>
      Effect.sync(() => {
        kept.delete(key)
      }),
    found: Effect.succeed([])
  }
}
