/** Everything that is measured, a subject for each file of `subjects`. */
import { Effect } from "effect"
import type { BenchError } from "../harness/BenchError.js"
import type { Context } from "../subjects/Context.js"
import * as FirstMessage from "../subjects/firstMessage.js"
import * as Growth from "../subjects/growth.js"
import * as Imports from "../subjects/imports.js"
import * as Link from "../subjects/link.js"
import * as Memory from "../subjects/memory.js"
import * as Outbox from "../subjects/outbox.js"
import * as Rendering from "../subjects/rendering.js"
import * as Sending from "../subjects/sending.js"
import * as Signing from "../subjects/signing.js"

/** Those that were not asked for are not there. */
export interface Results {
  readonly link?: Link.Results
  readonly sending?: ReadonlyArray<Sending.Results>
  readonly firstMessage?: FirstMessage.Results
  readonly imports?: Imports.Results
  readonly rendering?: ReadonlyArray<Rendering.Results>
  readonly signing?: Signing.Results
  readonly growth?: Growth.Results
  readonly memory?: Memory.Results
  readonly outbox?: Outbox.Results
}

const measures: { readonly [Name in keyof Results]-?: (context: Context) => Effect.Effect<Results, BenchError> } = {
  link: (context) => Effect.map(Link.measure(context), (link) => ({ link })),
  sending: (context) => Effect.map(Sending.measure(context), (sending) => ({ sending })),
  firstMessage: (context) => Effect.map(FirstMessage.measure(context), (firstMessage) => ({ firstMessage })),
  imports: (context) => Effect.map(Imports.measure(context), (imports) => ({ imports })),
  rendering: (context) => Effect.map(Rendering.measure(context), (rendering) => ({ rendering })),
  signing: (context) => Effect.map(Signing.measure(context), (signing) => ({ signing })),
  growth: (context) => Effect.map(Growth.measure(context), (growth) => ({ growth })),
  memory: (context) => Effect.map(Memory.measure(context), (memory) => ({ memory })),
  outbox: (context) => Effect.map(Outbox.measure(context), (outbox) => ({ outbox }))
}

export const subjects: ReadonlyArray<string> = Object.keys(measures)

/** One subject after the other; all of them where none is named. `keep` gets what is known after each. */
export const measure = <E, R>(
  context: Context,
  only: ReadonlyArray<string>,
  keep: (results: Results) => Effect.Effect<void, E, R>
): Effect.Effect<Results, BenchError | E, R> =>
  Effect.reduce(Object.entries(measures), {}, (results: Results, [name, run]) =>
    only.length > 0 && !only.includes(name)
      ? Effect.succeed(results)
      : Effect.tap(Effect.map(run(context), (more) => ({ ...results, ...more })), keep))
