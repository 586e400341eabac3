import * as Outbox from "@effect-mail/outbox/Outbox"
import * as OutboxApi from "@effect-mail/outbox/OutboxApi"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { type Command, Exit, type Failure, type Given } from "../../command/Command.js"
import { wholeNumber } from "../../command/parse.js"
import { lengthOf } from "../../command/time.js"
import { databaseOptions, operationFailure, outboxOf } from "../../outbox/database.js"
import { counted } from "../../outbox/print.js"
import { coloursOf } from "../../terminal/colours.js"
import { jsonLine } from "../../terminal/json.js"

const encode = Schema.encodeSync(OutboxApi.Overview)
const year = 366 * 86_400_000
const noLimit = Number.MAX_SAFE_INTEGER

const run = (given: Given): Effect.Effect<number, Failure> =>
  Effect.gen(function*() {
    const maxUnknown = yield* wholeNumber(given, "max-unknown", noLimit, 0, noLimit)
    const maxLate = given.text("max-late") === undefined ? noLimit : yield* lengthOf(given, "max-late", undefined, year)
    const layer = yield* outboxOf(given)
    const [counts, pauses] = yield* Effect.flatMap(
      Outbox.Outbox,
      (outbox) => Effect.mapError(Effect.all([outbox.counts, outbox.pauses]), operationFailure)
    ).pipe(Effect.provide(layer))
    const now = yield* DateTime.now
    const { oldestDue } = counts
    process.stdout.write(
      given.isOn("json")
        ? jsonLine(encode({ counts: counts.counts, oldestDue, pauses }))
        : counted(counts, pauses, now, coloursOf(process.stdout))
    )
    const unknown = counts.counts.filter(({ state }) => state === "unknown").reduce((sum, { count }) => sum + count, 0)
    const late = Option.match(oldestDue, { onNone: () => 0, onSome: (due) => DateTime.distance(due, now) })
    const alarms = [
      ...unknown > maxUnknown ? [`${unknown} messages are unknown, more than ${maxUnknown}.`] : [],
      ...late > maxLate ? [`The oldest message was due ${Math.round(late / 1000)} s ago: does a runner live?`] : []
    ]
    for (const alarm of alarms) process.stderr.write(`${alarm}\n`)
    return alarms.length === 0 ? Exit.done : Exit.refused
  })

export const command: Command = {
  name: "outbox counts",
  summary:
    "Counts messages by mailer and state, tells when the one was due that waits longest, and which mailers are paused. It " +
    "reads all rows: once a minute is often enough.",
  usage: "[options]",
  options: [
    { name: "max-unknown", value: "COUNT", meaning: "ends with 3 where more messages are unknown" },
    { name: "max-late", value: "TIME", meaning: "ends with 3 where one was due longer ago than 15m, 2h, 1d" },
    ...databaseOptions,
    { name: "json", meaning: "the result as JSON" }
  ],
  examples: [
    ["effect-mail outbox counts", "a table"],
    ["effect-mail outbox counts --max-unknown 0 --max-late 15m > /dev/null || page-me", "a watch"]
  ],
  exits: [[0, "done"], [1, "the database has no outbox"], [2, "wrong use"], [3, "a limit is exceeded"], [
    5,
    "no connection"
  ], [
    6,
    "the database refused the login"
  ]],
  run
}
