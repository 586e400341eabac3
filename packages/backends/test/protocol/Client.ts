/**
 * A session in memory: what it writes, what it says of its messages, and what became of them in a few words.
 */
import type { RecipientStatus } from "@effect-mail/core/DeliveryReport"
import * as Either from "effect/Either"
import type { Failure } from "../../src/internal/smtp/protocol/handshake/handshake.js"
import { Session, type SessionOptions } from "../../src/internal/smtp/protocol/session.js"
import * as Outcome from "../../src/internal/smtp/protocol/transfer/outcome.js"
import { type Letter, Transaction } from "../../src/internal/smtp/protocol/transfer/transaction.js"

/** A message by its number. */
export class Mail extends Transaction {
  /** How often it ended. */
  ends = 0
  isAsked = false

  constructor(readonly number: number, readonly recipients: ReadonlyArray<string>, letter: Partial<Letter> = {}) {
    super({
      mail: `MAIL FROM:<${number}>`,
      rcpts: recipients.map((recipient) => `RCPT TO:<${recipient}>`),
      ...letter
    })
  }
}

const text = (number: number): string => `message ${number}\r\n`

/** How the content of a message goes: in memory; in memory, but once `commit` says so; in pieces; or as a chunk. */
export type Way = "whole" | "gated" | "pieces" | "chunk"

export const mailOf = (number: number, recipients: number, way: Way = "whole"): Mail => {
  const to = Array.from({ length: recipients }, (_, i) => `${number}.${i + 1}`)
  if (way === "pieces") return new Mail(number, to)
  if (way === "chunk") return new Mail(number, to, { chunk: Buffer.from(text(number)) })
  return new Mail(number, to, { content: Buffer.from(`${text(number)}.\r\n`), isGated: way === "gated" })
}

export class Client {
  readonly session: Session<Mail>
  readonly mails: Array<Mail> = []
  readonly failures: Array<Failure> = []
  /** How often the handshake came to an end, well or not. */
  shaken = 0
  isEncrypting = false
  closes = 0
  /** All that was written, and what of it was not taken yet. */
  written = ""
  private taken = 0
  /** What was written, or said of messages, after the connection was closed. */
  readonly late: Array<string> = []

  constructor(settings: Partial<SessionOptions> = {}) {
    this.session = new Session<Mail>(
      { clientName: "client.test", tls: "none", pipelining: "messages", chunks: 0, ...settings },
      {
        write: (octets) => this.write(octets),
        encrypt: () => {
          this.isEncrypting = true
        },
        close: () => {
          this.closes++
        },
        handshakeEnded: (failure) => {
          this.shaken++
          if (failure !== undefined) this.failures.push(failure)
        },
        progressed: (mail) => this.note(mail, "progress"),
        dataAccepted: (mail) => {
          this.note(mail, "asked")
          mail.isAsked = true
        },
        over: (mail) => {
          mail.ends++
        }
      }
    )
  }

  private note(mail: Mail, what: string): void {
    if (this.closes > 0) this.late.push(`${what} of message ${mail.number}`)
  }

  private write(octets: string | Uint8Array): void {
    const said = typeof octets === "string" ? octets : Buffer.from(octets).toString("latin1")
    if (this.closes > 0) this.late.push(said)
    this.written += said
  }

  /** A session that is ready for messages. */
  static ready(settings: Partial<SessionOptions> = {}, ...extensions: ReadonlyArray<string>): Client {
    const client = new Client(settings)
    client.hear("220 hi\r\n")
    client.hear(["250-server.test", ...extensions.map((name) => `250-${name}`), "250 HELP"].join("\r\n") + "\r\n")
    client.session.begin()
    client.take()
    return client
  }

  /** How often the server has said 354. */
  gos = 0

  hear(octets: string): void {
    this.gos += octets.split("354 ").length - 1
    this.session.receive(Buffer.from(octets, "latin1"))
  }

  submit(mail: Mail): void {
    this.mails.push(mail)
    this.session.submit(mail)
  }

  /** The first piece of a message that goes in pieces. */
  writePiece(mail: Mail): void {
    this.write(text(mail.number))
  }

  finish(mail: Mail): void {
    this.session.finish(mail, Buffer.from(".\r\n"))
  }

  /** What was written since the last time. */
  take(): string {
    const said = this.written.slice(this.taken)
    this.taken = this.written.length
    return said
  }

  get state(): string {
    if (!this.session.isOpen) return "closed"
    return this.session.isReusable ? "reusable" : this.session.isUsable ? "goes on" : "of no use"
  }
}

const tags = (recipients: ReadonlyArray<RecipientStatus>): string => recipients.map(({ _tag }) => _tag).join(" ")

/** What became of a message, recipient by recipient where that is known, and whether another connection may take it. */
export const told = (mail: Mail): string => {
  if (!mail.isOver) return mail.progress
  const verdict = Outcome.decide(mail, mail.recipients)
  if (Either.isRight(verdict)) return tags(verdict.right.recipients)
  const error = verdict.left
  const again = Outcome.isGivenUp(mail, error) ? ", again" : ""
  switch (error._tag) {
    case "RejectedError":
      return `${error.command} ${error.code}: ${tags(error.recipients)}${again}`
    case "OutcomeUnknownError":
      return `unknown: ${tags(error.recipients)}${again}`
    case "ConnectionError":
      return `${error.reason}${again}`
    default:
      return `${error._tag}${again}`
  }
}
