import type { Reply } from "@effect-mail/core/DeliveryReport"
import type { BackendError } from "@effect-mail/core/MailError"
import { isFinal, isNegative, isPositive, isSyntaxError } from "./reply.js"
import type { Ending, Progress, Transaction } from "./transaction.js"

/**
 * What may be written before the server has answered.
 *
 * - `messages`: the envelope of the next message behind the end of this one (RFC 2920 section 3.1)
 * - `envelope`: the commands of one envelope
 * - `none`: nothing
 */
export type Pipelining = "messages" | "envelope" | "none"

/** What was received behind a reply. */
export interface Behind {
  readonly isEmpty: boolean
  readonly rest: string
}

/** What the transfer brings about. */
export interface Output<T extends Transaction> {
  /** Octets to write, in this order. */
  readonly write: (octets: string | Uint8Array) => void
  /** The message has come further. */
  readonly progressed: (transaction: T) => void
  /** The server has asked for the message, whose content is still to be written. */
  readonly asked: (transaction: T) => void
  /** Nothing more will be said of the message. */
  readonly over: (transaction: T) => void
  /** The connection is to be closed at once. */
  readonly close: () => void
}

const emptyMessage = ".\r\n"

/**
 * The mail transactions of an SMTP session (RFC 5321 section 3.3), from the end of its handshake to its own: a state
 * machine that knows no socket, no clock and no fiber. It is told of messages to send, replies and ends, and brings about
 * octets to write and transactions that are over.
 */
export class Transfer<T extends Transaction> {
  /** Messages of which nothing was written. */
  private readonly waiting: Array<T> = []
  /** Messages that were begun. The server answers the first. */
  private readonly begun: Array<T> = []
  private needsReset = false
  private count = 0
  /** Whether the connection is given up: nothing is written any more. */
  isOver = false

  constructor(
    private readonly output: Output<T>,
    public pipelining: Pipelining,
    /** How many messages may be under way as BDAT chunks (RFC 3030); 0 where none may. */
    private readonly window: number
  ) {}

  get takesChunks(): boolean {
    return this.window > 0 && this.pipelining === "messages"
  }

  /** The message that the server is answering, or would be if it spoke. */
  get current(): T | undefined {
    return this.begun[0]
  }

  /** Whether no message is under way, so that another sender may use the session. */
  get isIdle(): boolean {
    return !this.isOver && this.begun.length === 0 && this.waiting.length === 0
  }

  /** The server may have forgotten the session, or remember a message: the next one begins with RSET. */
  doubt(): void {
    this.needsReset = true
  }

  submit(transaction: T): void {
    this.waiting.push(transaction)
    if (this.isOver) this.abandon({ _tag: "Lost" })
    else this.beginWaiting()
  }

  /** A complete reply, and what was received behind it. */
  reply(reply: Reply, behind: Behind): void {
    if (this.isOver) return
    const transaction = this.current
    const step = transaction?.expected
    if (transaction === undefined || step === undefined) {
      return this.end(reply.code === 421 ? { _tag: "Closing" } : unasked)
    }
    transaction.hear(step, reply)
    // RFC 5321 section 3.8: whatever it answers, the server closes the connection now.
    if (reply.code === 421) return this.end({ _tag: "Closing" })
    // Nothing answers a command that was not written yet.
    if (!behind.isEmpty && step !== "DATA" && step !== "message" && transaction.expected === undefined) {
      return this.end(unasked)
    }
    switch (step) {
      case "RSET":
        return isPositive(reply) ? this.sayNext(transaction) : this.end({ _tag: "OutOfStep" })
      case "MAIL":
        return isPositive(reply) ? this.sayNext(transaction) : this.refused(transaction, behind)
      case "RCPT":
        return transaction.isLastRcpt && !transaction.hasRecipient
          ? this.refused(transaction, behind)
          : this.sayNext(transaction)
      case "DATA":
        return this.answeredData(transaction, reply, behind)
      case "message":
        return this.answeredMessage(transaction, reply, behind)
    }
  }

  /** Writes the content of a message that the server has asked for. */
  commit(transaction: T): void {
    const { content } = transaction.letter
    if (this.isOver || content === undefined || transaction.progress !== "Body") return
    this.output.write(content)
    this.finished(transaction)
  }

  /** The end of the message was written: from now on the server may be responsible for it. */
  finished(transaction: T): void {
    if (transaction.progress !== "Body") return
    this.advance(transaction, "Sent")
    this.beginWaiting()
  }

  /**
   * Its sender has gone. Where the server could still take it the connection is closed, once the message in front of it
   * is answered.
   */
  cancel(transaction: T): void {
    if (transaction.isOver) return
    transaction.isCancelled = true
    const place = this.waiting.indexOf(transaction)
    if (place >= 0) {
      this.waiting.splice(place, 1)
      this.settle(transaction)
    } else if (transaction === this.current || transaction.progress !== "Envelope") this.end({ _tag: "Lost" })
  }

  /** Its content cannot be had: a message that was begun cannot be taken back but by closing the connection. */
  fail(transaction: T, error: BackendError): void {
    if (transaction.isOver) return
    transaction.ending = { _tag: "SourceFailed", error }
    this.end(transaction.ending)
  }

  /** The session ends before everything is answered. What is left is told why. */
  end(ending: Ending): void {
    if (this.isOver) return
    this.isOver = true
    this.output.close()
    this.abandon(ending)
  }

  private abandon(ending: Ending): void {
    const [current] = this.begun
    for (const transaction of [...this.begun.splice(0), ...this.waiting.splice(0)]) {
      // What a message did to the session says nothing of the messages behind it.
      transaction.ending ??= transaction === current ? ending : { _tag: "Lost" }
      this.settle(transaction)
    }
  }

  private settle(transaction: T): void {
    // A server that does not take commands behind a message has not heard of this one.
    if (this.isOver && isMisunderstood(transaction)) transaction.forgetRefusals()
    transaction.isOver = true
    this.output.over(transaction)
  }

  private beginWaiting(): void {
    for (let [next] = this.waiting; next !== undefined && this.mayBegin(next); [next] = this.waiting) {
      this.waiting.shift()
      this.begin(next)
    }
  }

  /** Whether a message may begin now. */
  private mayBegin(next: T): boolean {
    const last = this.begun.at(-1)
    if (last === undefined) return true
    if (this.pipelining !== "messages" || last.progress !== "Sent") return false
    if (next.letter.chunk !== undefined) return this.begun.length < this.window
    // The envelope of a message that streams would wait for its content.
    return next.letter.content !== undefined && this.begun.length < 2
  }

  private begin(transaction: T): void {
    const { chunk } = transaction.letter
    const last = this.begun.at(-1)
    this.begun.push(transaction)
    transaction.isFirst = this.count === 0
    this.count++
    transaction.isBehind = last !== undefined
    // The end of a message ends its transaction; a chunk that is refused leaves it open (RFC 3030 section 2).
    transaction.restart(last === undefined ? this.needsReset : last.letter.chunk !== undefined)
    this.needsReset = true
    this.output.progressed(transaction)
    this.say(transaction, this.pipelining === "none" ? 1 : Infinity)
    if (chunk === undefined) return
    this.output.write(`BDAT ${chunk.length} LAST\r\n`)
    this.output.write(chunk)
    this.advance(transaction, "Sent")
  }

  private advance(transaction: T, progress: Progress): void {
    transaction.progress = progress
    this.output.progressed(transaction)
  }

  private say(transaction: T, count: number): void {
    let text = ""
    for (const line of transaction.commands(count)) {
      transaction.transcript.push(`C: ${line}`)
      text += `${line}\r\n`
    }
    if (text !== "") this.output.write(text)
  }

  private sayNext(transaction: T): void {
    if (this.pipelining === "none") this.say(transaction, 1)
  }

  /** The envelope was refused. What was written along with it is answered too. */
  private refused(transaction: T, behind: Behind): void {
    if (transaction.expected === undefined) this.conclude(transaction, behind)
  }

  private answeredData(transaction: T, reply: Reply, behind: Behind): void {
    if (isNegative(reply)) return this.refusedData(transaction, behind)
    if (reply.code !== 354) return this.end(violation("a reply to DATA that is not 354"))
    if (!transaction.hasSender) return this.end({ _tag: "OutOfStep" })
    this.advance(transaction, "Body")
    if (!behind.isEmpty) return this.interrupted(transaction, behind)
    if (transaction.isCancelled) return this.end({ _tag: "Lost" })
    // RFC 2920 section 3.1: a server that asks for the message although it has no recipient gets an empty one.
    if (!transaction.hasRecipient) return this.output.write(emptyMessage)
    if (transaction.letter.content === undefined || transaction.letter.isGated === true) {
      return this.output.asked(transaction)
    }
    this.commit(transaction)
  }

  /**
   * Something was received before the end of the message, and can never be the reply to it: nothing more is written. A 421
   * is heard when it is complete.
   */
  interrupted(transaction: T, { rest }: Behind): void {
    if (rest.startsWith("421")) return
    transaction.premature = rest
    this.end(violation("an answer to the message before its end"))
  }

  private refusedData(transaction: T, behind: Behind): void {
    if (!isMisunderstood(transaction)) return this.conclude(transaction, behind)
    if (!behind.isEmpty) return this.end(unasked)
    // The server does not take commands behind a message: none of this one was sent, and it begins once more.
    this.pipelining = "envelope"
    transaction.isBehind = false
    transaction.restart(true)
    this.say(transaction, Infinity)
  }

  private answeredMessage(transaction: T, reply: Reply, behind: Behind): void {
    if (!transaction.hasRecipient) {
      return isFinal(reply) ? this.conclude(transaction, behind) : this.end({ _tag: "OutOfStep" })
    }
    // Before its end no reply leaves the session in step; behind it, only one that settles the message does.
    if (transaction.progress === "Body" || !isFinal(reply)) return this.end({ _tag: "OutOfStep" })
    // Where another message was begun behind this one, the next has that in front of it.
    if (this.begun.length === 1) this.needsReset = !isPositive(reply)
    this.conclude(transaction, behind)
  }

  /** The server has answered all that was written of the message. */
  private conclude(transaction: T, behind: Behind): void {
    this.begun.shift()
    this.settle(transaction)
    // Nothing answers a message that was not begun yet.
    if (this.begun.length === 0 && !behind.isEmpty && !behind.rest.startsWith("421")) this.end(unasked)
    else if (this.current?.isCancelled === true) this.end({ _tag: "Lost" })
    else this.beginWaiting()
  }
}

const violation = (what: string): Ending => ({ _tag: "Violation", what })

const unasked = violation("a reply that nobody asked for")

const isMisunderstood = ({ isBehind, mail }: Transaction): boolean =>
  isBehind && mail !== undefined && isSyntaxError(mail)

/** What the server is given time for: a reply to a command, or to a message as a whole. */
export const awaits = (transaction: Transaction): "command" | "reply" =>
  transaction.expected === "message" && transaction.progress === "Sent" ? "reply" : "command"
