import type { Effect, Scope } from "effect"
import type { BenchError } from "../harness/BenchError.js"
import type { Run } from "../harness/rounds.js"
import type { Target } from "../harness/Sink.js"
import type { Kind } from "../subjects/Kind.js"

/** A way to send messages of a kind. What it needs it opens once, and keeps for the scope. */
export type Sender = (kind: Kind, target: Target, connections: number) => Effect.Effect<Run, BenchError, Scope.Scope>
