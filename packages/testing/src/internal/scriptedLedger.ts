import * as Effect from "effect/Effect"
import type { Aborted, Command, Ledger, Received } from "../ScriptedSmtpServer.js"

type Writable<A> = { -readonly [K in keyof A]: A[K] }

/** A message whose end came; what becomes of it is entered later. */
export type Entry = Writable<Received>

/**
 * What a server sees and does, and those who wait for it.
 *
 * @internal
 */
export class Keeper {
  private commands: Array<Command> = []
  private received: Array<Entry> = []
  private aborted: Array<Aborted> = []
  private readonly waiters = new Set<() => void>()
  private connections = 0
  private openConnections = 0
  private mostOpen = 0

  get snapshot(): Ledger {
    const received = this.received.map((entry): Received => ({ ...entry }))
    return {
      connections: this.connections,
      openConnections: this.openConnections,
      mostOpen: this.mostOpen,
      commands: this.commands.slice(),
      received,
      accepted: received.filter(({ isAccepted }) => isAccepted),
      aborted: this.aborted.slice()
    }
  }

  /** Calls those who wait; they look only when there are any. */
  readonly notify = (): void => this.waiters.forEach((waiter) => waiter())

  /** A connection was made; gives its number. */
  connected(): number {
    this.connections++
    this.openConnections++
    this.mostOpen = Math.max(this.mostOpen, this.openConnections)
    this.notify()
    return this.connections
  }

  left(): void {
    this.openConnections--
    this.notify()
  }

  command(command: Command): void {
    this.commands.push(command)
    this.notify()
  }

  message(entry: Entry): void {
    this.received.push(entry)
    this.notify()
  }

  abort(aborted: Aborted): void {
    this.aborted.push(aborted)
    this.notify()
  }

  /** Forgets what went by; what is open stays counted. */
  readonly clear: Effect.Effect<void> = Effect.sync(() => {
    this.commands = []
    this.received = []
    this.aborted = []
  })

  readonly until = (isSo: (ledger: Ledger) => boolean): Effect.Effect<Ledger> =>
    Effect.async((resume) => {
      const waiter = (): void => {
        const { snapshot } = this
        if (!isSo(snapshot)) return
        this.waiters.delete(waiter)
        resume(Effect.succeed(snapshot))
      }
      this.waiters.add(waiter)
      waiter()
      return Effect.sync(() => {
        this.waiters.delete(waiter)
      })
    })
}
