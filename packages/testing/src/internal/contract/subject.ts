import type { Envelope } from "@effect-mail/core/DeliveryReport"
import type { MailBackend } from "@effect-mail/core/MailBackend"
import type * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"

/**
 * A message as it arrived: the bytes of the driver, and the envelope if a probe can see it.
 *
 * @since 0.1.0
 * @category models
 */
export interface Delivered {
  readonly bytes: Uint8Array
  readonly envelope?: Pick<Envelope, "from" | "to"> | undefined
}

/**
 * How many sessions were opened so far, and how many are open now: connections of a server, files, or other resources of
 * a session.
 *
 * @since 0.1.0
 * @category models
 */
export interface Sessions {
  readonly opened: number
  readonly open: number
}

/**
 * A backend under test, and probes that show what it did.
 *
 * - `layer`: the backend. Each case builds it once, and releases it before the case ends. Its requirements live longer: a
 *   server that is inspected after the release belongs there.
 * - `delivered`: the complete messages that arrived so far, in their order within a session. Leave it out for a backend
 *   that keeps nothing or sends no MIME: cases that need bytes are then left out.
 * - `sessions`: leave it out for a backend whose sessions hold no resources: cases that count them are then left out.
 * - `pooled`: whether resources of a session may stay open for the next one. They must be closed when the layer is
 *   released. Default: false
 * - `timeLimit`: of each case. Default: 4 seconds, less than the time limit of test runners
 *
 * Probes may use what the layer provides; their other requirements, and those of the layer, are requirements of the cases.
 * A probe that fails makes the case fail.
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
