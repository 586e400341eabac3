import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Mailbox from "effect/Mailbox"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import type * as BatchReport from "../../BatchReport.js"
import type { BackendError } from "../../MailError.js"
import type { MailDriver } from "../driver/driver.js"
import type { Message } from "../message/model.js"
import type { SendAllOptions } from "./batch.js"
import { Line } from "./line.js"
import * as Telemetry from "./telemetry.js"
import * as Workers from "./workers.js"

/**
 * The options of `sendStream`.
 *
 * - `concurrency`: the maximal number of connections. Default: 1
 * - `unordered`: whether results come as soon as they are known, rather than in the order of the messages. Default: `false`
 * - `continueWithoutConnection`: whether to go on when no connection can be made. Each message then fails with the reason,
 *   until a connection can be made again. Default: `false`
 *
 * @since 0.1.0
 * @category models
 */
export interface SendStreamOptions extends SendAllOptions {
  readonly unordered?: boolean | undefined
  readonly continueWithoutConnection?: boolean | undefined
}

type Result = BatchReport.Sent | BatchReport.Failed

/** Pulls the stream whenever the line wants more messages, and returns how the stream ended. */
const feed = <E, R>(
  line: Line,
  pull: Effect.Effect<Iterable<Message>, Option.Option<E>, R>
): Effect.Effect<Exit.Exit<void, E>, never, R> =>
  Effect.flatMap(Effect.zipRight(line.wanted, Effect.exit(pull)), (exit) => {
    if (Exit.isSuccess(exit)) {
      line.feed(exit.value[Symbol.iterator]())
      return feed(line, pull)
    }
    line.feed(undefined)
    return Effect.succeed(Option.match(Cause.flipCauseOption(exit.cause), {
      onNone: () => Exit.void,
      onSome: Exit.failCause
    }))
  })

type Put<A> = (index: number, result: A) => Effect.Effect<unknown>

/** Delays results until those of all earlier messages are there. */
const inOrder = <A, E>(results: Mailbox.Mailbox<A, E>, line: Line): Put<A> => {
  const early = new Map<number, A>()
  let next = 0
  return (index, result) =>
    Effect.suspend(() => {
      early.set(index, result)
      const due: Array<A> = []
      for (let held = early.get(next); held !== undefined; held = early.get(next)) {
        due.push(held)
        early.delete(next++)
      }
      if (due.length === 0) return Effect.void
      return Effect.zipRight(results.offerAll(due), Effect.sync(() => line.settle(due.length)))
    })
}

/** The number of messages per session that may be in progress, or wait for an earlier result, where order is kept. */
const maxAhead = 16

/**
 * Sends the messages of a stream over one session or over several. Each takes the next message when the last one is done,
 * and its result was consumed or can wait. Every message that was pulled has a result, also without a session. `finish` makes
 * it of the number of messages before this one and of the entry.
 */
export const sendStream = <A, E, R>(
  driver: MailDriver,
  messages: Stream.Stream<Message, E, R>,
  finish: (index: number, entry: Result) => A,
  { concurrency = 1, continueWithoutConnection = false, reconnectWithin, unordered = false }: SendStreamOptions
): Stream.Stream<A, E, R> =>
  Stream.unwrapScoped(Effect.gen(function*() {
    const workers = Math.max(1, Math.floor(concurrency))
    const keepsOrder = !unordered
    const line = new Line([][Symbol.iterator](), false, keepsOrder ? workers * maxAhead : Infinity)
    const results = yield* Mailbox.make<A, E>(workers)
    const feeder = yield* Effect.forkScoped(feed(line, yield* Stream.toPull(messages)))
    const telemetry = Telemetry.make(driver.name)
    const putResult: Put<A> = keepsOrder ? inOrder(results, line) : (_, result) => results.offer(result)
    const put: Put<Result> = (index, entry) => putResult(index, finish(index, entry))

    const failLeft = (error: BackendError) =>
      Effect.forEach(line.left, (item) =>
        Effect.flatMap(
          Workers.conclude(item, telemetry, Workers.without(Effect.fail(error))),
          (result) => put(item.index, result)
        ), { discard: true })

    yield* Workers.run(line, {
      concurrency: workers,
      continueWithoutConnection,
      driver,
      telemetry,
      put,
      reconnectWithin
    }).pipe(
      Effect.flatMap((error) => error === undefined ? Effect.flatten(Fiber.join(feeder)) : failLeft(error)),
      Effect.exit,
      Effect.flatMap((exit) => results.done(exit)),
      Effect.forkScoped
    )
    return Mailbox.toStream(results)
  }))
