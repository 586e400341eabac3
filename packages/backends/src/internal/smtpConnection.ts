import type { Delivery } from "@effect-mail/core/MailBackend"
import type { BackendError, ConnectionError } from "@effect-mail/core/MailError"
import type { Outgoing } from "@effect-mail/core/Outgoing"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type * as Scope from "effect/Scope"
import { handshake } from "./smtpHandshake.js"
import { Link } from "./smtpLink.js"
import type { Settings } from "./smtpOptions.js"
import * as Socket from "./smtpSocket.js"
import { transact } from "./smtpTransaction.js"
import * as Transcript from "./smtpTranscript.js"
import * as Verdict from "./smtpVerdict.js"

/**
 * One SMTP connection, logged in and ready. It is used for one message at a time.
 *
 * @internal
 */
export class Connection {
  private messageCount = 0
  private isInUse = false
  /** Whether a message was tried over it before the last one. */
  isReused = false
  /** Whether the server asked for the last message, so that octets of it may have gone out. */
  isBodyStarted = false

  constructor(readonly link: Link) {}

  /** Whether another message may be sent over this connection, once it was reset. */
  get isUsable(): boolean {
    const { client, isBroken, settings } = this.link
    return !isBroken && !client.destroyed && this.messageCount < settings.pool.maxMessages
  }

  /** Whether another message may be sent over this connection as it is. */
  get isReady(): boolean {
    return this.isUsable && !this.isInUse
  }

  /** Makes the connection ready for another message: in step, and without a trace of the last one. */
  readonly reset: Effect.Effect<void, ConnectionError> = Effect.suspend(() => {
    const { client, settings } = this.link
    return this.link.exchange(() => settings.timeouts.command, (done) => client.reset(done))
  }).pipe(
    Effect.tap(() => {
      this.isInUse = false
    }),
    Effect.mapError(() => {
      this.link.destroy()
      return Verdict.connectionError("Lost", "the connection could not be used again")
    })
  )

  /** Sends one message, and says what became of it. */
  deliver(outgoing: Outgoing): Effect.Effect<Delivery, BackendError> {
    return Effect.suspend(() => {
      this.isReused = this.messageCount > 0
      this.isBodyStarted = false
      this.isInUse = true
      this.messageCount++
      return transact(this.link, outgoing)
    }).pipe(
      Effect.flatMap(({ isBodyStarted, verdict }) => {
        this.isBodyStarted = isBodyStarted
        if (Either.isRight(verdict)) this.isInUse = false
        return verdict
      }),
      Effect.mapError((error) => Transcript.attach(this.link.dialogue.transcript)(error))
    )
  }
}

/**
 * Makes a connection that is closed with its scope: connected, encrypted as the settings say, and logged in.
 *
 * @internal
 */
export const make = (settings: Settings): Effect.Effect<Connection, BackendError, Scope.Scope> =>
  Effect.gen(function*() {
    const clock = yield* Effect.clock
    const socket = yield* Socket.connect(settings)
    const link = new Link(settings, clock, socket)
    yield* Effect.addFinalizer(() => link.close)
    yield* Effect.forkScoped(link.watch)
    yield* Effect.mapError(handshake(link), (error) => Transcript.attach(link.dialogue.transcript)(error))
    return new Connection(link)
  }).pipe((self) =>
    Effect.withSpan(self, "smtp.connect", {
      kind: "client",
      captureStackTrace: false,
      attributes: { "server.address": settings.host, "server.port": settings.port, "smtp.tls": settings.tls }
    })
  )
