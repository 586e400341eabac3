import type { Envelope } from "@effect-mail/core/DeliveryReport"
import type { MailBackend } from "@effect-mail/core/MailBackend"
import type * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"

/**
 * A message as it arrived: its bytes, just as the driver handed them over, and its envelope where that can be seen.
 *
 * @since 0.1.0
 * @category models
 */
export interface Delivered {
  readonly bytes: Uint8Array
  readonly envelope?: Pick<Envelope, "from" | "to"> | undefined
}

/**
 * How many sessions were opened so far, and how many are open now: connections that a server has, files, whatever a
 * session of this backend holds.
 *
 * @since 0.1.0
 * @category models
 */
export interface Sessions {
  readonly opened: number
  readonly open: number
}

/**
 * A backend, and what can be seen of it.
 *
 * - `layer`: the backend. It is built anew for each case, and released before the case ends. What it needs outlives it:
 *   there is the place for a server that is looked at after the backend is gone.
 * - `delivered`: what arrived so far and was whole, in the order in which it arrived within a session. Leave it out for
 *   a backend that keeps nothing or sends no MIME; what only bytes can show is then not tried.
 * - `sessions`: leave it out for a backend whose sessions hold nothing, or nothing that can be seen; whether it opens
 *   and closes is then not tried.
 * - `pooled`: whether what a session holds may stay open after it, for the next one. It must then be closed when the
 *   layer is released.
 * - `timeLimit`: for each case; 4 seconds unless said otherwise, so that a backend that hangs is reported before the
 *   test runner gives up.
 *
 * The effects of the probes may use what the layer provides; what else they need is needed by the cases, as is what the
 * layer needs. Where they fail the case fails.
 *
 * `A` is what the layer provides beside the backend and `R` what it needs; `D` and `S` are what the probes use.
 *
 * @since 0.1.0
 * @category models
 */
export interface Subject<A = never, R = never, D = never, S = never> {
  readonly layer: Layer.Layer<MailBackend | A, unknown, R>
  readonly delivered?: Effect.Effect<ReadonlyArray<Delivered>, unknown, D> | undefined
  readonly sessions?: Effect.Effect<Sessions, unknown, S> | undefined
  readonly pooled?: boolean | undefined
  readonly timeLimit?: Duration.DurationInput | undefined
}
