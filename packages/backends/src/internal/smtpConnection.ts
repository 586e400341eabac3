import type { Delivery } from "@effect-mail/core/MailBackend"
import {
  AttachmentError,
  AuthenticationError,
  type BackendError,
  CapabilityError,
  type ConnectionError
} from "@effect-mail/core/MailError"
import * as Mime from "@effect-mail/core/Mime"
import type { Outgoing } from "@effect-mail/core/Outgoing"
import * as Cause from "effect/Cause"
import type * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as net from "node:net"
import SMTPConnection from "nodemailer/lib/smtp-connection"
import { Body } from "./smtpBody.js"
import { Dialogue } from "./smtpDialogue.js"
import type { Settings } from "./smtpOptions.js"
import * as Secrets from "./smtpSecrets.js"
import * as Verdict from "./smtpVerdict.js"

/** Why a step did not come to its end. */
type Signal =
  | { readonly _tag: "Failed"; readonly error: SmtpError }
  | { readonly _tag: "Ended" }
  | { readonly _tag: "TimedOut" }

interface SmtpError extends Error {
  readonly code?: string | undefined
  readonly originalCode?: string | undefined
  readonly command?: string | undefined
}

/** Not "XOAUTH2": for that nodemailer takes whatever else the server offers first, unless it makes the tokens itself. */
const accessTokenMethod = "ACCESS-TOKEN"
const largestReply = 512 * 1024
/** nodemailer's own limits measure inactivity only: ours come first. */
const beyondOurLimits = 2 ** 31 - 1

const dnsCodes = new Set(["ENOTFOUND", "EAI_AGAIN", "EAI_FAIL", "EAI_NODATA", "EDNS"])
const refusedCodes = new Set(["ECONNREFUSED", "EHOSTUNREACH", "ENETUNREACH", "EACCES", "EPERM", "EADDRNOTAVAIL"])
const certificateCodes =
  /^(?:CERT_|ERR_TLS_CERT|DEPTH_ZERO_SELF_SIGNED|SELF_SIGNED|UNABLE_TO_(?:VERIFY|GET_ISSUER)|INVALID_CA|HOSTNAME_MISMATCH)/
const wrongProtocolCodes = new Set(["ERR_SSL_WRONG_VERSION_NUMBER", "ERR_SSL_PACKET_LENGTH_TOO_LONG"])

/** A TCP connection that ends with its scope, and that can be given up at any time. */
const connectSocket = (settings: Settings): Effect.Effect<net.Socket, ConnectionError, Scope.Scope> =>
  Effect.gen(function*() {
    const socket = new net.Socket()
    // Late errors of a socket that nobody uses any more must not end the process.
    socket.on("error", () => undefined)
    yield* Effect.addFinalizer(() => Effect.sync(() => socket.destroy()))
    yield* Effect.async<void, ConnectionError>((resume) => {
      socket.once("connect", () => resume(Effect.void))
      socket.once("error", (error: NodeJS.ErrnoException) => resume(Effect.fail(socketError(error))))
      socket.connect({ host: settings.host, port: settings.port, autoSelectFamily: true })
    }).pipe(
      Effect.timeoutFail({
        duration: settings.timeouts.connect,
        onTimeout: () => Verdict.connectionError("Timeout", "the server could not be reached in time")
      })
    )
    return socket
  })

const socketError = (cause: NodeJS.ErrnoException): ConnectionError => {
  const code = cause.code ?? ""
  if (dnsCodes.has(code)) return Verdict.connectionError("Dns", "the host name could not be resolved", { cause })
  if (refusedCodes.has(code)) return Verdict.connectionError("Refused", "the server refused the connection", { cause })
  if (code === "ETIMEDOUT") return Verdict.connectionError("Timeout", "the server could not be reached", { cause })
  return Verdict.connectionError("Lost", "the connection was lost while it was made", { cause })
}

/**
 * One SMTP connection, logged in and ready. It is used for one message at a time.
 *
 * @internal
 */
export class Connection {
  private readonly client: SMTPConnection
  private readonly dialogue: Dialogue
  private settle: ((signal: Signal) => void) | undefined
  private lastActivity: number
  private isBroken = false
  private mustReset = false
  private accessToken = ""
  private secrets: ReadonlyArray<string> = []

  /** How many messages went over this connection. */
  messageCount = 0
  /** When the connection was last of use, in milliseconds. */
  get idleSince(): number {
    return this.lastActivity
  }

  constructor(
    private readonly settings: Settings,
    private readonly clock: Clock.Clock,
    private readonly socket: net.Socket
  ) {
    this.lastActivity = clock.unsafeCurrentTimeMillis()
    this.dialogue = new Dialogue({
      onActivity: this.touch,
      onExtensions: this.demandEncryption,
      onViolation: this.destroy,
      conceal: (text) => Secrets.conceal(text, this.secrets),
      isClosed: () => socket.destroyed
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
      customAuth: { [accessTokenMethod]: this.loginWithToken }
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

  /** Whether another message may be sent over this connection. */
  get isUsable(): boolean {
    return !this.isBroken && !this.client.destroyed && this.messageCount < this.settings.pool.maxMessages
  }

  // nodemailer would try STARTTLS even where it is not offered.
  private readonly demandEncryption = (extensions: ReadonlyMap<string, string>): void => {
    if (this.settings.tls === "required" && !this.client.secure && !extensions.has("STARTTLS")) this.destroy()
  }

  private readonly touch = (): void => {
    this.lastActivity = this.clock.unsafeCurrentTimeMillis()
  }

  // Whoever does not start with a digit will not go on with a reply, and need not be waited for.
  private readonly inspectGreeting = (octets: Uint8Array): void => {
    if (!/^[\r\n0-9]/.test(String.fromCharCode(octets[0] ?? 0))) {
      this.dialogue.violate("something that is not a greeting")
    }
  }

  private readonly destroy = (): void => {
    this.isBroken = true
    this.client.close()
  }

  /**
   * Fails when the server has kept us waiting longer than the step may take. A step may come to a shorter limit while it
   * goes on: no sleep is longer than the shortest.
   */
  private watch(limit: () => number): Effect.Effect<never, Signal> {
    const { command, greeting, reply } = this.settings.timeouts
    const shortest = Math.min(greeting, command, reply)
    const left = Effect.sync(() => this.lastActivity + limit() - this.clock.unsafeCurrentTimeMillis())
    const loop: Effect.Effect<never, Signal> = Effect.flatMap(left, (millis) =>
      millis <= 0
        ? Effect.fail<Signal>({ _tag: "TimedOut" })
        : Effect.zipRight(Effect.sleep(Math.min(millis, shortest)), loop))
    return loop
  }

  /** One exchange: ends with nodemailer's callback, a signal of the connection, or the time limit. */
  private step(
    limit: () => number,
    run: (done: (error: SmtpError | null | undefined) => void) => void
  ): Effect.Effect<void, Signal> {
    const exchange = Effect.async<void, Signal>((resume) => {
      this.touch()
      this.settle = (signal) => resume(Effect.fail(signal))
      run((error) => resume(error ? Effect.fail({ _tag: "Failed", error }) : Effect.void))
      return Effect.sync(this.destroy)
    })
    return Effect.ensuring(
      Effect.raceFirst(exchange, this.watch(limit)),
      Effect.sync(() => {
        this.settle = undefined
      })
    )
  }

  /** Greeting, EHLO, STARTTLS and login. */
  readonly open: Effect.Effect<void, BackendError> = Effect.suspend(() => {
    const { command, greeting } = this.settings.timeouts
    if (this.settings.tls !== "implicit") this.socket.once("data", this.inspectGreeting)
    return this.step(
      () => this.dialogue.currentStep === "greeting" ? greeting : command,
      (done) => this.client.connect(done)
    ).pipe(
      Effect.mapError((signal) => this.openError(signal)),
      Effect.zipRight(this.login)
    )
  })

  private openError(signal: Signal): BackendError {
    const { lastReply: reply, lastStep, violation } = this.dialogue
    if (violation !== undefined) return Verdict.connectionError("Protocol", `the server sent ${violation}`)
    if (signal._tag === "TimedOut") return Verdict.connectionError("Timeout", "the server did not answer in time")
    if (reply?.code === 421) return Verdict.connectionError("Unavailable", "the server is closing", { reply })
    if (this.settings.tls === "required" && !this.client.secure && lastStep === "EHLO" && reply?.code === 250) {
      return startTlsMissing
    }
    if (reply !== undefined && reply.code >= 400 && lastStep !== "STARTTLS") {
      return this.settings.tls === "required" && lastStep === "EHLO"
        ? startTlsMissing
        : Verdict.connectionError("Greeting", "the server refused to talk", { reply })
    }
    if (reply !== undefined && reply.code >= 400) {
      return Verdict.connectionError("Tls", "the server refused STARTTLS", { reply })
    }
    if (signal._tag === "Ended") return Verdict.connectionError("Lost", "the server closed the connection")
    const { error } = signal
    const code = error.originalCode ?? error.code ?? ""
    if (certificateCodes.test(code)) {
      return Verdict.connectionError("Certificate", "the server's certificate is not trusted", { cause: error })
    }
    if (wrongProtocolCodes.has(code)) {
      return Verdict.connectionError("Protocol", "the server does not speak TLS here", { cause: error })
    }
    if (code === "EPROTOCOL") {
      return Verdict.connectionError("Protocol", "the server does not speak SMTP", { cause: error })
    }
    return lastStep === "STARTTLS" || (this.settings.tls === "implicit" && reply === undefined)
      ? Verdict.connectionError("Tls", "the connection was lost in the TLS handshake", { cause: error })
      : Verdict.connectionError("Lost", "the connection was lost", { cause: error })
  }

  private readonly login: Effect.Effect<void, BackendError> = Effect.suspend(() => {
    const { auth, tls } = this.settings
    if (!this.client.secure && (tls === "required" || (auth !== undefined && tls !== "none"))) {
      return Effect.fail(startTlsMissing)
    }
    if (auth === undefined) return Effect.void
    const offered = new Set((this.dialogue.extensions.get("AUTH") ?? "").toUpperCase().split(/[ =]+/))
    if ("password" in auth) {
      const mechanism = ["PLAIN", "LOGIN", "CRAM-MD5"].find((name) => offered.has(name))
      return mechanism === undefined
        ? Effect.fail(authNotOffered)
        : this.authenticate(auth.user, Redacted.value(auth.password), mechanism)
    }
    if (!offered.has("XOAUTH2")) return Effect.fail(authNotOffered)
    const present = (token: Redacted.Redacted) =>
      Effect.suspend(() => {
        this.accessToken = Redacted.value(token)
        return this.authenticate(auth.user, this.accessToken, accessTokenMethod)
      })
    // A refused token may just have expired: one more is asked for.
    return Effect.flatMap(auth.accessToken, (token) =>
      Effect.catchIf(
        present(token),
        (error) => error._tag === "AuthenticationError" && !error.isTransient && this.isUsable,
        () => Effect.flatMap(auth.accessToken, present)
      ))
  })

  private authenticate(user: string, secret: string, method: string): Effect.Effect<void, BackendError> {
    this.secrets = [...this.secrets, ...Secrets.forms(user, secret)]
    return this.step(
      () => this.settings.timeouts.command,
      (done) => this.client.login({ method, user, credentials: { user, pass: secret } }, done)
    ).pipe(Effect.mapError((signal) => this.loginError(signal)))
  }

  private loginError(signal: Signal): BackendError {
    const { lastReply, lastStep, violation } = this.dialogue
    if (violation !== undefined) return Verdict.connectionError("Protocol", `the server sent ${violation}`)
    if (signal._tag === "TimedOut") return Verdict.connectionError("Timeout", "the server did not answer in time")
    const reply = lastStep === "AUTH" && lastReply?.code !== 334 ? lastReply : undefined
    if (reply?.code === 421) return Verdict.connectionError("Unavailable", "the server is closing", { reply })
    if (reply !== undefined) {
      return new AuthenticationError({
        reason: "Refused",
        code: reply.code,
        enhancedCode: reply.enhancedCode,
        response: reply.text
      })
    }
    return signal._tag === "Failed" && signal.error.code === "EAUTH"
      ? new AuthenticationError({ reason: "Refused" })
      : Verdict.connectionError("Lost", "the connection was lost while logging in")
  }

  private readonly loginWithToken = (context: SMTPConnection.CustomAuthenticationContext): void => {
    const { user } = this.settings.auth ?? { user: "" }
    context.sendCommand(`AUTH XOAUTH2 ${Secrets.xoauth2(user, this.accessToken)}`, (_, answer) => {
      if (answer.status === 235) return context.resolve()
      if (answer.status !== 334) return context.reject("refused")
      // The challenge holds the reason of the refusal; an empty answer lets the server refuse.
      context.sendCommand("", () => context.reject("refused"))
    })
  }

  /** Makes the connection ready for another message: in step, and without a trace of the last one. */
  readonly reset: Effect.Effect<void, ConnectionError> = Effect.suspend(() =>
    this.step(() => this.settings.timeouts.command, (done) => this.client.reset(done)).pipe(
      Effect.tap(() => {
        this.mustReset = false
      }),
      Effect.tapError(() => Effect.sync(this.destroy)),
      Effect.mapError(() => Verdict.connectionError("Lost", "the connection could not be used again"))
    )
  )

  private checkCapabilities(outgoing: Outgoing, size: number | undefined): Effect.Effect<void, CapabilityError> {
    const { extensions } = this.dialogue
    const lacks = (capability: CapabilityError["capability"], description: string) =>
      Effect.fail(new CapabilityError({ capability, description }))
    if (outgoing.envelope.smtpUtf8 && !extensions.has("SMTPUTF8")) {
      return lacks("SMTPUTF8", "an address is not ASCII, and the server takes only those that are")
    }
    if (outgoing.eightBit && !extensions.has("8BITMIME")) {
      return lacks("8BITMIME", "an embedded message holds 8-bit octets, and the server takes none")
    }
    const largest = Number(extensions.get("SIZE") ?? 0)
    return size !== undefined && largest > 0 && size > largest
      ? lacks("SIZE", `the message has ${size} octets, and the server takes ${largest}`)
      : Effect.void
  }

  /** Sends one message, and says what became of it. */
  deliver(outgoing: Outgoing): Effect.Effect<Delivery, BackendError> {
    return Effect.gen(this, function*() {
      if (this.mustReset) yield* this.reset
      const whole = outgoing.streamed ? undefined : yield* Mime.render(outgoing)
      yield* this.checkCapabilities(outgoing, whole?.length)
      const body = new Body(this.touch)
      const transaction = this.transact(outgoing, body, whole?.length)
      if (whole !== undefined) body.giveAll(whole)
      const ended = yield* (whole !== undefined ? transaction : Effect.raceFirst(transaction, feed(body, outgoing)))
        .pipe(
          Effect.either,
          Effect.timeoutOption(this.settings.timeouts.send),
          Effect.map(Option.getOrElse(() => Either.left<Signal | AttachmentError>({ _tag: "TimedOut" }))),
          Effect.ensuring(Effect.sync(() => body.destroy()))
        )
      return yield* this.conclude(outgoing, body, ended)
    })
  }

  private transact(outgoing: Outgoing, body: Body, size: number | undefined): Effect.Effect<void, Signal> {
    const { command, reply } = this.settings.timeouts
    const { envelope } = outgoing
    this.dialogue.begin()
    this.messageCount++
    this.mustReset = true
    return this.step(
      () => body.isEnded ? reply : command,
      (done) =>
        // nodemailer keeps its state in the envelope that it is given: each attempt needs its own.
        this.client.send(
          { from: envelope.from, to: [...envelope.to], size, use8BitMime: outgoing.eightBit },
          body,
          (error) => done(error)
        )
    ).pipe(Effect.zipLeft(strayReplies))
  }

  private conclude(
    outgoing: Outgoing,
    body: Body,
    ended: Either.Either<void, Signal | AttachmentError>
  ): Effect.Effect<Delivery, BackendError> {
    const { transaction, violation } = this.dialogue
    const isAnswered = body.isEnded && transaction.message !== undefined && Verdict.isFinal(transaction.message)
    if (body.isStarted && !isAnswered) this.destroy()
    const verdict = Verdict.decide({
      recipients: outgoing.envelope.to,
      transaction,
      isBodyEnded: body.isEnded,
      violation,
      interruption: Either.isRight(ended) ? undefined : this.interruption(ended.left, body)
    })
    if (Either.isRight(verdict)) this.mustReset = false
    return verdict
  }

  private interruption(signal: Signal | AttachmentError, body: Body): Verdict.Interruption {
    switch (signal._tag) {
      case "AttachmentError":
        return { _tag: "SourceFailed", error: signal }
      case "Ended":
        return { _tag: "Lost" }
      case "Failed":
        return { _tag: "Lost", cause: signal.error }
      case "TimedOut":
        return body.isStarving
          ? { _tag: "SourceFailed", error: stalled }
          : { _tag: "TimedOut" }
    }
  }

  /** Says good-bye where that makes sense, and closes within the limit whatever the server does. */
  readonly close: Effect.Effect<void> = Effect.suspend(() => {
    const farewell = this.isBroken || this.client.destroyed
      ? Effect.void
      : Effect.ignore(this.step(() => this.settings.timeouts.close, () => this.client.quit()))
    return Effect.ensuring(
      Effect.asVoid(Effect.timeoutOption(Effect.interruptible(farewell), this.settings.timeouts.close)),
      Effect.sync(this.destroy)
    )
  })
}

const startTlsMissing = new CapabilityError({
  capability: "STARTTLS",
  description: "the server does not encrypt the connection, and the credentials or the settings require it"
})

const authNotOffered = new AuthenticationError({ reason: "NotOffered" })

const stalled = new AttachmentError({
  filename: Option.none(),
  cause: new Cause.TimeoutException("an attachment stopped coming")
})

/** nodemailer looks at what else has arrived a turn after each reply: a second reply to the message shows then. */
const strayReplies = Effect.async<void>((resume) => {
  setImmediate(() => setImmediate(() => resume(Effect.void)))
})

/** Gives the message to the reader as it wants it; never ends of itself but when an attachment fails. */
const feed = (body: Body, outgoing: Outgoing): Effect.Effect<never, AttachmentError> => {
  const give = (octets: Uint8Array | null) =>
    Effect.async<void>((resume) => {
      body.whenWanted(() => {
        body.give(octets)
        resume(Effect.void)
      })
    })
  return Stream.runForEach(Mime.stream(outgoing), give).pipe(Effect.zipRight(give(null)), Effect.zipRight(Effect.never))
}

/**
 * Makes a connection that is closed with its scope: connected, encrypted as the settings say, and logged in.
 *
 * @internal
 */
export const make = (settings: Settings): Effect.Effect<Connection, BackendError, Scope.Scope> =>
  Effect.gen(function*() {
    const clock = yield* Effect.clock
    const socket = yield* connectSocket(settings)
    const connection = new Connection(settings, clock, socket)
    yield* Effect.addFinalizer(() => connection.close)
    yield* connection.open
    return connection
  })
