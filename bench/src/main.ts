/**
 * Compares effect-mail with nodemailer, and both with the bare protocol connection. Prints tables, and keeps the ratios of
 * a full run in the history. See docs/performance.md.
 */
import { Path } from "@effect/platform"
import { NodeContext, NodeRuntime } from "@effect/platform-node"
import { Cause, Console, DateTime, Effect, Exit, Option, Ref } from "effect"
import { parseArgs } from "node:util"
import { BenchError } from "./harness/BenchError.js"
import * as Sink from "./harness/Sink.js"
import * as Plan from "./plan.js"
import { judge } from "./report/goals.js"
import * as History from "./report/History.js"
import * as Machine from "./report/machine.js"
import { drain, markdown } from "./report/markdown.js"
import { measuresOf } from "./report/measures.js"
import { measure, type Results, subjects } from "./report/Results.js"
import * as OutboxDrain from "./subjects/outboxDrain.js"

const usage = `npm run bench -- [options]
  --quick             two minutes, for a first impression
  --only <subject>    ${subjects.join(", ")}; may be given more than once
  --drain <count>     instead: so many messages of an outbox sent by one runner, with the curve of rate and memory
  --million           --drain 1000000, about a quarter of an hour
  --sink <host:port>  another server than the one that comes with the bench
  --json <file>       where the measures go; a full run adds a file to bench/history unless it is given`

const options = Effect.try({
  try: () =>
    parseArgs({
      options: {
        drain: { type: "string" },
        help: { type: "boolean", default: false },
        json: { type: "string" },
        million: { type: "boolean", default: false },
        only: { type: "string", multiple: true, default: [] },
        quick: { type: "boolean", default: false },
        sink: { type: "string" }
      }
    }).values,
  catch: BenchError.because(usage)
}).pipe(
  Effect.filterOrFail(
    ({ only }) => only.every((name) => subjects.includes(name)),
    () => new BenchError({ message: `--only takes ${subjects.join(", ")}` })
  )
)

/** How many messages of an outbox are to be drained, where that is asked for. */
const drained = ({ drain, million }: { readonly drain?: string | undefined; readonly million: boolean }) => {
  if (drain === undefined) return Effect.succeed(million ? Option.some(1_000_000) : Option.none())
  const count = Number(drain)
  return Number.isInteger(count) && count > 0
    ? Effect.succeed(Option.some(count))
    : new BenchError({ message: `--drain takes a number of messages, not ${drain}` })
}

const timeLimit = "45 minutes"

const main = Effect.gen(function*() {
  const chosen = yield* options
  const { help, json, only, quick, sink: address } = chosen
  if (help) return yield* Console.log(usage)
  const large = yield* drained(chosen)
  const plan = quick ? Plan.quick : Plan.full
  const machine = yield* Machine.machine
  const commit = yield* Machine.commit
  const date = DateTime.formatIso(yield* DateTime.now)
  const sink = yield* Sink.open(address)
  const { join } = yield* Path.Path
  const folder = join(Machine.folder, "history")
  if (Option.isSome(large)) {
    const results = yield* OutboxDrain.measure(sink, large.value, Console.error)
    yield* Console.log(drain({ machine, results }))
    return yield* Console.error(`Kept in ${yield* History.addDrain(folder, { date, commit, machine, ...results })}`)
  }
  const add = (entry: History.Entry) =>
    json !== undefined
      ? Effect.as(History.write(json, entry), Option.some(json))
      : quick || only.length > 0
      ? Effect.succeedNone
      : Effect.asSome(History.add(folder, entry))
  const print = (results: Results) => {
    const measures = measuresOf(results)
    return Console.log(markdown({ machine, sink: sink.name, results, judgements: judge(measures) }))
  }
  // What was measured is kept after each subject, and printed however the run ends.
  const known = yield* Ref.make<Results>({})
  const keep = (results: Results) =>
    Effect.zipRight(Ref.set(known, results), add({ date, commit, machine, measures: measuresOf(results) }))
  yield* Effect.ensuring(
    Effect.timeoutFail(measure({ plan, sink, log: Console.error }, only, keep), {
      duration: timeLimit,
      onTimeout: () => new BenchError({ message: `Not done after ${timeLimit}: what was measured is above` })
    }),
    Effect.flatMap(Ref.get(known), (results) => Object.keys(results).length === 0 ? Effect.void : print(results))
  )
  const kept = yield* add({ date, commit, machine, measures: measuresOf(yield* Ref.get(known)) })
  if (Option.isSome(kept)) yield* Console.error(`Kept in ${kept.value}`)
})

main.pipe(
  Effect.scoped,
  Effect.tapErrorCause((cause) => Console.error(Cause.pretty(cause, { renderErrorCause: true }))),
  Effect.provide(NodeContext.layer),
  NodeRuntime.runMain({
    disableErrorReporting: true,
    // A run that was ended is not one that came to its end.
    teardown: (exit, onExit) => onExit(Exit.isSuccess(exit) ? 0 : Cause.isInterrupted(exit.cause) ? 130 : 1)
  })
)
