import * as MailMetrics from "@effect-mail/core/MailMetrics"
import * as MetricLabel from "effect/MetricLabel"

type Labels = ReadonlyArray<MetricLabel.MetricLabel>

/** How many connections are open, and how many of them are in use. */
export class Gauge {
  private open = 0
  private used = 0
  // The same labels each time: a metric finds its gauge by them at once.
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

  /** Notes that connections came or went. */
  change(open: number, used: number): void {
    this.open += open
    this.used += used
    MailMetrics.connections.unsafeUpdate(this.used, this.usedLabels)
    MailMetrics.connections.unsafeUpdate(Math.max(0, this.open - this.used), this.idleLabels)
  }
}
