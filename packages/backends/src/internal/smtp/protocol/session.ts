import type { Reply } from "@effect-mail/core/DeliveryReport"
import type { BackendError } from "@effect-mail/core/MailError"
import type { Ending } from "./ending.js"
import * as Handshake from "./handshake/handshake.js"
import * as Redaction from "./handshake/redaction.js"
import type { Exchange } from "./handshake/sasl.js"
import * as Replies from "./reply/reply.js"
import { ReplyReader } from "./reply/replyReader.js"
import type { Transaction } from "./transfer/transaction.js"
import { type Pipelining, Transfer } from "./transfer/transfer.js"

/** The effects of a session. */
export interface Output<T extends Transaction> {
  readonly write: (octets: string | Uint8Array) => void
  /** Starts TLS; `encrypted` is called when it is done. */
  readonly encrypt: () => void
  /** Closes the connection at once. */
  readonly close: () => void
  /** The handshake has ended: EHLO or AUTH was answered, or it failed. */
  readonly handshakeEnded: (failure?: Handshake.Failure) => void
  /** `progress` has changed. */
  readonly progressed: (transaction: T) => void
  /** The server has accepted DATA, and the content is to be supplied. */
  readonly dataAccepted: (transaction: T) => void
  /** The outcome of the message is decided. */
  readonly over: (transaction: T) => void
}

export interface SessionOptions {
  readonly protocol?: Handshake.Protocol | undefined
  readonly clientName: string
  readonly tls: Handshake.Encryption
  readonly pipelining: Pipelining
  /** How many messages may be under way as chunks; 0 for no chunks. */
  readonly chunks: number
}

/** The time limit that applies. */
export type Awaited = "greeting" | "command" | "reply"

/** The fault of a server that expects TLS from the first octet. */
export const tlsFromStart = "TLS in place of a greeting"

const startsReply = /^[\r\n0-9]/
const maxParsed = 64

const violation = (what: string): Ending => ({ _tag: "Violation", what })

/**
 * A client's session with an SMTP server (RFC 5321), from the greeting to QUIT: a state machine without socket, clock or
 * fiber. Inputs are received octets, ends of the connection, time-outs and messages; outputs are octets and outcomes.
 */
export class Session<T extends Transaction> {
  readonly handshake: Handshake.Handshake
  private transfer: Transfer<T> | undefined
  private readonly reader = new ReplyReader()
  private secrets: ReadonlyArray<string> = []
  private isClosed = false
  private isQuitting = false
  /** Parsed replies: most replies repeat. */
  private readonly parsedReplies = new Map<string, Reply>()

  constructor(private readonly options: SessionOptions, private readonly output: Output<T>) {
    this.handshake = new Handshake.Handshake(
      {
        write: output.write,
        encrypt: output.encrypt,
        done: () => output.handshakeEnded(),
        failed: (failure) => {
          if (failure._tag === "Ended") this.close()
          output.handshakeEnded(failure)
        }
      },
      options.clientName,
      options.tls,
      options.protocol
    )
  }

  /** Takes octets of the server; gives whether they complete a reply. */
  receive(octets: Buffer): boolean {
    if (this.isClosed) return false
    if (this.handshake.awaited === "greeting" && this.reader.isEmpty) {
      const [first = 0] = octets
      // An alert or a handshake message of TLS (RFC 8446 section 5.1).
      if (first === 0x15 || first === 0x16) this.end(violation(tlsFromStart))
      else if (!startsReply.test(String.fromCharCode(first))) this.end(violation("something that is not a greeting"))
    }
    this.reader.receive(octets)
    let hasReply = false
    for (let raw = this.reader.next(); raw !== undefined && !this.isClosed; raw = this.reader.next()) {
      hasReply = true
      this.handleReply(raw)
    }
    if (this.reader.isEndless) this.end(violation("a reply without end"))
    return hasReply
  }

  private handleReply(raw: string): void {
    const { handshake, transfer } = this
    const transcript = transfer?.current?.transcript ?? handshake.transcript
    transcript.push(`S: ${raw}`)
    if (this.isQuitting) return this.close()
    const reply = this.parse(raw)
    if (reply === undefined) return this.end(violation("a malformed reply"))
    if (transfer === undefined) handshake.reply(reply, raw, !this.reader.isEmpty)
    else transfer.reply(reply, this.reader)
  }

  private parse(raw: string): Reply | undefined {
    const known = this.parsedReplies.get(raw)
    if (known !== undefined) return known
    const parsed = Replies.parse(raw)
    if (parsed === undefined) return undefined
    const reply = { ...parsed, text: Replies.cut(this.redact(parsed.text)) }
    if (this.parsedReplies.size === maxParsed) this.parsedReplies.clear()
    this.parsedReplies.set(raw, reply)
    return reply
  }

  /** The connection has ended. Handles an unfinished 421. */
  lost(cause?: unknown): void {
    if (this.isClosed) return
    const { rest } = this.reader
    if (rest.startsWith("421") && this.transfer?.current?.expected !== "message") {
      const [line = ""] = rest.slice(4).split("\n")
      this.handleReply(`421 ${line}`)
    }
    this.end(cause === undefined ? { _tag: "Lost" } : { _tag: "Lost", cause })
  }

  /** A time limit was exceeded. */
  timedOut(): void {
    this.end({ _tag: "TimedOut" })
  }

  private end(ending: Ending): void {
    if (this.isClosed) return
    if (this.transfer === undefined) this.handshake.end(ending)
    else this.transfer.end(ending)
    this.close()
  }

  /** Closes the connection at once. Messages under way end as lost. */
  close(): void {
    if (this.isClosed) return
    this.isClosed = true
    this.output.close()
    this.transfer?.end({ _tag: "Lost" })
  }

  /** Sends QUIT if no reply is due, and closes when it is answered; else closes at once. */
  quit(): void {
    if (this.isClosed) return
    const isAtRest = this.transfer === undefined ? this.handshake.awaited === undefined : this.isReusable
    if (!isAtRest) return this.close()
    this.isQuitting = true
    this.output.write("QUIT\r\n")
  }

  /** TLS is established. */
  encrypted(): void {
    if (this.isClosed) return
    this.reader.clear()
    this.handshake.encrypted()
  }

  /** Redacts these credentials in texts of the server from now on. */
  addSecret(user: string, secret: string): void {
    this.secrets = Redaction.add(this.secrets, Redaction.forms(user, secret))
    this.parsedReplies.clear()
  }

  /** Logs in. */
  login(exchange: Exchange, user: string, secret: string): void {
    this.addSecret(user, secret)
    if (this.isClosed) this.handshake.end({ _tag: "Lost" })
    else this.handshake.login(exchange)
  }

  /** Ends the handshake and starts the transfer of messages. */
  begin(): void {
    const { chunks, pipelining } = this.options
    const { dataAccepted, over, progressed, write } = this.output
    this.transfer = new Transfer<T>(
      { write, dataAccepted, over, progressed, close: () => this.close() },
      this.handshake.extensions.has("PIPELINING") ? pipelining : "none",
      this.handshake.extensions.has("CHUNKING") ? chunks : 0
    )
    if (this.isClosed) this.transfer.end({ _tag: "Lost" })
  }

  submit(transaction: T): void {
    // Octets received before a command is written cannot answer it.
    if (this.isReady && !this.reader.isEmpty) this.end(violation("a reply to no command"))
    this.transfer?.submit(transaction)
  }

  /** Whether no reply is due. */
  private get isReady(): boolean {
    return this.isUsable && this.transfer?.isIdle === true
  }

  /** The sender was interrupted. */
  cancel(transaction: T): void {
    this.transfer?.cancel(transaction)
  }

  /** The content cannot be read. */
  fail(transaction: T, error: BackendError): void {
    this.transfer?.fail(transaction, error)
  }

  /** Writes the content of a gated message. */
  commit(transaction: T): void {
    if (this.isQuiet(transaction)) this.transfer?.commit(transaction)
  }

  /** Writes the end of a message whose content was written in pieces. */
  finish(transaction: T, end: Uint8Array): void {
    if (!this.isQuiet(transaction)) return
    this.output.write(end)
    this.transfer?.finished(transaction)
  }

  /** Whether nothing was received that precedes the end of the message. */
  private isQuiet(transaction: T): boolean {
    if (this.isClosed || this.reader.isEmpty) return !this.isClosed
    this.transfer?.interrupted(transaction, this.reader)
    return false
  }

  /** The next message starts with RSET, because another sender takes the session. */
  resetFirst(): void {
    this.transfer?.resetFirst()
  }

  get isOpen(): boolean {
    return !this.isClosed
  }

  /** Whether another message may be sent. */
  get isUsable(): boolean {
    return !this.isClosed && this.transfer !== undefined && !this.transfer.isOver
  }

  /** Whether another sender may use the session: no reply is due, and no octets are unread. */
  get isReusable(): boolean {
    return this.isReady && this.reader.isEmpty
  }

  /** The message that the server is answering. */
  get current(): T | undefined {
    return this.transfer?.current
  }

  /** Whether the next message may be written before this one is answered. */
  get isPipelined(): boolean {
    return this.transfer?.pipelining === "messages"
  }

  /** Whether messages go as chunks (RFC 3030). */
  get takesChunks(): boolean {
    return this.transfer?.takesChunks === true
  }

  /** What the server has to do next, if anything. */
  get awaited(): Awaited | undefined {
    if (this.transfer !== undefined) return this.current?.awaited
    const { awaited } = this.handshake
    if (awaited === undefined) return undefined
    const isFirst = awaited === "greeting" || (awaited === "TLS" && this.options.tls === "implicit")
    return isFirst ? "greeting" : "command"
  }

  /** A text of the server without credentials and control characters. */
  redact(text: string): string {
    return Replies.printable(Redaction.redact(text, this.secrets))
  }

  /** The dialogue of the handshake and of one message. */
  transcript(transaction?: T): ReadonlyArray<string> {
    return [...this.handshake.transcript, ...transaction?.transcript ?? []].map((line) =>
      this.redact(line.replaceAll("\n", " | "))
    )
  }
}
