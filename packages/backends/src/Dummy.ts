/**
 * A backend that checks and accepts each message, and does not send it.
 *
 * @since 0.1.0
 */
import * as MailBackend from "@effect-mail/core/MailBackend"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as BackendDefinition from "./BackendDefinition.js"
import { onlyScheme } from "./internal/config/url.js"

/**
 * A backend that drops messages. Each recipient is reported as accepted, without a reply; attached streams are not run. An
 * invalid message fails with its `MessageError`; nothing else fails.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make: Effect.Effect<MailBackend.Service> = Effect.sync(() =>
  MailBackend.make({
    name: "dummy",
    open: Effect.succeed({ deliver: (outgoing) => Effect.succeed(MailBackend.acceptAll(outgoing)) })
  })
)

/**
 * Sends nothing.
 *
 * @example
 * ```ts
 * import { Dummy } from "@effect-mail/backends"
 * import { Mail } from "@effect-mail/core"
 * import { Effect } from "effect"
 *
 * const program = Mail.sendMail({
 *   subject: "Hello",
 *   text: "Hello, Bob",
 *   from: "ada@example.com",
 *   to: "bob@example.com"
 * }).pipe(Effect.provide(Dummy.layer))
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<MailBackend.MailBackend> = Layer.effect(MailBackend.MailBackend, make)

/**
 * How configuration chooses this backend.
 *
 * @since 0.1.0
 * @category configuration
 */
export const definition: BackendDefinition.BackendDefinition = BackendDefinition.make({
  name: "dummy",
  schemes: [{ name: "dummy", form: "dummy:", meaning: "checks messages, and drops them" }],
  config: Effect.void,
  fromUrl: onlyScheme,
  make: () => make
})
