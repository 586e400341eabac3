import type * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type * as net from "node:net"
import type SMTPConnection from "nodemailer/lib/smtp-connection"
import * as Client from "./smtpClient.js"
import * as Command from "./smtpCommand.js"
import { Dialogue, type Step } from "./smtpDialogue.js"
import type { Settings } from "./smtpOptions.js"
import { printable } from "./smtpReply.js"
import { ReplyReader } from "./smtpReplyReader.js"
import * as Secrets from "./smtpSecrets.js"

/**
 * Why an exchange did not come to its end.
 *
 * @internal
 */
export type Signal =
  | { readonly _tag: "Failed"; readonly error: Client.SmtpError }
  | { readonly _tag: "Ended" }
  | { readonly _tag: "TimedOut" }

/**
 * When an exchange will have taken too long, by when something was last heard or taken; both in milliseconds.
 *
 * @internal
 */
export type Due = (lastActivity: number) => number

/**
 * A connection under watch: every exchange with the server ends, with an answer, a signal, or the time limit. nodemailer's
 * client leads the handshake; from then on the socket is ours, and the client only notices how the connection ends.
 *
 * @internal
 */
export class Link {
  readonly client: SMTPConnection
  readonly dialogue: Dialogue
  private readonly reader: ReplyReader
  private settle: ((signal: Signal) => void) | undefined
  private ending: Signal | undefined
  private due: Due = () => Infinity
  private lastActivity: number
  private secrets: ReadonlyArray<string> = []
  private isHandshakeOver = false
  /** Whether it has ended, or is about to. */
  isBroken = false
  /** Whoever is in an exchange with the server hears each reply. */
  onReply: (step: Step) => void = () => undefined

  constructor(readonly settings: Settings, readonly clock: Clock.Clock, private socket: net.Socket) {
    this.lastActivity = clock.unsafeCurrentTimeMillis()
    this.dialogue = new Dialogue({
      onActivity: this.touch,
      onExtensions: this.demandEncryption,
      onReply: (step) => this.onReply(step),
      onClosing: () => {
        if (this.isHandshakeOver) this.destroy()
      },
      onViolation: this.destroy,
      conceal: (text) => Secrets.conceal(text, this.secrets)
    })
    this.reader = new ReplyReader(
      (reply) => this.dialogue.hear(reply),
      () => this.dialogue.violate("a reply without end")
    )
    this.client = Client.make(settings, socket, {
      onCommand: (line) => this.dialogue.sayOfHandshake(line),
      onReply: this.hearOfHandshake
    })
    this.client.on("error", (error: Client.SmtpError) => this.end({ _tag: "Failed", error }))
    // The callback that tells why comes in the same turn as `end`, or in the next: it is the better witness.
    this.client.on("end", () => {
      this.isBroken = true
      setImmediate(() => this.end({ _tag: "Ended" }))
    })
  }

  private end(signal: Signal): void {
    this.isBroken = true
    this.ending ??= signal
    this.settle?.(signal)
  }

  /** Something was heard, or taken: the limits count from now. */
  readonly touch = (): number => {
    this.lastActivity = this.clock.unsafeCurrentTimeMillis()
    return this.lastActivity
  }

  readonly destroy = (): void => {
    this.isBroken = true
    this.client.close()
  }

  /** Whether it can be spoken over, and the server owes no answer. */
  get isReady(): boolean {
    return !this.isBroken && !this.client.destroyed && this.dialogue.currentStep === undefined
  }

  /** From now on no text of the server shows these credentials. */
  guard(user: string, secret: string): void {
    this.secrets = [...this.secrets, ...Secrets.forms(user, secret)]
  }

  /**
   * What can be told of an error. Those of nodemailer carry texts of the server as they came, those of TLS whole
   * certificates that refer to themselves.
   */
  tell(error: Client.SmtpError): Error {
    const told = new Error(printable(Secrets.conceal(error.message, this.secrets)))
    return Object.assign(told, { code: error.originalCode ?? error.code })
  }

  /** Whoever does not start with a digit will not go on with a reply, and need not be waited for. */
  inspectGreeting(): void {
    this.socket.once("data", (octets: Uint8Array) => {
      if (!/^[\r\n0-9]/.test(String.fromCharCode(octets[0]))) {
        this.dialogue.violate("something that is not a greeting")
      }
    })
  }

  // nodemailer would try STARTTLS even where it is not offered.
  private readonly demandEncryption = (extensions: ReadonlyMap<string, string>): void => {
    if (this.settings.tls === "required" && !this.client.secure && !extensions.has("STARTTLS")) this.destroy()
  }

  /**
   * nodemailer also tells of the rest of a line that never came to its end, but then it gives up in the same breath. Half
   * a 421 is no less true.
   */
  private readonly hearOfHandshake = (reply: string): void => {
    if (this.isHandshakeOver) return
    if (reply.startsWith("421") || !this.socket.destroyed || this.client.destroyed) return this.dialogue.hear(reply)
    queueMicrotask(() => {
      if (!this.client.destroyed) this.dialogue.hear(reply)
    })
  }

  /** The handshake is over: from now on we speak with the server ourselves. */
  takeOver(): void {
    const { _socket: socket } = this.client
    if (!socket) return
    this.isHandshakeOver = true
    this.socket = socket
    socket.removeAllListeners("data")
    socket.on("data", (octets: Buffer) => this.reader.read(octets))
    socket.on("close", this.hearLastWords)
  }

  private readonly hearLastWords = (): void => {
    const { rest } = this.reader
    if (rest.startsWith("421") && this.dialogue.currentStep !== "message") this.dialogue.hear(rest)
  }

  /** Sends commands, all at once. */
  say(commands: ReadonlyArray<Command.Command>): void {
    let text = ""
    for (const { line, step } of commands) {
      if (/[\r\n]/.test(line)) throw new Error("an address of the envelope holds a line break")
      this.dialogue.say(step, line)
      text += `${line}\r\n`
    }
    this.write(text)
  }

  /** Sends octets, and tells when they are out. Where the connection has ended it never does. */
  write(octets: Uint8Array | string, onTaken?: () => void): void {
    if (!this.socket.destroyed) this.socket.write(octets, (error) => error ? undefined : onTaken?.())
  }

  /**
   * Ends exchanges that take too long, for as long as the connection is there. A limit may change while an exchange goes
   * on: no sleep is longer than the shortest.
   */
  readonly watch: Effect.Effect<never> = Effect.suspend(() => {
    const { command, greeting, reply, send } = this.settings.timeouts
    const shortest = Math.min(greeting, command, reply, send)
    const look = Effect.sync(() => {
      if (this.settle === undefined) return shortest
      const left = this.due(this.lastActivity) - this.clock.unsafeCurrentTimeMillis()
      if (left > 0) return Math.min(left, shortest)
      this.settle({ _tag: "TimedOut" })
      this.destroy()
      return shortest
    })
    return Effect.forever(Effect.flatMap(look, Effect.sleep))
  })

  /**
   * One exchange: ends when `run` says so, with a signal of the connection, or when it is due. Where it is interrupted the
   * server still owes an answer, and the link is not ready any more.
   */
  exchange<A = void>(
    due: Due,
    run: (succeed: (value: A) => void, fail: (error: Client.SmtpError) => void) => void
  ): Effect.Effect<A, Signal> {
    return Effect.async<A, Signal>((resume) => {
      const settle = (outcome: Effect.Effect<A, Signal>) => {
        this.settle = undefined
        this.onReply = () => undefined
        resume(outcome)
      }
      if (this.ending !== undefined) return resume(Effect.fail(this.ending))
      this.touch()
      this.due = due
      this.settle = (signal) => settle(Effect.fail(signal))
      run((value) => settle(Effect.succeed(value)), (error) => settle(Effect.fail({ _tag: "Failed", error })))
    })
  }

  /** Says good-bye where that makes sense, and closes within the limit whatever the server does. */
  readonly close: Effect.Effect<void> = Effect.suspend(() => {
    const { close } = this.settings.timeouts
    const farewell = this.isReady
      ? Effect.ignore(this.exchange((lastActivity) => lastActivity + close, (done) => {
        if (!this.isHandshakeOver) this.takeOver()
        this.onReply = () => done()
        this.say([Command.quit])
      }))
      : Effect.void
    return Effect.ensuring(
      Effect.asVoid(Effect.timeoutOption(Effect.interruptible(farewell), close)),
      Effect.sync(this.destroy)
    )
  })
}
