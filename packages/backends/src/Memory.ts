/**
 * A backend that keeps messages in memory, for development and for test runs that choose their backend by configuration.
 * For tests that provide their own layers, use `TestMailbox` of `@effect-mail/testing`.
 *
 * @since 0.1.0
 */
import * as MailBackend from "@effect-mail/core/MailBackend"
import * as SentMessage from "@effect-mail/core/SentMessage"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as BackendDefinition from "./BackendDefinition.js"
import { onlyScheme } from "./internal/config/url.js"

/**
 * What `Memory` provides.
 *
 * @since 0.1.0
 * @category models
 */
export interface Service {
  /** The messages sent so far, oldest first. */
  readonly outbox: Effect.Effect<ReadonlyArray<SentMessage.SentMessage>>
  /** Adds a message. */
  readonly add: (message: SentMessage.SentMessage) => Effect.Effect<void>
  /** Removes all messages. */
  readonly clear: Effect.Effect<void>
}

/**
 * The memory of the backend.
 *
 * @since 0.1.0
 * @category tags
 */
export class Memory extends Context.Tag("@effect-mail/backends/Memory")<Memory, Service>() {}

/**
 * A backend that fills the `Memory` of its context.
 *
 * @since 0.1.0
 * @category constructors
 */
export const backend: Effect.Effect<MailBackend.Service, never, Memory> = Effect.map(
  Memory,
  (memory) =>
    MailBackend.make({
      name: "memory",
      open: Effect.succeed({
        deliver: (outgoing) =>
          SentMessage.make(outgoing).pipe(
            Effect.flatMap(memory.add),
            Effect.as(MailBackend.acceptAll(outgoing))
          )
      })
    })
)

class Outbox implements Service {
  private sent: Array<SentMessage.SentMessage> = []

  readonly outbox = Effect.sync(() => this.sent.slice())

  readonly add = (message: SentMessage.SentMessage): Effect.Effect<void> =>
    Effect.sync(() => void this.sent.push(message))

  readonly clear = Effect.sync(() => {
    this.sent = []
  })
}

const makeMemory: Effect.Effect<Service> = Effect.sync(() => new Outbox())

/**
 * A new, empty memory and the backend that fills it.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make: Effect.Effect<{ readonly memory: Service; readonly backend: MailBackend.Service }> = Effect.flatMap(
  makeMemory,
  (memory) => Effect.map(Effect.provideService(backend, Memory, memory), (backend) => ({ backend, memory }))
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

/**
 * How configuration chooses this backend.
 *
 * @since 0.1.0
 * @category configuration
 */
export const definition: BackendDefinition.BackendDefinition<Memory> = BackendDefinition.make({
  name: "memory",
  schemes: [{ name: "memory", form: "memory:", meaning: "keeps messages in the `Memory` that is provided" }],
  config: Effect.void,
  fromUrl: onlyScheme,
  make: () => backend
})
