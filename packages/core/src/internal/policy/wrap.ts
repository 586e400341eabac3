import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import * as MailBackend from "../../MailBackend.js"
import { type BackendError, ConnectionError } from "../../MailError.js"
import * as Lasting from "../driver/lastingSession.js"

/**
 * Makes a backend of another: any function is a policy.
 *
 * @since 0.1.0
 * @category models
 */
export type Policy = (backend: MailBackend.Service) => MailBackend.Service

/**
 * A layer that provides a backend, and perhaps other services.
 *
 * @since 0.1.0
 * @category models
 */
export type BackendLayer = Layer.Layer<MailBackend.MailBackend, unknown, unknown>

/**
 * What a policy makes of what it is applied to.
 *
 * @since 0.1.0
 * @category models
 */
export type Applied<Target extends MailBackend.Service | BackendLayer> = Target extends BackendLayer
  ? Layer.Layer<Layer.Layer.Success<Target>, Layer.Layer.Error<Target>, Layer.Layer.Context<Target>>
  : MailBackend.Service

/**
 * A policy that also applies to layers: it makes a backend of a `MailBackend.Service`, or of the one that a layer provides.
 * The other services of the layer stay.
 *
 * @since 0.1.0
 * @category models
 */
export interface Applicable {
  <Target extends MailBackend.Service | BackendLayer>(target: Target): Applied<Target>
}

const isLayer = (target: MailBackend.Service | BackendLayer): target is BackendLayer => Layer.isLayer(target)

const applyTo = (layer: BackendLayer, policy: Policy): BackendLayer =>
  Layer.map(
    layer,
    (services) => Context.add(services, MailBackend.MailBackend, policy(Context.get(services, MailBackend.MailBackend)))
  )

export const make = (policy: Policy): Applicable => {
  function applicable<Target extends MailBackend.Service | BackendLayer>(target: Target): Applied<Target>
  function applicable(target: MailBackend.Service | BackendLayer): MailBackend.Service | BackendLayer {
    return isLayer(target) ? applyTo(target, policy) : policy(target)
  }
  return applicable
}

/**
 * A backend that delivers by another one's session, changed by `change`. It opens that session with its own or, where a
 * delivery may need none, for the first delivery that does.
 */
export const over = (
  backend: MailBackend.Service,
  change: (session: Lasting.LastingSession) => MailBackend.MailSession,
  opening: "eager" | "lazy" = "eager"
): MailBackend.Service =>
  MailBackend.make({
    name: backend.name,
    open: Lasting.make(backend.driver).pipe(
      Effect.tap((session) => opening === "eager" ? session.open : Effect.void),
      Effect.map((session) => {
        const { deliver, openFor = session.openFor } = change(session)
        return {
          deliver,
          openFor,
          get window() {
            return session.window
          },
          get isConnectionless() {
            return session.isConnectionless
          }
        }
      })
    )
  })

/** A backend of several, with its session. */
export interface RelaySession {
  readonly backend: MailBackend.Service
  readonly session: Lasting.LastingSession
}

/** A session for each backend, opened when it is first needed. */
export const openLazily = (
  backends: ReadonlyArray<MailBackend.Service>
): Effect.Effect<ReadonlyArray<RelaySession>, never, Scope.Scope> =>
  Effect.forEach(backends, (backend) => Effect.map(Lasting.make(backend.driver), (session) => ({ backend, session })))

export const noBackends = new ConnectionError({ reason: "Refused", description: "there is no backend to send by" })

/** Runs an effect with the first relay, and with the next one where an error allows that. */
export const firstOf = <A>(
  relays: ReadonlyArray<RelaySession>,
  run: (relay: RelaySession) => Effect.Effect<A, BackendError>
): Effect.Effect<A, BackendError> =>
  relays.reduce(
    (earlier: Effect.Effect<A, BackendError>, next, i) =>
      i === 0 ? run(next) : Effect.catchIf(earlier, ({ mayFailOver }) => mayFailOver, () => run(next)),
    Effect.fail(noBackends)
  )
