import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"
import type { DeliveryReport } from "../DeliveryReport.js"
import type { MailError } from "../MailError.js"
import * as MailMetrics from "../MailMetrics.js"
import type { Outgoing } from "../Outgoing.js"

const tagged = (metric: typeof MailMetrics.messages, backend: string, outcome: string) =>
  metric.pipe(Metric.tagged("mail.backend", backend), Metric.tagged("mail.outcome", outcome))

const success = (backend: string, report: DeliveryReport): Effect.Effect<void> =>
  Effect.zipRight(
    Metric.update(tagged(MailMetrics.messages, backend, "sent"), 1),
    Effect.forEach(
      report.recipients,
      ({ _tag }) => Metric.update(tagged(MailMetrics.recipients, backend, _tag), 1),
      { discard: true }
    )
  )

/**
 * Counts a message that failed.
 *
 * @internal
 */
export const failure = (backend: string, error: MailError): Effect.Effect<void> =>
  Metric.update(tagged(MailMetrics.messages, backend, error._tag), 1)

/**
 * Puts a span round a delivery, and counts its outcome.
 *
 * @internal
 */
export const delivery = <E extends MailError>(
  backend: string,
  outgoing: Outgoing,
  self: Effect.Effect<DeliveryReport, E>
): Effect.Effect<DeliveryReport, E> =>
  Effect.withSpan(
    Effect.tapBoth(self, {
      onFailure: (error) => failure(backend, error),
      onSuccess: (report) => success(backend, report)
    }),
    "mail.send",
    {
      kind: "client",
      captureStackTrace: false,
      attributes: { "mail.backend": backend, "mail.recipients": outgoing.envelope.to.length }
    }
  )
