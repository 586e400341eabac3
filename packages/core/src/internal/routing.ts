import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as MailBackend from "../MailBackend.js"
import { type BackendError, ConnectionError } from "../MailError.js"
import type * as MailPolicy from "../MailPolicy.js"
import * as Session from "./session.js"

interface Sessions {
  readonly backend: MailBackend.Service
  readonly session: Session.LastingSession
}

const openLazily = (
  backends: ReadonlyArray<MailBackend.Service>
): Effect.Effect<ReadonlyArray<Sessions>, never, Scope.Scope> =>
  Effect.forEach(backends, (backend) => Effect.map(Session.make(backend.driver), (session) => ({ backend, session })))

/** A relay that fails like this may be passed over for the next: nobody has the message. */
const isRelayFault = (error: BackendError): boolean =>
  error._tag === "ConnectionError" || error._tag === "AuthenticationError"

const nobody = new ConnectionError({ reason: "Refused", description: "there is no backend to send by" })

/**
 * @internal
 */
export const failover = (
  backends: ReadonlyArray<MailBackend.Service>,
  cooldown: Duration.DurationInput
): MailPolicy.Failover => {
  const millis = Duration.toMillis(Duration.decode(cooldown))
  const outUntil = new Map<MailBackend.Service, number>()

  const byAvailability = (sessions: ReadonlyArray<Sessions>, now: number): ReadonlyArray<Sessions> => {
    const isOut = ({ backend }: Sessions) => (outUntil.get(backend) ?? 0) > now
    return [...sessions.filter((each) => !isOut(each)), ...sessions.filter(isOut)]
  }

  const deliverBy = (
    { backend, session }: Sessions,
    outgoing: Parameters<MailBackend.MailSession["deliver"]>[0]
  ): Effect.Effect<MailBackend.Delivery, BackendError> =>
    session.deliver(outgoing).pipe(
      Effect.tap(() => Effect.sync(() => outUntil.delete(backend))),
      Effect.tapError((error) =>
        isRelayFault(error)
          ? Effect.map(Clock.currentTimeMillis, (now) => void outUntil.set(backend, now + millis))
          : Effect.void
      )
    )

  const service = MailBackend.make({
    name: "failover",
    open: Effect.map(openLazily(backends), (sessions) => ({
      deliver: (outgoing) =>
        Effect.flatMap(Clock.currentTimeMillis, (now) =>
          byAvailability(sessions, now).reduce(
            (earlier: Effect.Effect<MailBackend.Delivery, BackendError>, next, i) =>
              i === 0
                ? deliverBy(next, outgoing)
                : Effect.catchIf(
                  earlier,
                  (error) => isRelayFault(error) || error._tag === "CapabilityError",
                  () => deliverBy(next, outgoing)
                ),
            Effect.fail(nobody)
          ))
    }))
  })

  const relays = Effect.map(Clock.currentTimeMillis, (now) =>
    backends.map((backend): MailPolicy.Relay => ({
      name: backend.name,
      outUntil: Option.map(
        Option.filter(Option.fromNullable(outUntil.get(backend)), (until) => until > now),
        DateTime.unsafeMake
      )
    })))

  return { ...service, relays }
}

/**
 * Each message goes to the backend that is furthest behind its share: the order is fixed, and even over any stretch.
 *
 * @internal
 */
export const weighted = (
  name: string,
  shares: ReadonlyArray<readonly [backend: MailBackend.Service, weight: number]>
): MailBackend.Service => {
  const total = shares.reduce((sum, [, weight]) => sum + weight, 0)
  const credits = shares.map(() => 0)

  const choose = (): number => {
    let best = 0
    shares.forEach(([, weight], i) => {
      const credit = (credits[i] ?? 0) + weight
      credits[i] = credit
      if (credit > (credits[best] ?? 0)) best = i
    })
    credits[best] = (credits[best] ?? 0) - total
    return best
  }

  return MailBackend.make({
    name,
    open: Effect.map(openLazily(shares.map(([backend]) => backend)), (sessions) => ({
      deliver: (outgoing) =>
        Effect.suspend(() => {
          const chosen = sessions[choose()]
          return chosen === undefined ? Effect.fail(nobody) : chosen.session.deliver(outgoing)
        })
    }))
  })
}
