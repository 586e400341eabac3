/**
 * An attachment that tells whether it was let go of.
 */
import { Attachment } from "@effect-mail/core"
import { Effect, Stream } from "effect"

export interface Source {
  readonly attachment: Attachment.Attachment
  /** How many readers have not let go of it. */
  readonly held: number
}

const pieceSize = 10_000

/** So many octets, and then the end; or, where it stalls, nothing any more. */
export const make = (octets: number, stalls = false): Source => {
  let held = 0
  const pieces = Stream.range(1, Math.max(1, Math.ceil(octets / pieceSize))).pipe(
    Stream.map(() => new Uint8Array(Math.min(octets, pieceSize)))
  )
  const content = Stream.acquireRelease(
    Effect.sync(() => {
      held++
    }),
    () =>
      Effect.sync(() => {
        held--
      })
  ).pipe(Stream.flatMap(() => stalls ? Stream.concat(pieces, Stream.never) : pieces))
  return {
    attachment: Attachment.stream(content, { filename: "data.bin" }),
    get held() {
      return held
    }
  }
}
