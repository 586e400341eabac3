import * as Effect from "effect/Effect"

/**
 * A line that was read as a command, or as an answer to 334. Known are the commands that `SmtpScript.Event` names.
 * Credentials are masked: `AUTH PLAIN ***`.
 *
 * @since 0.1.0
 * @category models
 */
export interface Command {
  readonly connection: number
  readonly isSecure: boolean
  readonly line: string
  readonly isKnown: boolean
}

/**
 * A message whose end came.
 *
 * - `to`: the recipients that the server took
 * - `bytes`: the message up to its last CRLF, not dot-stuffed; none where they went to a sink
 * - `isAccepted`: whether the server took responsibility for it
 * - `acceptedFor`: the recipients for whom it did: in LMTP each is answered for itself
 * - `reply`: the code of the first reply after the end, if that was sent as a whole
 *
 * @since 0.1.0
 * @category models
 */
export interface Received {
  readonly connection: number
  readonly isSecure: boolean
  readonly from: string
  readonly to: ReadonlyArray<string>
  readonly bytes: Uint8Array
  readonly isAccepted: boolean
  readonly acceptedFor: ReadonlyArray<string>
  readonly reply: number | undefined
}

/**
 * A message whose end never came, and how much of it did.
 *
 * @since 0.1.0
 * @category models
 */
export interface Aborted {
  readonly connection: number
  readonly from: string
  readonly to: ReadonlyArray<string>
  readonly octets: number
}

/**
 * What the server has seen and done so far.
 *
 * - `connections`: how many were made
 * - `openConnections`: how many of them the client has not closed yet
 * - `maxOpenConnections`: how many there were at once at most
 * - `commands`: each line in its order, credentials masked
 * - `received`: the messages whose end came; `accepted`: those of them that the server took responsibility for
 * - `aborted`: the messages that broke off
 * - `unexpected`: lines that were not what `SmtpScript.expect` waited for, credentials masked
 *
 * @since 0.1.0
 * @category models
 */
export interface Ledger {
  readonly connections: number
  readonly openConnections: number
  readonly maxOpenConnections: number
  readonly commands: ReadonlyArray<Command>
  readonly received: ReadonlyArray<Received>
  readonly accepted: ReadonlyArray<Received>
  readonly aborted: ReadonlyArray<Aborted>
  readonly unexpected: ReadonlyArray<string>
}

type Writable<A> = { -readonly [K in keyof A]: A[K] }

/** A message whose end came. Its reply is entered later. */
export type Entry = Writable<Received>

/** Keeps the ledger, and wakes the fibers that wait for an entry. */
export class LedgerRecorder {
  private commands: Array<Command> = []
  private received: Array<Entry> = []
  private aborted: Array<Aborted> = []
  private unexpected: Array<string> = []
  private readonly waiters = new Set<() => void>()
  private connections = 0
  private openConnections = 0
  private maxOpenConnections = 0

  get snapshot(): Ledger {
    const received = this.received.map((entry): Received => ({ ...entry }))
    return {
      connections: this.connections,
      openConnections: this.openConnections,
      maxOpenConnections: this.maxOpenConnections,
      commands: this.commands.slice(),
      received,
      accepted: received.filter(({ isAccepted }) => isAccepted),
      aborted: this.aborted.slice(),
      unexpected: this.unexpected.slice()
    }
  }

  /** Lets each waiter look at the ledger. */
  readonly notify = (): void => this.waiters.forEach((waiter) => waiter())

  /** A connection was made; gives its number. */
  connected(): number {
    this.connections++
    this.openConnections++
    this.maxOpenConnections = Math.max(this.maxOpenConnections, this.openConnections)
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

  /** A line was not what a rule waited for. */
  surprise(line: string): void {
    this.unexpected.push(line)
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

  /** Forgets commands and messages. Connections stay counted. */
  readonly clear: Effect.Effect<void> = Effect.sync(() => {
    this.commands = []
    this.received = []
    this.aborted = []
    this.unexpected = []
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
