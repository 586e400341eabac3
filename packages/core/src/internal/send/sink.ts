import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Sink from "effect/Sink"
import * as BatchReport from "../../BatchReport.js"
import type { MailDriver } from "../driver/driver.js"
import * as Lasting from "../driver/lastingSession.js"
import type { Message } from "../message/model.js"
import * as Deliver from "./deliver.js"
import * as Telemetry from "./telemetry.js"

/**
 * The result of `sink`: the number of messages that were sent, and those that failed.
 *
 * @since 0.1.0
 * @category models
 */
export interface Summary {
  readonly sent: number
  readonly failed: ReadonlyArray<BatchReport.Failed>
}

interface Backend {
  readonly name: string
  readonly driver: MailDriver
}

/** A sink that sends over one session, by `wrapped` where a program has replaced the `send` of the backend. */
export const make = (
  { driver, name }: Backend,
  wrapped: Deliver.Send | undefined
): Effect.Effect<Sink.Sink<Summary, Message>, never, Scope.Scope> =>
  Effect.map(Lasting.make(driver), (session) => {
    let sent = 0
    let isConnectable = true
    const failed: Array<BatchReport.Failed> = []
    const overSession = Deliver.over(Telemetry.make(name), {
      deliver: (outgoing) =>
        Effect.zipRight(
          Effect.tapError(
            session.isOpen ? Effect.void : session.openFor(outgoing),
            () => Effect.sync(() => void (isConnectable = false))
          ),
          session.deliver(outgoing)
        )
    })
    const send = wrapped ?? overSession
    return Sink.forEachWhile((message: Message) =>
      Effect.match(send(message), {
        onFailure: (error) => {
          failed.push(BatchReport.failed(message, error))
          return isConnectable
        },
        onSuccess: () => {
          sent++
          return true
        }
      })
    ).pipe(
      Sink.ignoreLeftover,
      Sink.map((): Summary => ({ sent, failed }))
    )
  })
