/**
 * The service that sends messages, and the seam behind which every way of sending stands.
 *
 * A driver opens sessions and delivers checked messages; `make` turns it into the service, and owns everything that all
 * backends have in common: checking, stamping, reports, spans, metrics, batches.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import type * as BatchReport from "./BatchReport.js"
import type { DeliveryReport, RecipientStatus, Reply } from "./DeliveryReport.js"
import * as SendAll from "./internal/send/batch.js"
import { CurrentMailer } from "./internal/send/currentMailer.js"
import * as Sender from "./internal/send/deliver.js"
import * as Session from "./internal/send/session.js"
import * as Observe from "./internal/send/telemetry.js"
import { original } from "./internal/send/wrapped.js"
import { at, type BackendError, type MailError } from "./MailError.js"
import type { Message } from "./Message.js"
import type * as Outgoing from "./Outgoing.js"

/**
 * What a driver says of a message that it handed over: the fate of each recipient of the envelope, and the reply to the
 * message where there is one.
 *
 * @since 0.1.0
 * @category models
 */
export interface Delivery {
  readonly recipients: ReadonlyArray<RecipientStatus>
  readonly response?: Reply | undefined
  /** What the provider calls the message, where it gives it a name of its own. */
  readonly remoteId?: string | undefined
}

/**
 * An open session of a driver. `deliver` is called for one message at a time. After it failed with anything but
 * `RejectedError` or `CapabilityError`, or was interrupted, the session is closed and not used again.
 *
 * @since 0.1.0
 * @category models
 */
export interface MailSession {
  /** How many messages `deliver` may be called for at once; 1 unless said otherwise. */
  readonly window?: number | undefined
  readonly deliver: (outgoing: Outgoing.Outgoing, options?: DeliverOptions) => Effect.Effect<Delivery, BackendError>
  /**
   * For a session that connects by itself when a message needs it, as those of `failover` do: makes the connection that
   * this message needs, and sends nothing. Where it fails there is none to be had, and a batch need not try the rest.
   */
  readonly openFor?: ((outgoing: Outgoing.Outgoing) => Effect.Effect<void, BackendError>) | undefined
  /**
   * Whether there is no connection, so that `open` proves nothing: each delivery makes its own. A batch takes a delivery
   * that fails with `ConnectionError` or `AuthenticationError` for a connection that cannot be had.
   */
  readonly isConnectionless?: boolean | undefined
}

/**
 * @since 0.1.0
 * @category models
 */
export interface DeliverOptions {
  /**
   * Is run once, when the receiving side has asked for the message, and before anything is sent that could make it
   * responsible. Where it fails or is interrupted nothing was sent.
   */
  readonly beforeCommit?: Effect.Effect<void, BackendError> | undefined
}

/**
 * The least that a way of sending has to supply. `open` acquires a session that is released with its scope.
 *
 * @since 0.1.0
 * @category models
 */
export interface MailDriver {
  readonly name: string
  readonly open: Effect.Effect<MailSession, BackendError, Scope.Scope>
  /** Delivers one message by any session. Without it one is opened for the message, and closed. */
  readonly deliver?: MailSession["deliver"] | undefined
}

/**
 * One connection, on which messages go out one after the other. A connection that was lost is made again for the next
 * message.
 *
 * @since 0.1.0
 * @category models
 */
export interface MailConnection {
  readonly send: (message: Message) => Effect.Effect<DeliveryReport, MailError>
}

/**
 * @since 0.1.0
 * @category models
 */
export interface SendAllOptions {
  /** How many connections to use at most. Default: 1. */
  readonly concurrency?: number | undefined
  /**
   * How long to wait for a connection when none can be had, such as while the server restarts. Messages that were proven
   * not sent when the connection was lost go out over the next one. Default: not at all.
   */
  readonly reconnectWithin?: Duration.DurationInput | undefined
}

/**
 * What `MailBackend` provides.
 *
 * @since 0.1.0
 * @category models
 */
export interface Service {
  readonly name: string
  /**
   * A connection that is open from now until the scope closes.
   */
  readonly connect: Effect.Effect<MailConnection, BackendError, Scope.Scope>
  /**
   * Sends one message. What is wrong with it is found before anything is opened, and so is that it has no recipient, or
   * no sender but the default one that is built in.
   */
  readonly send: (message: Message) => Effect.Effect<DeliveryReport, MailError>
  /**
   * Sends messages over one connection, or over `concurrency` of them, taking them one by one as they can be sent.
   * A message that fails does not hold up the others. A connection that cannot be made, for whatever reason, leaves its
   * message to those that are there; when there is none, and none to be had, that message fails, and the rest is not
   * tried.
   * Where there is nothing to send nothing is opened.
   */
  readonly sendAll: (
    messages: Iterable<Message>,
    options?: SendAllOptions
  ) => Effect.Effect<BatchReport.BatchReport>
  /**
   * The driver under this backend, for combinators that make a backend of another.
   */
  readonly driver: MailDriver
}

/**
 * The backend of the running effect.
 *
 * @since 0.1.0
 * @category tags
 */
export class MailBackend extends Context.Tag("@effect-mail/core/MailBackend")<MailBackend, Service>() {}

/**
 * The delivery of a driver that has no server to ask: every recipient accepted, without a reply.
 *
 * @since 0.1.0
 * @category constructors
 */
export const acceptAll = ({ envelope }: Outgoing.Outgoing): Delivery => ({
  recipients: envelope.to.map((recipient) => ({ _tag: "Accepted", recipient }))
})

/** Errors say by which mailer, where one was chosen by name. */
const withMailer = <A, R>(self: Effect.Effect<A, BackendError, R>): Effect.Effect<A, BackendError, R> =>
  Effect.catchAll(
    self,
    (error) =>
      Effect.flatMap(CurrentMailer, (mailer) => Effect.fail(at(error, { mailer: Option.getOrUndefined(mailer) })))
  )

const namingMailer = ({ deliver, name, open }: MailDriver): MailDriver => ({
  name,
  open: withMailer(
    Effect.map(open, (session): MailSession => ({
      ...session,
      deliver: (outgoing, options) => withMailer(session.deliver(outgoing, options))
    }))
  ),
  deliver: deliver === undefined ? undefined : (outgoing, options) => withMailer(deliver(outgoing, options))
})

/** A session for one message only: opened when the message is there, closed when it is gone. */
const briefly = ({ deliver, open }: MailDriver): MailSession => ({
  deliver: deliver ??
    ((outgoing, options) => Effect.scoped(Effect.flatMap(open, (session) => session.deliver(outgoing, options))))
})

/**
 * Makes a backend of a driver.
 *
 * @example
 * ```ts
 * import { MailBackend, Mime } from "@effect-mail/core"
 * import { Effect } from "effect"
 *
 * const logging = MailBackend.make({
 *   name: "logging",
 *   open: Effect.succeed({
 *     deliver: (outgoing) =>
 *       Mime.render(outgoing).pipe(
 *         Effect.tap((bytes) => Effect.log(`a message of ${bytes.length} octets`)),
 *         Effect.as(MailBackend.acceptAll(outgoing))
 *       )
 *   })
 * })
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (unnamed: MailDriver): Service => {
  const driver = namingMailer(unnamed)
  const observer = Observe.make(driver.name)
  return {
    name: driver.name,
    driver,
    connect: Effect.map(
      Effect.tap(Session.makeShared(driver), (session) => session.open),
      (session): MailConnection => ({ send: Sender.over(observer, session) })
    ),
    send: original(Sender.over(observer, briefly(driver))),
    sendAll: (messages, options) => SendAll.sendAll(driver, observer, messages, options)
  }
}
