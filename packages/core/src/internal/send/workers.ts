import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Schedule from "effect/Schedule"
import * as BatchReport from "../../BatchReport.js"
import type { MailDriver, MailSession } from "../../MailBackend.js"
import type { BackendError, MessageError } from "../../MailError.js"
import type * as Outgoing from "../../Outgoing.js"
import * as Sender from "./deliver.js"
import type { Item, Line } from "./line.js"
import * as Session from "./session.js"
import type { Observer } from "./telemetry.js"

/**
 * - `concurrency`: how many sessions to send over at most
 * - `continueWithoutConnection`: whether messages go on failing when there is no session to be had
 * - `reconnectWithin`: how long to wait for a session when none can be had
 * - `put`: what is done with the entry of each message that was tried
 *
 * @internal
 */
export interface Options {
  readonly driver: MailDriver
  readonly observer: Observer
  readonly concurrency: number
  readonly continueWithoutConnection: boolean
  readonly reconnectWithin: Duration.DurationInput | undefined
  readonly put: (index: number, entry: BatchReport.Sent | BatchReport.Failed) => Effect.Effect<unknown>
}

/**
 * What stands for a session where there is none.
 *
 * @internal
 */
export const without = (reason: Effect.Effect<never, BackendError>): MailSession => ({ deliver: () => reason })

const prepare = (item: Item): Effect.Effect<Either.Either<Outgoing.Outgoing, MessageError>> =>
  item.prepared !== undefined
    ? Effect.succeed(item.prepared)
    : Effect.tap(Effect.either(Sender.prepare(item.message)), (prepared) => {
      item.prepared = prepared
    })

/**
 * Checks a message, delivers it, and tells what became of it.
 *
 * @internal
 */
export const conclude = (
  item: Item,
  observer: Observer,
  session: MailSession
): Effect.Effect<BatchReport.Sent | BatchReport.Failed> =>
  Effect.flatMap(
    prepare(item),
    Either.match({
      onLeft: (error) => Effect.as(observer.failure(error), BatchReport.failed(item.message, error)),
      onRight: (outgoing) => Sender.entry(item.message, Sender.deliver(observer, session, outgoing))
    })
  )

/** How often a message is put back: one that ends every connection must not be tried for ever. */
const maxTries = 3

/** How long to wait between two tries to connect. */
const backOff = Schedule.union(Schedule.exponential("100 millis"), Schedule.spaced("5 seconds"))

/** What a delivery without a connection fails with where none can be had; opening fails with it otherwise. */
const unreached = (entry: BatchReport.Entry): BackendError | undefined =>
  entry._tag === "Failed" && (entry.error._tag === "ConnectionError" || entry.error._tag === "AuthenticationError")
    ? entry.error
    : undefined

/** Whether a message is proven not sent since its connection could not be had, or was lost. */
const isLost = (entry: BatchReport.Entry): boolean =>
  entry._tag === "Failed" && entry.error._tag === "ConnectionError" && entry.error.isTransient

/**
 * Sends the messages of a line over sessions, each of which takes the next one when it is done with the last. A worker
 * that gets no session leaves its message to the others, and does not come back. When nobody has a session, or is about
 * to get one, the message of the last one fails, and the line stops: the error is the one of that worker.
 *
 * Told to continue it comes back when somebody else has got a session, or nobody has one, and the line does not stop.
 *
 * @internal
 */
export const run = (
  line: Line,
  { concurrency, continueWithoutConnection, driver, observer, put, reconnectWithin }: Options
): Effect.Effect<BackendError | undefined> =>
  Effect.suspend(() => {
    const sessions: Array<Session.LastingSession> = []
    const spent = new Set<Session.LastingSession>()
    let opening = 0
    let openings = 0
    let stoppedBy: BackendError | undefined

    const isHopeful = (): boolean => opening > 0 || sessions.some(({ isOpen }) => isOpen)

    const report = (item: Item, session: MailSession): Effect.Effect<unknown> =>
      Effect.flatMap(conclude(item, observer, session), (entry) => {
        if (reconnectWithin === undefined || !isLost(entry) || item.tries === maxTries) return put(item.index, entry)
        line.putBack(item)
        return Effect.void
      })

    const connect = (session: Session.LastingSession, outgoing: Outgoing.Outgoing): Effect.Effect<void, BackendError> =>
      reconnectWithin === undefined
        ? session.openFor(outgoing)
        : Effect.retry(session.openFor(outgoing), {
          while: (error) => error.isTransient,
          schedule: Schedule.upTo(backOff, reconnectWithin)
        })

    const work = (session: Session.LastingSession): Effect.Effect<void> =>
      Effect.suspend(() => spent.has(session) ? Effect.void : session.isOpen ? send(session) : open(session))

    /** As many messages at once as the session has room for. */
    const send = (session: Session.LastingSession): Effect.Effect<void> =>
      Effect.zipRight(
        Effect.forEach(Array.from({ length: session.window }), () => sendNext(session), {
          concurrency: "unbounded",
          discard: true
        }),
        Effect.suspend(() => line.isOver ? Effect.void : work(session))
      )

    const sendNext = (session: Session.LastingSession): Effect.Effect<void> =>
      Effect.flatMap(line.take, (item) =>
        item === undefined
          ? Effect.void
          : Effect.zipRight(
            session.isConnectionless ? reportWithoutConnection(item, session) : report(item, session),
            Effect.suspend(() => session.isOpen ? sendNext(session) : Effect.void)
          ))

    /**
     * Where each delivery connects by itself, one that cannot leaves its message to the sessions that are there, and is the
     * last of its own. When there is none the message fails, and the line stops.
     */
    const reportWithoutConnection = (item: Item, session: Session.LastingSession): Effect.Effect<unknown> =>
      Effect.flatMap(patiently(conclude(item, observer, session)), (entry) => {
        const error = unreached(entry)
        if (error === undefined || continueWithoutConnection) return put(item.index, entry)
        spent.add(session)
        if (isHopeful()) {
          line.putBack(item)
          return Effect.void
        }
        stoppedBy = error
        line.stop()
        return put(item.index, entry)
      })

    const patiently = <A extends BatchReport.Entry>(concluding: Effect.Effect<A>): Effect.Effect<A> =>
      reconnectWithin === undefined
        ? concluding
        : Effect.flatMap(concluding, (entry) => isLost(entry) ? Effect.fail(entry) : Effect.succeed(entry)).pipe(
          Effect.retry({ schedule: Schedule.upTo(backOff, reconnectWithin) }),
          Effect.catchAll(Effect.succeed)
        )

    const open = (session: Session.LastingSession): Effect.Effect<void> =>
      Effect.flatMap(line.hold, (item) => {
        if (item === undefined) return Effect.void
        opening++
        return Effect.ensuring(opened(item, session), Effect.sync(() => void opening--)).pipe(
          Effect.flatMap((error) => {
            if (error !== undefined) return goOnWithout(error, item, session)
            if (session.isOpen) openings++
            line.notify()
            return work(session)
          })
        )
      })

    /** Opens the session where the message needs one, and as long as somebody needs it. */
    const opened = (item: Item, session: Session.LastingSession): Effect.Effect<BackendError | undefined> =>
      Effect.flatMap(prepare(item), (prepared) => {
        if (Either.isLeft(prepared) || prepared.right.envelope.to.length === 0) {
          return Effect.as(line.withdraw(item) ? report(item, session) : Effect.void, undefined)
        }
        return Effect.raceFirst(
          Effect.match(connect(session, prepared.right), { onFailure: (error) => error, onSuccess: () => undefined }),
          // The loser is interrupted, also where the batch as a whole must not be.
          Effect.as(Effect.interruptible(line.until(() => line.isOver)), undefined)
        )
      })

    const goOnWithout = (error: BackendError, item: Item, session: Session.LastingSession): Effect.Effect<void> => {
      if (isHopeful()) {
        line.handBack(item)
        if (!continueWithoutConnection) return Effect.void
        const known = openings
        return Effect.zipRight(line.until(() => line.isOver || !isHopeful() || openings > known), work(session))
      }
      // Somebody who had a session has taken it meanwhile.
      if (!line.withdraw(item)) return work(session)
      if (continueWithoutConnection) line.notify()
      else {
        stoppedBy = error
        line.stop()
      }
      return Effect.zipRight(report(item, without(Effect.fail(error))), work(session))
    }

    return Effect.forEach(
      Array.from({ length: concurrency }),
      () =>
        Effect.scoped(Effect.flatMap(Session.make(driver), (session) => {
          sessions.push(session)
          return work(session)
        })),
      { concurrency: "unbounded", discard: true }
    ).pipe(
      Effect.onInterrupt(() =>
        Effect.forEach(line.left, (item) => Effect.exit(conclude(item, observer, without(Effect.interrupt))))
      ),
      Effect.map(() => stoppedBy)
    )
  })
