import type { Reply } from "@effect-mail/core/DeliveryReport"
import type { BackendError } from "@effect-mail/core/MailError"
import * as Handshake from "./handshake.js"
import * as Redaction from "./redaction.js"
import * as Replies from "./reply.js"
import { ReplyReader } from "./replyReader.js"
import type { Exchange } from "./sasl.js"
import type { Ending, Transaction } from "./transaction.js"
import { awaits, type Pipelining, Transfer } from "./transfer.js"

/** What the session brings about. */
export interface Output<T extends Transaction> {
  readonly write: (octets: string | Uint8Array) => void
  /** TLS is to begin. */
  readonly encrypt: () => void
  /** The connection is to be closed at once. */
  readonly close: () => void
  /** The handshake came to its end, or as far as it goes without logging in. */
  readonly shaken: (failure?: Handshake.Failure) => void
  /** The message has come further. */
  readonly progressed: (transaction: T) => void
  /** The server has asked for the message, whose content is still to be written. */
  readonly asked: (transaction: T) => void
  /** Nothing more will be said of the message. */
  readonly over: (transaction: T) => void
}

export interface Settings {
  readonly clientName: string
  readonly tls: Handshake.Encryption
  readonly pipelining: Pipelining
  /** How many messages may be under way as chunks; 0 where none may. */
  readonly chunks: number
}

/** What the server is given time for. */
export type Awaited = "greeting" | "command" | "reply"

/** What a server sends that wants TLS from the first octet. */
export const tlsFromStart = "TLS in place of a greeting"

const startsReply = /^[\r\n0-9]/
const maxUnderstood = 64

const violation = (what: string): Ending => ({ _tag: "Violation", what })

/**
 * A client's session with an SMTP server (RFC 5321), from the greeting to QUIT. It knows no socket, no clock and no fiber:
 * it is given octets that were received, ends of the connection, time-outs and messages, and brings about octets to write
 * and outcomes.
 */
export class Session<T extends Transaction> {
  readonly handshake: Handshake.Handshake
  private transfer: Transfer<T> | undefined
  private readonly reader = new ReplyReader()
  private secrets: ReadonlyArray<string> = []
  private isClosed = false
  private isQuitting = false
  /** What the last replies mean: servers say the same again and again. */
  private readonly understood = new Map<string, Reply>()

  constructor(private readonly settings: Settings, private readonly output: Output<T>) {
    this.handshake = new Handshake.Handshake(
      {
        write: output.write,
        encrypt: output.encrypt,
        done: () => output.shaken(),
        failed: (failure) => {
          if (failure._tag === "Ended") this.close()
          output.shaken(failure)
        }
      },
      settings.clientName,
      settings.tls
    )
  }

  /** Octets of the server. Gives whether a reply was complete. */
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
      this.hear(raw)
    }
    if (this.reader.isEndless) this.end(violation("a reply without end"))
    return hasReply
  }

  private hear(raw: string): void {
    const { handshake, transfer } = this
    const transcript = transfer?.current?.transcript ?? handshake.transcript
    transcript.push(`S: ${raw}`)
    if (this.isQuitting) return this.close()
    const reply = this.understand(raw)
    if (reply === undefined) return this.end(violation("a malformed reply"))
    if (transfer === undefined) handshake.reply(reply, raw, !this.reader.isEmpty)
    else transfer.reply(reply, this.reader)
  }

  private understand(raw: string): Reply | undefined {
    const known = this.understood.get(raw)
    if (known !== undefined) return known
    const parsed = Replies.parse(raw)
    if (parsed === undefined) return undefined
    const reply = { ...parsed, text: Replies.cut(this.show(parsed.text)) }
    if (this.understood.size === maxUnderstood) this.understood.clear()
    this.understood.set(raw, reply)
    return reply
  }

  /** The connection has ended. What the server said last counts, even where it broke off in a 421. */
  lost(cause?: unknown): void {
    if (this.isClosed) return
    const { rest } = this.reader
    if (rest.startsWith("421") && this.transfer?.current?.expected !== "message") {
      const [line = ""] = rest.slice(4).split("\n")
      this.hear(`421 ${line}`)
    }
    this.end(cause === undefined ? { _tag: "Lost" } : { _tag: "Lost", cause })
  }

  /** What is awaited has taken too long. */
  timedOut(): void {
    this.end({ _tag: "TimedOut" })
  }

  private end(ending: Ending): void {
    if (this.isClosed) return
    if (this.transfer === undefined) this.handshake.end(ending)
    else this.transfer.end(ending)
    this.close()
  }

  /** Closes the connection at once: what is under way is lost. */
  close(): void {
    if (this.isClosed) return
    this.isClosed = true
    this.output.close()
    this.transfer?.end({ _tag: "Lost" })
  }

  /** Says QUIT where the server owes no answer, and closes when it is answered; else closes at once. */
  quit(): void {
    if (this.isClosed) return
    const isAtRest = this.transfer === undefined ? this.handshake.awaited === undefined : this.isReusable
    if (!isAtRest) return this.close()
    this.isQuitting = true
    this.output.write("QUIT\r\n")
  }

  /** TLS was agreed upon. */
  encrypted(): void {
    if (this.isClosed) return
    this.reader.clear()
    this.handshake.encrypted()
  }

  /** From now on no text of the server shows these credentials. */
  conceal(user: string, secret: string): void {
    this.secrets = Redaction.add(this.secrets, Redaction.forms(user, secret))
    this.understood.clear()
  }

  /** Logs in. */
  login(exchange: Exchange, user: string, secret: string): void {
    this.conceal(user, secret)
    if (this.isClosed) this.handshake.end({ _tag: "Lost" })
    else this.handshake.login(exchange)
  }

  /** The handshake is over: from now on messages are sent. */
  begin(): void {
    const { chunks, pipelining } = this.settings
    const { asked, over, progressed, write } = this.output
    this.transfer = new Transfer<T>(
      { write, asked, over, progressed, close: () => this.close() },
      this.handshake.extensions.has("PIPELINING") ? pipelining : "none",
      this.handshake.extensions.has("CHUNKING") ? chunks : 0
    )
    if (this.isClosed) this.transfer.end({ _tag: "Lost" })
  }

  submit(transaction: T): void {
    // Nothing that was received before a command was written answers it.
    if (this.isReady && !this.reader.isEmpty) this.end(violation("a reply that nobody asked for"))
    this.transfer?.submit(transaction)
  }

  /** Whether the server owes no answer. */
  private get isReady(): boolean {
    return this.isUsable && this.transfer?.isIdle === true
  }

  /** Its sender has gone. */
  cancel(transaction: T): void {
    this.transfer?.cancel(transaction)
  }

  /** Its content cannot be had. */
  fail(transaction: T, error: BackendError): void {
    this.transfer?.fail(transaction, error)
  }

  /** Writes the content of a message that waits for it. */
  commit(transaction: T): void {
    if (this.isQuiet(transaction)) this.transfer?.commit(transaction)
  }

  /** Writes what ends a message whose content was written piece by piece. */
  finish(transaction: T, end: Uint8Array): void {
    if (!this.isQuiet(transaction)) return
    this.output.write(end)
    this.transfer?.finished(transaction)
  }

  /** Whether nothing was received before the end of the message, which could not answer it. */
  private isQuiet(transaction: T): boolean {
    if (this.isClosed || this.reader.isEmpty) return !this.isClosed
    this.transfer?.interrupted(transaction, this.reader)
    return false
  }

  /** Another sender takes the session: the next message begins with RSET. */
  doubt(): void {
    this.transfer?.doubt()
  }

  get isOpen(): boolean {
    return !this.isClosed
  }

  /** Whether another message may be sent. */
  get isUsable(): boolean {
    return !this.isClosed && this.transfer !== undefined && !this.transfer.isOver
  }

  /** Whether another sender may have the session: the server owes no answer, and has said nothing unasked. */
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

  /** What the server is to do next, if anything. */
  get awaited(): Awaited | undefined {
    if (this.transfer !== undefined) return this.current === undefined ? undefined : awaits(this.current)
    const { awaited } = this.handshake
    if (awaited === undefined) return undefined
    const isFirst = awaited === "greeting" || (awaited === "TLS" && this.settings.tls === "implicit")
    return isFirst ? "greeting" : "command"
  }

  /** A text of the server as it may be shown: without what it repeated of the credentials. */
  show(text: string): string {
    return Replies.printable(Redaction.redact(text, this.secrets))
  }

  /** What was said in the handshake, and of one message. */
  transcript(transaction?: T): ReadonlyArray<string> {
    return [...this.handshake.transcript, ...transaction?.transcript ?? []].map((line) =>
      this.show(line.replaceAll("\n", " | "))
    )
  }
}
