import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"
import type { DeliveryReport } from "../DeliveryReport.js"
import type { MailError } from "../MailError.js"
import * as MailMetrics from "../MailMetrics.js"
import type { Outgoing } from "../Outgoing.js"

/**
 * Counts what a backend sends, and puts spans round it.
 *
 * @internal
 */
export interface Observer {
  /** Counts a message that failed. */
  readonly failure: (error: MailError) => Effect.Effect<void>
  /** Puts a span round a delivery, and counts its outcome. */
  readonly delivery: <E extends MailError>(
    outgoing: Outgoing,
    self: Effect.Effect<DeliveryReport, E>
  ) => Effect.Effect<DeliveryReport, E>
}

type Count = (outcome: string) => Effect.Effect<void>

/** Counters by outcome, each made once: outcomes are few, and a tagged metric costs more than counting with it. */
const counting = (metric: typeof MailMetrics.messages, backend: string): Count => {
  const counts = new Map<string, Effect.Effect<void>>()
  return (outcome) => {
    const known = counts.get(outcome)
    if (known !== undefined) return known
    const tagged = metric.pipe(Metric.tagged("mail.backend", backend), Metric.tagged("mail.outcome", outcome))
    const count = Metric.update(tagged, 1)
    counts.set(outcome, count)
    return count
  }
}

/**
 * @internal
 */
export const make = (backend: string): Observer => {
  const countMessage = counting(MailMetrics.messages, backend)
  const countRecipient = counting(MailMetrics.recipients, backend)
  const failure = (error: MailError) => countMessage(error._tag)
  const success = ({ recipients }: DeliveryReport) =>
    Effect.zipRight(
      countMessage("sent"),
      Effect.forEach(recipients, ({ _tag }) => countRecipient(_tag), { discard: true })
    )
  return {
    failure,
    delivery: (outgoing, self) =>
      Effect.withSpan(Effect.tapBoth(self, { onFailure: failure, onSuccess: success }), "mail.send", {
        kind: "client",
        captureStackTrace: false,
        attributes: { "mail.backend": backend, "mail.recipients": outgoing.envelope.to.length }
      })
  }
}
