/**
 * The bytes of a message: RFC 5322, MIME (RFC 2045-2047, 2183, 2231) and, where an address needs it, RFC 6532. Lines end
 * in CRLF, no line is longer than 998 octets, no Bcc is ever written, and the same `Outgoing` always gives the same
 * bytes.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as Emit from "./internal/render/emit.js"
import * as Guarding from "./internal/render/guard.js"
import * as Render from "./internal/render/message.js"
import type { AttachmentError } from "./MailError.js"
import { isOutgoing, type Outgoing } from "./Outgoing.js"

/** What was rendered to see its size, for the next use of the message. */
const sized = new WeakMap<Outgoing, ReadonlyArray<Render.Segment>>()

const renderOnce = (outgoing: Outgoing): ReadonlyArray<Render.Segment> => {
  const known = sized.get(outgoing)
  sized.delete(outgoing)
  return known ?? Render.render(outgoing.source)
}

const segments = (outgoing: Outgoing): Effect.Effect<ReadonlyArray<Render.Segment>, AttachmentError> =>
  Effect.suspend(() => isOutgoing(outgoing) ? Effect.succeed(renderOnce(outgoing)) : Effect.fail(Emit.notChecked()))

/**
 * How many octets the message has, if its streamed attachments have the sizes that are known of them: that of a file when
 * it was looked at. None where a stream may have any size.
 *
 * @since 0.1.0
 * @category rendering
 */
export const size = (outgoing: Outgoing): Option.Option<number> => {
  if (!isOutgoing(outgoing)) return Option.none()
  const rendered = renderOnce(outgoing)
  sized.set(outgoing, rendered)
  return Option.fromNullable(Emit.size(rendered))
}

/**
 * The message as a stream: what is in memory in one chunk, streamed attachments as they come, in constant memory. What is
 * in memory of a large message (more than 10 MiB) comes piece by piece too, and lets others have their turn in between.
 *
 * Fails with `AttachmentError` when a stream of an attachment does, or gives what is no octets.
 *
 * @since 0.1.0
 * @category rendering
 */
export const stream = (outgoing: Outgoing): Stream.Stream<Uint8Array, AttachmentError> =>
  Stream.unwrap(
    Effect.map(segments(outgoing), (segments) => Guarding.guardStream(outgoing.source.guards, Emit.toStream(segments)))
  )

/**
 * Hands the message to `f` piece by piece, each when `f` is done with the last. A piece counts only until then: the next
 * one may be written over it. So nothing piles up in memory, however large the message is.
 *
 * Fails with `AttachmentError` when a stream of an attachment does or gives what is no octets, and as `f` does.
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
  Effect.flatMap(
    segments(outgoing),
    (segments) => Guarding.guardEach(outgoing.source.guards, f, (f) => Emit.forEach(segments, f))
  )

/**
 * The whole message in memory: one synchronous pass where nothing is streamed, and the message is not large.
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
  Effect.flatMap(
    segments(outgoing),
    (segments) => Guarding.guardOctets(outgoing.source.guards, Emit.toOctets(segments))
  )
