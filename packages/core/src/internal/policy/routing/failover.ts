import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as MailBackend from "../../../MailBackend.js"
import type { BackendError } from "../../../MailError.js"
import * as Outgoing from "../../../Outgoing.js"
import type { LastingSession } from "../../driver/lastingSession.js"
import * as Progress from "../../driver/progress.js"
import { cryptoOf, firstOf, noBackends, openLazily, type RelaySession } from "../wrap.js"

/**
 * A backend of `failover`, and until when it is skipped.
 *
 * @since 0.1.0
 * @category models
 */
export interface Relay {
  readonly name: string
  readonly outUntil: Option.Option<DateTime.Utc>
}

/**
 * The backend that `failover` makes, with the state of its relays.
 *
 * @since 0.1.0
 * @category models
 */
export interface Failover extends MailBackend.Service {
  readonly relays: Effect.Effect<ReadonlyArray<Relay>>
}

/** The recipients that may be passed on to the next relay: this one neither took the message for them nor refused them. */
const leftOver = ({ envelope: { to } }: Outgoing.Outgoing, outcome: Progress.Outcome): ReadonlyArray<string> => {
  if (Either.isRight(outcome)) return []
  if (outcome.left.mayFailOver) return to
  const notReached = new Set(Progress.notReached(outcome))
  return to.filter((recipient) => notReached.has(recipient))
}

export const failover = (
  backends: ReadonlyArray<MailBackend.Service>,
  cooldown: Duration.DurationInput
): Failover => {
  const millis = Duration.toMillis(Duration.decode(cooldown))
  const outUntil = new Map<MailBackend.Service, number>()

  const byAvailability = (relays: ReadonlyArray<RelaySession>, now: number): ReadonlyArray<RelaySession> => {
    const isOut = ({ backend }: RelaySession) => (outUntil.get(backend) ?? 0) > now
    return [...relays.filter((each) => !isOut(each)), ...relays.filter(isOut)]
  }

  /** Records whether the relay could be used. */
  const recorded = <A>(
    { backend }: RelaySession,
    self: Effect.Effect<A, BackendError>
  ): Effect.Effect<A, BackendError> =>
    self.pipe(
      Effect.tap(() => Effect.sync(() => outUntil.delete(backend))),
      Effect.tapError((error) =>
        error.isRelayFault
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
    relays: ReadonlyArray<RelaySession>,
    run: (session: LastingSession) => Effect.Effect<A, BackendError>
  ): Effect.Effect<A, BackendError> =>
    Effect.flatMap(
      Clock.currentTimeMillis,
      (now) => firstOf(byAvailability(relays, now), (relay) => recorded(relay, run(relay.session)))
    )

  const service = MailBackend.make({
    name: "failover",
    crypto: cryptoOf(backends),
    open: Effect.map(openLazily(backends), (sessions) => ({
      get isConnectionless() {
        return sessions.some(({ session }) => session.isConnectionless)
      },
      openFor: (outgoing) => byFirst(sessions, (session) => session.openFor(outgoing)),
      deliver: (outgoing, options) =>
        Effect.gen(function*() {
          let progress = Progress.nothingKnown
          let attempt = outgoing
          let last: Progress.Outcome = Either.left(noBackends)
          for (const next of byAvailability(sessions, yield* Clock.currentTimeMillis)) {
            last = yield* Effect.either(recorded(next, next.session.deliver(attempt, options)))
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
    backends.map((backend): Relay => ({
      name: backend.name,
      outUntil: Option.map(
        Option.filter(Option.fromNullable(outUntil.get(backend)), (until) => until > now),
        DateTime.unsafeMake
      )
    })))

  return { ...service, relays }
}
