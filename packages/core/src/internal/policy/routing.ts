import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as MailBackend from "../../MailBackend.js"
import { type BackendError, ConnectionError } from "../../MailError.js"
import type * as MailPolicy from "../../MailPolicy.js"
import * as Outgoing from "../../Outgoing.js"
import * as Session from "../send/session.js"
import * as Progress from "./progress.js"

interface Sessions {
  readonly backend: MailBackend.Service
  readonly session: Session.LastingSession
}

const openLazily = (
  backends: ReadonlyArray<MailBackend.Service>
): Effect.Effect<ReadonlyArray<Sessions>, never, Scope.Scope> =>
  Effect.forEach(backends, (backend) => Effect.map(Session.make(backend.driver), (session) => ({ backend, session })))

/**
 * A relay that fails like this may be passed over for the next: nobody has the message. A policy that cannot do what it
 * was told to is not to be got round.
 */
const isRelayFault = (error: BackendError): boolean =>
  (error._tag === "ConnectionError" && error.reason !== "Configuration") || error._tag === "AuthenticationError"

/** Who may be passed on to the next relay: nobody has the message, and this one has not refused them. */
const leftOver = ({ envelope: { to } }: Outgoing.Outgoing, outcome: Progress.Outcome): ReadonlyArray<string> => {
  if (Either.isRight(outcome)) return []
  if (isRelayFault(outcome.left) || outcome.left._tag === "CapabilityError") return to
  const notReached = new Set(Progress.notReached(outcome))
  return to.filter((recipient) => notReached.has(recipient))
}

const nobody = new ConnectionError({ reason: "Refused", description: "there is no backend to send by" })

/** Goes on to the next one where nobody has the message, and another relay may take it. */
const firstOf = <A>(
  sessions: ReadonlyArray<Sessions>,
  run: (sessions: Sessions) => Effect.Effect<A, BackendError>
): Effect.Effect<A, BackendError> =>
  sessions.reduce(
    (earlier: Effect.Effect<A, BackendError>, next, i) =>
      i === 0
        ? run(next)
        : Effect.catchIf(
          earlier,
          (error) => isRelayFault(error) || error._tag === "CapabilityError",
          () => run(next)
        ),
    Effect.fail(nobody)
  )

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

  /** Keeps in mind whether the relay could be reached. */
  const watched = <A>({ backend }: Sessions, self: Effect.Effect<A, BackendError>): Effect.Effect<A, BackendError> =>
    self.pipe(
      Effect.tap(() => Effect.sync(() => outUntil.delete(backend))),
      Effect.tapError((error) =>
        isRelayFault(error)
          ? Effect.map(Clock.currentTimeMillis, (now) => void outUntil.set(backend, now + millis))
          : Effect.void
      )
    )

  const conclude = (
    outgoing: Outgoing.Outgoing,
    attempt: Outgoing.Outgoing,
    progress: Progress.Progress,
    last: Progress.Outcome
  ): Progress.Outcome => {
    const outcome = attempt === outgoing ? last : Progress.conclude(outgoing, progress, last)
    return backends.length === 1 ? outcome : Either.mapLeft(outcome, Progress.notRepeatable)
  }

  const byFirst = <A>(
    sessions: ReadonlyArray<Sessions>,
    run: (session: Session.LastingSession) => Effect.Effect<A, BackendError>
  ): Effect.Effect<A, BackendError> =>
    Effect.flatMap(
      Clock.currentTimeMillis,
      (now) => firstOf(byAvailability(sessions, now), (each) => watched(each, run(each.session)))
    )

  const service = MailBackend.make({
    name: "failover",
    open: Effect.map(openLazily(backends), (sessions) => ({
      get isConnectionless() {
        return sessions.some(({ session }) => session.isConnectionless)
      },
      openFor: (outgoing) => byFirst(sessions, (session) => session.openFor(outgoing)),
      deliver: (outgoing, options) =>
        Effect.gen(function*() {
          let progress = Progress.nothingKnown
          let attempt = outgoing
          let last: Progress.Outcome = Either.left(nobody)
          for (const next of byAvailability(sessions, yield* Clock.currentTimeMillis)) {
            last = yield* Effect.either(watched(next, next.session.deliver(attempt, options)))
            progress = Progress.advance(progress, last)
            const rest = leftOver(attempt, last)
            if (rest.length === 0) break
            if (rest.length < attempt.envelope.to.length) {
              attempt = Outgoing.narrow(attempt, (recipient) => rest.includes(recipient))
            }
          }
          return yield* conclude(outgoing, attempt, progress, last)
        })
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

  /** The one whose turn it is. */
  const next = (): number => {
    const due = shares.map(([, weight], i) => (credits[i] ?? 0) + weight)
    return due.reduce((best, credit, i) => credit > (due[best] ?? 0) ? i : best, 0)
  }

  const choose = (): number => {
    const chosen = next()
    shares.forEach(([, weight], i) => {
      credits[i] = (credits[i] ?? 0) + weight - (i === chosen ? total : 0)
    })
    return chosen
  }

  return MailBackend.make({
    name,
    open: Effect.map(openLazily(shares.map(([backend]) => backend)), (sessions) => ({
      get isConnectionless() {
        return sessions.some(({ session }) => session.isConnectionless)
      },
      openFor: (outgoing) =>
        Effect.suspend(() => {
          const first = next()
          return firstOf([...sessions.slice(first), ...sessions.slice(0, first)], ({ session }) =>
            session.openFor(outgoing))
        }),
      deliver: (outgoing, options) =>
        Effect.suspend(() => {
          const chosen = sessions[choose()]
          return chosen === undefined
            ? Effect.fail(nobody)
            : Effect.mapError(chosen.session.deliver(outgoing, options), Progress.notRepeatable)
        })
    }))
  })
}
