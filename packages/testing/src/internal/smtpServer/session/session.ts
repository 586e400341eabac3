import * as Effect from "effect/Effect"
import type { Socket } from "node:net"
import type { Event } from "../../../SmtpScript.js"
import { Connection, type Delivery } from "../connection.js"
import type { ServerContext } from "../context.js"
import { Login } from "./auth.js"
import { Reception, type Transaction } from "./reception.js"
import { RulePlayer, type Stage } from "./rules.js"
import { declaredSize, decode, keywordOf, pathOf, verbOf } from "./syntax.js"

const serverName = "scripted.test"

/**
 * One connection as a strict server has it: CRLF ends a line and nothing else does, commands come in their order, and a
 * message ends with CRLF.CRLF.
 */
export class Session implements Stage {
  private readonly connection: Connection
  private readonly rules: RulePlayer
  private readonly reception: Reception
  private login = new Login()
  private transaction: Transaction | undefined
  private hasGreeted = false

  constructor(
    private readonly server: ServerContext,
    private readonly number: number,
    socket: Socket,
    delivery: Delivery,
    onLeave: () => void
  ) {
    this.connection = new Connection(socket, delivery, {
      onLeave,
      onSay: (octets) => server.events.emit(number, () => ({ _tag: "Said", text: decode(octets) })),
      onWrite: (octets) => this.reception.said(octets)
    })
    this.reception = new Reception(server, this.connection, number)
    this.rules = new RulePlayer(server, this.connection, number, this)
  }

  /** The whole session. It ends with the connection, which interrupts it. */
  readonly run: Effect.Effect<void> = Effect.gen(this, function*() {
    if (this.server.script().tls === "implicit") yield* this.rules.fire("TLS", this.startTls)
    yield* this.rules.fire("connect", this.say(220, `${serverName} ESMTP`))
    while (true) yield* this.reception.isOpen ? this.readBody : this.readCommand
  }).pipe(
    Effect.ensuring(Effect.suspend(() => this.reception.abandon)),
    Effect.ensuring(Effect.suspend(() => this.connection.destroy))
  )

  /** Says that there are too many connections, and closes this one. */
  readonly refuse: Effect.Effect<void> = Effect.suspend(() =>
    this.server.script().tls === "implicit"
      ? this.connection.close
      : Effect.zipRight(this.say(421, "4.7.0 too many connections, try again later"), this.connection.close)
  )

  /** The connection is over. */
  ended(): void {
    this.reception.ended()
  }

  readonly startTls: Effect.Effect<void> = Effect.suspend(() => {
    this.rules.reset()
    this.transaction = undefined
    this.login = new Login()
    this.hasGreeted = false
    const { certificates, script } = this.server
    return Effect.zipRight(
      this.within(this.connection.startTls(certificates[script().certificate]), this.connection.close),
      Effect.sync(() => this.server.events.emit(this.number, () => ({ _tag: "Encrypted" })))
    )
  })

  readonly acceptRecipient = (): void => {
    const { candidate, to } = this.transaction ?? {}
    if (candidate !== undefined) to?.push(candidate)
  }

  readonly beginData = (): void => {
    this.reception.begin(this.transaction)
  }

  readonly accept = (): void => this.reception.accept()

  get sender(): string {
    return this.transaction?.from ?? ""
  }

  readonly recipients = (event: Event): ReadonlyArray<string> => {
    const { transaction } = this
    if (event === "RCPT") return transaction?.candidate === undefined ? [] : [transaction.candidate]
    return event === "BODY" || event === "DOT" ? this.reception.recipients : transaction?.to ?? []
  }

  /** Says it, and means it. The meaning comes first: what the client does next must find the server ready. */
  readonly reply = (event: Event, code: number, lines: ReadonlyArray<string>): Effect.Effect<void> =>
    Effect.suspend(() => {
      this.applyReply(event, code)
      return this.say(code, ...lines.length === 0 ? [""] : lines)
    })

  private applyReply(event: Event, code: number): void {
    const isPositive = code >= 200 && code < 300
    switch (event) {
      case "MAIL":
        if (!isPositive) this.transaction = undefined
        return
      case "RCPT":
        if (isPositive) this.acceptRecipient()
        return
      case "DATA":
        if (code === 354) this.beginData()
        return
      case "DOT":
        if (isPositive) this.accept()
        return
      case "RSET":
        if (isPositive) this.transaction = undefined
        return
      case "AUTH":
      case "AUTHDATA":
        return this.login.replied(code)
    }
  }

  private say(code: number, ...lines: ReadonlyArray<string>): Effect.Effect<void> {
    return this.connection.write(Buffer.from(
      lines.map((line, i) => `${code}${i < lines.length - 1 ? "-" : " "}${line}\r\n`).join("")
    ))
  }

  /** Waits for the client as long as it may be idle. */
  private within<A>(waiting: Effect.Effect<A>, otherwise: Effect.Effect<never>): Effect.Effect<A> {
    const { idleTimeout } = this.server.limits
    return idleTimeout === undefined
      ? waiting
      : Effect.flatten(Effect.timeoutTo(waiting, {
        duration: idleTimeout,
        onSuccess: (came): Effect.Effect<A> => Effect.succeed(came),
        onTimeout: () => otherwise
      }))
  }

  private readonly giveUp: Effect.Effect<never> = Effect.suspend(() =>
    Effect.zipRight(this.say(421, "4.4.2 idle for too long"), this.connection.close)
  )

  private readonly readBody: Effect.Effect<void> = Effect.gen(this, function*() {
    const take = (isLineStart: boolean) => this.within(this.connection.takeData(isLineStart), this.giveUp)
    const verdict = yield* this.reception.read(take, this.rules)
    if (verdict === undefined) return
    this.transaction = undefined
    yield* this.rules.fire("DOT", verdict === "accept" ? this.reply("DOT", 250, ["2.0.0 taken"]) : this.say(...verdict))
  })

  private readonly readCommand: Effect.Effect<void> = Effect.gen(this, function*() {
    const { maxCommandOctets } = this.server.limits
    const octets = yield* this.within(this.connection.takeLine(maxCommandOctets), this.giveUp)
    const line = decode(octets)
    const isTooLong = octets.length > maxCommandOctets
    const isAnswer = this.login.awaitsLine
    const handle = isAnswer
      ? this.authData(line)
      : isTooLong || /[\r\n\0]/.test(line)
      ? undefined
      : this.handle(verbOf(line), line)
    this.reception.settle()
    this.heard(line, isAnswer ? "answer" : handle === undefined ? "unknown" : "command")
    yield* handle ?? this.say(500, isTooLong ? "5.5.2 line too long" : "5.5.2 unknown command")
  })

  private heard(line: string, kind: "answer" | "unknown" | "command"): void {
    const isKnown = kind !== "unknown"
    const masked = this.login.masked(line, kind)
    this.server.ledger.command({
      connection: this.number,
      isSecure: this.connection.isSecure,
      line: masked,
      isKnown
    })
    this.server.events.emit(this.number, () => ({ _tag: "Heard", line: masked, isKnown }))
  }

  private isOffered(keyword: string): boolean {
    return this.server.script().extensions.some((extension) => keywordOf(extension) === keyword)
  }

  private handle(verb: string, line: string): Effect.Effect<void> | undefined {
    switch (verb) {
      case "EHLO":
      case "HELO":
        return this.greet(verb)
      case "STARTTLS":
        return this.rules.fire(
          "STARTTLS",
          this.isOffered("STARTTLS") && !this.connection.isSecure
            ? Effect.zipRight(this.say(220, "2.0.0 go ahead"), this.rules.fire("TLS", this.startTls))
            : this.say(502, "5.5.1 not offered")
        )
      case "AUTH":
        return this.auth(line)
      case "MAIL":
        return this.mail(line)
      case "RCPT":
        return this.rcpt(line)
      case "DATA":
        return this.rules.fire("DATA", this.data)
      case "RSET":
        return this.rules.fire("RSET", this.reply("RSET", 250, ["2.0.0 ok"]))
      case "NOOP":
        return this.rules.fire("NOOP", this.say(250, "2.0.0 ok"))
      case "QUIT":
        return this.rules.fire("QUIT", Effect.zipRight(this.say(221, "2.0.0 bye"), this.connection.fin))
      default:
        return undefined
    }
  }

  private greet(verb: "EHLO" | "HELO"): Effect.Effect<void> {
    return Effect.suspend(() => {
      this.transaction = undefined
      this.hasGreeted = true
      const offered = this.server.script().extensions.filter((name) => name !== "STARTTLS" || !this.connection.isSecure)
      return this.rules.fire(verb, this.say(250, serverName, ...verb === "EHLO" ? offered : []))
    })
  }

  private auth(line: string): Effect.Effect<void> {
    return this.rules.fire(
      "AUTH",
      Effect.suspend(() =>
        this.isOffered("AUTH")
          ? this.say(...this.login.begin(line) ?? [504, "5.5.4 unknown mechanism"])
          : this.say(502, "5.5.1 not offered")
      )
    )
  }

  private authData(line: string): Effect.Effect<void> {
    return Effect.suspend(() => {
      this.login.take()
      return this.rules.fire("AUTHDATA", Effect.suspend(() => this.say(...this.login.proceed(line))))
    })
  }

  /** The octets that a message may have: what EHLO offers as SIZE, or the limit. */
  private get maxDeclared(): number {
    const { limits: { maxMessageOctets }, script } = this.server
    const offered = script().extensions.find((extension) => keywordOf(extension) === "SIZE")?.split(/[ =]/)[1]
    return Math.min(maxMessageOctets, Number(offered ?? 0) || Infinity)
  }

  private mail(line: string): Effect.Effect<void> {
    return Effect.suspend(() => {
      const path = pathOf(line)
      if (path === undefined) return this.say(501, "5.5.4 MAIL FROM:<address>")
      const isInOrder = this.hasGreeted && this.transaction === undefined
      if (isInOrder) this.transaction = { from: path.address, to: [], candidate: undefined }
      return this.rules.fire(
        "MAIL",
        !isInOrder
          ? this.say(503, "5.5.1 bad sequence of commands")
          : declaredSize(path.parameters) > this.maxDeclared
          ? this.reply("MAIL", 552, ["5.3.4 too large"])
          : this.reply("MAIL", 250, ["2.1.0 ok"])
      )
    })
  }

  private rcpt(line: string): Effect.Effect<void> {
    return Effect.suspend(() => {
      const to = pathOf(line)?.address
      if (to === undefined) return this.say(501, "5.5.4 RCPT TO:<address>")
      const { transaction } = this
      if (transaction !== undefined) transaction.candidate = to
      const proceed = transaction === undefined
        ? this.say(503, "5.5.1 need MAIL before RCPT")
        : transaction.to.length >= this.server.limits.maxRecipients
        ? this.reply("RCPT", 452, ["4.5.3 too many recipients"])
        : this.reply("RCPT", 250, ["2.1.5 ok"])
      return this.rules.fire("RCPT", proceed)
    })
  }

  private readonly data: Effect.Effect<void> = Effect.suspend(() => {
    if (this.transaction === undefined) return this.say(503, "5.5.1 need MAIL before DATA")
    return this.transaction.to.length === 0
      ? this.say(554, "5.5.1 no valid recipients")
      : this.reply("DATA", 354, ["go ahead"])
  })
}
