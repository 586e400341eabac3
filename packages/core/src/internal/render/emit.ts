import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { AttachmentError } from "../../MailError.js"
import { notOctets } from "../message/invalid.js"
import * as Octets from "../value/bytes.js"
import { ByteWriter } from "../value/byteWriter.js"
import * as Base64 from "./encoding/base64.js"
import type { Segment, Streamed } from "./message.js"

const concat = (chunks: Iterable<Uint8Array>): Uint8Array => {
  const writer = new ByteWriter(4096)
  for (const chunk of chunks) writer.write(chunk)
  return writer.cut()
}

type Encode = (octets: Uint8Array) => Effect.Effect<Uint8Array, AttachmentError>

/** Encodes the chunks of a stream one by one: the result for one may share memory with the next. */
const taking = (filename: Option.Option<string>, encode: (octets: Uint8Array) => Uint8Array): Encode => (octets) =>
  Effect.suspend(() =>
    Octets.isOctets(octets)
      ? Effect.succeed(encode(octets))
      : Effect.fail(notOctets(filename, "what the stream of an attachment gives"))
  )

const failing = (
  stream: Stream.Stream<Uint8Array, unknown>,
  filename: Option.Option<string>
): Stream.Stream<Uint8Array, AttachmentError> =>
  Stream.mapError(stream, (cause) => new AttachmentError({ filename, cause }))

const asTheyAre = (octets: Uint8Array): Uint8Array => octets

/** The octets of a content, as they come. */
export const plain = (
  stream: Stream.Stream<Uint8Array, unknown>,
  filename: Option.Option<string>
): Stream.Stream<Uint8Array, AttachmentError> =>
  Stream.mapEffect(failing(stream, filename), taking(filename, asTheyAre))

/** Base64 in full lines as the octets come. A partial line is kept for the next chunk. */
const encoded = ({ filename, isReady, stream }: Streamed): Stream.Stream<Uint8Array, AttachmentError> =>
  Stream.suspend(() => {
    if (isReady) return plain(stream, filename)
    const encoder = new Base64.Encoder((length) => new Uint8Array(length))
    return failing(stream, filename).pipe(
      Stream.mapEffect(taking(filename, (octets) => encoder.encode(octets))),
      Stream.concat(Stream.sync(() => encoder.finish())),
      Stream.filter((piece) => piece.length > 0)
    )
  })

export const toStream = (segments: ReadonlyArray<Segment>): Stream.Stream<Uint8Array, AttachmentError> =>
  Stream.concatAll(
    Chunk.map(
      Chunk.fromIterable(segments),
      (segment) => segment instanceof Uint8Array ? Stream.make(segment) : encoded(segment)
    )
  )

/** All octets of a stream in one piece. */
export const collect = <E>(stream: Stream.Stream<Uint8Array, E>): Effect.Effect<Uint8Array, E> =>
  Effect.map(Stream.runCollect(stream), concat)

/** Reuses one buffer, which grows when necessary. */
const sameMemory = (): (length: number) => Uint8Array => {
  let memory = new Uint8Array(0)
  return (length) => {
    if (memory.length < length) memory = new Uint8Array(length)
    return memory.subarray(0, length)
  }
}

const forEachEncoded = <E, R>(
  { filename, isReady, reusedBuffer }: Streamed,
  f: (piece: Uint8Array) => Effect.Effect<unknown, E, R>
): Effect.Effect<void, AttachmentError | E, R> =>
  Effect.suspend(() => {
    const encoder = new Base64.Encoder(sameMemory())
    const some = (piece: Uint8Array) => piece.length > 0 ? f(piece) : Effect.void
    const encode = taking(filename, isReady ? asTheyAre : (octets) => encoder.encode(octets))
    return Effect.zipRight(
      Stream.runForEach(failing(reusedBuffer, filename), (octets) => Effect.flatMap(encode(octets), some)),
      Effect.suspend(() => some(encoder.finish()))
    )
  })

export const forEach = <E, R>(
  segments: ReadonlyArray<Segment>,
  f: (piece: Uint8Array) => Effect.Effect<unknown, E, R>
): Effect.Effect<void, AttachmentError | E, R> =>
  Effect.forEach(
    segments,
    (segment) => segment instanceof Uint8Array ? f(segment) : forEachEncoded(segment, f),
    { discard: true }
  )

const maxReserved = 64 * 1024 * 1024

/** All octets in one piece, whose memory does not grow where their number is known. */
export const toOctets = (segments: ReadonlyArray<Segment>): Effect.Effect<Uint8Array, AttachmentError> =>
  Effect.suspend(() => {
    const [first] = segments
    if (segments.length === 1 && first instanceof Uint8Array) return Effect.succeed(first)
    // A stream may say a wrong size: what it gives decides.
    const writer = new ByteWriter(Math.min(size(segments) ?? 4096, maxReserved))
    return Effect.map(
      Stream.runForEach(toStream(segments), (piece) => Effect.sync(() => writer.write(piece))),
      () => writer.length === writer.octets.length ? writer.octets : writer.cut()
    )
  })

/** The number of octets, where the sizes of all streams are known. */
export const size = (segments: ReadonlyArray<Segment>): number | undefined => {
  let sum = 0
  for (const segment of segments) {
    if (segment instanceof Uint8Array) sum += segment.length
    else if (segment.size === undefined) return undefined
    else sum += segment.isReady ? segment.size : Base64.streamedLength(segment.size)
  }
  return sum
}
