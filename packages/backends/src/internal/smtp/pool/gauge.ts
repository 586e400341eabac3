import * as MailMetrics from "@effect-mail/core/MailMetrics"
import * as MetricLabel from "effect/MetricLabel"

type Labels = ReadonlyArray<MetricLabel.MetricLabel>

/** Counts the connections that are open, and those in use. */
export class Gauge {
  private open = 0
  private used = 0
  // Made once: a metric looks its gauge up by the labels.
  private readonly usedLabels: Labels
  private readonly idleLabels: Labels

  constructor(host: string) {
    const labels = (state: "used" | "idle"): Labels => [
      MetricLabel.make("server.address", host),
      MetricLabel.make("mail.connection.state", state)
    ]
    this.usedLabels = labels("used")
    this.idleLabels = labels("idle")
  }

  /** Adds to both counts. */
  change(open: number, used: number): void {
    this.open += open
    this.used += used
    MailMetrics.connections.unsafeUpdate(this.used, this.usedLabels)
    MailMetrics.connections.unsafeUpdate(Math.max(0, this.open - this.used), this.idleLabels)
  }
}
