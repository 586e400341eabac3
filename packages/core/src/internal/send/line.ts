import * as Effect from "effect/Effect"
import type * as Either from "effect/Either"
import type { MessageError } from "../../MailError.js"
import type { Message } from "../../Message.js"
import type { Outgoing } from "../../Outgoing.js"

/**
 * A message in the line, and how many came before it.
 *
 * @internal
 */
export interface Item {
  readonly index: number
  readonly message: Message
  /** What checking it gave. */
  prepared: Either.Either<Outgoing, MessageError> | undefined
  /** Whether a worker makes a connection for it. */
  isHeld: boolean
  /** How often it was put back. */
  tries: number
}

const later = Symbol()

/**
 * The line of messages that the workers of a batch take from. A worker without a connection only holds the message that
 * it makes one for: the message stays in the line, and goes to whoever has a connection first.
 *
 * @internal
 */
export class Line {
  /** Taken from the source, and not sent by anybody yet. */
  private readonly waiting: Array<Item> = []
  private readonly watchers = new Set<() => void>()
  private count = 0
  private unsettled = 0
  private isWanted = false
  private isExhausted = false
  private isStopped = false

  /** No more than `most` messages are on their way. Where the source is not whole, somebody feeds the line. */
  constructor(private source: Iterator<Message>, private isWhole: boolean, private readonly most = Infinity) {}

  /** Whoever waits looks again. */
  notify(): void {
    // Most often nobody waits, and this is called for each message where order is kept.
    if (this.watchers.size === 0) return
    const watchers = Array.from(this.watchers)
    this.watchers.clear()
    for (const wake of watchers) wake()
  }

  private await<A>(find: () => A | typeof later): Effect.Effect<A> {
    return Effect.suspend(() => {
      const found = find()
      return found !== later ? Effect.succeed(found) : Effect.async<A>((resume) => {
        // Others may have been at work since the look before.
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

  /** Waits until something is so. */
  until(isSo: () => boolean): Effect.Effect<void> {
    return this.await(() => isSo() ? undefined : later)
  }

  private pull(): Item | undefined {
    const { done, value } = this.source.next()
    return done === true
      ? undefined
      : { index: this.count++, message: value, prepared: undefined, isHeld: false, tries: 0 }
  }

  private next(): Item | typeof later | undefined {
    if (this.unsettled >= this.most) return later
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

  /** The next message for a worker with a connection; none where it is over. */
  readonly take: Effect.Effect<Item | undefined> = this.await(() =>
    this.isStopped ? undefined : this.waiting.shift() ?? this.next()
  )

  /** The next message that nobody makes a connection for; none where it is over. */
  readonly hold: Effect.Effect<Item | undefined> = this.await(() => {
    if (this.isStopped) return undefined
    const orphan = this.waiting.find(({ isHeld }) => !isHeld)
    const item = orphan ?? this.next()
    if (item === undefined || item === later) return item
    item.isHeld = true
    if (orphan === undefined) this.waiting.push(item)
    this.notify()
    return item
  })

  /** Takes a message that was held out of the line, unless somebody has taken it. */
  withdraw(item: Item): boolean {
    const at = this.waiting.indexOf(item)
    if (at >= 0) this.waiting.splice(at, 1)
    return at >= 0
  }

  /** Puts a message that was not sent back to the head of the line. */
  putBack(item: Item): void {
    item.isHeld = false
    item.tries++
    const place = this.waiting.findIndex(({ index }) => index > item.index)
    this.waiting.splice(place < 0 ? this.waiting.length : place, 0, item)
    this.notify()
  }

  /** Leaves a message that was held to the other workers. */
  handBack(item: Item): void {
    item.isHeld = false
    this.notify()
  }

  /** Says that so many messages are on their way no more. */
  settle(count: number): void {
    this.unsettled -= count
    this.notify()
  }

  /** Nobody gets another message. */
  stop(): void {
    this.isStopped = true
    this.notify()
  }

  /** Whether nobody needs another connection. */
  get isOver(): boolean {
    return this.isStopped || (this.isExhausted && this.waiting.length === 0)
  }

  /** Waits until somebody wants more than the source has; it can be ended, since nobody may any more. */
  readonly wanted: Effect.Effect<void> = Effect.interruptible(this.until(() => this.isWanted))

  /** Gives the line more messages, or says that there are no more. */
  feed(source: Iterator<Message> | undefined): void {
    this.isWanted = false
    if (source === undefined) this.isWhole = true
    else this.source = source
    this.notify()
  }

  /** The messages that nobody has taken. */
  get left(): ReadonlyArray<Item> {
    return this.waiting
  }

  /** The next message of those that are left or still in the source. */
  discard(): Item | undefined {
    return this.waiting.shift() ?? this.pull()
  }
}
