import * as Effect from "effect/Effect"
import type { Connection } from "../connection.js"
import type { ServerContext } from "../context.js"
import type { Entry } from "../ledger.js"
import type { SinkError } from "../options.js"
import { Body } from "./body.js"
import type { RulePlayer } from "./rules.js"
import { firstReply } from "./syntax.js"

/** A sender and recipients. */
export interface Transaction {
  readonly from: string
  readonly to: Array<string>
  /** The recipient that is being answered. */
  candidate: string | undefined
}

/** A message that has ended and is being answered. */
interface Answered {
  readonly entry: Entry
  readonly message: number
  /** What was said since its end. */
  said: string
}

/** What a server says to the end of a message where no rule applies. */
export type Refusal = readonly [code: number, text: string]

const nothing = new Uint8Array(0)
const maxAnswerLength = 64 * 1024
const noTransaction = (): Transaction => ({ from: "", to: [], candidate: undefined })

/** The messages of one connection, from the reply to DATA to the reply to the final dot. */
export class Reception {
  private body: Body | undefined
  private transaction = noTransaction()
  private messages = 0
  private answered: Answered | undefined

  constructor(
    private readonly server: ServerContext,
    private readonly connection: Connection,
    private readonly number: number
  ) {}

  /** Whether octets of a message come next. */
  get isOpen(): boolean {
    return this.body !== undefined
  }

  /** The recipients of the message that is being read or answered. */
  get recipients(): ReadonlyArray<string> {
    return this.transaction.to
  }

  begin(transaction: Transaction = noTransaction()): void {
    this.transaction = transaction
    this.body = new Body()
    this.messages++
  }

  /**
   * Reads the next octets with `take`, stores them and plays the rules that are due. Gives what is to be said where the
   * end of the message came: "accept", or why it is refused.
   */
  read(
    take: (isLineStart: boolean) => Effect.Effect<{ readonly octets: Uint8Array; readonly isEnd: boolean }>,
    rules: RulePlayer
  ): Effect.Effect<"accept" | Refusal | undefined> {
    return Effect.gen(this, function*() {
      const { body } = this
      if (body === undefined) return undefined
      const { isEnd, octets } = yield* take(body.length === 0)
      yield* this.store(body, body.take(octets))
      for (const rule of this.server.script().rules) {
        const isDue = !body.played.has(rule) && body.length >= (rule.when.afterOctets ?? 0)
        if (!isDue || !(yield* rules.applies(rule, "BODY", this.messages))) continue
        body.played.add(rule)
        yield* rules.play(rule, "BODY", Effect.void)
      }
      return isEnd ? yield* this.end(body) : undefined
    })
  }

  private refusalOf(body: Body): Refusal | undefined {
    const { maxLineOctets, maxMessageOctets } = this.server.limits
    if (body.size > maxMessageOctets) return [552, "5.3.4 too large"]
    if (body.longestLine > maxLineOctets) return [554, "5.6.0 line too long"]
    return body.hasSinkFailed ? [451, "4.3.0 not stored, try again later"] : undefined
  }

  /** Hands octets to the sink, or keeps them for the ledger. */
  private store(body: Body, octets: Uint8Array): Effect.Effect<void> {
    const { sink } = this.server
    if (this.refusalOf(body) !== undefined) return this.discard(body)
    if (sink === undefined) return Effect.sync(() => body.keep(octets))
    return Effect.gen(this, function*() {
      body.sink ??= yield* sink({
        connection: this.number,
        message: this.messages,
        isSecure: this.connection.isSecure,
        from: this.transaction.from,
        to: this.transaction.to.slice()
      })
      if (octets.length > 0) yield* body.sink.write(octets)
    }).pipe(Effect.catchAll(() => this.fail(body)))
  }

  private fail(body: Body): Effect.Effect<void> {
    return Effect.suspend(() => {
      body.hasSinkFailed = true
      return this.discard(body)
    })
  }

  private discard(body: Body): Effect.Effect<void> {
    return Effect.suspend(() => {
      const { sink } = body
      body.forget()
      body.sink = undefined
      return sink?.abort ?? Effect.void
    })
  }

  private end(body: Body): Effect.Effect<"accept" | Refusal> {
    return Effect.gen(this, function*() {
      const { sink } = body
      if (sink !== undefined) {
        yield* Effect.catchAll(sink.end, (_: SinkError) => this.fail(body))
        body.sink = undefined
      }
      const { from, to } = this.transaction
      const entry: Entry = {
        connection: this.number,
        isSecure: this.connection.isSecure,
        from,
        to,
        bytes: this.server.sink === undefined ? body.bytes : nothing,
        isAccepted: false,
        reply: undefined
      }
      this.body = undefined
      this.answered = { entry, message: this.messages, said: "" }
      this.server.ledger.message(entry)
      this.emitEnd(body, true)
      return this.refusalOf(body) ?? "accept"
    })
  }

  private emitEnd({ length: octets }: Body, isComplete: boolean): void {
    const { messages: message } = this
    this.server.events.emit(this.number, () => ({ _tag: "Ended", message, octets, isComplete }))
  }

  /** The server has taken responsibility for the message that is being answered. */
  accept(): void {
    const { answered } = this
    if (answered === undefined) return
    answered.entry.isAccepted = true
    this.server.ledger.notify()
    this.server.events.emit(this.number, () => ({ _tag: "Accepted", message: answered.message }))
  }

  /** The next command came: what is said from now on is not about the message any more. */
  settle(): void {
    this.answered = undefined
  }

  /** Octets were written: the first whole reply after the end of a message is the answer to it. */
  said(octets: Uint8Array): void {
    const { answered } = this
    if (answered === undefined || answered.entry.reply !== undefined || answered.said.length > maxAnswerLength) return
    answered.said += Buffer.from(octets).toString("latin1")
    const reply = firstReply(answered.said)
    if (reply === undefined) return
    answered.entry.reply = reply
    this.server.ledger.notify()
    this.server.events.emit(this.number, () => ({ _tag: "Answered", message: answered.message, reply }))
  }

  /** The connection is over. */
  ended(): void {
    const { body, transaction: { from, to } } = this
    if (body === undefined) return
    this.server.ledger.abort({ connection: this.number, from, to, octets: body.length })
    this.emitEnd(body, false)
  }

  /** Ends what a sink has begun. */
  readonly abandon: Effect.Effect<void> = Effect.suspend(() =>
    this.body === undefined ? Effect.void : this.discard(this.body)
  )
}
