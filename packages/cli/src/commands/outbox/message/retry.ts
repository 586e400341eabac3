import * as Effect from "effect/Effect"
import type { Command } from "../../../command/Command.js"
import { databaseOptions } from "../../../outbox/database.js"
import { toEach, unchanged } from "../../../outbox/each.js"

export const command: Command = {
  name: "outbox retry",
  summary: "Sends failed messages again, to those recipients who did not get them. The time to give up starts again.",
  usage: "ID... [options]",
  options: [...databaseOptions, { name: "json", meaning: "one line of JSON for each message" }],
  examples: [
    ["effect-mail outbox retry 01k0v6zq8e9x3m5r7t2w4y6a8c", "one message"],
    ["effect-mail outbox list --state failed | cut -f1 | xargs effect-mail outbox retry", "all that failed"]
  ],
  exits: [
    [0, "done to all"],
    [1, "failed"],
    [2, "wrong use"],
    [3, "some are not failed, or not there, or their octets are gone"],
    [5, "no connection"],
    [
      6,
      "the database refused the login"
    ]
  ],
  run: (given) =>
    toEach(given, (outbox, id) =>
      Effect.flatMap(
        outbox.retry(id),
        (isDone) =>
          isDone
            ? Effect.succeed({ isDone, text: "queued again" })
            : unchanged(outbox, id, "failed with octets that are still kept")
      ))
}
