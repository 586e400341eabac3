import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Tracer from "effect/Tracer"

/** The span of who asks, as W3C's Trace Context writes it in `traceparent`. */
export const current: Effect.Effect<string | undefined> = Effect.match(Effect.currentParentSpan, {
  onFailure: () => undefined,
  onSuccess: ({ sampled, spanId, traceId }) =>
    /^[0-9a-f]{32}$/.test(traceId) && /^[0-9a-f]{16}$/.test(spanId)
      ? `00-${traceId}-${spanId}-${sampled ? "01" : "00"}`
      : undefined
})

const form = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/

/** The span that this text is of. */
export const parse = (text: string | undefined): Option.Option<Tracer.ExternalSpan> => {
  const match = form.exec(text ?? "")
  return match === null ? Option.none() : Option.some(Tracer.externalSpan({
    traceId: match[1] ?? "",
    spanId: match[2] ?? "",
    sampled: match[3] !== "00"
  }))
}
