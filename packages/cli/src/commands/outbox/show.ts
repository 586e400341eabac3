import * as Outbox from "@effect-mail/outbox/Outbox"
import * as OutboxApi from "@effect-mail/outbox/OutboxApi"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { type Command, Exit, type Failure, failure, type Given } from "../../command/Command.js"
import { databaseOptions, operationFailure, outboxOf } from "../../outbox/database.js"
import { idsOf } from "../../outbox/each.js"
import { shown } from "../../outbox/print.js"
import { coloursOf } from "../../terminal/colours.js"
import { jsonLine } from "../../terminal/json.js"

const encode = Schema.encodeSync(OutboxApi.Entry)

const run = (given: Given): Effect.Effect<number, Failure> =>
  Effect.gen(function*() {
    const ids = yield* idsOf(given)
    const layer = yield* outboxOf(given)
    return yield* Effect.flatMap(Outbox.Outbox, (outbox) =>
      Effect.forEach(ids, (id) =>
        Effect.flatMap(
          Effect.mapError(outbox.get(id), operationFailure),
          Option.match({
            onNone: () =>
              Effect.fail(failure(Exit.failed, `There is no message ${id}: it was purged, or never queued.`)),
            onSome: (entry) =>
              Effect.sync(() =>
                process.stdout.write(
                  given.isOn("json") ? jsonLine(encode(entry)) : `${shown(entry, coloursOf(process.stdout))}\n`
                )
              )
          })
        ), { discard: true })).pipe(Effect.as(Exit.done), Effect.provide(layer))
  })

export const command: Command = {
  name: "outbox show",
  summary:
    "Shows all that is known of messages: recipients with what servers replied, every try, and the dialogue where the runner " +
    "keeps it. The contents are not shown.",
  usage: "ID... [options]",
  options: [...databaseOptions, { name: "json", meaning: "one line of JSON for each message" }],
  examples: [
    ["effect-mail outbox show 01k0v6zq8e9x3m5r7t2w4y6a8c", "one message"],
    [
      "effect-mail outbox list --state unknown | cut -f1 | xargs effect-mail outbox show",
      "all whose outcome is unknown"
    ]
  ],
  exits: [[0, "done"], [1, "there is no such message, or no outbox"], [2, "wrong use"], [5, "no connection"], [
    6,
    "the database refused the login"
  ]],
  run
}
