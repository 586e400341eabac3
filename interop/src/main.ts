/**
 * Sends to Postfix and to Dovecot on loopback, and prints where what was reported is not what their mailboxes hold. Needs the
 * Debian packages postfix and dovecot-lmtpd, and root, since both change users. A word as its argument chooses the cases
 * whose name has it.
 */
import type { CommandExecutor, FileSystem } from "@effect/platform"
import { NodeContext, NodeRuntime } from "@effect/platform-node"
import type { Scope } from "effect"
import { Console, Effect } from "effect"
import { cases } from "./cases.js"
import * as Dovecot from "./Dovecot.js"
import * as Lmtp from "./lmtpCases.js"
import * as Postfix from "./Postfix.js"

const firstPort = 25250
const timeLimit = "3 minutes"

interface Case {
  readonly name: string
  readonly run: (port: number) => Effect.Effect<
    ReadonlyArray<string>,
    unknown,
    FileSystem.FileSystem | CommandExecutor.CommandExecutor | Scope.Scope
  >
}

const all: ReadonlyArray<Case> = [
  ...cases.map(({ name, run, server }): Case => ({
    name,
    run: (port) => Effect.flatMap(Postfix.make({ port, ...server }), run)
  })),
  ...Lmtp.cases.map(({ name, run }): Case => ({
    name,
    run: (port) => Effect.flatMap(Dovecot.make(port), run)
  }))
]

const main = Effect.gen(function*() {
  const word = process.argv[2] ?? ""
  const chosen = all.filter(({ name }) => name.includes(word))
  let broken = 0
  for (const [n, { name, run }] of chosen.entries()) {
    const complaints = yield* Effect.scoped(run(firstPort + n)).pipe(
      Effect.timeoutFail({ duration: timeLimit, onTimeout: () => "it did not end in time" }),
      Effect.catchAll((error) => Effect.succeed([String(error)]))
    )
    yield* Console.log(`${complaints.length === 0 ? "passed" : "FAILED"}  ${name}`)
    for (const complaint of complaints.slice(0, 10)) yield* Console.log(`        ${complaint}`)
    if (complaints.length > 0) broken++
  }
  yield* Console.log(`${chosen.length - broken} passed, ${broken} failed`)
  if (broken > 0) return yield* Effect.fail("some cases failed")
})

NodeRuntime.runMain(Effect.provide(main, NodeContext.layer))
