/**
 * Sends to Postfix on loopback, and prints where what was reported is not what its mailbox holds. Needs the Debian package
 * postfix, and root, since Postfix changes users.
 */
import { NodeContext, NodeRuntime } from "@effect/platform-node"
import { Console, Effect } from "effect"
import { cases } from "./cases.js"
import * as Postfix from "./Postfix.js"

const firstPort = 25250
const timeLimit = "3 minutes"

const main = Effect.gen(function*() {
  let broken = 0
  for (const [n, { name, run, server }] of cases.entries()) {
    const complaints = yield* Effect.scoped(
      Effect.flatMap(Postfix.make({ port: firstPort + n, ...server }), run)
    ).pipe(
      Effect.timeoutFail({ duration: timeLimit, onTimeout: () => "it did not end in time" }),
      Effect.catchAll((error) => Effect.succeed([String(error)]))
    )
    yield* Console.log(`${complaints.length === 0 ? "passed" : "FAILED"}  ${name}`)
    for (const complaint of complaints.slice(0, 10)) yield* Console.log(`        ${complaint}`)
    if (complaints.length > 0) broken++
  }
  yield* Console.log(`${cases.length - broken} passed, ${broken} failed`)
  if (broken > 0) return yield* Effect.fail("some cases failed")
})

NodeRuntime.runMain(Effect.provide(main, NodeContext.layer))
