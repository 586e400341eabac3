import type { Delivery } from "@effect-mail/core/MailBackend"
import type { BackendError } from "@effect-mail/core/MailError"
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

/**
 * One SMTP connection, logged in and ready. It is used for one message at a time.
 *
 * @internal
 */
export class Connection {
  private messageCount = 0
  /** Whether the server may hold something of an earlier message against the next one, or be there no more. */
  private isInDoubt = false
  /** Whether a message was tried over it before the last one. */
  isReused = false
  /** Whether the server asked for the last message, so that octets of it may have gone out. */
  isBodyStarted = false

  constructor(readonly link: Link) {}

  /** Whether another message may be sent over this connection. */
  get isUsable(): boolean {
    const { isReady, settings } = this.link
    return isReady && this.messageCount < settings.pool.maxMessages
  }

  /** Nobody knows what has become of the server meanwhile: the next message begins anew. */
  doubt(): void {
    this.isInDoubt = this.messageCount > 0
  }

  /** Ends it where the server still owes an answer. */
  abandonUnlessReady(): void {
    if (!this.link.isReady) this.link.destroy()
  }

  /** Sends one message, and says what became of it. */
  deliver(outgoing: Outgoing): Effect.Effect<Delivery, BackendError> {
    return Effect.suspend(() => {
      const isAnew = this.isInDoubt
      this.isReused = this.messageCount > 0
      this.isBodyStarted = false
      this.isInDoubt = true
      this.messageCount++
      return transact(this.link, outgoing, isAnew)
    }).pipe(
      Effect.flatMap(({ isBodyStarted, verdict }) => {
        this.isBodyStarted = isBodyStarted
        if (Either.isRight(verdict)) this.isInDoubt = false
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
