import type { Summary, Verdict } from "./api.js"
import { count } from "./format.js"

const classes: Readonly<Record<Verdict, string>> = {
  accepted: "ok",
  deferred: "wait",
  refused: "no",
  unknown: "lost",
  waiting: "quiet",
  failed: "no"
}

const words: Readonly<Record<Verdict, string>> = {
  accepted: "accepted",
  deferred: "deferred",
  refused: "refused",
  unknown: "outcome unknown",
  waiting: "waiting",
  failed: "not sent"
}

export const Pill = ({ count: value, verdict }: { readonly verdict: Verdict; readonly count?: number }) => (
  <span class={`v ${classes[verdict]}`}>
    {value !== undefined && <b>{count(value)}</b>}
    {words[verdict]}
  </span>
)

const order: ReadonlyArray<Verdict> = ["refused", "failed", "deferred", "unknown", "waiting", "accepted"]

/** The verdicts of a message; the number is left out where there is one recipient, or all are unknown. */
export const Pills = ({ message: { counts, recipients } }: { readonly message: Summary }) => (
  <>
    {order.filter((verdict) => counts[verdict] > 0).map((verdict) => (
      <Pill
        key={verdict}
        verdict={verdict}
        {...recipients === 1 || (verdict === "unknown" && counts.unknown === recipients)
          ? {}
          : { count: counts[verdict] }}
      />
    ))}
  </>
)
