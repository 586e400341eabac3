/** Processes beside this one. None of them outlives it. */
import { Duration, Effect, Schema, type Scope } from "effect"
import { type ChildProcess, fork } from "node:child_process"
import { fileURLToPath } from "node:url"
import { BenchError } from "./BenchError.js"

export interface Options {
  readonly args?: ReadonlyArray<string>
  readonly flags?: ReadonlyArray<string>
}

/** Starts a module. It ends with the scope, and at the latest when its channel to this process is gone. */
export const start = (
  module: URL,
  { args = [], flags = [] }: Options = {}
): Effect.Effect<ChildProcess, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const child = fork(fileURLToPath(module), args, { execArgv: [...flags] })
      const kill = (): void => void child.kill("SIGKILL")
      process.once("exit", kill)
      child.once("exit", () => process.off("exit", kill))
      return child
    }),
    (child) => Effect.sync(() => child.kill("SIGKILL"))
  )

/** What the process says next. Fails when it ends before that, or says nothing for too long. */
export const hear = <A, I>(
  child: ChildProcess,
  schema: Schema.Schema<A, I>,
  timeLimit: Duration.DurationInput = "30 seconds"
): Effect.Effect<A, BenchError> =>
  Effect.async<unknown, BenchError>((resume) => {
    const stop = (): void => {
      child.off("message", onMessage)
      child.off("exit", onExit)
    }
    const onMessage = (message: unknown): void => {
      stop()
      resume(Effect.succeed(message))
    }
    const onExit = (code: number | null, signal: NodeJS.Signals | null): void => {
      stop()
      resume(new BenchError({ message: `A process of the bench ended with ${signal ?? code}` }))
    }
    child.on("message", onMessage)
    child.on("exit", onExit)
    return Effect.sync(stop)
  }).pipe(
    Effect.timeoutFail({
      duration: timeLimit,
      onTimeout: () =>
        new BenchError({ message: `A process of the bench said nothing for ${Duration.format(timeLimit)}` })
    }),
    Effect.flatMap((message) =>
      Effect.mapError(Schema.decodeUnknown(schema)(message), BenchError.because("A process of the bench said nonsense"))
    )
  )

/** Starts a module, and gives the one thing that it has to say. */
export const ask = <A, I>(
  module: URL,
  schema: Schema.Schema<A, I>,
  { timeLimit, ...options }: Options & { readonly timeLimit?: Duration.DurationInput } = {}
): Effect.Effect<A, BenchError> =>
  Effect.scoped(Effect.flatMap(start(module, options), (child) => hear(child, schema, timeLimit)))
