import * as Effect from "effect/Effect"
import * as BatchReport from "../BatchReport.js"
import type { MailDriver, SendAllOptions } from "../MailBackend.js"
import type { Message } from "../Message.js"
import * as Outgoing from "../Outgoing.js"
import type { Observer } from "./observe.js"
import * as Sender from "./sender.js"
import * as Session from "./session.js"

/**
 * Sends messages over one session or over several, each of which takes the next message when it is done with the last.
 *
 * @internal
 */
export const sendAll = (
  driver: MailDriver,
  observer: Observer,
  messages: Iterable<Message>,
  { concurrency = 1 }: SendAllOptions = {}
): Effect.Effect<BatchReport.BatchReport> =>
  Effect.suspend(() => {
    const source = messages[Symbol.iterator]()
    const entries: Array<BatchReport.Entry> = []
    let count = 0
    let isStopped = false

    const sendOver = (session: Session.LastingSession) => {
      const opened = Effect.catchAll(session.open, (error) => {
        isStopped = true
        return Effect.zipRight(observer.failure(error), Effect.fail(error))
      })
      return (message: Message): Effect.Effect<BatchReport.Entry> =>
        Effect.matchEffect(Outgoing.prepare(message), {
          onFailure: (error) => Effect.as(observer.failure(error), BatchReport.failed(message, error)),
          onSuccess: (outgoing) => {
            const delivered = Sender.deliver(observer, session, outgoing)
            return Sender.entry(
              message,
              outgoing.envelope.to.length === 0 ? delivered : Effect.zipRight(opened, delivered)
            )
          }
        })
    }

    const work = (send: (message: Message) => Effect.Effect<BatchReport.Entry>): Effect.Effect<void> =>
      Effect.suspend(() => {
        const next = source.next()
        if (next.done === true) return Effect.void
        const message: Message = next.value
        const index = count++
        return Effect.flatMap(isStopped ? Effect.succeed(BatchReport.notTried(message)) : send(message), (entry) => {
          entries[index] = entry
          return work(send)
        })
      })

    return Effect.forEach(
      Array.from({ length: Math.max(1, Math.floor(concurrency)) }),
      () => Effect.scoped(Effect.flatMap(Session.make(driver), (session) => work(sendOver(session)))),
      { concurrency: "unbounded", discard: true }
    ).pipe(
      Effect.ensuring(Effect.sync(() => source.return?.())),
      Effect.as({ entries })
    )
  })
