/**
 * The bytes of a message: RFC 5322, MIME (RFC 2045-2047, 2183, 2231) and, where an address needs it, RFC 6532. Lines end
 * in CRLF, no line is longer than 998 octets, no Bcc is ever written, and the same `Outgoing` always gives the same
 * bytes.
 *
 * @since 0.1.0
 */
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as Base64 from "./internal/base64.js"
import { ByteWriter } from "./internal/byteWriter.js"
import * as Render from "./internal/render.js"
import { AttachmentError } from "./MailError.js"
import type { Outgoing } from "./Outgoing.js"

const concat = (chunks: Iterable<Uint8Array>): Uint8Array => {
  const writer = new ByteWriter(4096)
  for (const chunk of chunks) writer.write(chunk)
  return writer.cut()
}

/** Base64 of a stream, in whole lines as the octets come; what does not fill a line waits for the next chunk. */
const encodeStream = (
  stream: Stream.Stream<Uint8Array, unknown>,
  filename: Option.Option<string>,
  allocate: (length: number) => Uint8Array
): Stream.Stream<Uint8Array, AttachmentError> =>
  Stream.suspend(() => {
    const encoder = new Base64.Encoder(allocate)
    return stream.pipe(
      Stream.mapError((cause) => new AttachmentError({ filename, cause })),
      Stream.map((octets) => encoder.encode(octets)),
      Stream.concat(Stream.sync(() => encoder.finish())),
      Stream.filter((encoded) => encoded.length > 0)
    )
  })

const pieces = (
  outgoing: Outgoing,
  encode: (segment: Render.Streamed) => Stream.Stream<Uint8Array, AttachmentError>
): Stream.Stream<Uint8Array, AttachmentError> =>
  Stream.suspend(() =>
    Stream.concatAll(
      Chunk.map(
        Chunk.fromIterable(Render.render(outgoing.entity, outgoing.stamp)),
        (segment) => segment instanceof Uint8Array ? Stream.make(segment) : encode(segment)
      )
    )
  )

/**
 * The message as a stream: what is in memory in one chunk, streamed attachments as they come, in constant memory.
 *
 * Fails with `AttachmentError` when a stream of an attachment does.
 *
 * @since 0.1.0
 * @category rendering
 */
export const stream = (outgoing: Outgoing): Stream.Stream<Uint8Array, AttachmentError> =>
  pieces(outgoing, ({ filename, stream }) => encodeStream(stream, filename, (length) => new Uint8Array(length)))

/** Gives the same memory again and again, larger where it has to be. */
const sameMemory = (): (length: number) => Uint8Array => {
  let memory = new Uint8Array(0)
  return (length) => {
    if (memory.length < length) memory = new Uint8Array(length)
    return memory.subarray(0, length)
  }
}

/**
 * Hands the message to `f` piece by piece, each when `f` is done with the last. A piece counts only until then: the next
 * one may be written over it. So nothing piles up in memory, however large the message is.
 *
 * Fails with `AttachmentError` when a stream of an attachment does, and as `f` does.
 *
 * @example
 * ```ts
 * import { type MailError, Mime, type Outgoing } from "@effect-mail/core"
 * import { Effect } from "effect"
 *
 * const sizeOf = (outgoing: Outgoing.Outgoing): Effect.Effect<number, MailError.AttachmentError> =>
 *   Effect.suspend(() => {
 *     let size = 0
 *     return Effect.as(Mime.runForEach(outgoing, (piece) => Effect.sync(() => void (size += piece.length))), size)
 *   })
 * ```
 *
 * @since 0.1.0
 * @category rendering
 */
export const runForEach = <E, R>(
  outgoing: Outgoing,
  f: (piece: Uint8Array) => Effect.Effect<unknown, E, R>
): Effect.Effect<void, AttachmentError | E, R> =>
  Stream.runForEach(
    pieces(outgoing, ({ filename, transient }) => encodeStream(transient, filename, sameMemory())),
    f
  )

/**
 * The whole message in memory: one synchronous pass where nothing is streamed.
 *
 * Fails with `AttachmentError` when a stream of an attachment does.
 *
 * @example
 * ```ts
 * import { Message, Mime, Outgoing } from "@effect-mail/core"
 * import { Effect } from "effect"
 *
 * const eml = Effect.gen(function*() {
 *   const outgoing = yield* Outgoing.prepare(Message.make({ from: "ada@example.com", subject: "Hello" }))
 *   const bytes = yield* Mime.render(outgoing)
 *   return new TextDecoder().decode(bytes)
 * })
 * ```
 *
 * @since 0.1.0
 * @category rendering
 */
export const render = (outgoing: Outgoing): Effect.Effect<Uint8Array, AttachmentError> =>
  Effect.suspend(() => {
    const segments = Render.render(outgoing.entity, outgoing.stamp)
    const [first] = segments
    return segments.length === 1 && first instanceof Uint8Array
      ? Effect.succeed(first)
      : Effect.map(Stream.runCollect(stream(outgoing)), concat)
  })
