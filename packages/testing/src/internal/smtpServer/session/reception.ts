import * as Effect from "effect/Effect"
import type { Connection } from "../connection.js"
import type { ServerContext } from "../context.js"
import type { Entry } from "../ledger.js"
import type { SinkError } from "../options.js"
import { Body } from "./body.js"
import type { Input } from "./input.js"
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
  /** The only recipient that is being answered: in LMTP. */
  recipient: string | undefined
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
  /** Whether the message comes as chunks, between which commands are read. */
  private isChunked = false
  private answered: Answered | undefined

  constructor(
    private readonly server: ServerContext,
    private readonly connection: Connection,
    private readonly number: number
  ) {}

  /** Whether octets of a message come next, up to the final dot. */
  get isOpen(): boolean {
    return this.body !== undefined && !this.isChunked
  }

  /** Whether chunks of a message came, but not the last one. */
  get hasChunks(): boolean {
    return this.body !== undefined && this.isChunked
  }

  /** The recipients of the message that is being read or answered. */
  get recipients(): ReadonlyArray<string> {
    const recipient = this.answered?.recipient
    return recipient === undefined ? this.transaction.to : [recipient]
  }

  /** Answers the message: once, or in LMTP for each recipient that was accepted, in their order (RFC 2033 section 4.2). */
  answering(answer: Effect.Effect<void>): Effect.Effect<void> {
    if (this.server.script().protocol !== "lmtp") return answer
    const answerFor = (recipient: string) =>
      Effect.suspend(() => {
        if (this.answered !== undefined) this.answered.recipient = recipient
        return answer
      })
    return Effect.forEach(this.recipients.slice(), answerFor, { discard: true })
  }

  begin(transaction: Transaction = noTransaction()): void {
    this.transaction = transaction
    this.body = new Body()
    this.isChunked = false
    this.messages++
  }

  /** Reads a chunk (RFC 3030); gives what is to be said after the last one. */
  readChunk(
    { isLast, size }: { readonly size: number; readonly isLast: boolean },
    transaction: Transaction,
    input: Input,
    rules: RulePlayer
  ): Effect.Effect<"accept" | Refusal | undefined> {
    return Effect.gen(this, function*() {
      if (this.body === undefined) this.begin(transaction)
      this.isChunked = true
      const { body } = this
      if (body === undefined) return undefined
      for (let left = size; left > 0;) {
        const octets = yield* input.chunk(left)
        left -= octets.length
        yield* this.receive(body, body.take(octets, false), rules)
      }
      return isLast ? yield* this.end(body) : undefined
    })
  }

  /** Gives up a message whose last chunk has not come. */
  readonly reset: Effect.Effect<void> = Effect.suspend(() => {
    if (this.body === undefined) return Effect.void
    this.ended()
    return Effect.ensuring(
      this.discard(this.body),
      Effect.sync(() => {
        this.body = undefined
      })
    )
  })

  /**
   * Reads the next octets, stores them and plays the rules that are due. At the end of the message it gives "accept", or
   * why the message is refused.
   */
  read(
    input: Input,
    rules: RulePlayer
  ): Effect.Effect<"accept" | Refusal | undefined> {
    return Effect.gen(this, function*() {
      const { body } = this
      if (body === undefined) return undefined
      const { isEnd, octets } = yield* input.data(body.length === 0)
      yield* this.receive(body, body.take(octets), rules)
      return isEnd ? yield* this.end(body) : undefined
    })
  }

  /** Stores octets, and plays the rules that are due. */
  private receive(body: Body, octets: Uint8Array, rules: RulePlayer): Effect.Effect<void> {
    return Effect.gen(this, function*() {
      yield* this.store(body, octets)
      for (const rule of this.server.script().rules) {
        const isDue = !body.played.has(rule) && body.length >= (rule.when.afterOctets ?? 0)
        if (!isDue || !(yield* rules.applies(rule, "BODY", this.messages))) continue
        body.played.add(rule)
        yield* rules.play(rule, "BODY", Effect.void)
      }
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
        acceptedFor: [],
        reply: undefined
      }
      this.body = undefined
      this.answered = { entry, message: this.messages, said: "", recipient: undefined }
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
    answered.entry.acceptedFor = answered.recipient === undefined
      ? answered.entry.to
      : [...answered.entry.acceptedFor, answered.recipient]
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
