import * as Effect from "effect/Effect"
import * as BatchReport from "../../BatchReport.js"
import type { DeliveryReport } from "../../DeliveryReport.js"
import type { BackendError, MailError } from "../../MailError.js"
import type { Delivery, MailSession } from "../driver/driver.js"
import type { Message } from "../message/model.js"
import type { Outgoing } from "../outgoing/outgoing.js"
import { prepareToSend } from "../outgoing/prepare.js"
import type { Telemetry } from "./telemetry.js"

/** Sends a message, and reports on it. */
export type Send = (message: Message) => Effect.Effect<DeliveryReport, MailError>

const report = (outgoing: Outgoing, { recipients, remoteId, response }: Delivery): DeliveryReport => ({
  messageId: outgoing.messageId,
  mailer: outgoing.mailer,
  envelope: outgoing.envelope,
  recipients,
  response,
  ...remoteId === undefined ? {} : { remoteId }
})

const nothingDelivered: Delivery = { recipients: [] }

/** Delivers a prepared message. Without recipients the session is not used. */
export const deliver = (
  telemetry: Telemetry,
  session: MailSession,
  outgoing: Outgoing
): Effect.Effect<DeliveryReport, BackendError> =>
  outgoing.envelope.to.length === 0
    ? Effect.succeed(report(outgoing, nothingDelivered))
    : telemetry.delivery(outgoing, Effect.map(session.deliver(outgoing), (delivery) => report(outgoing, delivery)))

/** A `send` that checks messages, and delivers them by a session. */
export const over = (telemetry: Telemetry, session: MailSession): Send => (message) =>
  Effect.matchEffect(prepareToSend(message), {
    onFailure: (error) => Effect.zipRight(telemetry.failure(error), Effect.fail(error)),
    onSuccess: (outgoing) => deliver(telemetry, session, outgoing)
  })

/** The entry of a message in a batch report, whatever the outcome. */
export const entry = (
  message: Message,
  sending: Effect.Effect<DeliveryReport, MailError>
): Effect.Effect<BatchReport.Sent | BatchReport.Failed> =>
  Effect.match(sending, {
    onFailure: (error) => BatchReport.failed(message, error),
    onSuccess: (report) => BatchReport.sent(message, report)
  })
