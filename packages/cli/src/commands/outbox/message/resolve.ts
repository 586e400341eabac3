import * as Effect from "effect/Effect"
import { type Command, type Failure, type Given, wrongUse } from "../../../command/Command.js"
import { databaseOptions } from "../../../outbox/database.js"
import { toEach, unchanged } from "../../../outbox/each.js"

const words = {
  delivered: "marked as accepted",
  failed: "marked as not sent",
  resend: "queued again: its recipients may get it twice"
} as const

const isResolution = (text: string): text is keyof typeof words => Object.hasOwn(words, text)

const run = (given: Given): Effect.Effect<number, Failure> => {
  const as = given.text("as")
  if (as === undefined || !isResolution(as)) {
    return Effect.fail(wrongUse("What became of them? Say --as delivered, --as failed or --as resend."))
  }
  return toEach(given, (outbox, id) =>
    Effect.flatMap(
      outbox.resolve(id, as),
      (isDone) => isDone ? Effect.succeed({ isDone, text: words[as] }) : unchanged(outbox, id, "unknown")
    ))
}

export const command: Command = {
  name: "outbox resolve",
  summary:
    "Says what became of messages whose outcome is unknown: the log of the server may know, or a recipient. No other " +
    "message is changed.",
  usage: "ID... --as delivered|failed|resend [options]",
  options: [
    {
      name: "as",
      value: "WHAT",
      meaning:
        "delivered: it arrived; failed: it did not, and shall not; resend: send it again, and risk that it comes twice"
    },
    ...databaseOptions,
    { name: "json", meaning: "one line of JSON for each message" }
  ],
  examples: [
    ["effect-mail outbox resolve 01k0v6zq8e9x3m5r7t2w4y6a8c --as delivered", "it arrived"],
    ["effect-mail outbox list --state unknown | cut -f1 | xargs effect-mail outbox resolve --as resend", "all, again"]
  ],
  exits: [[0, "all are resolved"], [1, "failed"], [2, "wrong use"], [3, "some are not unknown, or not there"], [
    5,
    "no connection"
  ], [6, "the database refused the login"]],
  run
}
