/** A link with a delay, as its parent sees it. */
import { Effect, Schema, type Scope } from "effect"
import type { BenchError } from "./BenchError.js"
import * as Children from "./children.js"
import type { Target } from "./Sink.js"

/** What is sent to the target that this gives takes so long to `target` and back. The process ends with the scope. */
export const open = (target: Target, roundTripMillis: number): Effect.Effect<Target, BenchError, Scope.Scope> =>
  Effect.gen(function*() {
    const child = yield* Children.start(new URL("linkProcess.js", import.meta.url), {
      args: [target.host, String(target.port), String(roundTripMillis)]
    })
    const { port } = yield* Children.hear(child, Schema.Struct({ port: Schema.Number }))
    return { host: "127.0.0.1", port }
  })
