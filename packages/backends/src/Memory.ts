/**
 * A backend that keeps what is sent in memory: for trying things out, and for test runs that choose their backend by
 * configuration. Tests that provide their own layers are better served by `TestMailbox` of `@effect-mail/testing`.
 *
 * @since 0.1.0
 */
import type { Envelope } from "@effect-mail/core/DeliveryReport"
import * as MailBackend from "@effect-mail/core/MailBackend"
import type { Message } from "@effect-mail/core/Message"
import * as Mime from "@effect-mail/core/Mime"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Option from "effect/Option"

/**
 * A message that was sent: the value, its envelope with the Bcc recipients, its Message-ID in angle brackets, the bytes
 * that SMTP would carry, and the name of the mailer that sent it where it was chosen by name.
 *
 * @since 0.1.0
 * @category models
 */
export interface Kept {
  readonly message: Message
  readonly envelope: Envelope
  readonly messageId: string
  readonly bytes: Uint8Array
  readonly mailer: Option.Option<string>
}

/**
 * What `Memory` provides.
 *
 * @since 0.1.0
 * @category models
 */
export interface Service {
  /** What was sent so far, the oldest first. */
  readonly outbox: Effect.Effect<ReadonlyArray<Kept>>
  /** Forgets what was sent so far. */
  readonly clear: Effect.Effect<void>
}

/**
 * What the backend keeps.
 *
 * @since 0.1.0
 * @category tags
 */
export class Memory extends Context.Tag("@effect-mail/backends/Memory")<Memory, Service>() {}

/**
 * A memory, and the backend that fills it. Each is a new and empty one.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make: Effect.Effect<{ readonly memory: Service; readonly backend: MailBackend.Service }> = Effect.sync(
  () => {
    let kept: Array<Kept> = []
    const memory: Service = {
      outbox: Effect.sync(() => kept.slice()),
      clear: Effect.sync(() => {
        kept = []
      })
    }
    const backend = MailBackend.make({
      name: "memory",
      open: Effect.succeed({
        deliver: (outgoing) =>
          Effect.map(Mime.render(outgoing), (bytes) => {
            const { envelope, mailer, message, messageId } = outgoing
            kept.push({ message, envelope, messageId, bytes, mailer })
            return MailBackend.acceptAll(outgoing)
          })
      })
    })
    return { memory, backend }
  }
)

/**
 * Keeps messages instead of sending them.
 *
 * @example
 * ```ts
 * import { Memory } from "@effect-mail/backends"
 * import { Mail } from "@effect-mail/core"
 * import { Effect } from "effect"
 *
 * const program = Effect.gen(function*() {
 *   yield* Mail.sendMail({ subject: "Hello", text: "Hello", from: "ada@example.com", to: "bob@example.com" })
 *   const memory = yield* Memory.Memory
 *   return yield* memory.outbox
 * }).pipe(Effect.provide(Memory.layer))
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<MailBackend.MailBackend | Memory> = Layer.effectContext(
  Effect.map(
    make,
    ({ backend, memory }) => Context.make(MailBackend.MailBackend, backend).pipe(Context.add(Memory, memory))
  )
)
