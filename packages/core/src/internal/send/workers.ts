import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Schedule from "effect/Schedule"
import * as BatchReport from "../../BatchReport.js"
import { type BackendError, isBackendError, type MessageError } from "../../MailError.js"
import type { MailDriver, MailSession } from "../driver/driver.js"
import * as Lasting from "../driver/lastingSession.js"
import type { Outgoing } from "../outgoing/outgoing.js"
import { prepareToSend } from "../outgoing/prepare.js"
import * as Deliver from "./deliver.js"
import type { Item, Line } from "./line.js"
import type { Telemetry } from "./telemetry.js"

/**
 * - `concurrency`: the maximal number of sessions
 * - `continueWithoutConnection`: whether to go on, with failing messages, when no session can be opened
 * - `reconnectWithin`: how long to retry when no session can be opened
 * - `put`: consumes the entry of each message that was tried
 */
export interface Options {
  readonly driver: MailDriver
  readonly telemetry: Telemetry
  readonly concurrency: number
  readonly continueWithoutConnection: boolean
  readonly reconnectWithin: Duration.DurationInput | undefined
  readonly put: (index: number, entry: BatchReport.Sent | BatchReport.Failed) => Effect.Effect<unknown>
}

/** A session that fails every message. */
export const without = (reason: Effect.Effect<never, BackendError>): MailSession => ({ deliver: () => reason })

const prepare = (item: Item): Effect.Effect<Either.Either<Outgoing, MessageError>> =>
  item.prepared !== undefined
    ? Effect.succeed(item.prepared)
    : Effect.tap(Effect.either(prepareToSend(item.message)), (prepared) => {
      item.prepared = prepared
    })

/** Checks a message, delivers it, and returns its entry. */
export const conclude = (
  item: Item,
  telemetry: Telemetry,
  session: MailSession
): Effect.Effect<BatchReport.Sent | BatchReport.Failed> =>
  Effect.flatMap(
    prepare(item),
    Either.match({
      onLeft: (error) => Effect.as(telemetry.failure(error), BatchReport.failed(item.message, error)),
      onRight: (outgoing) => Deliver.entry(item.message, Deliver.deliver(telemetry, session, outgoing))
    })
  )

/** How often a message is put back: one that ends every connection must not be tried forever. */
const maxTries = 3

/** The delay between two attempts to connect. */
const backOff = Schedule.union(Schedule.exponential("100 millis"), Schedule.spaced("5 seconds"))

/**
 * The error of a delivery that shows, where opening proves nothing, that no message can be sent: the relay cannot be used,
 * or its settings are wrong.
 */
const unreached = (entry: BatchReport.Entry): BackendError | undefined =>
  entry._tag === "Failed" && isBackendError(entry.error) &&
    (entry.error.isRelayFault || entry.error._tag === "ConnectionError")
    ? entry.error
    : undefined

/** Whether a message was certainly not sent, because its connection could not be made, or was lost. */
const isLost = (entry: BatchReport.Entry): boolean =>
  entry._tag === "Failed" && entry.error._tag === "ConnectionError" && entry.error.isTransient

/**
 * Sends the messages of a line over sessions, one after the other on each. A worker that cannot open a session leaves its
 * message to the others, and ends. When no worker has a session, or is opening one, the message of the last worker fails,
 * and the line stops. Returns the error of that worker.
 *
 * With `continueWithoutConnection` a worker tries again when another one has opened a session, or none has one, and the line
 * does not stop.
 */
export const run = (
  line: Line,
  { concurrency, continueWithoutConnection, driver, put, reconnectWithin, telemetry }: Options
): Effect.Effect<BackendError | undefined> =>
  Effect.suspend(() => {
    const sessions: Array<Lasting.LastingSession> = []
    const spent = new Set<Lasting.LastingSession>()
    let opening = 0
    let openings = 0
    let stoppedBy: BackendError | undefined

    const isHopeful = (): boolean => opening > 0 || sessions.some(({ isOpen }) => isOpen)

    const report = (item: Item, session: MailSession): Effect.Effect<unknown> =>
      Effect.flatMap(conclude(item, telemetry, session), (entry) => {
        if (reconnectWithin === undefined || !isLost(entry) || item.tries === maxTries) return put(item.index, entry)
        line.putBack(item)
        return Effect.void
      })

    const connect = (session: Lasting.LastingSession, outgoing: Outgoing): Effect.Effect<void, BackendError> =>
      reconnectWithin === undefined
        ? session.openFor(outgoing)
        : Effect.retry(session.openFor(outgoing), {
          while: (error) => error.isTransient,
          schedule: Schedule.upTo(backOff, reconnectWithin)
        })

    const work = (session: Lasting.LastingSession): Effect.Effect<void> =>
      Effect.suspend(() => spent.has(session) ? Effect.void : session.isOpen ? send(session) : open(session))

    /** Sends as many messages at once as the session allows. */
    const send = (session: Lasting.LastingSession): Effect.Effect<void> =>
      Effect.zipRight(
        Effect.forEach(Array.from({ length: session.window }), () => sendNext(session), {
          concurrency: "unbounded",
          discard: true
        }),
        Effect.suspend(() => line.isOver ? Effect.void : work(session))
      )

    const sendNext = (session: Lasting.LastingSession): Effect.Effect<void> =>
      Effect.flatMap(line.take, (item) =>
        item === undefined
          ? Effect.void
          : Effect.zipRight(
            session.isConnectionless ? reportWithoutConnection(item, session) : report(item, session),
            Effect.suspend(() => session.isOpen ? sendNext(session) : Effect.void)
          ))

    /**
     * Each delivery connects by itself. A session that cannot connect leaves its message to the other sessions, and ends. When
     * no other is left the message fails, and the line stops.
     */
    const reportWithoutConnection = (item: Item, session: Lasting.LastingSession): Effect.Effect<unknown> =>
      Effect.flatMap(patiently(conclude(item, telemetry, session)), (entry) => {
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

    const open = (session: Lasting.LastingSession): Effect.Effect<void> =>
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

    /** Opens the session if the message needs one, and until the line is over. */
    const opened = (item: Item, session: Lasting.LastingSession): Effect.Effect<BackendError | undefined> =>
      Effect.flatMap(prepare(item), (prepared) => {
        if (Either.isLeft(prepared) || prepared.right.envelope.to.length === 0) {
          return Effect.as(line.withdraw(item) ? report(item, session) : Effect.void, undefined)
        }
        return Effect.raceFirst(
          Effect.match(connect(session, prepared.right), { onFailure: (error) => error, onSuccess: () => undefined }),
          // The loser must be interruptible, also where the batch as a whole is not.
          Effect.as(Effect.interruptible(line.until(() => line.isOver)), undefined)
        )
      })

    const goOnWithout = (error: BackendError, item: Item, session: Lasting.LastingSession): Effect.Effect<void> => {
      if (isHopeful()) {
        line.handBack(item)
        if (!continueWithoutConnection) return Effect.void
        const known = openings
        return Effect.zipRight(line.until(() => line.isOver || !isHopeful() || openings > known), work(session))
      }
      // A worker with a session has taken it in between.
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
        Effect.scoped(Effect.flatMap(Lasting.make(driver), (session) => {
          sessions.push(session)
          return work(session)
        })),
      { concurrency: "unbounded", discard: true }
    ).pipe(
      Effect.onInterrupt(() =>
        Effect.forEach(line.left, (item) => Effect.exit(conclude(item, telemetry, without(Effect.interrupt))))
      ),
      Effect.map(() => stoppedBy)
    )
  })
