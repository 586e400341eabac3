import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Mailbox from "effect/Mailbox"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type * as BatchReport from "../BatchReport.js"
import type { SendStreamOptions } from "../Mail.js"
import type { MailDriver } from "../MailBackend.js"
import type { Message } from "../Message.js"
import * as Sender from "./sender.js"

type Result = BatchReport.Sent | BatchReport.Failed

/** A message of the source, and how many came before it. */
interface Numbered {
  readonly message: Message
  readonly index: number
}

/** A stream that several workers take from, one message at a time. */
interface Source<E, R> {
  /** The next message, or `undefined` when there is none any more, for whatever reason. */
  readonly next: Effect.Effect<Numbered | undefined, never, R>
  /** How the stream ended. */
  readonly ended: () => Exit.Exit<void, E>
}

const makeSource = <E, R>(
  messages: Stream.Stream<Message, E, R>
): Effect.Effect<Source<E, R>, never, R | Scope.Scope> =>
  Effect.map(Stream.toPull(messages), (pull) => {
    const inTurn = Effect.unsafeMakeSemaphore(1).withPermits(1)
    let chunk: Iterator<Message> = [][Symbol.iterator]()
    let count = 0
    let ended: Exit.Exit<void, E> | undefined

    const pullMore = Effect.map(Effect.exit(pull), (exit) => {
      if (Exit.isSuccess(exit)) chunk = exit.value[Symbol.iterator]()
      else {
        ended = Option.match(Cause.flipCauseOption(exit.cause), { onNone: () => Exit.void, onSome: Exit.failCause })
      }
    })
    const takeOr = (otherwise: () => Effect.Effect<Numbered | undefined, never, R>) =>
      Effect.suspend(() => {
        const { done, value } = chunk.next()
        if (done !== true) return Effect.succeed({ message: value, index: count++ })
        return ended === undefined ? otherwise() : Effect.succeed(undefined)
      })
    // Whoever waited for its turn may find that another one has pulled.
    const pulled: Effect.Effect<Numbered | undefined, never, R> = takeOr(() => Effect.zipRight(pullMore, pulled))
    return { next: takeOr(() => inTurn(pulled)), ended: () => ended ?? Exit.void }
  })

/** Where results go. */
interface Outlet {
  /** Waits until a message more may be taken. */
  readonly admit: Effect.Effect<void>
  readonly put: (index: number, result: Result) => Effect.Effect<unknown>
}

const asTheyCome = <E>(results: Mailbox.Mailbox<Result, E>): Outlet => ({
  admit: Effect.void,
  put: (_, result) => results.offer(result)
})

/** Holds back what comes before its turn: no more than `most` messages are on their way or held back. */
const inOrder = <E>(results: Mailbox.Mailbox<Result, E>, most: number): Outlet => {
  const places = Effect.unsafeMakeSemaphore(most)
  const early = new Map<number, Result>()
  let next = 0
  return {
    admit: places.take(1),
    put: (index, result) =>
      Effect.suspend(() => {
        early.set(index, result)
        const due: Array<Result> = []
        for (let held = early.get(next); held !== undefined; held = early.get(next)) {
          due.push(held)
          early.delete(next++)
        }
        return due.length === 0 ? Effect.void : Effect.zipRight(results.offerAll(due), places.release(due.length))
      })
  }
}

/**
 * Sends the messages of a stream over one session or over several, each of which takes the next message when it is done
 * with the last, and its result was taken or can wait.
 *
 * @internal
 */
export const sendStream = <E, R>(
  driver: MailDriver,
  messages: Stream.Stream<Message, E, R>,
  { concurrency = 1, unordered = false }: SendStreamOptions
): Stream.Stream<Result, E, R> =>
  Stream.unwrapScoped(Effect.gen(function*() {
    const workers = Math.max(1, Math.floor(concurrency))
    const source = yield* makeSource(messages)
    const results = yield* Mailbox.make<Result, E>(workers)
    const outlet = unordered || workers === 1 ? asTheyCome(results) : inOrder(results, workers * 2)

    const work = (send: Sender.Send): Effect.Effect<void, never, R> =>
      Effect.flatMap(Effect.zipRight(outlet.admit, source.next), (next) => {
        if (next === undefined) return Effect.void
        const { index, message } = next
        return Sender.entry(message, send(message)).pipe(
          Effect.flatMap((result) => outlet.put(index, result)),
          Effect.zipRight(Effect.suspend(() => work(send)))
        )
      })

    yield* Effect.forEach(
      Array.from({ length: workers }),
      () => Effect.scoped(Effect.flatMap(Sender.make(driver), work)),
      { concurrency: "unbounded", discard: true }
    ).pipe(
      Effect.zipRight(Effect.suspend(() => results.done(source.ended()))),
      Effect.forkScoped
    )
    return Mailbox.toStream(results)
  }))
