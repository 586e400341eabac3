/**
 * A scripted server without a socket: it is given the octets of a client, and leaves what it does in a queue. It reads as
 * strictly as the one of `@effect-mail/testing` does.
 */
import type { SmtpScript } from "@effect-mail/testing"
import * as Memory from "./MemoryLedger.js"

interface Body {
  pieces: Array<Buffer>
  length: number
  readonly played: Set<SmtpScript.Rule>
}

const challenges: Readonly<Record<string, number>> = { PLAIN: 1, XOAUTH2: 1, LOGIN: 2, "CRAM-MD5": 1 }

export class MemoryServer {
  readonly queue: Array<Memory.Happening> = []
  /** Whether a TLS handshake is its next step. */
  awaitsTls = false
  isSecure = false
  private isStopped = false
  private isHung = false
  private unread: Buffer = Buffer.alloc(0)
  private counts = new Map<SmtpScript.Event, number>()
  private hasGreeted = false
  private transaction: { readonly from: string; readonly to: Array<string>; candidate?: string } | undefined
  private body: Body | undefined
  private messages = 0
  private authLines = 0
  private answered: { readonly entry: Memory.Entry; said: string } | undefined
  /** What is left to do once TLS is there. */
  private later: Array<() => void> = []
  private readonly number: number

  constructor(private readonly script: () => SmtpScript.Script, private readonly ledger: Memory.Ledger) {
    this.number = ++ledger.connections
    const greet = () => this.fire("connect", () => this.say(220, "memory.test ESMTP"))
    if (script().tls === "implicit") {
      this.later.push(greet)
      this.fire("TLS", () => this.startTls())
    } else greet()
  }

  receive(octets: Buffer): void {
    if (this.isHung || this.isStopped) return
    this.unread = Buffer.concat([this.unread, octets])
    this.go()
  }

  /** The client has gone. */
  left(): void {
    if (this.body === undefined || this.transaction === undefined) return
    const { from, to } = this.transaction
    this.ledger.aborted.push({ connection: this.number, from, to, octets: this.body.length })
    this.body = undefined
  }

  /** TLS was agreed upon. */
  encrypted(): void {
    this.awaitsTls = false
    this.isSecure = true
    this.counts = new Map()
    this.hasGreeted = false
    for (const act of this.later.splice(0)) act()
    this.go()
  }

  private go(): void {
    while (
      !this.isHung && !this.isStopped && !this.awaitsTls &&
      (this.body === undefined ? this.readLine() : this.readBody(this.body))
    );
  }

  private readLine(): boolean {
    const end = this.unread.indexOf("\r\n")
    if (end < 0) return false
    const line = this.unread.toString("utf8", 0, end)
    this.unread = this.unread.subarray(end + 2)
    this.answered = undefined
    const name = (Memory.verb.exec(line)?.[0] ?? "").toUpperCase()
    const isAuthLine = this.authLines > 0
    const isKnown = isAuthLine || (Memory.isEvent(name) && !/[\r\n\0]/.test(line))
    this.ledger.commands.push({ connection: this.number, isSecure: this.isSecure, line, isKnown })
    if (isAuthLine) this.authLine(line)
    else if (isKnown && Memory.isEvent(name)) this.command(name, line)
    else this.say(500, "5.5.2 unknown command")
    return true
  }

  private readBody(body: Body): boolean {
    const end = Memory.endOfMessage(this.unread, body.length === 0)
    const taken = end ?? Math.max(0, this.unread.length - 4)
    const isEnd = end !== undefined
    if (!isEnd && taken === 0) return false
    body.pieces.push(this.unread.subarray(0, taken))
    body.length += taken
    this.unread = this.unread.subarray(isEnd ? taken + 3 : taken)
    for (const rule of this.script().rules) {
      const isDue = !body.played.has(rule) && body.length >= (rule.when.afterOctets ?? 0)
      if (!isDue || !this.matches(rule, "BODY", this.messages)) continue
      body.played.add(rule)
      this.ledger.sentAsUsual ??= this.ledger.sent
      this.play("BODY", rule.actions, () => undefined)
    }
    if (isEnd && !this.isHung) this.endOfData(body)
    return isEnd
  }

  private endOfData(body: Body): void {
    const { from, to } = this.transaction ?? { from: "", to: [] }
    const entry = {
      connection: this.number,
      isSecure: this.isSecure,
      from,
      to,
      bytes: Memory.unstuff(Buffer.concat(body.pieces)),
      isAccepted: false,
      acceptedFor: [],
      reply: undefined
    }
    this.ledger.received.push(entry)
    this.body = undefined
    this.transaction = undefined
    this.answered = { entry, said: "" }
    this.fire("DOT", () => this.reply("DOT", 250, ["2.0.0 taken"]))
  }

  private matches({ when }: SmtpScript.Rule, event: SmtpScript.Event, occurrence: number): boolean {
    return when.event === event && (when.connection ?? this.number) === this.number &&
      (when.occurrence ?? occurrence) === occurrence && (when.isSecure ?? this.isSecure) === this.isSecure
  }

  private fire(event: SmtpScript.Event, proceed: () => void): void {
    const occurrence = (this.counts.get(event) ?? 0) + 1
    this.counts.set(event, occurrence)
    const rule = this.script().rules.find((rule) => this.matches(rule, event, occurrence))
    if (rule === undefined) proceed()
    else {
      this.ledger.sentAsUsual ??= this.ledger.sent
      this.play(event, rule.actions, proceed)
    }
  }

  private play(event: SmtpScript.Event, actions: ReadonlyArray<SmtpScript.Action>, proceed: () => void): void {
    for (const action of actions) {
      if (this.awaitsTls) this.later.push(() => this.perform(event, action, proceed))
      else this.perform(event, action, proceed)
    }
  }

  private perform(event: SmtpScript.Event, action: SmtpScript.Action, proceed: () => void): void {
    if (this.isHung) return
    for (const happening of Memory.happenings(action)) this.happen(happening)
    switch (action._tag) {
      case "Reply":
        return this.reply(event, action.code, action.lines)
      case "Hang":
        this.isHung = true
        return
      case "Fin":
        return this.leave()
      case "Rst":
        return this.leave("ECONNRESET")
      case "StopReading":
        this.isStopped = true
        return
      case "StartTls":
        return this.startTls()
      case "GarbageTls":
        return this.leave("ERR_SSL_WRONG_VERSION_NUMBER")
      case "Proceed":
        return proceed()
      case "AcceptRecipient":
        return this.acceptRecipient()
      case "BeginData":
        return this.beginData()
      case "Accept":
        if (this.answered !== undefined) Memory.accept(this.answered.entry)
    }
  }

  private leave(code?: string): void {
    this.isHung = true
    this.queue.push({ _tag: "End", ...code === undefined ? {} : { code } })
  }

  private happen(happening: Memory.Happening): void {
    this.queue.push(happening)
    if (happening._tag !== "Octets") return
    this.ledger.sent += happening.octets.length
    if (this.answered === undefined || this.answered.entry.reply !== undefined) return
    this.answered.said += happening.octets.toString("latin1")
    this.answered.entry.reply = Memory.firstReply(this.answered.said)
  }

  private say(code: number, ...lines: ReadonlyArray<string>): void {
    const text = lines.map((line, i) => `${code}${i < lines.length - 1 ? "-" : " "}${line}\r\n`).join("")
    this.happen({ _tag: "Octets", octets: Buffer.from(text) })
  }

  private startTls(): void {
    this.transaction = undefined
    this.unread = Buffer.alloc(0)
    this.awaitsTls = true
  }

  /** Says it, and means it. */
  private reply(event: SmtpScript.Event, code: number, lines: ReadonlyArray<string>): void {
    const isPositive = code >= 200 && code < 300
    if ((event === "MAIL" && !isPositive) || (event === "RSET" && isPositive)) this.transaction = undefined
    if (event === "RCPT" && isPositive) this.acceptRecipient()
    if (event === "DATA" && code === 354) this.beginData()
    if (event === "DOT" && isPositive && this.answered !== undefined) Memory.accept(this.answered.entry)
    if (event === "AUTH" || event === "AUTHDATA") this.authLines = code === 334 ? Math.max(1, this.authLines) : 0
    this.say(code, ...lines.length === 0 ? [""] : lines)
  }

  private acceptRecipient(): void {
    const { candidate, to } = this.transaction ?? {}
    if (candidate !== undefined) to?.push(candidate)
  }

  private beginData(): void {
    this.transaction ??= { from: "", to: [] }
    this.body = { pieces: [], length: 0, played: new Set() }
    this.messages++
  }

  private isOffered(keyword: string): boolean {
    return this.script().extensions.some((extension) => extension.split(/[ =]/)[0] === keyword)
  }

  private authLine(line: string): void {
    this.authLines--
    this.fire("AUTHDATA", () => {
      if (line !== "*" && this.authLines > 0) return this.say(334, "UGFzc3dvcmQ6")
      this.authLines = 0
      return line === "*" ? this.say(501, "5.7.0 given up") : this.say(235, "2.7.0 welcome")
    })
  }

  private command(name: SmtpScript.Event, line: string): void {
    switch (name) {
      case "EHLO":
      case "HELO": {
        this.transaction = undefined
        this.hasGreeted = true
        const offered = this.script().extensions.filter((extension) => extension !== "STARTTLS" || !this.isSecure)
        return this.fire(name, () => this.say(250, "memory.test", ...name === "EHLO" ? offered : []))
      }
      case "STARTTLS":
        return this.fire(name, () => {
          if (!this.isOffered("STARTTLS") || this.isSecure) return this.say(502, "5.5.1 not offered")
          this.say(220, "2.0.0 go ahead")
          this.fire("TLS", () => this.startTls())
        })
      case "AUTH": {
        const [, mechanism = "", initial] = line.trimEnd().split(" ")
        const lines = challenges[mechanism]
        return this.fire(name, () => {
          if (!this.isOffered("AUTH") || lines === undefined) return this.say(504, "5.5.4 unknown mechanism")
          this.authLines = initial === undefined ? lines : lines - 1
          return this.authLines === 0 ? this.say(235, "2.7.0 welcome") : this.say(334, "VXNlcm5hbWU6")
        })
      }
      case "MAIL": {
        const from = Memory.path.exec(line)?.[1]
        const isInOrder = from !== undefined && this.hasGreeted && this.transaction === undefined
        if (isInOrder) this.transaction = { from, to: [] }
        return this.fire(
          name,
          () => isInOrder ? this.reply(name, 250, ["2.1.0 ok"]) : this.say(503, "5.5.1 bad sequence")
        )
      }
      case "RCPT": {
        const candidate = Memory.path.exec(line)?.[1]
        if (this.transaction !== undefined && candidate !== undefined) this.transaction.candidate = candidate
        const isInOrder = this.transaction !== undefined
        return this.fire(name, () => isInOrder ? this.reply(name, 250, ["2.1.5 ok"]) : this.say(503, "5.5.1 need MAIL"))
      }
      case "DATA":
        return this.fire(name, () => {
          if (this.transaction === undefined) return this.say(503, "5.5.1 need MAIL")
          return this.transaction.to.length === 0 ? this.say(554, "5.5.1 no recipients") : this.reply(name, 354, ["go"])
        })
      case "RSET":
        return this.fire(name, () => this.reply(name, 250, ["2.0.0 ok"]))
      case "QUIT":
        return this.fire(name, () => {
          this.say(221, "2.0.0 bye")
          this.leave()
        })
      default:
        return this.say(250, "2.0.0 ok")
    }
  }
}
