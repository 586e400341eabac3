import type { Reply } from "@effect-mail/core/DeliveryReport"
import type { BackendError } from "@effect-mail/core/MailError"
import { isPositive } from "./reply.js"

/** What the server answers in the course of one message, in this order (RFC 5321 section 3.3). */
export type Step = "RSET" | "MAIL" | "RCPT" | "DATA" | "message"

/**
 * How far a message has come.
 *
 * - `Waiting`: none of it was written
 * - `Envelope`: its envelope was written, and the server has not asked for it
 * - `Body`: the server has asked for it (354), and its end was not written
 * - `Sent`: its end was written, so that the server may be responsible for it
 * - `Over`: nothing more will be said of it
 */
export type Progress = "Waiting" | "Envelope" | "Body" | "Sent"

/**
 * Why the session ended before the server had answered.
 *
 * - `Lost`: the connection is gone, or was given up for another reason than this message
 * - `TimedOut`: the server took too long
 * - `Closing`: the server said 421
 * - `Violation`: the server did what no server may do
 * - `OutOfStep`: the server did not answer RSET with 250, or answers a message that it refused to hear of
 * - `SourceFailed`: the content of the message could not be read
 */
export type Ending =
  | { readonly _tag: "Lost"; readonly cause?: unknown }
  | { readonly _tag: "TimedOut" }
  | { readonly _tag: "Closing" }
  | { readonly _tag: "Violation"; readonly what: string }
  | { readonly _tag: "OutOfStep" }
  | { readonly _tag: "SourceFailed"; readonly error: BackendError }

/**
 * What is to be sent.
 *
 * - `mail`, `rcpts`: the commands, without line ends
 * - `content`: the message with its end, as it is written after 354; absent where it is written piece by piece
 * - `chunk`: the message as one BDAT chunk (RFC 3030), where it goes so
 * - `isGated`: whether `commit` decides when the content is written
 */
export interface Letter {
  readonly mail: string
  readonly rcpts: ReadonlyArray<string>
  readonly content?: Uint8Array | undefined
  readonly chunk?: Uint8Array | undefined
  readonly isGated?: boolean | undefined
}

/** One message on its way: what was said, what was answered, and how it ended. */
export class Transaction {
  progress: Progress = "Waiting"
  isOver = false
  /** Whether the session had no message before it. */
  isFirst = false
  /** Whether its envelope went out before the message in front of it was answered. */
  isBehind = false
  /** Whether its sender has gone: the message must not be sent any more. */
  isCancelled = false
  ending: Ending | undefined

  rset: Reply | undefined
  mail: Reply | undefined
  readonly rcpt: Array<Reply> = []
  data: Reply | undefined
  message: Reply | undefined
  /** What was received together with the request for the message, and so before its end. */
  premature = ""

  /** How many commands were written, and how many of them answered. */
  private said = 0
  private answered = 0
  private beginsWithRset = false
  readonly transcript: Array<string> = []

  constructor(readonly letter: Letter) {}

  /** Forgets what was said: the envelope is written again. */
  restart(beginsWithRset: boolean): void {
    this.progress = "Envelope"
    this.beginsWithRset = beginsWithRset
    this.said = 0
    this.answered = 0
    this.rset = undefined
    this.mail = undefined
    this.rcpt.length = 0
    this.data = undefined
  }

  /** Nothing but a farewell counts of what was answered. */
  forgetRefusals(): void {
    const farewells = this.rcpt.filter(({ code }) => code === 421)
    this.mail = undefined
    this.rcpt.splice(0, this.rcpt.length, ...farewells)
  }

  /** The next `count` commands to write. */
  commands(count: number): ReadonlyArray<string> {
    const all = [...this.beginsWithRset ? ["RSET"] : [], this.letter.mail, ...this.letter.rcpts]
    if (this.letter.chunk === undefined) all.push("DATA")
    const next = all.slice(this.said, this.said + count)
    this.said += next.length
    return next
  }

  /** The step that the next reply answers, or none where the server owes no reply. */
  get expected(): Step | undefined {
    if (this.progress === "Body" || (this.progress === "Sent" && this.letter.chunk === undefined)) return "message"
    return this.answered < this.said
      ? this.stepAt(this.answered)
      : this.letter.chunk === undefined
      ? undefined
      : "message"
  }

  private stepAt(index: number): Step {
    const at = this.beginsWithRset ? index : index + 1
    if (at === 0) return "RSET"
    if (at === 1) return "MAIL"
    return at - 2 < this.letter.rcpts.length ? "RCPT" : "DATA"
  }

  hear(step: Step, reply: Reply): void {
    this.answered++
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
        this.message = reply
    }
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
