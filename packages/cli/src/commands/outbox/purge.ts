import * as Outbox from "@effect-mail/outbox/Outbox"
import * as Effect from "effect/Effect"
import { type Command, Exit, type Failure, type Given } from "../../command/Command.js"
import { lengthOf } from "../../command/time.js"
import { databaseOptions, operationFailure, outboxOf } from "../../outbox/database.js"
import { jsonLine } from "../../terminal/json.js"

const century = 36_525 * 86_400_000

const run = (given: Given): Effect.Effect<number, Failure> =>
  Effect.gen(function*() {
    const ms = yield* lengthOf(given, "older-than", undefined, century)
    const layer = yield* outboxOf(given)
    const removed = yield* Effect.flatMap(
      Outbox.Outbox,
      (outbox) => Effect.mapError(outbox.purge(ms), operationFailure)
    )
      .pipe(Effect.provide(layer))
    process.stdout.write(
      given.isOn("json")
        ? jsonLine({ removed })
        : `${removed} ${removed === 1 ? "message was" : "messages were"} removed\n`
    )
    return Exit.done
  })

export const command: Command = {
  name: "outbox purge",
  summary:
    "Removes messages that were settled long ago, with all that is known of them: delivered, failed, cancelled, and " +
    "unknown ones. It cannot be taken back.",
  usage: "--older-than TIME [options]",
  options: [
    { name: "older-than", value: "TIME", meaning: "settled longer ago than this: 30d, 12h" },
    ...databaseOptions,
    { name: "json", meaning: "the result as JSON" }
  ],
  examples: [["effect-mail outbox purge --older-than 90d", "what is not asked for any more"]],
  exits: [[0, "done"], [1, "failed"], [2, "wrong use"], [5, "no connection"], [6, "the database refused the login"]],
  run
}
