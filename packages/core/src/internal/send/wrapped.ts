import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type * as BatchReport from "../../BatchReport.js"
import type { Message } from "../message/model.js"
import { entry, type Send } from "./deliver.js"

type Entry = BatchReport.Sent | BatchReport.Failed

const originals = new WeakSet<Send>()

/** Marks a `send` as the one of `MailBackend.make`. */
export const original = (send: Send): Send => {
  originals.add(send)
  return send
}

/**
 * Whether a program has replaced the `send` of a service. Then batches and streams use that function too: what it adds must
 * not be bypassed.
 */
export const isWrapped = ({ send }: { readonly send: Send }): boolean => !originals.has(send)

/** Sends messages one by one, `concurrency` of them at a time. */
export const sendAll = (
  send: Send,
  messages: Iterable<Message>,
  concurrency = 1
): Effect.Effect<BatchReport.BatchReport> =>
  Effect.suspend(() => {
    const source = messages[Symbol.iterator]()
    const entries: Array<BatchReport.Entry> = []
    let count = 0
    const work: Effect.Effect<void> = Effect.suspend(() => {
      const next = source.next()
      if (next.done === true) return Effect.void
      const index = count++
      return Effect.flatMap(entry(next.value, send(next.value)), (sent) => {
        entries[index] = sent
        return work
      })
    })
    return Effect.forEach(Array.from({ length: Math.max(1, Math.floor(concurrency)) }), () => work, {
      concurrency: "unbounded",
      discard: true
    }).pipe(
      Effect.ensuring(Effect.sync(() => source.return?.())),
      Effect.as({ entries })
    )
  })

/** Sends the messages of a stream one by one, `concurrency` of them at a time. */
export const sendStream = <A, E, R>(
  send: Send,
  messages: Stream.Stream<Message, E, R>,
  finish: (index: number, entry: Entry) => A,
  { concurrency = 1, unordered = false }: {
    readonly concurrency?: number | undefined
    readonly unordered?: boolean | undefined
  }
): Stream.Stream<A, E, R> =>
  Stream.mapEffect(
    Stream.zipWithIndex(messages),
    ([message, index]) => Effect.map(entry(message, send(message)), (sent) => finish(index, sent)),
    { concurrency: Math.max(1, Math.floor(concurrency)), unordered }
  )
