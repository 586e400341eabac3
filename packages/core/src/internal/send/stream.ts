import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Mailbox from "effect/Mailbox"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import type * as BatchReport from "../../BatchReport.js"
import type { SendStreamOptions } from "../../Mail.js"
import type { MailDriver } from "../../MailBackend.js"
import type { BackendError } from "../../MailError.js"
import type { Message } from "../../Message.js"
import { Line } from "./line.js"
import * as Observe from "./telemetry.js"
import * as Workers from "./workers.js"

type Result = BatchReport.Sent | BatchReport.Failed

/** Pulls the stream whenever the line wants more of it, and keeps how it ended. */
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

type Put = (index: number, result: Result) => Effect.Effect<unknown>

/** Holds back what comes before its turn. */
const inOrder = <E>(results: Mailbox.Mailbox<Result, E>, line: Line): Put => {
  const early = new Map<number, Result>()
  let next = 0
  return (index, result) =>
    Effect.suspend(() => {
      early.set(index, result)
      const due: Array<Result> = []
      for (let held = early.get(next); held !== undefined; held = early.get(next)) {
        due.push(held)
        early.delete(next++)
      }
      if (due.length === 0) return Effect.void
      return Effect.zipRight(results.offerAll(due), Effect.sync(() => line.settle(due.length)))
    })
}

/** How many messages for each session may be on their way, or wait for an earlier one, where order is kept. */
const maxAhead = 16

/**
 * Sends the messages of a stream over one session or over several, each of which takes the next message when it is done
 * with the last, and its result was taken or can wait. What was taken from the stream has a result, also where there was
 * no session for it.
 *
 * @internal
 */
export const sendStream = <E, R>(
  driver: MailDriver,
  messages: Stream.Stream<Message, E, R>,
  { concurrency = 1, continueWithoutConnection = false, reconnectWithin, unordered = false }: SendStreamOptions
): Stream.Stream<Result, E, R> =>
  Stream.unwrapScoped(Effect.gen(function*() {
    const workers = Math.max(1, Math.floor(concurrency))
    const keepsOrder = !unordered
    const line = new Line([][Symbol.iterator](), false, keepsOrder ? workers * maxAhead : Infinity)
    const results = yield* Mailbox.make<Result, E>(workers)
    const feeder = yield* Effect.forkScoped(feed(line, yield* Stream.toPull(messages)))
    const observer = Observe.make(driver.name)
    const put: Put = keepsOrder ? inOrder(results, line) : (_, result) => results.offer(result)

    const failLeft = (error: BackendError) =>
      Effect.forEach(line.left, (item) =>
        Effect.flatMap(
          Workers.conclude(item, observer, Workers.without(Effect.fail(error))),
          (result) => put(item.index, result)
        ), { discard: true })

    yield* Workers.run(line, {
      concurrency: workers,
      continueWithoutConnection,
      driver,
      observer,
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
