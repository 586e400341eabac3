/**
 * Compares effect-mail with nodemailer, and both with the bare protocol connection. Prints tables, and keeps the ratios of
 * a full run in the history. See docs/performance.md.
 */
import { Path } from "@effect/platform"
import { NodeContext, NodeRuntime } from "@effect/platform-node"
import { Cause, Console, DateTime, Effect, Exit } from "effect"
import { parseArgs } from "node:util"
import { BenchError } from "./harness/BenchError.js"
import * as Sink from "./harness/Sink.js"
import * as Plan from "./plan.js"
import { judge } from "./report/goals.js"
import * as History from "./report/History.js"
import * as Machine from "./report/machine.js"
import { markdown } from "./report/markdown.js"
import { measuresOf } from "./report/measures.js"
import { measure, subjects } from "./report/Results.js"

const usage = `npm run bench -- [options]
  --quick             two minutes, for a first impression
  --only <subject>    ${subjects.join(", ")}; may be given more than once
  --sink <host:port>  another server than the one that comes with the bench
  --json <file>       where the measures go; a full run adds a file to bench/history unless it is given`

const options = Effect.try({
  try: () =>
    parseArgs({
      options: {
        help: { type: "boolean", default: false },
        json: { type: "string" },
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

const main = Effect.gen(function*() {
  const { help, json, only, quick, sink: address } = yield* options
  if (help) return yield* Console.log(usage)
  const plan = quick ? Plan.quick : Plan.full
  const machine = yield* Machine.machine
  const commit = yield* Machine.commit
  const date = DateTime.formatIso(yield* DateTime.now)
  const sink = yield* Sink.open(address)
  const results = yield* measure({ plan, sink, log: Console.error }, only)
  const measures = measuresOf(results)
  yield* Console.log(markdown({ machine, sink: sink.name, results, judgements: judge(measures) }))
  const entry = { date, commit, machine, measures }
  if (json !== undefined) yield* History.write(json, entry)
  else if (!quick && only.length === 0) {
    const { join } = yield* Path.Path
    yield* Console.error(`Kept in ${yield* History.add(join(Machine.folder, "history"), entry)}`)
  }
})

const timeLimit = "45 minutes"

main.pipe(
  Effect.scoped,
  Effect.timeoutFail({
    duration: timeLimit,
    onTimeout: () => new BenchError({ message: `Not done after ${timeLimit}` })
  }),
  Effect.tapErrorCause((cause) => Console.error(Cause.pretty(cause, { renderErrorCause: true }))),
  Effect.provide(NodeContext.layer),
  NodeRuntime.runMain({
    disableErrorReporting: true,
    // A run that was ended is not one that came to its end.
    teardown: (exit, onExit) => onExit(Exit.isSuccess(exit) ? 0 : Cause.isInterrupted(exit.cause) ? 130 : 1)
  })
)
