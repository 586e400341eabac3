import type * as BatchReport from "../../BatchReport.js"
import * as Message from "../../Message.js"

/** These types are written out in `Mail`, so that errors of the compiler name their members. */
export type Sendable = Message.Message | Message.Options

export type StreamItem = Sendable | readonly [key: unknown, message: Sendable]

/**
 * The result of an item of `sendStream`: with its key where it has one.
 *
 * @since 0.1.0
 * @category models
 */
export type StreamResult<Item> = Item extends readonly [infer Key, unknown] ? BatchReport.Keyed<Key>
  : BatchReport.Sent | BatchReport.Failed

/** Looking at the value may throw, where untyped callers give proxies. */
const isOptions = (value: Sendable): value is Message.Options => {
  try {
    return typeof value === "object" && value !== null && !Array.isArray(value) && !Message.isMessage(value) &&
      !(Message.TypeId in value) && !("_id" in value)
  } catch {
    return false
  }
}

/** What is neither a message nor options, such as a message that was parsed from JSON, is left for the check to refuse. */
export const toMessage = (value: Sendable): Message.Message => isOptions(value) ? Message.make(value) : value

/** The messages of an iterable, made when they are pulled. */
export const toMessages = (values: Iterable<Sendable>): Iterable<Message.Message> => ({
  *[Symbol.iterator]() {
    for (const value of values) yield toMessage(value)
  }
})

const isKeyed = (item: StreamItem): item is readonly [key: unknown, message: Sendable] => Array.isArray(item)

/** The keys of the items of one stream, from when they are pulled until their results are known. */
export const keyed = <Item extends StreamItem>() => {
  const keys = new Map<number, unknown>()
  let count = 0
  function finish(index: number, entry: BatchReport.Sent | BatchReport.Failed): StreamResult<Item>
  function finish(
    index: number,
    entry: BatchReport.Sent | BatchReport.Failed
  ): BatchReport.Sent | BatchReport.Failed | BatchReport.Keyed<unknown> {
    if (!keys.has(index)) return entry
    const key = keys.get(index)
    keys.delete(index)
    return { ...entry, key }
  }
  /** The message of the next item. */
  const pull = (item: Item): Message.Message => {
    const index = count++
    if (!isKeyed(item)) return toMessage(item)
    keys.set(index, item[0])
    return toMessage(item[1])
  }
  return { pull, finish }
}
