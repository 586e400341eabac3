import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as BatchReport from "../../BatchReport.js"
import type { DeliveryReport } from "../../DeliveryReport.js"
import type { Delivery, MailSession } from "../../MailBackend.js"
import * as MailConfig from "../../MailConfig.js"
import type { BackendError, MailError, MessageError } from "../../MailError.js"
import type { Message } from "../../Message.js"
import * as Outgoing from "../../Outgoing.js"
import * as Check from "../check/message.js"
import { Leniency } from "./leniency.js"
import type * as Observe from "./telemetry.js"

/**
 * Sends a message, and reports on it.
 *
 * @internal
 */
export type Send = (message: Message) => Effect.Effect<DeliveryReport, MailError>

const report = (outgoing: Outgoing.Outgoing, { recipients, remoteId, response }: Delivery): DeliveryReport => ({
  messageId: outgoing.messageId,
  mailer: outgoing.mailer,
  envelope: outgoing.envelope,
  recipients,
  response,
  ...remoteId === undefined ? {} : { remoteId }
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
 * Prepares a message for sending, which asks for more than its bytes do.
 *
 * @internal
 */
export const prepare = (message: Message): Effect.Effect<Outgoing.Outgoing, MessageError> =>
  Effect.flatMap(
    Outgoing.prepare(message),
    (outgoing) =>
      Effect.contextWithEffect((context: Context.Context<never>) =>
        Context.get(context, Leniency)
          ? Effect.succeed(outgoing)
          : Either.map(
            Check.checkDemands(message, MailConfig.settingsOf(context), outgoing.envelope),
            () => outgoing
          )
      )
  )

/**
 * Checks messages, and sends them over a session.
 *
 * @internal
 */
export const over = (observer: Observe.Observer, session: MailSession): Send => (message) =>
  Effect.matchEffect(prepare(message), {
    onFailure: (error) => Effect.zipRight(observer.failure(error), Effect.fail(error)),
    onSuccess: (outgoing) => deliver(observer, session, outgoing)
  })

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
