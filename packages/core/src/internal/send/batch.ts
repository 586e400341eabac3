import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as BatchReport from "../../BatchReport.js"
import type { MailDriver } from "../driver/driver.js"
import type { Message } from "../message/model.js"
import { Line } from "./line.js"
import type { Telemetry } from "./telemetry.js"
import * as Workers from "./workers.js"

/**
 * The options of a batch.
 *
 * @since 0.1.0
 * @category models
 */
export interface SendAllOptions {
  /** The maximal number of connections. Default: 1. */
  readonly concurrency?: number | undefined
  /**
   * How long to retry when no connection can be made, such as while the server restarts. Messages that were certainly not
   * sent when the connection was lost are sent over the next one. Default: no retry.
   */
  readonly reconnectWithin?: Duration.DurationInput | undefined
}

/** Sends messages over one session or over several. Messages that no session was available for are `NotTried`. */
export const sendAll = (
  driver: MailDriver,
  telemetry: Telemetry,
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
      telemetry,
      put: note,
      reconnectWithin
    }).pipe(
      Effect.zipRight(leaveRest),
      Effect.ensuring(Effect.sync(() => source.return?.())),
      Effect.as({ entries })
    )
  })
