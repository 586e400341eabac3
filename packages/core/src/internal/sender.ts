import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as BatchReport from "../BatchReport.js"
import type { DeliveryReport } from "../DeliveryReport.js"
import type { Delivery, MailDriver, MailSession } from "../MailBackend.js"
import type { BackendError, MailError } from "../MailError.js"
import type { Message } from "../Message.js"
import * as Outgoing from "../Outgoing.js"
import * as Observe from "./observe.js"
import * as Session from "./session.js"

/**
 * Sends a message, and reports on it.
 *
 * @internal
 */
export type Send = (message: Message) => Effect.Effect<DeliveryReport, MailError>

const report = (outgoing: Outgoing.Outgoing, { recipients, response }: Delivery): DeliveryReport => ({
  messageId: outgoing.messageId,
  mailer: outgoing.mailer,
  envelope: outgoing.envelope,
  recipients,
  response
})

const nothingDelivered: Delivery = { recipients: [] }

/**
 * Delivers a message that was prepared. Where it has no recipients the session is left alone.
 *
 * @internal
 */
export const deliver = (
  observer: Observe.Observer,
  session: MailSession,
  outgoing: Outgoing.Outgoing
): Effect.Effect<DeliveryReport, BackendError> =>
  outgoing.envelope.to.length === 0
    ? Effect.succeed(report(outgoing, nothingDelivered))
    : observer.delivery(outgoing, Effect.map(session.deliver(outgoing), (delivery) => report(outgoing, delivery)))

/**
 * Checks messages, and sends them over a session.
 *
 * @internal
 */
export const over = (observer: Observe.Observer, session: MailSession): Send => (message) =>
  Effect.matchEffect(Outgoing.prepare(message), {
    onFailure: (error) => Effect.zipRight(observer.failure(error), Effect.fail(error)),
    onSuccess: (outgoing) => deliver(observer, session, outgoing)
  })

/**
 * Sends over a session of its own, which is opened with the first message and closed with the scope: one message at a
 * time.
 *
 * @internal
 */
export const make = (driver: MailDriver): Effect.Effect<Send, never, Scope.Scope> =>
  Effect.map(Session.make(driver), (session) => over(Observe.make(driver.name), session))

/**
 * The entry of a message in a report, whatever becomes of it.
 *
 * @internal
 */
export const entry = (
  message: Message,
  sending: Effect.Effect<DeliveryReport, MailError>
): Effect.Effect<BatchReport.Sent | BatchReport.Failed> =>
  Effect.match(sending, {
    onFailure: (error) => BatchReport.failed(message, error),
    onSuccess: (report) => BatchReport.sent(message, report)
  })
