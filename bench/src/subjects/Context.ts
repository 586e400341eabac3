import type { Effect } from "effect"
import type { Sink } from "../harness/Sink.js"
import type { Plan } from "../plan.js"

/** What everything that is measured is given. */
export interface Context {
  readonly plan: Plan
  readonly sink: Sink
  readonly log: (line: string) => Effect.Effect<void>
}
