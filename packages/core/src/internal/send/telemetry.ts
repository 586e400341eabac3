import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as DefaultServices from "effect/DefaultServices"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FiberRef from "effect/FiberRef"
import * as MetricLabel from "effect/MetricLabel"
import * as Option from "effect/Option"
import * as Tracer from "effect/Tracer"
import type { DeliveryReport } from "../../DeliveryReport.js"
import type { MailError } from "../../MailError.js"
import * as MailMetrics from "../../MailMetrics.js"
import type { Outgoing } from "../outgoing/outgoing.js"

/** The counters and spans of a backend. */
export interface Telemetry {
  /** Counts a message that failed. */
  readonly failure: (error: MailError) => Effect.Effect<void>
  /** Wraps a delivery in a span, and counts its outcome. */
  readonly delivery: <E extends MailError>(
    outgoing: Outgoing,
    self: Effect.Effect<DeliveryReport, E>
  ) => Effect.Effect<DeliveryReport, E>
}

type Labels = ReadonlyArray<MetricLabel.MetricLabel>
type Count = (outcome: string, labels: Labels) => void

/** Counts with the same label objects for each outcome, by which a metric finds its counter faster. */
const counting = (metric: typeof MailMetrics.messages, backend: string): Count => {
  const known = new Map<string, Labels>()
  const labelsOf = (outcome: string): Labels => {
    const labels = known.get(outcome) ??
      [MetricLabel.make("mail.backend", backend), MetricLabel.make("mail.outcome", outcome)]
    known.set(outcome, labels)
    return labels
  }
  return (outcome, labels) => {
    const own = labelsOf(outcome)
    metric.unsafeUpdate(1, labels.length === 0 ? own : [...own, ...labels])
  }
}

const withLabels = (count: (labels: Labels) => void): Effect.Effect<void> =>
  FiberRef.getWith(FiberRef.currentMetricLabels, (labels) => Effect.sync(() => count(labels)))

/** Effect's default tracer, which records nothing. A span costs more than the rest of sending a short message. */
const noTracer = Context.get(DefaultServices.liveServices, Tracer.Tracer)

const traced = <A, E>(
  outgoing: Outgoing,
  backend: string,
  self: Effect.Effect<A, E>
): Effect.Effect<A, E> =>
  Tracer.tracerWith((tracer) =>
    tracer === noTracer ? self : Effect.withSpan(self, "mail.send", {
      kind: "client",
      captureStackTrace: false,
      attributes: { "mail.backend": backend, "mail.recipients": outgoing.envelope.to.length }
    })
  )

const labelOf = (cause: Cause.Cause<MailError>): string =>
  Option.match(Cause.failureOption(cause), {
    onNone: () => Cause.isInterruptedOnly(cause) ? "interrupted" : "defect",
    onSome: (error) => error._tag
  })

export const make = (backend: string): Telemetry => {
  const countMessage = counting(MailMetrics.messages, backend)
  const countRecipient = counting(MailMetrics.recipients, backend)
  const count = (exit: Exit.Exit<DeliveryReport, MailError>) =>
    withLabels((labels) => {
      if (Exit.isFailure(exit)) return countMessage(labelOf(exit.cause), labels)
      countMessage("sent", labels)
      for (const { _tag } of exit.value.recipients) countRecipient(_tag, labels)
    })
  return {
    failure: (error) => withLabels((labels) => countMessage(error._tag, labels)),
    delivery: (outgoing, self) => traced(outgoing, backend, Effect.onExit(self, count))
  }
}
