import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import type { Action, Event, Rule, Script } from "../../SmtpScript.js"
import type { TestCertificates } from "../../TestCertificates.js"
import type { Connection } from "./connection.js"
import type { Entry, LedgerRecorder } from "./ledger.js"
import { authLines, challengeOf, decode, firstReply, pathOf, unstuff, verbOf } from "./syntax.js"

/** What the sessions of one server share. */
export interface ServerContext {
  /** Read anew each time that something happens. */
  readonly script: () => Script
  readonly certificates: TestCertificates
  readonly ledger: LedgerRecorder
}

interface Transaction {
  readonly from: string
  readonly to: Array<string>
  /** The recipient that is being answered. */
  candidate: string | undefined
}

interface Body {
  readonly pieces: Array<Uint8Array>
  readonly played: Set<Rule>
  length: number
}

const serverName = "scripted.test"
/** RFC 5321 section 4.5.3.1.4 asks for 512; AUTH (RFC 4954 section 4) for 12288. */
const maxLineLength = 12288
const maxMessageSize = 64 * 1024 * 1024
const maxAnswerLength = 64 * 1024

/**
 * One connection as a strict server has it: CRLF ends a line and nothing else does, commands come in their order, and a
 * message ends with CRLF.CRLF.
 */
export class Session {
  private counts = new Map<Event, number>()
  private transaction: Transaction | undefined
  private body: Body | undefined
  private messages = 0
  /** The message that is being answered, and what was said since its end. */
  private answered: { readonly entry: Entry; said: string } | undefined
  private authMechanism = ""
  private authLinesLeft = 0
  private hasGreeted = false

  constructor(
    private readonly server: ServerContext,
    private readonly connection: Connection,
    private readonly number: number
  ) {
    connection.onWrite = this.note
  }

  /** The whole session. It ends with the connection, which interrupts it. */
  readonly run: Effect.Effect<void> = Effect.gen(this, function*() {
    if (this.server.script().tls === "implicit") yield* this.fire("TLS", this.startTls)
    yield* this.fire("connect", this.say(220, `${serverName} ESMTP`))
    while (true) yield* this.body === undefined ? this.readCommand : this.readBody(this.body)
  })

  /** The connection is over. */
  ended(): void {
    if (this.body === undefined || this.transaction === undefined) return
    const { from, to } = this.transaction
    this.server.ledger.abort({ connection: this.number, from, to, octets: this.body.length })
  }

  private readonly note = (octets: Uint8Array): void => {
    const { answered } = this
    if (answered === undefined || answered.entry.reply !== undefined || answered.said.length > maxAnswerLength) return
    answered.said += Buffer.from(octets).toString("latin1")
    answered.entry.reply = firstReply(answered.said)
    if (answered.entry.reply !== undefined) this.server.ledger.notify()
  }

  private readonly startTls: Effect.Effect<void> = Effect.suspend(() => {
    this.counts = new Map()
    this.transaction = undefined
    this.hasGreeted = false
    const { certificates, script } = this.server
    return this.connection.startTls(certificates[script().certificate])
  })

  private matches({ when }: Rule, event: Event, occurrence: number): Effect.Effect<boolean> {
    const isPlace = when.event === event && (when.connection ?? this.number) === this.number &&
      (when.occurrence ?? occurrence) === occurrence &&
      (when.isSecure ?? this.connection.isSecure) === this.connection.isSecure
    if (!isPlace || when.chance === undefined) return Effect.succeed(isPlace)
    const { chance } = when
    return Effect.map(Random.next, (drawn) => drawn < chance)
  }

  private fire(event: Event, proceed: Effect.Effect<void>): Effect.Effect<void> {
    return Effect.gen(this, function*() {
      const occurrence = (this.counts.get(event) ?? 0) + 1
      this.counts.set(event, occurrence)
      for (const rule of this.server.script().rules) {
        if (yield* this.matches(rule, event, occurrence)) return yield* this.play(event, rule.actions, proceed)
      }
      return yield* proceed
    })
  }

  private play(event: Event, actions: ReadonlyArray<Action>, proceed: Effect.Effect<void>): Effect.Effect<void> {
    return Effect.forEach(actions, (action) => this.perform(event, action, proceed), { discard: true })
  }

  private perform(event: Event, action: Action, proceed: Effect.Effect<void>): Effect.Effect<void> {
    const { connection } = this
    switch (action._tag) {
      case "Reply":
        return this.reply(event, action.code, action.lines)
      case "Send":
        return connection.write(action.octets)
      case "Trickle":
        return Effect.gen(function*() {
          for (let at = 0; at < action.octets.length; at += action.size) {
            yield* connection.write(action.octets.subarray(at, at + action.size))
            yield* Effect.sleep(action.every)
          }
        })
      case "Repeat":
        return action.every === undefined
          ? Effect.suspend(() => connection.write(Buffer.alloc(action.octets.length * action.times, action.octets)))
          : Effect.repeatN(
            Effect.zipRight(connection.write(action.octets), Effect.sleep(action.every)),
            action.times - 1
          )
      case "Wait":
        return Effect.sleep(action.duration)
      case "Hang":
        return connection.hang
      case "Fin":
        return connection.fin
      case "Rst":
        return connection.rst
      case "StopReading":
        return connection.stopReading
      case "StartTls":
        return this.startTls
      case "GarbageTls":
        return connection.takeAnything.pipe(
          Effect.zipRight(connection.write(Buffer.from("500 5.5.1 this is not TLS\r\n"))),
          Effect.zipRight(connection.hang)
        )
      case "Proceed":
        return proceed
      case "AcceptRecipient":
        return Effect.sync(() => this.acceptRecipient())
      case "BeginData":
        return Effect.sync(() => this.beginData())
      case "Accept":
        return Effect.sync(() => this.accept())
    }
  }

  /** What a good server says where nothing else was ruled. */
  private say(code: number, ...lines: ReadonlyArray<string>): Effect.Effect<void> {
    return this.connection.write(Buffer.from(
      lines.map((line, i) => `${code}${i < lines.length - 1 ? "-" : " "}${line}\r\n`).join("")
    ))
  }

  /** Says it, and means it. The meaning comes first: what the client does next must find the server ready. */
  private reply(event: Event, code: number, lines: ReadonlyArray<string>): Effect.Effect<void> {
    return Effect.suspend(() => {
      this.applyReply(event, code)
      return this.say(code, ...lines.length === 0 ? [""] : lines)
    })
  }

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
        this.authLinesLeft = code === 334 ? Math.max(1, this.authLinesLeft) : 0
        return
    }
  }

  private acceptRecipient(): void {
    const { candidate, to } = this.transaction ?? {}
    if (candidate !== undefined) to?.push(candidate)
  }

  private beginData(): void {
    this.transaction ??= { from: "", to: [], candidate: undefined }
    this.body = { pieces: [], played: new Set(), length: 0 }
    this.messages++
  }

  private accept(): void {
    if (this.answered === undefined) return
    this.answered.entry.isAccepted = true
    this.server.ledger.notify()
  }

  private readBody(body: Body): Effect.Effect<void> {
    return Effect.gen(this, function*() {
      const { isEnd, octets } = yield* this.connection.takeData(body.length === 0)
      body.length += octets.length
      if (body.length <= maxMessageSize) body.pieces.push(octets)
      for (const rule of this.server.script().rules) {
        const isDue = !body.played.has(rule) && body.length >= (rule.when.afterOctets ?? 0)
        if (!isDue || !(yield* this.matches(rule, "BODY", this.messages))) continue
        body.played.add(rule)
        yield* this.play("BODY", rule.actions, Effect.void)
      }
      if (isEnd) yield* this.endOfData(body)
    })
  }

  private endOfData(body: Body): Effect.Effect<void> {
    return Effect.suspend(() => {
      const { from, to } = this.transaction ?? { from: "", to: [] }
      const isTooLarge = body.length > maxMessageSize
      const entry: Entry = {
        connection: this.number,
        isSecure: this.connection.isSecure,
        from,
        to,
        bytes: unstuff(Buffer.concat(isTooLarge ? [] : body.pieces)),
        isAccepted: false,
        reply: undefined
      }
      this.body = undefined
      this.transaction = undefined
      this.answered = { entry, said: "" }
      this.server.ledger.message(entry)
      return this.fire(
        "DOT",
        isTooLarge ? this.say(552, "5.3.4 too large") : this.reply("DOT", 250, ["2.0.0 taken"])
      )
    })
  }

  private readonly readCommand: Effect.Effect<void> = Effect.gen(this, function*() {
    const octets = yield* this.connection.takeLine(maxLineLength)
    const line = decode(octets)
    const isAuthData = this.authLinesLeft > 0
    const handle = isAuthData
      ? this.authData(line)
      : octets.length > maxLineLength || /[\r\n\0]/.test(line)
      ? undefined
      : this.handle(verbOf(line), line)
    this.answered = undefined
    this.server.ledger.command({
      connection: this.number,
      isSecure: this.connection.isSecure,
      line,
      isKnown: handle !== undefined
    })
    yield* handle ?? this.say(500, "5.5.2 unknown command")
  })

  private isOffered(keyword: string): boolean {
    return this.server.script().extensions.some((extension) => extension.split(/[ =]/)[0]?.toUpperCase() === keyword)
  }

  private handle(verb: string, line: string): Effect.Effect<void> | undefined {
    switch (verb) {
      case "EHLO":
      case "HELO":
        return this.greet(verb)
      case "STARTTLS":
        return this.fire(
          "STARTTLS",
          this.isOffered("STARTTLS") && !this.connection.isSecure
            ? Effect.zipRight(this.say(220, "2.0.0 go ahead"), this.fire("TLS", this.startTls))
            : this.say(502, "5.5.1 not offered")
        )
      case "AUTH":
        return this.auth(line)
      case "MAIL":
        return this.mail(line)
      case "RCPT":
        return this.rcpt(line)
      case "DATA":
        return this.fire("DATA", this.data)
      case "RSET":
        return this.fire("RSET", this.reply("RSET", 250, ["2.0.0 ok"]))
      case "NOOP":
        return this.fire("NOOP", this.say(250, "2.0.0 ok"))
      case "QUIT":
        return this.fire("QUIT", Effect.zipRight(this.say(221, "2.0.0 bye"), this.connection.fin))
      default:
        return undefined
    }
  }

  private greet(verb: "EHLO" | "HELO"): Effect.Effect<void> {
    return Effect.suspend(() => {
      this.transaction = undefined
      this.hasGreeted = true
      const offered = this.server.script().extensions.filter((name) => name !== "STARTTLS" || !this.connection.isSecure)
      return this.fire(verb, this.say(250, serverName, ...verb === "EHLO" ? offered : []))
    })
  }

  private auth(line: string): Effect.Effect<void> {
    return Effect.suspend(() => {
      const [, mechanism = "", initial] = line.trimEnd().split(" ")
      const lines = authLines(mechanism.toUpperCase(), initial !== undefined)
      this.authMechanism = mechanism.toUpperCase()
      const proceed = Effect.suspend(() => {
        if (!this.isOffered("AUTH")) return this.say(502, "5.5.1 not offered")
        if (lines === undefined) return this.say(504, "5.5.4 unknown mechanism")
        this.authLinesLeft = lines
        if (lines === 0) return this.say(235, "2.7.0 welcome")
        return this.say(334, lines === 2 ? "VXNlcm5hbWU6" : challengeOf(this.authMechanism))
      })
      return this.fire("AUTH", proceed)
    })
  }

  private authData(line: string): Effect.Effect<void> {
    return Effect.suspend(() => {
      this.authLinesLeft--
      const proceed = Effect.suspend(() => {
        if (line === "*") {
          this.authLinesLeft = 0
          return this.say(501, "5.7.0 given up")
        }
        return this.authLinesLeft > 0
          ? this.say(334, challengeOf(this.authMechanism))
          : this.say(235, "2.7.0 welcome")
      })
      return this.fire("AUTHDATA", proceed)
    })
  }

  private mail(line: string): Effect.Effect<void> {
    return Effect.suspend(() => {
      const from = pathOf(line)
      if (from === undefined) return this.say(501, "5.5.4 MAIL FROM:<address>")
      const isInOrder = this.hasGreeted && this.transaction === undefined
      if (isInOrder) this.transaction = { from, to: [], candidate: undefined }
      return this.fire(
        "MAIL",
        isInOrder ? this.reply("MAIL", 250, ["2.1.0 ok"]) : this.say(503, "5.5.1 bad sequence of commands")
      )
    })
  }

  private rcpt(line: string): Effect.Effect<void> {
    return Effect.suspend(() => {
      const to = pathOf(line)
      if (to === undefined) return this.say(501, "5.5.4 RCPT TO:<address>")
      if (this.transaction !== undefined) this.transaction.candidate = to
      return this.fire(
        "RCPT",
        this.transaction === undefined
          ? this.say(503, "5.5.1 need MAIL before RCPT")
          : this.reply("RCPT", 250, ["2.1.5 ok"])
      )
    })
  }

  private readonly data: Effect.Effect<void> = Effect.suspend(() => {
    if (this.transaction === undefined) return this.say(503, "5.5.1 need MAIL before DATA")
    return this.transaction.to.length === 0
      ? this.say(554, "5.5.1 no valid recipients")
      : this.reply("DATA", 354, ["go ahead"])
  })
}
