import * as Effect from "effect/Effect"
import type { Socket } from "node:net"
import type { Event } from "../../../SmtpScript.js"
import { Connection, type Delivery } from "../connection.js"
import type { ServerContext } from "../context.js"
import { Login } from "./auth.js"
import { EnvelopeState } from "./envelope.js"
import { Input } from "./input.js"
import { Reception, type Refusal } from "./reception.js"
import { RulePlayer, type Stage } from "./rules.js"
import { chunkOf, decode, isCommand, keywordOf, pathOf, verbOf } from "./syntax.js"

const serverName = "scripted.test"

/**
 * One connection as a strict server has it: CRLF ends a line and nothing else does, commands come in their order, and a
 * message ends with CRLF.CRLF.
 */
export class Session implements Stage {
  private readonly connection: Connection
  private readonly input: Input
  private readonly rules: RulePlayer
  private readonly reception: Reception
  private login = new Login()
  private readonly envelope: EnvelopeState
  private hasGreeted = false
  private lastHeard = ""

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
    this.input = new Input(this.connection, server.limits)
    this.envelope = new EnvelopeState(server)
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

  /** Closes a connection beyond the limit. */
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
    this.envelope.reset()
    this.login = new Login()
    this.hasGreeted = false
    const { certificates, script } = this.server
    return this.reception.reset.pipe(
      Effect.zipRight(this.input.handshake(certificates[script().certificate])),
      Effect.zipRight(Effect.sync(() => this.server.events.emit(this.number, () => ({ _tag: "Encrypted" }))))
    )
  })

  readonly lastLine = (): string => this.lastHeard

  /** Reads a line that a rule waits for. */
  readonly expect = (start: string): Effect.Effect<void> =>
    Effect.flatMap(this.input.line, (octets) => {
      const line = decode(octets)
      const isExpected = line.startsWith(start)
      const masked = this.heard(line, isCommand(line) ? "command" : "unknown", isExpected)
      if (isExpected) return Effect.sync(() => this.envelope.follow(line))
      this.server.ledger.surprise(masked)
      return this.connection.rst
    })

  /** Reads a message that a rule waits for. */
  readonly expectMessage: Effect.Effect<void> = Effect.suspend(() => {
    this.reception.settle()
    this.beginData()
    return Effect.asVoid(Effect.repeat(this.takeMessage, { until: (verdict) => verdict !== undefined }))
  })

  readonly acceptRecipient = (): void => this.envelope.accept()

  readonly beginData = (): void => this.reception.begin(this.envelope.current)

  readonly accept = (): void => this.reception.accept()
  readonly sender = (): string => this.envelope.sender
  readonly recipients = (event: Event): ReadonlyArray<string> =>
    event === "BODY" || event === "DOT" ? this.reception.recipients : this.envelope.recipients(event)

  /** Applies a reply and sends it. Applied first, because the client's next command may come at once. */
  readonly reply = (event: Event, code: number, ...lines: ReadonlyArray<string>): Effect.Effect<void> =>
    Effect.suspend(() => {
      this.applyReply(event, code)
      return this.say(code, ...lines.length === 0 ? [""] : lines)
    })

  private applyReply(event: Event, code: number): void {
    const isPositive = code >= 200 && code < 300
    switch (event) {
      case "MAIL":
        if (!isPositive) this.envelope.reset()
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
        if (isPositive) this.envelope.reset()
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

  /** Reads the next octets of a message; gives what is to be said at its end. */
  private readonly takeMessage = Effect.suspend(() =>
    Effect.tap(this.reception.read(this.input, this.rules), (verdict) => {
      if (verdict !== undefined) this.envelope.reset()
    })
  )

  private readonly readBody: Effect.Effect<void> = Effect.flatMap(
    this.takeMessage,
    (verdict) => verdict === undefined ? Effect.void : this.answer(verdict)
  )

  private answer(verdict: "accept" | Refusal): Effect.Effect<void> {
    const reply = verdict === "accept" ? this.reply("DOT", 250, "2.0.0 taken") : this.say(...verdict)
    return this.reception.answering(this.rules.fire("DOT", reply))
  }

  private chunk(line: string): Effect.Effect<void> {
    return Effect.gen(this, function*() {
      const chunk = chunkOf(line)
      // Without its size nothing tells where the next command starts.
      if (chunk === undefined) return yield* Effect.zipRight(this.say(501, "5.5.4 BDAT size"), this.connection.close)
      const { current, refusal } = this.envelope
      if (current === undefined || refusal !== undefined) {
        yield* this.input.skip(chunk.size)
        return yield* this.say(...refusal ?? [503, "5.5.1 need MAIL"])
      }
      const verdict = yield* this.reception.readChunk(chunk, current, this.input, this.rules)
      if (verdict === undefined) return yield* this.say(250, `2.0.0 ${chunk.size} octets`)
      this.envelope.reset()
      yield* this.answer(verdict)
    })
  }

  private readonly readCommand: Effect.Effect<void> = Effect.gen(this, function*() {
    const octets = yield* this.input.line
    const line = decode(octets)
    const isTooLong = octets.length > this.server.limits.maxCommandOctets
    const isAnswer = this.login.awaitsLine
    const handle = isAnswer
      ? this.authData(line)
      : isTooLong || /[\r\n\0]/.test(line)
      ? undefined
      : this.handle(verbOf(line), line)
    this.reception.settle()
    this.heard(line, isAnswer ? "answer" : handle === undefined ? "unknown" : "command", handle !== undefined)
    yield* handle ?? this.say(500, isTooLong ? "5.5.2 line too long" : "5.5.2 unknown command")
  })

  private heard(line: string, kind: "answer" | "unknown" | "command", isKnown: boolean): string {
    this.lastHeard = line
    const masked = this.login.masked(line, kind)
    this.server.ledger.command({
      connection: this.number,
      isSecure: this.connection.isSecure,
      line: masked,
      isKnown
    })
    this.server.events.emit(this.number, () => ({ _tag: "Heard", line: masked, isKnown }))
    return masked
  }

  private isOffered(keyword: string): boolean {
    return this.server.script().extensions.some((extension) => keywordOf(extension) === keyword)
  }

  private handle(verb: string, line: string): Effect.Effect<void> | undefined {
    switch (verb) {
      case "EHLO":
      case "HELO":
      case "LHLO":
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
      case "BDAT":
        return this.isOffered("CHUNKING") ? this.chunk(line) : undefined
      case "RSET":
        return Effect.zipRight(
          this.reception.reset,
          this.rules.fire("RSET", this.reply("RSET", 250, "2.0.0 ok"))
        )
      case "NOOP":
        return this.rules.fire("NOOP", this.say(250, "2.0.0 ok"))
      case "QUIT":
        return this.rules.fire("QUIT", Effect.zipRight(this.say(221, "2.0.0 bye"), this.connection.fin))
      default:
        return undefined
    }
  }

  private greet(verb: "EHLO" | "HELO" | "LHLO"): Effect.Effect<void> | undefined {
    const { extensions, protocol } = this.server.script()
    if ((verb === "LHLO") !== (protocol === "lmtp")) return undefined
    return Effect.suspend(() => {
      this.envelope.reset()
      this.hasGreeted = true
      const offered = extensions.filter((name) => name !== "STARTTLS" || !this.connection.isSecure)
      const greeting = this.say(250, serverName, ...verb === "HELO" ? [] : offered)
      return Effect.zipRight(this.reception.reset, this.rules.fire(verb === "HELO" ? "HELO" : "EHLO", greeting))
    })
  }

  private auth(line: string): Effect.Effect<void> {
    const reply = Effect.suspend(() => this.say(...this.login.begin(line, this.isOffered("AUTH"))))
    return this.rules.fire("AUTH", reply)
  }

  private authData(line: string): Effect.Effect<void> {
    return Effect.suspend(() => {
      this.login.take()
      return this.rules.fire("AUTHDATA", Effect.suspend(() => this.say(...this.login.proceed(line))))
    })
  }

  private mail(line: string): Effect.Effect<void> {
    return Effect.suspend(() => {
      const path = pathOf(line)
      if (path === undefined) return this.say(501, "5.5.4 MAIL FROM:<address>")
      const isInOrder = this.hasGreeted && this.envelope.current === undefined
      if (!isInOrder) return this.rules.fire("MAIL", this.say(503, "5.5.1 bad sequence of commands"))
      this.envelope.begin(path.address)
      return this.rules.fire("MAIL", this.reply("MAIL", ...this.envelope.replyToMail(path)))
    })
  }

  private rcpt(line: string): Effect.Effect<void> {
    return Effect.suspend(() => {
      const to = pathOf(line)?.address
      if (to === undefined) return this.say(501, "5.5.4 RCPT TO:<address>")
      this.envelope.name(to)
      return this.rules.fire("RCPT", this.reply("RCPT", ...this.envelope.replyToRcpt))
    })
  }

  private readonly data: Effect.Effect<void> = Effect.suspend(() =>
    this.reception.hasChunks
      ? this.say(503, "5.5.1 chunks came before")
      : this.reply("DATA", ...this.envelope.refusal ?? [354, "go ahead"])
  )
}
