import * as Effect from "effect/Effect"
import PostalMime from "postal-mime"
import { clean, type Field } from "./header.js"

/** A part that is no text of the message itself. */
export interface Part {
  readonly type: string
  readonly octets: Uint8Array
}

/** A message that came in, as far as notices are read from it. Messages inside it are parts, and stay closed. */
export interface Received {
  readonly fields: ReadonlyArray<Field>
  readonly parts: ReadonlyArray<Part>
  readonly text: string
}

const deepest = 50
const largestHeader = 1024 * 1024

const octetsOf = (content: ArrayBuffer | Uint8Array | string): Uint8Array =>
  typeof content === "string"
    ? new TextEncoder().encode(content)
    : content instanceof Uint8Array
    ? content
    : new Uint8Array(content)

/** Fails with the reason where the message is nested too deeply, or its headers are too long. */
export const parse = (octets: Uint8Array): Effect.Effect<Received, string> =>
  Effect.tryPromise({
    try: () =>
      new PostalMime({
        forceRfc822Attachments: true,
        maxHeadersSize: largestHeader,
        maxNestingDepth: deepest
      }).parse(octets),
    catch: (error) => error instanceof Error ? clean(error.message) : "the message cannot be read"
  }).pipe(Effect.map(({ attachments, headers, text }) => ({
    fields: headers.map(({ key, value }) => ({ name: key, value: clean(value) })),
    parts: attachments.map(({ content, mimeType }) => ({ type: mimeType, octets: octetsOf(content) })),
    text: text ?? ""
  })))
