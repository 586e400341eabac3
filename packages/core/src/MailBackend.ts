/**
 * The service that sends messages, and the seam behind which every way of sending stands.
 *
 * A driver opens sessions and delivers checked messages; `make` turns it into the service, and owns everything that all
 * backends have in common: checking, stamping, reports, spans, metrics, batches.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type * as BatchReport from "./BatchReport.js"
import type { DeliveryReport, RecipientStatus, Reply } from "./DeliveryReport.js"
import * as Observe from "./internal/observe.js"
import * as SendAll from "./internal/sendAll.js"
import * as Sender from "./internal/sender.js"
import * as Session from "./internal/session.js"
import type { BackendError, MailError } from "./MailError.js"
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
}

/**
 * An open session of a driver. `deliver` is called for one message at a time. After it failed with anything but
 * `RejectedError` or `CapabilityError`, or was interrupted, the session is closed and not used again.
 *
 * @since 0.1.0
 * @category models
 */
export interface MailSession {
  readonly deliver: (outgoing: Outgoing.Outgoing) => Effect.Effect<Delivery, BackendError>
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
  /** How many connections to use at most; 1 unless said otherwise. */
  readonly concurrency?: number | undefined
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
   * Sends one message. A message without recipients is checked, and then nothing is opened: its report is empty.
   */
  readonly send: (message: Message) => Effect.Effect<DeliveryReport, MailError>
  /**
   * Sends messages over one connection, or over `concurrency` of them, taking them one by one as they can be sent.
   * A message that fails does not hold up the others; when no connection can be had any more the rest is not tried.
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

/** A session for one message only: opened when the message is there, closed when it is gone. */
const briefly = (driver: MailDriver): MailSession => ({
  deliver: (outgoing) => Effect.scoped(Effect.flatMap(driver.open, (session) => session.deliver(outgoing)))
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
export const make = (driver: MailDriver): Service => {
  const observer = Observe.make(driver.name)
  return {
    name: driver.name,
    driver,
    connect: Effect.map(
      Effect.tap(Session.makeShared(driver), (session) => session.open),
      (session): MailConnection => ({ send: Sender.over(observer, session) })
    ),
    send: Sender.over(observer, briefly(driver)),
    sendAll: (messages, options) => SendAll.sendAll(driver, observer, messages, options)
  }
}
