import * as Effect from "effect/Effect"
import * as BatchReport from "../../BatchReport.js"
import type { MailDriver, SendAllOptions } from "../../MailBackend.js"
import type { Message } from "../../Message.js"
import { Line } from "./line.js"
import type { Observer } from "./telemetry.js"
import * as Workers from "./workers.js"

/**
 * Sends messages over one session or over several. What nobody could try for want of a session is `NotTried`.
 *
 * @internal
 */
export const sendAll = (
  driver: MailDriver,
  observer: Observer,
  messages: Iterable<Message>,
  { concurrency = 1, reconnectWithin }: SendAllOptions = {}
): Effect.Effect<BatchReport.BatchReport> =>
  Effect.suspend(() => {
    const source = messages[Symbol.iterator]()
    const line = new Line(source, true)
    const entries: Array<BatchReport.Entry> = []
    const note = (index: number, entry: BatchReport.Entry): Effect.Effect<void> =>
      Effect.sync(() => {
        entries[index] = entry
      })
    const leaveRest: Effect.Effect<void> = Effect.suspend(() => {
      const item = line.discard()
      return item === undefined
        ? Effect.void
        : Effect.zipRight(note(item.index, BatchReport.notTried(item.message)), leaveRest)
    })

    return Workers.run(line, {
      concurrency: Math.max(1, Math.floor(concurrency)),
      continueWithoutConnection: false,
      driver,
      observer,
      put: note,
      reconnectWithin
    }).pipe(
      Effect.zipRight(leaveRest),
      Effect.ensuring(Effect.sync(() => source.return?.())),
      Effect.as({ entries })
    )
  })
