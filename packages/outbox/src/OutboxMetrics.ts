/**
 * What an operator counts. Nothing here holds an address, a subject or an id.
 *
 * @since 0.1.0
 */
import * as Metric from "effect/Metric"

/**
 * Attempts by what they came to: tagged with `outbox.mailer`, and with `outbox.state`, the state of the message after it.
 *
 * @since 0.1.0
 * @category metrics
 */
export const attempts = Metric.counter("outbox.attempts", {
  description: "Attempts by the state that they led to",
  incremental: true
})

/**
 * Messages whose lease was lost while they were in the hand of a runner: tagged with `outbox.mailer`.
 *
 * @since 0.1.0
 * @category metrics
 */
export const leaseLosses = Metric.counter("outbox.lease.losses", {
  description: "Messages whose lease was lost",
  incremental: true
})

/**
 * Messages that were sending when their runner was lost, as this runner found them.
 *
 * @since 0.1.0
 * @category metrics
 */
export const lost = Metric.counter("outbox.lost", {
  description: "Messages whose runner was lost while they were sent",
  incremental: true
})

/**
 * Messages by state: tagged with `outbox.mailer` and `outbox.state`. Read by runners that have `countEvery`.
 *
 * @since 0.1.0
 * @category metrics
 */
export const messages = Metric.gauge("outbox.messages", { description: "Messages by state" })

/**
 * How long the message that waits longest has been due, in seconds. Read by runners that have `countEvery`.
 *
 * @since 0.1.0
 * @category metrics
 */
export const oldestDue = Metric.gauge("outbox.oldest_due", {
  description: "Age of the oldest message that is due, in s"
})
