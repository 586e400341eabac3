import type * as DeliveryReport from "@effect-mail/core/DeliveryReport"
import * as Reply from "./smtpReply.js"

/**
 * The steps of a session that a server answers.
 *
 * @internal
 */
export type Step =
  | "greeting"
  | "EHLO"
  | "HELO"
  | "STARTTLS"
  | "AUTH"
  | "MAIL"
  | "RCPT"
  | "DATA"
  | "message"
  | "RSET"
  | "QUIT"

/**
 * What the server has said of one message so far.
 *
 * @internal
 */
export interface Transaction {
  rset?: DeliveryReport.Reply
  mail?: DeliveryReport.Reply
  readonly rcpt: Array<DeliveryReport.Reply>
  data?: DeliveryReport.Reply
  message?: DeliveryReport.Reply
}

/**
 * Who acts on the dialogue.
 *
 * @internal
 */
export interface Observer {
  readonly onActivity: () => void
  readonly onExtensions: (extensions: ReadonlyMap<string, string>) => void
  readonly onReply: (step: Step) => void
  readonly onClosing: () => void
  readonly onViolation: () => void
  /** Takes out of a text of the server what nobody may see. */
  readonly conceal: (text: string) => string
}

const handshakeVerbs: ReadonlyArray<Step> = ["EHLO", "HELO", "STARTTLS", "AUTH"]

const mostAuthReplies = 6
const longestTranscript = 200

/**
 * The dialogue: each command as it is sent, and each reply put to its step. It notices what must not be: malformed
 * replies, replies that nobody asked for, and anything but 354 before the message.
 *
 * @internal
 */
export class Dialogue {
  /** What the server still owes an answer to, in order. */
  private readonly awaited: Array<Step> = ["greeting"]
  private authReplies = 0
  private readonly lines: Array<string> = []
  private handshakeLines = 0
  private isClosing = false
  /** What was last heard at each step, and what it means: servers say the same again and again. */
  private readonly heard = new Map<Step | undefined, { readonly raw: string; readonly reply: DeliveryReport.Reply }>()

  /** The last answered step, and its reply. */
  lastStep: Step = "greeting"
  lastReply: DeliveryReport.Reply | undefined
  extensions: ReadonlyMap<string, string> = new Map()
  transaction: Transaction = { rcpt: [] }
  /** What the server did that no server may do. From then on nothing that it says counts. */
  violation: string | undefined

  constructor(private readonly observer: Observer) {}

  /** The step that the server is answering, or would be if it spoke. */
  get currentStep(): Step | undefined {
    return this.awaited[0]
  }

  /** Starts a message: what was said of the last one is forgotten. */
  begin(): void {
    if (this.handshakeLines === 0) this.handshakeLines = this.lines.length
    this.lines.length = this.handshakeLines
    this.transaction = { rcpt: [] }
  }

  /** How the session began, and what was said of the last message: without its octets, and without secrets. */
  get transcript(): ReadonlyArray<string> {
    return this.lines.map((line) => this.observer.conceal(Reply.printable(line.replaceAll("\n", " | "))))
  }

  private note(line: string): void {
    if (this.lines.length < longestTranscript) this.lines.push(line)
  }

  /** A command is sent: its reply is awaited. */
  say(step: Step, line: string): void {
    this.awaited.push(step)
    this.note(`C: ${line}`)
  }

  /** A command of the handshake, as nodemailer sends it. */
  sayOfHandshake(line: string): void {
    const isAuthenticating = this.lastStep === "AUTH" && this.lastReply?.code === 334 && this.awaited.length === 0
    const step = isAuthenticating ? "AUTH" : handshakeVerbs.find((verb) => line.startsWith(verb))
    if (step === "AUTH" && !isAuthenticating) this.authReplies = 0
    if (step === undefined) return
    this.say(step, step === "AUTH" ? line.replace(/^(AUTH [A-Z0-9-]+)?.*$/, "$1 ...").trim() : line)
  }

  /** A whole reply. */
  hear(raw: string): void {
    if (this.violation !== undefined || this.isClosing) return
    this.observer.onActivity()
    this.note(`S: ${raw}`)
    const step = this.awaited.shift()
    const reply = this.understand(step, raw)
    if (reply === undefined) return this.violate("a malformed reply")
    // RFC 5321 section 3.8: whatever it answers, the server closes the connection now.
    this.isClosing = reply.code === 421
    if (step === undefined) {
      return this.isClosing ? this.observer.onClosing() : this.violate("a reply that nobody asked for")
    }
    this.lastStep = step
    this.lastReply = reply
    this.record(step, reply, raw)
    if (this.isClosing) this.observer.onClosing()
    else if (this.violation === undefined) this.observer.onReply(step)
  }

  private understand(step: Step | undefined, raw: string): DeliveryReport.Reply | undefined {
    const last = this.heard.get(step)
    if (last?.raw === raw) return last.reply
    const parsed = Reply.parse(raw)
    if (parsed === undefined) return undefined
    const reply = { ...parsed, text: this.observer.conceal(parsed.text) }
    this.heard.set(step, { raw, reply })
    return reply
  }

  private record(step: Step, reply: DeliveryReport.Reply, raw: string): void {
    switch (step) {
      case "EHLO":
        if (reply.code !== 250) return
        this.extensions = Reply.parseExtensions(raw)
        this.observer.onExtensions(this.extensions)
        return
      case "HELO":
        this.extensions = new Map()
        return
      case "AUTH":
        this.authReplies++
        if (this.authReplies > mostAuthReplies) this.violate("challenges without end")
        return
      case "RSET":
        this.transaction.rset = reply
        return
      case "MAIL":
        this.transaction.mail = reply
        return
      case "RCPT":
        this.transaction.rcpt.push(reply)
        return
      case "DATA":
        this.transaction.data = reply
        if (reply.code === 354) this.awaited.unshift("message")
        else if (reply.code < 400) this.violate("a reply to DATA that is not 354")
        return
      case "message":
        this.transaction.message = reply
        return
    }
  }

  /** Notes what the server must not do, and ends the dialogue. */
  violate(what: string): void {
    this.violation ??= what
    this.observer.onViolation()
  }
}
