import type { ServerEvent } from "../../smtpServer/events.js"
import type { Line, Transmission, Verdict } from "../model/message.js"
import { outcomeOf } from "./outcome.js"

type Recipient = Transmission["recipients"][number]
type Writable<A> = { -readonly [K in keyof A]: A[K] }

interface Transaction {
  readonly from: string
  readonly started: number
  readonly recipients: Array<Writable<Recipient>>
  readonly lines: Array<Line>
  fromReply: string
}

/** A message that is being received, or waits for its reply. */
export interface Pending {
  readonly transaction: Transaction
  isComplete: boolean
  /** The number under which it was kept, once it was. */
  id: number | undefined
}

const maxLines = 3_000
const maxLineLength = 2_000

const octetsOf = (count: number): string => `${count.toLocaleString("en")} octets`

const verdictOf = (reply: string): Verdict =>
  reply.startsWith("2")
    ? "accepted"
    : reply.startsWith("4")
    ? "deferred"
    : reply.startsWith("5")
    ? "refused"
    : "unknown"

const addressOf = (line: string): string => /:\s*<([^>]*)>/.exec(line)?.[1] ?? line.slice(line.indexOf(":") + 1).trim()

/** What happens on one connection, as the transactions that a person looks at. */
export class Recorder {
  /** The greeting, EHLO, TLS and the login: every transaction on the connection begins with it. */
  private readonly opening: Array<Line> = []
  private isOpening = true
  private transaction: Transaction | undefined
  private answered: Pending | undefined
  private asked: "MAIL" | "RCPT" | "other" = "other"
  private rule: string | undefined
  private begun: number | undefined
  private tls = ""
  private auth = ""

  private put(time: number, from: Line["from"], text: string): void {
    this.begun ??= time
    const lines = (this.transaction ?? this.answered?.transaction)?.lines ?? (this.isOpening ? this.opening : undefined)
    if (lines === undefined || lines.length >= maxLines) return
    const rule = from === "client" ? undefined : this.rule
    lines.push({
      at: time - this.begun,
      from,
      text: text.length > maxLineLength ? `${text.slice(0, maxLineLength)}…` : text,
      ...rule === undefined ? {} : { rule }
    })
    if (from !== "client") this.rule = undefined
  }

  private heard(time: number, line: string): Pending | undefined {
    const verb = line.trimStart().slice(0, 4).toUpperCase()
    let given: Pending | undefined
    if (verb === "MAIL" && this.transaction === undefined) {
      this.answered = undefined
      this.isOpening = false
      this.transaction = { from: addressOf(line), started: time, recipients: [], lines: [], fromReply: "" }
    } else if (this.transaction !== undefined && /^(?:RSET|EHLO|HELO|QUIT)$/.test(verb)) {
      // The client gave up before it sent anything: worth a row where a recipient was refused.
      given = this.givenUp()
    } else if (verb !== "MAIL") this.answered = this.transaction === undefined ? undefined : this.answered
    this.asked = verb === "MAIL" ? "MAIL" : verb === "RCPT" ? "RCPT" : "other"
    if (verb === "RCPT") {
      this.transaction?.recipients.push({ address: addressOf(line), verdict: "waiting", reply: "" })
    }
    if (verb === "AUTH") this.auth = `AUTH ${line.trim().split(/\s+/)[1] ?? ""}`
    this.put(time, "client", line)
    if (verb === "RSET" || verb === "QUIT") this.transaction = undefined
    return given
  }

  private said(time: number, text: string): void {
    for (const line of text.split("\r\n")) if (line !== "") this.put(time, "server", line)
    const reply = text.split("\r\n").filter((line) => line !== "").at(-1) ?? ""
    const { transaction } = this
    if (transaction === undefined) return
    if (this.asked === "MAIL") transaction.fromReply = reply
    const recipient = transaction.recipients.at(-1)
    if (this.asked === "RCPT" && recipient !== undefined && recipient.reply === "") {
      recipient.reply = reply
      recipient.verdict = verdictOf(reply)
    }
    this.asked = "other"
  }

  /** A transaction in which no message came; undefined where there is nothing to say about it. */
  private givenUp(): Pending | undefined {
    const { transaction } = this
    if (transaction === undefined) return undefined
    const isRefused = /^[45]/.test(transaction.fromReply) ||
      transaction.recipients.some(({ verdict }) => verdict !== "accepted")
    return isRefused ? { transaction, isComplete: false, id: undefined } : undefined
  }

  /** A transaction with recipients, none of them accepted so far. */
  get hopeless(): Pending | undefined {
    const { transaction } = this
    if (transaction === undefined) return undefined
    const isRefused = /^[45]/.test(transaction.fromReply) ||
      (transaction.recipients.length > 0 &&
        transaction.recipients.every(({ verdict }) => verdict === "refused" || verdict === "deferred"))
    return isRefused ? { transaction, isComplete: false, id: undefined } : undefined
  }

  /** The message whose octets begin now. */
  begin(): Pending | undefined {
    return this.transaction === undefined
      ? undefined
      : { transaction: this.transaction, isComplete: false, id: undefined }
  }

  /** No more octets of a message come; `isComplete` says whether its end did. */
  complete(pending: Pending, isComplete: boolean): void {
    pending.isComplete = isComplete
    this.answered = pending
    this.transaction = undefined
  }

  /** Takes an event. Gives a transaction that is over without a message having been kept for it. */
  take({ time, what }: ServerEvent): Pending | undefined {
    switch (what._tag) {
      case "Opened":
        this.begun = time
        return undefined
      case "Encrypted":
        this.tls = "TLS"
        this.put(time, "note", "encrypted")
        return undefined
      case "Heard":
        return this.heard(time, what.line)
      case "Said":
        this.said(time, what.text)
        return undefined
      case "Ruled":
        this.rule = what.rule.label ?? "a rule of the program"
        return undefined
      case "Ended":
        this.put(time, "note", what.isComplete ? octetsOf(what.octets) : `broke off after ${octetsOf(what.octets)}`)
        return undefined
      case "Closed": {
        this.put(time, "note", "connection closed")
        const given = this.transaction === undefined ? undefined : this.givenUp()
        this.transaction = undefined
        return given
      }
      default:
        return undefined
    }
  }

  /** What is known of a message now. `ending`: the reply to its end, or that none can come any more. */
  transmission(pending: Pending, time: number, ending: string | "lost" | "waiting"): Transmission {
    const { isComplete, transaction: { from, fromReply, lines, recipients, started } } = pending
    const reply = ending === "lost" || ending === "waiting" ? "" : ending
    const taken = ending === "waiting"
      ? "waiting"
      : ending === "lost"
      ? isComplete ? "unknown" : "failed"
      : verdictOf(reply)
    const settled = recipients.map((recipient): Recipient =>
      recipient.verdict === "accepted" && taken !== "accepted"
        ? { ...recipient, verdict: taken, reply: reply === "" ? recipient.reply : reply }
        : recipient
    )
    return {
      source: "smtp",
      time,
      duration: time - started,
      from,
      recipients: settled,
      fromReply,
      reply,
      tls: this.tls,
      auth: this.auth,
      isComplete,
      outcome: outcomeOf({ fromReply, recipients: settled, reply, taken, isComplete }),
      dialogue: [...this.opening, ...lines]
    }
  }
}
