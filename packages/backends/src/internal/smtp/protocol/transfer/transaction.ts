import type { Reply } from "@effect-mail/core/DeliveryReport"
import type { Ending } from "../ending.js"
import { isPositive } from "../reply/reply.js"

/** What the server answers for one message, in this order (RFC 5321 section 3.3). In LMTP there may be several of the last. */
export type Step = "RSET" | "MAIL" | "RCPT" | "DATA" | "message"

/**
 * The progress of a message.
 *
 * - `Waiting`: none of it was written
 * - `Envelope`: the envelope was written, and DATA is not accepted yet
 * - `Body`: DATA was accepted (354), and the end of the message is not written yet
 * - `Sent`: the end was written: the server may be responsible for the message
 */
export type Progress = "Waiting" | "Envelope" | "Body" | "Sent"

/**
 * A message to send.
 *
 * - `mail`, `rcpts`: the commands, without line ends
 * - `content`: what is written after 354, with the final dot; absent if it is written in pieces
 * - `chunk`: the message as one BDAT chunk (RFC 3030), if it is sent as one
 * - `isGated`: whether `commit` decides when the content is written
 * - `hasReplyForEach`: whether the message itself is answered once for each recipient that was accepted (RFC 2033 section 4.2)
 */
export interface Letter {
  readonly mail: string
  readonly rcpts: ReadonlyArray<string>
  readonly content?: Uint8Array | undefined
  readonly chunk?: Uint8Array | undefined
  readonly isGated?: boolean | undefined
  readonly hasReplyForEach?: boolean | undefined
}

/** One mail transaction: its commands, their replies, and how it ended. */
export class Transaction {
  progress: Progress = "Waiting"
  isOver = false
  /** Whether it is the first of the session. */
  isFirst = false
  /** Whether its envelope was written before the previous message was answered. */
  isBehind = false
  /** Whether its sender was interrupted: the message must not be sent. */
  isCancelled = false
  ending: Ending | undefined

  rset: Reply | undefined
  mail: Reply | undefined
  readonly rcpt: Array<Reply> = []
  data: Reply | undefined
  /** The replies to the message: one, or in LMTP those for the recipients that were accepted, in their order. */
  readonly messages: Array<Reply> = []
  /** Octets received after 354 and before the end of the message. */
  premature = ""

  /** Commands written, and commands answered. */
  private writtenCommands = 0
  private answeredCommands = 0
  private beginsWithRset = false
  readonly transcript: Array<string> = []

  constructor(readonly letter: Letter) {}

  /** Starts over: the envelope is written again. */
  restart(beginsWithRset: boolean): void {
    this.progress = "Envelope"
    this.beginsWithRset = beginsWithRset
    this.writtenCommands = 0
    this.answeredCommands = 0
    this.rset = undefined
    this.mail = undefined
    this.rcpt.length = 0
    this.data = undefined
  }

  /** Drops the replies to the envelope, except 421. */
  forgetRefusals(): void {
    const closing = this.rcpt.filter(({ code }) => code === 421)
    this.mail = undefined
    this.rcpt.splice(0, this.rcpt.length, ...closing)
  }

  /** The next `count` commands to write. */
  commands(count: number): ReadonlyArray<string> {
    const all = [...this.beginsWithRset ? ["RSET"] : [], this.letter.mail, ...this.letter.rcpts]
    if (this.letter.chunk === undefined) all.push("DATA")
    const next = all.slice(this.writtenCommands, this.writtenCommands + count)
    this.writtenCommands += next.length
    return next
  }

  /** The step that the next reply answers, if one is due. */
  get expected(): Step | undefined {
    if (this.progress === "Body" || (this.progress === "Sent" && this.letter.chunk === undefined)) return "message"
    return this.answeredCommands < this.writtenCommands
      ? this.stepAt(this.answeredCommands)
      : this.letter.chunk === undefined
      ? undefined
      : "message"
  }

  /** The time limit that applies: for a reply to a command, or to the final dot. */
  get awaited(): "command" | "reply" {
    return this.expected === "message" && this.progress === "Sent" ? "reply" : "command"
  }

  private stepAt(index: number): Step {
    const at = this.beginsWithRset ? index : index + 1
    if (at === 0) return "RSET"
    if (at === 1) return "MAIL"
    return at - 2 < this.letter.rcpts.length ? "RCPT" : "DATA"
  }

  record(step: Step, reply: Reply): void {
    this.answeredCommands++
    switch (step) {
      case "RSET":
        this.rset = reply
        return
      case "MAIL":
        this.mail = reply
        return
      case "RCPT":
        this.rcpt.push(reply)
        return
      case "DATA":
        this.data = reply
        return
      case "message":
        this.messages.push(reply)
    }
  }

  /** The first reply to the message. */
  get message(): Reply | undefined {
    return this.messages[0]
  }

  /** The reply to the message that is for the recipient with this index among those that were accepted. */
  replyTo(index: number): Reply | undefined {
    return this.messages[this.letter.hasReplyForEach === true ? index : 0]
  }

  /** Whether every reply to the message is there. BDAT without a recipient is answered once. */
  get isAnswered(): boolean {
    const due = this.letter.hasReplyForEach === true ? Math.max(1, this.rcpt.filter(isPositive).length) : 1
    return this.messages.length >= due
  }

  get hasSender(): boolean {
    return this.mail !== undefined && isPositive(this.mail)
  }

  get hasRecipient(): boolean {
    return this.hasSender && this.rcpt.some(isPositive)
  }

  get isLastRcpt(): boolean {
    return this.rcpt.length === this.letter.rcpts.length
  }
}
