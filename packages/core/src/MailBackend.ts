/**
 * The service that sends messages, and the driver interface of every way of sending.
 *
 * A driver opens sessions and delivers checked messages. `make` turns it into the service, and adds what all backends have
 * in common: checking, stamping, reports, spans, metrics, batches.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import type * as BatchReport from "./BatchReport.js"
import type { DeliveryReport } from "./DeliveryReport.js"
import type { Delivery, MailDriver, MailSession } from "./internal/driver/driver.js"
import * as Lasting from "./internal/driver/lastingSession.js"
import type { Message } from "./internal/message/model.js"
import { CurrentMailer } from "./internal/outgoing/currentMailer.js"
import type { Outgoing } from "./internal/outgoing/outgoing.js"
import * as Batch from "./internal/send/batch.js"
import * as Deliver from "./internal/send/deliver.js"
import * as Telemetry from "./internal/send/telemetry.js"
import { original } from "./internal/send/wrapped.js"
import { at, type BackendError, type MailError } from "./MailError.js"

export type {
  /**
   * The options of one delivery.
   *
   * @since 0.1.0
   * @category models
   */
  DeliverOptions,
  /**
   * The result of a message that a driver handed over.
   *
   * @since 0.1.0
   * @category models
   */
  Delivery,
  /**
   * The minimum that a way of sending supplies.
   *
   * @since 0.1.0
   * @category models
   */
  MailDriver,
  /**
   * An open session of a driver.
   *
   * @since 0.1.0
   * @category models
   */
  MailSession
} from "./internal/driver/driver.js"

export type {
  /**
   * The options of a batch.
   *
   * @since 0.1.0
   * @category models
   */
  SendAllOptions
} from "./internal/send/batch.js"

/**
 * One connection that sends messages one after the other. A lost connection is made again for the next message.
 *
 * @since 0.1.0
 * @category models
 */
export interface MailConnection {
  readonly send: (message: Message) => Effect.Effect<DeliveryReport, MailError>
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
   * Sends one message. Fails with a `MessageError` before anything is opened where the message is wrong, has no recipient,
   * or has no sender except the built-in default, and with a `BackendError` where it cannot be delivered.
   */
  readonly send: (message: Message) => Effect.Effect<DeliveryReport, MailError>
  /**
   * Sends messages over one connection, or over `concurrency` of them, pulling each message when it can be sent. A message
   * that fails does not stop the others. When a connection cannot be made, its message is sent by another one. When none
   * is open, and none can be made, that message fails, and the rest is `NotTried`. Without messages nothing is opened.
   */
  readonly sendAll: (
    messages: Iterable<Message>,
    options?: Batch.SendAllOptions
  ) => Effect.Effect<BatchReport.BatchReport>
  /**
   * The driver of this backend, for policies.
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
 * The delivery of a driver without a server: every recipient accepted, without a reply.
 *
 * @since 0.1.0
 * @category constructors
 */
export const acceptAll = ({ envelope }: Outgoing): Delivery => ({
  recipients: envelope.to.map((recipient) => ({ _tag: "Accepted", recipient }))
})

/** Adds the name of the mailer to errors, where one was chosen by name. */
const withMailer = <A, R>(self: Effect.Effect<A, BackendError, R>): Effect.Effect<A, BackendError, R> =>
  Effect.catchAll(
    self,
    (error) =>
      Effect.flatMap(CurrentMailer, (mailer) => Effect.fail(at(error, { mailer: Option.getOrUndefined(mailer) })))
  )

const namingMailer = ({ crypto, deliver, name, open }: MailDriver): MailDriver => ({
  name,
  crypto,
  open: withMailer(
    Effect.map(open, (session): MailSession => ({
      ...session,
      deliver: (outgoing, options) => withMailer(session.deliver(outgoing, options))
    }))
  ),
  deliver: deliver === undefined ? undefined : (outgoing, options) => withMailer(deliver(outgoing, options))
})

/** One session per message. */
const sessionPerMessage = ({ deliver, open }: MailDriver): MailSession => ({
  deliver: deliver ??
    ((outgoing, options) => Effect.scoped(Effect.flatMap(open, (session) => session.deliver(outgoing, options))))
})

/**
 * Makes a backend from a driver.
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
  const telemetry = Telemetry.make(driver.name)
  return {
    name: driver.name,
    driver,
    connect: Effect.map(
      Effect.tap(Lasting.serialized(driver), (session) => session.open),
      (session): MailConnection => ({ send: Deliver.over(telemetry, session) })
    ),
    send: original(Deliver.over(telemetry, sessionPerMessage(driver))),
    sendAll: (messages, options) => Batch.sendAll(driver, telemetry, messages, options)
  }
}
