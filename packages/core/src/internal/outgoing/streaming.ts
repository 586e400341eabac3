import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as Envelope from "../../Envelope.js"
import { AttachmentError } from "../../MailError.js"
import { headerEnd, headFault, LineCheck } from "../check/ready.js"
import { notChecked } from "../message/invalid.js"
import * as Emit from "../render/emit.js"
import * as Guarding from "../render/guard.js"
import { render } from "../render/message.js"
import { ByteWriter } from "../value/byteWriter.js"
import * as Frozen from "./frozen.js"
import * as Internal from "./outgoing.js"
import * as Thawed from "./thawed.js"

const encodeHead = Schema.encodeSync(Frozen.Head)
const decodeHead = Schema.decodeUnknown(Frozen.Head)

/** A message as its store keeps it, with its bytes as a stream that renders them. */
export const freeze = (
  outgoing: Internal.Outgoing
): Effect.Effect<Frozen.FrozenStored<Stream.Stream<Uint8Array, AttachmentError>>, AttachmentError> =>
  Effect.suspend(() => {
    const source = Internal.sourceOf(outgoing)
    if (source === undefined) return Effect.fail(notChecked())
    const { annotations, mailer, messageId } = outgoing
    const bytes = Stream.suspend(() => Guarding.guardStream(source.guards, Emit.toStream(render(source))))
    const head = encodeHead({ format: 1, messageId, mailer, envelope: Envelope.of(outgoing), annotations })
    return Effect.succeed({ ...head, bytes })
  })

const refused = (reason: string): AttachmentError =>
  new AttachmentError({ filename: Option.none(), cause: new Error(`the stored message is damaged: ${reason}`) })

const failing = (bytes: Stream.Stream<Uint8Array, unknown>): Stream.Stream<Uint8Array, AttachmentError> =>
  Stream.mapError(
    bytes,
    (cause) => cause instanceof AttachmentError ? cause : new AttachmentError({ filename: Option.none(), cause })
  )

/** A header that is longer than this, in octets, is none. */
const longestHeader = 4 * 1024 * 1024

/** The first octets, up to the end of the header. */
const readHead = (bytes: Stream.Stream<Uint8Array, AttachmentError>): Effect.Effect<Uint8Array, AttachmentError> =>
  Effect.suspend(() => {
    const writer = new ByteWriter(4096)
    return Effect.map(
      Stream.runForEachWhile(bytes, (piece) =>
        Effect.sync(() => {
          const from = Math.max(0, writer.length - 3)
          writer.write(piece)
          return headerEnd(writer.written.subarray(from)) < 0 && writer.length < longestHeader
        })),
      () => writer.cut()
    )
  })

/** The same octets, failing where a line of them cannot be sent, and where there are more or fewer than there were. */
const checkLines = (
  bytes: Stream.Stream<Uint8Array, AttachmentError>,
  eightBit: boolean,
  size: number
): Stream.Stream<Uint8Array, AttachmentError> =>
  Stream.suspend(() => {
    const check = new LineCheck(eightBit)
    let count = 0
    const end = Effect.suspend(() => {
      const reason = count === size ? check.finish() : `it has ${count} octets, and had ${size}`
      return reason === undefined ? Effect.void : Effect.fail(refused(reason))
    })
    return bytes.pipe(
      Stream.mapEffect((piece) => {
        count += piece.length
        const reason = check.update(piece)
        return reason === undefined ? Effect.succeed(piece) : Effect.fail(refused(reason))
      }),
      Stream.concat(Stream.execute(end))
    )
  })

/**
 * All of a stored message but its octets, as a store gives it: it is checked when it is read. `bytes` gives the same octets at
 * each run.
 *
 * @since 0.1.0
 * @category models
 */
export interface StoredStream {
  readonly format: unknown
  readonly messageId: unknown
  readonly mailer?: unknown
  readonly envelope: unknown
  readonly annotations?: unknown
  readonly bytes: Stream.Stream<Uint8Array, unknown>
}

/** Makes a message of one whose bytes are a stream, which is run for each use of them. */
export const thaw = (
  { bytes, ...head }: StoredStream,
  size: number
): Effect.Effect<Internal.Outgoing, AttachmentError | ParseResult.ParseError> =>
  Effect.gen(function*() {
    const stored = yield* decodeHead(head)
    const { envelope, messageId } = stored
    const octets = failing(bytes)
    const start = yield* readHead(octets)
    const reason = headFault(start, messageId, envelope)
    if (reason !== undefined) {
      return yield* ParseResult.parseError(new ParseResult.Type(Frozen.Head.ast, head, reason))
    }
    return Thawed.make(stored, true, {
      octets: start,
      stream: { octets: checkLines(octets, envelope.eightBit, size), size }
    })
  })
