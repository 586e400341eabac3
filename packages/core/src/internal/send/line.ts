import * as Effect from "effect/Effect"
import type * as Either from "effect/Either"
import type { MessageError } from "../../MailError.js"
import type { Message } from "../message/model.js"
import type { Outgoing } from "../outgoing/outgoing.js"

/** A message in the line, and the number of messages before it. */
export interface Item {
  readonly index: number
  readonly message: Message
  /** The result of its check. */
  prepared: Either.Either<Outgoing, MessageError> | undefined
  /** Whether a worker is making a connection for it. */
  isHeld: boolean
  /** How often it was put back. */
  tries: number
}

const later = Symbol()

/**
 * The queue that the workers of a batch take messages from. A worker without a connection only holds the message that it
 * connects for: the message stays in the line, and the first worker with a connection takes it.
 */
export class Line {
  /** Messages from the source that no worker has taken. */
  private readonly waiting: Array<Item> = []
  private readonly watchers = new Set<() => void>()
  private count = 0
  private unsettled = 0
  private isWanted = false
  private isExhausted = false
  private isStopped = false

  /** At most `maxUnsettled` messages are in progress. A source that is not whole is followed by others, see `feed`. */
  constructor(private source: Iterator<Message>, private isWhole: boolean, private readonly maxUnsettled = Infinity) {}

  /** Makes all waiting fibers look again. */
  notify(): void {
    // Usually no fiber waits, and this is called for each message where order is kept.
    if (this.watchers.size === 0) return
    const watchers = Array.from(this.watchers)
    this.watchers.clear()
    for (const wake of watchers) wake()
  }

  private await<A>(find: () => A | typeof later): Effect.Effect<A> {
    return Effect.suspend(() => {
      const found = find()
      return found !== later ? Effect.succeed(found) : Effect.async<A>((resume) => {
        // The line may have changed in between.
        const found = find()
        if (found !== later) return resume(Effect.succeed(found))
        const wake = () => resume(this.await(find))
        this.watchers.add(wake)
        return Effect.sync(() => {
          this.watchers.delete(wake)
        })
      })
    })
  }

  /** Waits until a condition holds. */
  until(holds: () => boolean): Effect.Effect<void> {
    return this.await(() => holds() ? undefined : later)
  }

  private pull(): Item | undefined {
    const { done, value } = this.source.next()
    return done === true
      ? undefined
      : { index: this.count++, message: value, prepared: undefined, isHeld: false, tries: 0 }
  }

  private next(): Item | typeof later | undefined {
    if (this.unsettled >= this.maxUnsettled) return later
    const item = this.pull()
    if (item !== undefined) {
      this.unsettled++
      return item
    }
    if (this.isWhole) {
      this.isExhausted = true
      this.notify()
      return undefined
    }
    if (!this.isWanted) {
      this.isWanted = true
      this.notify()
    }
    return later
  }

  /** The next message for a worker with a connection; undefined at the end. */
  readonly take: Effect.Effect<Item | undefined> = this.await(() =>
    this.isStopped ? undefined : this.waiting.shift() ?? this.next()
  )

  /** The next message that no worker is connecting for; undefined at the end. */
  readonly hold: Effect.Effect<Item | undefined> = this.await(() => {
    if (this.isStopped) return undefined
    const unheld = this.waiting.find(({ isHeld }) => !isHeld)
    const item = unheld ?? this.next()
    if (item === undefined || item === later) return item
    item.isHeld = true
    if (unheld === undefined) this.waiting.push(item)
    this.notify()
    return item
  })

  /** Removes a held message from the line. False if another worker has taken it. */
  withdraw(item: Item): boolean {
    const at = this.waiting.indexOf(item)
    if (at >= 0) this.waiting.splice(at, 1)
    return at >= 0
  }

  /** Puts a message that was not sent back in its place in the line. */
  putBack(item: Item): void {
    item.isHeld = false
    item.tries++
    const place = this.waiting.findIndex(({ index }) => index > item.index)
    this.waiting.splice(place < 0 ? this.waiting.length : place, 0, item)
    this.notify()
  }

  /** Releases a held message to the other workers. */
  handBack(item: Item): void {
    item.isHeld = false
    this.notify()
  }

  /** Notes that this many messages are no longer in progress. */
  settle(count: number): void {
    this.unsettled -= count
    this.notify()
  }

  /** Ends the line: no worker gets another message. */
  stop(): void {
    this.isStopped = true
    this.notify()
  }

  /** Whether no further connection is needed. */
  get isOver(): boolean {
    return this.isStopped || (this.isExhausted && this.waiting.length === 0)
  }

  /** Waits until a worker wants more than the source has. It is interruptible: that may never happen. */
  readonly wanted: Effect.Effect<void> = Effect.interruptible(this.until(() => this.isWanted))

  /** Adds a source of messages; undefined says that there are no more. */
  feed(source: Iterator<Message> | undefined): void {
    this.isWanted = false
    if (source === undefined) this.isWhole = true
    else this.source = source
    this.notify()
  }

  /** The messages that no worker has taken. */
  get left(): ReadonlyArray<Item> {
    return this.waiting
  }

  /** Removes the next message that is left, here or in the source. */
  discard(): Item | undefined {
    return this.waiting.shift() ?? this.pull()
  }
}
