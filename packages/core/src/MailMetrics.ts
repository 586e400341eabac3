/**
 * The metrics of sending. None holds an address, a subject or a secret.
 *
 * @since 0.1.0
 */
import * as Metric from "effect/Metric"

/**
 * Messages by outcome: tagged with `mail.backend`, and with `mail.outcome`, which is `sent`, the tag of the error,
 * `interrupted` or `defect`.
 *
 * @since 0.1.0
 * @category metrics
 */
export const messages = Metric.counter("mail.client.messages", {
  description: "Messages by outcome",
  incremental: true
})

/**
 * Recipients by outcome: tagged with `mail.backend`, and with `mail.outcome`, which is `Accepted`, `Deferred` or
 * `Rejected`.
 *
 * @since 0.1.0
 * @category metrics
 */
export const recipients = Metric.counter("mail.client.recipients", {
  description: "Recipients of messages that were handed over, by outcome",
  incremental: true
})

/**
 * Connections to servers: tagged with `server.address`, and with `mail.connection.state`, which is `used` or `idle`.
 *
 * @since 0.1.0
 * @category metrics
 */
export const connections = Metric.gauge("mail.client.connections", {
  description: "Open connections by state"
})
