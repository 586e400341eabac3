import * as Effect from "effect/Effect"
import type { Command } from "../../../command/Command.js"
import { databaseOptions } from "../../../outbox/database.js"
import { toEach, unchanged } from "../../../outbox/each.js"

export const command: Command = {
  name: "outbox erase",
  summary:
    "Removes what is personal of settled messages: octets, addresses, replies and key. What became of them stays.",
  usage: "ID... [options]",
  options: [...databaseOptions, { name: "json", meaning: "one line of JSON for each message" }],
  examples: [
    ["effect-mail outbox erase 01k0v6zq8e9x3m5r7t2w4y6a8c", "one message"],
    [
      "effect-mail outbox list --recipient bob@example.com | cut -f1 | xargs effect-mail outbox erase",
      "all to one address"
    ]
  ],
  exits: [[0, "done to all"], [1, "failed"], [2, "wrong use"], [3, "some are not settled, or not there"], [
    5,
    "no connection"
  ], [
    6,
    "the database refused the login"
  ]],
  run: (given) =>
    toEach(given, (outbox, id) =>
      Effect.flatMap(
        outbox.erase(id),
        (isDone) => isDone ? Effect.succeed({ isDone, text: "erased" }) : unchanged(outbox, id, "settled")
      ))
}
