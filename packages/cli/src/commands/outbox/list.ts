import * as Outbox from "@effect-mail/outbox/Outbox"
import * as OutboxApi from "@effect-mail/outbox/OutboxApi"
import { State, type Summary, TicketId } from "@effect-mail/outbox/OutboxMessage"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { type Command, Exit, type Failure, type Given, wrongUse } from "../../command/Command.js"
import { wholeNumber } from "../../command/parse.js"
import { widthOf } from "../../command/width.js"
import { databaseOptions, operationFailure, outboxOf } from "../../outbox/database.js"
import { listed, tabbed } from "../../outbox/print.js"
import { coloursOf } from "../../terminal/colours.js"
import { jsonLine } from "../../terminal/json.js"

const encode = Schema.encodeSync(OutboxApi.Summary)
const states = State.literals

const stateOf = (text: string): Either.Either<State, Failure> => {
  const found = states.find((state) => state === text)
  return found === undefined
    ? Either.left(wrongUse(`--state is one of ${states.join(", ")}, not ${JSON.stringify(text)}`))
    : Either.right(found)
}

const beforeOf = (given: Given): Either.Either<TicketId | undefined, Failure> => {
  const text = given.text("before")
  return text === undefined
    ? Either.right(undefined)
    : Either.mapLeft(Schema.decodeUnknownEither(TicketId)(text), () => wrongUse("--before is the id of a message"))
}

const run = (given: Given): Effect.Effect<number, Failure> =>
  Effect.gen(function*() {
    const chosen = yield* Effect.forEach(given.texts("state"), stateOf)
    const limit = yield* wholeNumber(given, "limit", 50, 1, 1_000_000_000)
    const before = yield* beforeOf(given)
    const layer = yield* outboxOf(given)
    const colours = coloursOf(process.stdout)
    const width = widthOf(process.stdout, 120)
    const lines = given.isOn("json")
      ? (summary: Summary) => jsonLine(encode(summary))
      : process.stdout.isTTY
      ? (summary: Summary) => `${listed(summary, colours, width)}\n`
      : (summary: Summary) => `${tabbed(summary)}\n`
    yield* Effect.flatMap(Outbox.Outbox, (outbox) =>
      outbox.find({
        ...chosen.length === 0 ? {} : { states: chosen },
        mailer: given.text("mailer"),
        recipient: given.text("recipient"),
        key: given.text("key"),
        incomplete: given.isOn("incomplete"),
        before
      }).pipe(
        Stream.take(limit),
        Stream.runForEach((summary) => Effect.sync(() => process.stdout.write(lines(summary)))),
        Effect.mapError(operationFailure)
      )).pipe(Effect.provide(layer))
    return Exit.done
  })

export const command: Command = {
  name: "outbox list",
  summary:
    "Lists messages of the outbox, the latest first: on a terminal in blocks, into a pipe with one line each, whose columns " +
    "are id, state, mailer, time, tries, key or Message-ID, and last error.",
  usage: "[options]",
  options: [
    { name: "state", value: "STATE", meaning: `only in this state: ${states.join(", ")}`, isMultiple: true },
    { name: "mailer", value: "NAME", meaning: "only of this mailer" },
    { name: "recipient", value: "ADDRESS", meaning: "only to this address of the envelope, as it is written there" },
    { name: "key", value: "KEY", meaning: "only what was queued with this key" },
    { name: "incomplete", meaning: "only what is delivered, but not to all recipients" },
    { name: "limit", value: "COUNT", meaning: "how many at most", default: "50" },
    { name: "before", value: "ID", meaning: "only what was queued before this message: the next page" },
    ...databaseOptions,
    { name: "json", meaning: "one line of JSON for each message" }
  ],
  examples: [
    ["effect-mail outbox list --state unknown --state failed", "what wants a person"],
    ["effect-mail outbox list --recipient bob@example.com --json", "everything to one address"],
    [
      "effect-mail outbox list --state failed --limit 1000 | cut -f1 | xargs effect-mail outbox retry",
      "all that failed, again"
    ]
  ],
  exits: [[0, "done, also where there is none"], [1, "the database has no outbox"], [2, "wrong use"], [
    5,
    "no connection"
  ], [
    6,
    "the database refused the login"
  ]],
  run
}
