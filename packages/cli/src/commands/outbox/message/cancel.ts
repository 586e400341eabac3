import * as Effect from "effect/Effect"
import type { Command } from "../../../command/Command.js"
import { databaseOptions } from "../../../outbox/database.js"
import { toEach } from "../../../outbox/each.js"

const words = {
  Cancelled: "cancelled",
  TooLate: "too late: it may be on its way",
  AlreadySettled: "nothing was changed: it is settled",
  NotFound: "there is no such message: it was purged, or never queued"
} as const

export const command: Command = {
  name: "outbox cancel",
  summary: "Takes messages back: who did not get them yet will not.",
  usage: "ID... [options]",
  options: [...databaseOptions, { name: "json", meaning: "one line of JSON for each message" }],
  examples: [
    ["effect-mail outbox cancel 01k0v6zq8e9x3m5r7t2w4y6a8c", "one message"],
    [
      "effect-mail outbox list --mailer newsletter --state queued | cut -f1 | xargs effect-mail outbox cancel",
      "a mailing"
    ]
  ],
  exits: [[0, "done to all"], [1, "failed"], [2, "wrong use"], [3, "some are on their way, settled, or not there"], [
    5,
    "no connection"
  ], [
    6,
    "the database refused the login"
  ]],
  run: (given) =>
    toEach(
      given,
      (outbox, id) =>
        Effect.map(outbox.cancel(id), (result) => ({ isDone: result === "Cancelled", text: words[result] }))
    )
}
