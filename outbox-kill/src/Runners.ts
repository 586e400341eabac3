/** Runners that are processes, and what befalls them. */
import type { Scope } from "effect"
import { Effect } from "effect"
import { type ChildProcess, fork } from "node:child_process"
import { fileURLToPath } from "node:url"

const module = fileURLToPath(new URL("./runner.js", import.meta.url))

export type Fate = "kill" | "freeze" | "end"

export interface Runners {
  /** Lets this befall one of those that are at work. Gives `false` where none is ready. */
  readonly befall: (fate: Fate, freezeMillis: number) => Effect.Effect<boolean>
  /** Fills the disk of all that are at work, as far as they can see, or empties it. Those that start later see a free one. */
  readonly disk: (state: "full" | "free") => Effect.Effect<void>
  readonly endAll: Effect.Effect<void>
}

interface Runner {
  process: ChildProcess
  isReady: boolean
}

export const make = (count: number, args: ReadonlyArray<string>): Effect.Effect<Runners, never, Scope.Scope> =>
  Effect.gen(function*() {
    let isOver = false
    /** What ends is started again, whether or not it was to end: a database that is away may keep one from starting. */
    const fresh = (): ChildProcess =>
      fork(module, [...args], {
        stdio: ["ignore", process.env["OUTBOX_KILL_LOG"] === undefined ? "ignore" : "inherit", "inherit", "ipc"]
      })
    const watch = (runner: Runner): void => {
      runner.process.on("message", () => {
        runner.isReady = true
      })
      runner.process.once("exit", () => {
        runner.isReady = false
        setTimeout(() => {
          if (isOver) return
          runner.process = fresh()
          watch(runner)
        }, 200)
      })
    }
    const runners = Array.from({ length: count }, (): Runner => ({ process: fresh(), isReady: false }))
    runners.forEach(watch)
    const gone = ({ process }: Runner) =>
      Effect.async<void>((resume) => {
        if (process.exitCode !== null || process.signalCode !== null) return resume(Effect.void)
        process.once("exit", () => resume(Effect.void))
      })
    yield* Effect.addFinalizer(() =>
      Effect.suspend(() => {
        isOver = true
        for (const { process } of runners) process.kill("SIGKILL")
        return Effect.forEach(runners, gone, { discard: true })
      })
    )
    return {
      befall: (fate, freezeMillis) =>
        Effect.suspend(() => {
          // One that is still starting would be killed before it did anything.
          const ready = runners.filter(({ isReady, process }) => isReady && process.exitCode === null)
          const runner = ready[Math.floor(Math.random() * ready.length)]
          if (runner === undefined) return Effect.succeed(false)
          if (fate === "freeze") {
            runner.process.kill("SIGSTOP")
            return Effect.delay(Effect.sync(() => runner.process.kill("SIGCONT")), freezeMillis).pipe(Effect.as(true))
          }
          const ended = gone(runner)
          runner.process.kill(fate === "kill" ? "SIGKILL" : "SIGTERM")
          return Effect.as(ended, true)
        }),
      disk: (state) =>
        Effect.sync(() => {
          for (const { isReady, process } of runners) if (isReady && process.connected) process.send(state)
        }),
      endAll: Effect.suspend(() => {
        isOver = true
        for (const { process } of runners) process.kill("SIGTERM")
        return Effect.forEach(runners, gone, { discard: true, concurrency: "unbounded" })
      })
    }
  })
