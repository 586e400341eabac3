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
  mail?: DeliveryReport.Reply
  readonly rcpt: Array<DeliveryReport.Reply>
  data?: DeliveryReport.Reply
  message?: DeliveryReport.Reply
}

/**
 * Who wants to know, before nodemailer acts on it.
 *
 * @internal
 */
export interface Observer {
  readonly onActivity: () => void
  readonly onExtensions: (extensions: ReadonlyMap<string, string>) => void
  readonly onViolation: () => void
  /** Takes out of a text of the server what nobody may see. */
  readonly conceal: (text: string) => string
  /** Whether the connection has ended. */
  readonly isClosed: () => boolean
  /** Whether nodemailer has noticed that. */
  readonly isGivenUp: () => boolean
}

const verbs: ReadonlyArray<readonly [prefix: string, step: Step]> = [
  ["EHLO", "EHLO"],
  ["HELO", "HELO"],
  ["STARTTLS", "STARTTLS"],
  ["AUTH", "AUTH"],
  ["MAIL", "MAIL"],
  ["RCPT", "RCPT"],
  ["DATA", "DATA"],
  ["RSET", "RSET"],
  ["QUIT", "QUIT"]
]

const mostAuthReplies = 6
const longestTranscript = 200

/**
 * The dialogue as nodemailer's transaction log tells it: each command as it is sent, each reply before nodemailer acts
 * on it. It puts every reply to its step, and notices what nodemailer lets pass: malformed replies, replies that nobody
 * asked for, and anything but 354 before the message.
 *
 * @internal
 */
export class Dialogue {
  /** What the server still owes an answer to, in order. */
  private readonly awaited: Array<Step> = ["greeting"]
  private authReplies = 0
  private lines: Array<string> = []
  private handshakeLines = 0

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
    return this.lines.slice()
  }

  private note(line: string): void {
    if (this.lines.length < longestTranscript) this.lines.push(line)
  }

  /** The sink for nodemailer's log. */
  readonly logger = {
    debug: (entry: { readonly tnx?: string }, line: string): void => {
      if (entry.tnx === "client") this.onCommand(line)
      else if (entry.tnx === "server") this.hear(line)
    }
  }

  /**
   * Replies wait for each other at nodemailer's, and the last ones may be told after the connection has ended. So may the
   * rest of a line that never came to its end, but then nodemailer gives up in the same breath; as it does after 421,
   * half of which is no less true as long as it is not the answer to the message.
   */
  private hear(raw: string): void {
    const isFarewell = raw.startsWith("421") && this.currentStep !== "message"
    if (isFarewell || !this.observer.isClosed() || this.observer.isGivenUp()) return this.onReply(raw)
    queueMicrotask(() => {
      if (!this.observer.isGivenUp()) this.onReply(raw)
    })
  }

  private onCommand(line: string): void {
    const isAuthenticating = this.lastStep === "AUTH" && this.lastReply?.code === 334 && this.awaited.length === 0
    const step = isAuthenticating ? "AUTH" : verbs.find(([prefix]) => line.startsWith(prefix))?.[1]
    if (step === "AUTH" && !isAuthenticating) this.authReplies = 0
    // The dot that ends an empty message is answered as any message is, and is awaited since the 354.
    if (step !== undefined) this.awaited.push(step)
    this.note(`C: ${step === "AUTH" ? line.replace(/^(AUTH [A-Z0-9-]+)?.*$/, "$1 ...").trim() : line}`)
  }

  private onReply(raw: string): void {
    if (this.violation !== undefined) return
    this.observer.onActivity()
    this.note(`S: ${this.observer.conceal(Reply.printable(raw.replaceAll("\n", " | ")))}`)
    const step = this.awaited.shift()
    const parsed = Reply.parse(raw)
    if (parsed === undefined) return this.violate("a malformed reply")
    if (step === undefined) {
      if (parsed.code !== 421) this.violate("a reply that nobody asked for")
      return
    }
    const reply = { ...parsed, text: this.observer.conceal(parsed.text) }
    this.lastStep = step
    this.lastReply = reply
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
