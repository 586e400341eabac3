import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import type { Delivery } from "../../MailBackend.js"
import type { BackendError } from "../../MailError.js"
import type { Outgoing } from "../../Outgoing.js"
import { over, type Policy } from "./wrap.js"

/**
 * The effects that `tap` runs.
 *
 * @since 0.1.0
 * @category models
 */
export interface Hooks {
  readonly before?: ((outgoing: Outgoing) => Effect.Effect<void>) | undefined
  readonly after?: ((outgoing: Outgoing, exit: Exit.Exit<Delivery, BackendError>) => Effect.Effect<void>) | undefined
}

export const tap = ({ after, before }: Hooks): Policy => (backend) =>
  over(backend, (session) => ({
    deliver: (outgoing, options) =>
      Effect.zipRight(
        before?.(outgoing) ?? Effect.void,
        Effect.onExit(session.deliver(outgoing, options), (exit) => after?.(outgoing, exit) ?? Effect.void)
      )
  }))
