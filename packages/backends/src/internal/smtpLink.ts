import type * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type * as net from "node:net"
import SMTPConnection from "nodemailer/lib/smtp-connection"
import { Dialogue } from "./smtpDialogue.js"
import type { Settings } from "./smtpOptions.js"
import * as Reply from "./smtpReply.js"
import * as Secrets from "./smtpSecrets.js"

/**
 * Why an exchange did not come to its end.
 *
 * @internal
 */
export type Signal =
  | { readonly _tag: "Failed"; readonly error: SmtpError }
  | { readonly _tag: "Ended" }
  | { readonly _tag: "TimedOut" }

/**
 * @internal
 */
export interface SmtpError extends Error {
  readonly code?: string | undefined
  readonly originalCode?: string | undefined
}

/**
 * Not "XOAUTH2": for that nodemailer takes whatever else the server offers first, unless it makes the tokens itself.
 *
 * @internal
 */
export const accessTokenMethod = "ACCESS-TOKEN"

const largestReply = 512 * 1024
/** nodemailer's own limits measure inactivity only: ours come first. */
const beyondOurLimits = 2 ** 31 - 1

/**
 * nodemailer's connection under watch: its dialogue is observed, and every exchange with the server ends, with an answer,
 * a signal, or the time limit.
 *
 * @internal
 */
export class Link {
  readonly client: SMTPConnection
  readonly dialogue: Dialogue
  private settle: ((signal: Signal) => void) | undefined
  private limit: () => number = () => Infinity
  private deadline = Infinity
  private lastActivity: number
  private secrets: ReadonlyArray<string> = []
  isBroken = false

  constructor(readonly settings: Settings, readonly clock: Clock.Clock, private readonly socket: net.Socket) {
    this.lastActivity = clock.unsafeCurrentTimeMillis()
    this.dialogue = new Dialogue({
      onActivity: this.touch,
      onExtensions: this.demandEncryption,
      onViolation: this.destroy,
      conceal: (text) => Secrets.conceal(text, this.secrets),
      isClosed: () => socket.destroyed,
      isGivenUp: () => this.client.destroyed
    })
    const { certificates, tls } = settings
    this.client = new SMTPConnection({
      connection: socket,
      host: settings.host,
      port: settings.port,
      name: settings.clientName,
      secure: tls === "implicit",
      requireTLS: tls === "required",
      opportunisticTLS: tls === "opportunistic",
      ignoreTLS: tls === "none",
      servername: certificates.serverName,
      tls: {
        ca: certificates.ca,
        cert: certificates.cert,
        key: certificates.key === undefined ? undefined : Redacted.value(certificates.key)
      },
      connectionTimeout: beyondOurLimits,
      greetingTimeout: beyondOurLimits,
      socketTimeout: beyondOurLimits,
      socketCloseTimeout: 0,
      maxResponseSize: largestReply,
      transactionLog: true,
      logger: this.dialogue.logger,
      customAuth: { [accessTokenMethod]: presentAccessToken }
    })
    this.client.on("error", (error: SmtpError) => {
      this.isBroken = true
      this.settle?.({ _tag: "Failed", error })
    })
    // The callback that tells why comes in the same turn as `end`, or in the next: it is the better witness.
    this.client.on("end", () => {
      this.isBroken = true
      setImmediate(() => this.settle?.({ _tag: "Ended" }))
    })
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

  /** From now on no text of the server shows these credentials. */
  guard(user: string, secret: string): void {
    this.secrets = [...this.secrets, ...Secrets.forms(user, secret)]
  }

  /**
   * What can be told of an error. Those of nodemailer carry texts of the server as they came, those of TLS whole
   * certificates that refer to themselves.
   */
  tell(error: SmtpError): Error {
    const told = new Error(Reply.printable(Secrets.conceal(error.message, this.secrets)))
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

  /** When the exchange that is under way will have taken too long, in milliseconds. */
  private get dueAt(): number {
    return Math.min(this.lastActivity + this.limit(), this.deadline)
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
      const left = this.dueAt - this.clock.unsafeCurrentTimeMillis()
      if (left > 0) return Math.min(left, shortest)
      this.settle({ _tag: "TimedOut" })
      this.destroy()
      return shortest
    })
    return Effect.forever(Effect.flatMap(look, Effect.sleep))
  })

  /** Whatever is exchanged until `release` has to be over when the time is. */
  limitWhole(millis: number): { readonly startedAt: number; readonly release: () => void } {
    const startedAt = this.touch()
    this.deadline = startedAt + millis
    return {
      startedAt,
      release: () => {
        this.deadline = Infinity
      }
    }
  }

  /** One exchange: ends with nodemailer's callback, a signal of the connection, or the limit since the last activity. */
  exchange(
    limit: () => number,
    run: (done: (error: SmtpError | null | undefined) => void) => void
  ): Effect.Effect<void, Signal> {
    const answer = Effect.async<void, Signal>((resume) => {
      this.touch()
      this.limit = limit
      this.settle = (signal) => resume(Effect.fail(signal))
      run((error) => resume(error ? Effect.fail({ _tag: "Failed", error }) : Effect.void))
      return Effect.sync(this.destroy)
    })
    return Effect.ensuring(
      answer,
      Effect.sync(() => {
        this.settle = undefined
      })
    )
  }

  /** Says good-bye where that makes sense, and closes within the limit whatever the server does. */
  readonly close: Effect.Effect<void> = Effect.suspend(() => {
    const { close } = this.settings.timeouts
    const farewell = this.isBroken || this.client.destroyed
      ? Effect.void
      : Effect.ignore(this.exchange(() => close, () => this.client.quit()))
    return Effect.ensuring(
      Effect.asVoid(Effect.timeoutOption(Effect.interruptible(farewell), close)),
      Effect.sync(this.destroy)
    )
  })
}

const presentAccessToken = (
  { auth, reject, resolve, sendCommand }: SMTPConnection.CustomAuthenticationContext
): void => {
  const { pass, user } = auth.credentials
  sendCommand(`AUTH XOAUTH2 ${Secrets.xoauth2(user, pass)}`, (_, answer) => {
    if (answer.status === 235) return resolve()
    if (answer.status !== 334) return reject("refused")
    // The challenge holds the reason of the refusal; an empty answer lets the server refuse.
    sendCommand("", () => reject("refused"))
  })
}
