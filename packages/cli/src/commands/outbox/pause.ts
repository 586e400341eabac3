import * as Effect from "effect/Effect"
import { type Command, type Failure, type Given, wrongUse } from "../../command/Command.js"
import { lengthOf } from "../../command/time.js"
import { databaseOptions } from "../../outbox/database.js"
import { toMailer } from "../../outbox/mailer.js"

const year = 366 * 86_400_000

const run = (given: Given): Effect.Effect<number, Failure> =>
  Effect.gen(function*() {
    const ms = yield* lengthOf(given, "for", undefined, year)
    const reason = given.text("reason")?.trim() ?? ""
    if (reason === "") {
      return yield* Effect.fail(wrongUse("Say why, for who finds it: --reason 'the relay is moved, Ada'"))
    }
    return yield* toMailer(given, (outbox, mailer) =>
      Effect.as(outbox.pause(mailer, ms, reason), `${mailer} is paused for ${given.text("for")}`))
  })

export const command: Command = {
  name: "outbox pause",
  summary:
    "Pauses a mailer for all runners. Messages are queued meanwhile, none fails, and what is on the wire goes on.",
  usage: "MAILER --for TIME --reason TEXT [options]",
  options: [
    { name: "for", value: "TIME", meaning: "how long: 15m, 8h, 2d" },
    { name: "reason", value: "TEXT", meaning: "why, for who finds it" },
    ...databaseOptions
  ],
  examples: [
    ["effect-mail outbox pause default --for 2h --reason 'the relay is moved, Ada'", "for two hours"],
    ["effect-mail outbox pause newsletter --for 30d --reason 'complaints'", "a mailing that must stop now"]
  ],
  exits: [[0, "done"], [1, "failed"], [2, "wrong use"], [5, "no connection"], [6, "the database refused the login"]],
  run
}
