import type { Reply } from "@effect-mail/core/DeliveryReport"
import type { BackendError } from "@effect-mail/core/MailError"
import type { Ending } from "../ending.js"
import { isFinal, isNegative, isPositive, isSyntaxError } from "../reply/reply.js"
import type { Progress, Transaction } from "./transaction.js"

/**
 * What may be written before the server has answered.
 *
 * - `messages`: the envelope of the next message after the end of this one (RFC 2920 section 3.1)
 * - `envelope`: the commands of one envelope
 * - `none`: nothing
 */
export type Pipelining = "messages" | "envelope" | "none"

/** Octets received after a reply. */
export interface Unread {
  readonly isEmpty: boolean
  readonly rest: string
}

/** The effects of a transfer. */
export interface Output<T extends Transaction> {
  /** Writes octets, in this order. */
  readonly write: (octets: string | Uint8Array) => void
  /** `progress` has changed. */
  readonly progressed: (transaction: T) => void
  /** The server has accepted DATA, and the content is to be supplied. */
  readonly dataAccepted: (transaction: T) => void
  /** The outcome of the message is decided. */
  readonly over: (transaction: T) => void
  /** Closes the connection at once. */
  readonly close: () => void
}

const emptyMessage = ".\r\n"

/**
 * The mail transactions of an SMTP session (RFC 5321 section 3.3), after its handshake: a state machine without socket,
 * clock or fiber. Inputs are messages, replies and ends; outputs are octets to write and finished transactions.
 */
export class Transfer<T extends Transaction> {
  /** Messages that are not begun. */
  private readonly waiting: Array<T> = []
  /** Messages that are begun. The next reply is for the first. */
  private readonly begun: Array<T> = []
  private needsReset = false
  private count = 0
  /** Whether the transfer has ended: nothing is written any more. */
  isOver = false

  constructor(
    private readonly output: Output<T>,
    public pipelining: Pipelining,
    /** How many messages may be under way as BDAT chunks (RFC 3030); 0 for no chunks. */
    private readonly window: number
  ) {}

  get takesChunks(): boolean {
    return this.window > 0 && this.pipelining === "messages"
  }

  /** The message that the next reply is for. */
  get current(): T | undefined {
    return this.begun[0]
  }

  /** Whether no message is under way or waiting. */
  get isIdle(): boolean {
    return !this.isOver && this.begun.length === 0 && this.waiting.length === 0
  }

  /** The next message starts with RSET. */
  resetFirst(): void {
    this.needsReset = true
  }

  submit(transaction: T): void {
    this.waiting.push(transaction)
    if (this.isOver) this.abandon({ _tag: "Lost" })
    else this.beginWaiting()
  }

  /** Handles a complete reply. */
  reply(reply: Reply, unread: Unread): void {
    if (this.isOver) return
    const transaction = this.current
    const step = transaction?.expected
    if (transaction === undefined || step === undefined) {
      return this.end(reply.code === 421 ? { _tag: "Closing" } : unasked)
    }
    transaction.record(step, reply)
    // RFC 5321 section 3.8: after 421, to any command, the server closes the connection.
    if (reply.code === 421) return this.end({ _tag: "Closing" })
    // Octets received before a command is written cannot answer it.
    if (!unread.isEmpty && step !== "DATA" && step !== "message" && transaction.expected === undefined) {
      return this.end(unasked)
    }
    switch (step) {
      case "RSET":
        return isPositive(reply) ? this.sayNext(transaction) : this.end({ _tag: "OutOfStep" })
      case "MAIL":
        return isPositive(reply) ? this.sayNext(transaction) : this.refused(transaction, unread)
      case "RCPT":
        return transaction.isLastRcpt && !transaction.hasRecipient
          ? this.refused(transaction, unread)
          : this.sayNext(transaction)
      case "DATA":
        return this.answeredData(transaction, reply, unread)
      case "message":
        return this.answeredMessage(transaction, reply, unread)
    }
  }

  /** Writes the content after 354. */
  commit(transaction: T): void {
    const { content } = transaction.letter
    if (this.isOver || content === undefined || transaction.progress !== "Body") return
    this.output.write(content)
    this.finished(transaction)
  }

  /** The end of the message was written: the server may be responsible for it. */
  finished(transaction: T): void {
    if (transaction.progress !== "Body") return
    this.advance(transaction, "Sent")
    this.beginWaiting()
  }

  /**
   * The sender was interrupted. If the server could still accept the message, the connection is closed after the previous
   * message is answered.
   */
  cancel(transaction: T): void {
    if (transaction.isOver) return
    transaction.isCancelled = true
    const at = this.waiting.indexOf(transaction)
    if (at >= 0) {
      this.waiting.splice(at, 1)
      this.settle(transaction)
    } else if (transaction === this.current || transaction.progress !== "Envelope") this.end({ _tag: "Lost" })
  }

  /** The content cannot be read. Only closing the connection takes back a message that was begun. */
  fail(transaction: T, error: BackendError): void {
    if (transaction.isOver) return
    transaction.ending = { _tag: "SourceFailed", error }
    this.end(transaction.ending)
  }

  /** Ends the transfer; every message that is not answered gets the reason. */
  end(ending: Ending): void {
    if (this.isOver) return
    this.isOver = true
    this.output.close()
    this.abandon(ending)
  }

  private abandon(ending: Ending): void {
    const [current] = this.begun
    for (const transaction of [...this.begun.splice(0), ...this.waiting.splice(0)]) {
      // The reason concerns the current message only; those after it are lost.
      transaction.ending ??= transaction === current ? ending : { _tag: "Lost" }
      this.settle(transaction)
    }
  }

  private settle(transaction: T): void {
    // A server that rejects pipelined commands as syntax errors has not refused this message.
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
    // A streamed message is not pipelined: its envelope would wait for the content.
    return next.letter.content !== undefined && this.begun.length < 2
  }

  private begin(transaction: T): void {
    const { chunk } = transaction.letter
    const last = this.begun.at(-1)
    this.begun.push(transaction)
    transaction.isFirst = this.count === 0
    this.count++
    transaction.isBehind = last !== undefined
    // A refused chunk leaves its transaction open (RFC 3030 section 2).
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

  /** The envelope was refused. Concludes after the replies to its other commands. */
  private refused(transaction: T, unread: Unread): void {
    if (transaction.expected === undefined) this.conclude(transaction, unread)
  }

  private answeredData(transaction: T, reply: Reply, unread: Unread): void {
    if (isNegative(reply)) return this.refusedData(transaction, unread)
    if (reply.code !== 354) return this.end(violation("a reply to DATA that is not 354"))
    if (!transaction.hasSender) return this.end({ _tag: "OutOfStep" })
    this.advance(transaction, "Body")
    if (!unread.isEmpty) return this.interrupted(transaction, unread)
    if (transaction.isCancelled) return this.end({ _tag: "Lost" })
    if (!transaction.hasRecipient) {
      // RFC 2920 section 3.1: an empty message. In LMTP there must be no 354 then (RFC 2033 section 4.2).
      return transaction.letter.hasReplyForEach === true
        ? this.end({ _tag: "OutOfStep" })
        : this.output.write(emptyMessage)
    }
    if (transaction.letter.content === undefined || transaction.letter.isGated === true) {
      return this.output.dataAccepted(transaction)
    }
    this.commit(transaction)
  }

  /**
   * Octets were received before the end of the message, which they cannot answer: nothing more is written. A 421 is
   * handled when it is complete.
   */
  interrupted(transaction: T, { rest }: Unread): void {
    if (rest.startsWith("421")) return
    transaction.premature = rest
    this.end(violation("an answer to the message before its end"))
  }

  private refusedData(transaction: T, unread: Unread): void {
    if (!isMisunderstood(transaction)) return this.conclude(transaction, unread)
    if (!unread.isEmpty) return this.end(unasked)
    // The server does not accept commands after a message: nothing of this one was accepted, and it starts over.
    this.pipelining = "envelope"
    transaction.isBehind = false
    transaction.restart(true)
    this.say(transaction, Infinity)
  }

  private answeredMessage(transaction: T, reply: Reply, unread: Unread): void {
    if (!transaction.hasRecipient) {
      return isFinal(reply) ? this.conclude(transaction, unread) : this.end({ _tag: "OutOfStep" })
    }
    // A reply before the final dot, or one that is not 2xx, 4xx or 5xx, breaks the session.
    if (transaction.progress === "Body" || !isFinal(reply)) return this.end({ _tag: "OutOfStep" })
    if (!transaction.isAnswered) return
    // If another message is begun, the next one follows that.
    if (this.begun.length === 1) this.needsReset = !transaction.messages.every(isPositive)
    this.conclude(transaction, unread)
  }

  /** Every command of the message is answered. */
  private conclude(transaction: T, unread: Unread): void {
    this.begun.shift()
    this.settle(transaction)
    // Octets received before a message is begun cannot answer it.
    if (this.begun.length === 0 && !unread.isEmpty && !unread.rest.startsWith("421")) this.end(unasked)
    else if (this.current?.isCancelled === true) this.end({ _tag: "Lost" })
    else this.beginWaiting()
  }
}

const violation = (what: string): Ending => ({ _tag: "Violation", what })

const unasked = violation("a reply to no command")

const isMisunderstood = ({ isBehind, mail }: Transaction): boolean =>
  isBehind && mail !== undefined && isSyntaxError(mail)
