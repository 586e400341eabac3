import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as Logger from "effect/Logger"
import { type Command, Exit as ExitCode } from "./Command.js"
import { parseGiven } from "./parse.js"

const say = (text: string): void => {
  process.stderr.write(`${text}\n`)
}

const codeOf = (exit: Exit.Exit<number, { readonly code: number; readonly reason: string }>): number => {
  if (Exit.isSuccess(exit)) return exit.value
  if (Cause.isInterruptedOnly(exit.cause)) return ExitCode.interrupted
  const failed = Cause.failureOrCause(exit.cause)
  if (Either.isLeft(failed)) {
    say(failed.left.reason)
    return failed.left.code
  }
  say(`This is a mistake of effect-mail itself:\n${Cause.pretty(failed.right)}`)
  return ExitCode.failed
}

/** Runs a command until it ends, or until Ctrl-C, and gives the exit code. */
export const run = (command: Command, args: ReadonlyArray<string>): Promise<number> => {
  const effect = Effect.flatMap(parseGiven(command, args), command.run).pipe(
    Effect.provide(Logger.remove(Logger.defaultLogger))
  )
  const fiber = Effect.runFork(effect)
  const stop = (): void => {
    fiber.unsafeInterruptAsFork(fiber.id())
  }
  process.on("SIGINT", stop)
  process.on("SIGTERM", stop)
  return new Promise((resolve) => {
    fiber.addObserver((exit) => {
      process.off("SIGINT", stop)
      process.off("SIGTERM", stop)
      resolve(codeOf(exit))
    })
  })
}
