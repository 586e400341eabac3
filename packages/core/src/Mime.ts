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
import { notChecked } from "./internal/message/invalid.js"
import { sourceOf } from "./internal/outgoing/outgoing.js"
import * as Emit from "./internal/render/emit.js"
import * as Guarding from "./internal/render/guard.js"
import * as Kept from "./internal/render/kept.js"
import type * as Render from "./internal/render/message.js"
import type { AttachmentError } from "./MailError.js"
import type { Outgoing } from "./Outgoing.js"

/** Undefined for a message that was not checked. */
const renderOnce = (outgoing: Outgoing): ReadonlyArray<Render.Segment> | undefined => {
  const source = sourceOf(outgoing)
  return source === undefined ? undefined : Kept.render(source)
}

const segments = (outgoing: Outgoing): Effect.Effect<ReadonlyArray<Render.Segment>, AttachmentError> =>
  Effect.suspend(() => {
    const rendered = renderOnce(outgoing)
    return rendered === undefined ? Effect.fail(notChecked()) : Effect.succeed(rendered)
  })

const guardsOf = (outgoing: Outgoing): ReadonlyArray<Guarding.MakeGuard> | undefined => sourceOf(outgoing)?.guards

/**
 * The number of octets of the message. For a streamed file it uses the size that the file had when the attachment was made.
 * None where a stream may have any size.
 *
 * @example
 * ```ts
 * import { Mime, type Outgoing } from "@effect-mail/core"
 * import { Option } from "effect"
 *
 * const isSmall = (outgoing: Outgoing.Outgoing): boolean =>
 *   Option.exists(Mime.size(outgoing), (octets) => octets < 1_000_000)
 * ```
 *
 * @since 0.1.0
 * @category rendering
 */
export const size = (outgoing: Outgoing): Option.Option<number> => {
  const source = sourceOf(outgoing)
  if (source === undefined) return Option.none()
  const rendered = Kept.render(source)
  Kept.keep(source, rendered)
  return Option.fromNullable(Emit.size(rendered))
}

/**
 * The message as a stream: what is in memory as one chunk, streamed attachments as they come, in constant memory. A large
 * message (more than 10 MiB) comes piece by piece, and other fibers run between the pieces.
 *
 * Fails with `AttachmentError` when a stream of an attachment fails, or emits something other than octets.
 *
 * @example
 * ```ts
 * import { Mime, type Outgoing } from "@effect-mail/core"
 * import { Stream } from "effect"
 *
 * const decoded = (outgoing: Outgoing.Outgoing) => Stream.decodeText(Mime.stream(outgoing), "utf-8")
 * ```
 *
 * @since 0.1.0
 * @category rendering
 */
export const stream = (outgoing: Outgoing): Stream.Stream<Uint8Array, AttachmentError> =>
  Stream.unwrap(
    Effect.map(segments(outgoing), (segments) => Guarding.guardStream(guardsOf(outgoing), Emit.toStream(segments)))
  )

/**
 * Passes the message to `f` piece by piece, one at a time. A piece is valid until `f` is done: its buffer is reused. So the
 * memory in use is constant, however large the message is.
 *
 * Fails with `AttachmentError` when a stream of an attachment fails or emits something other than octets, and when `f`
 * fails.
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
    (segments) => Guarding.guardEach(guardsOf(outgoing), f, (f) => Emit.forEach(segments, f))
  )

/**
 * The whole message in memory: one synchronous pass where nothing is streamed, and the message is not large.
 *
 * Fails with `AttachmentError` when a stream of an attachment fails, or emits something other than octets.
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
    (segments) => Guarding.guardOctets(guardsOf(outgoing), Emit.toOctets(segments))
  )
