/** Something is done to messages that are named by their ids. */
import * as Outbox from "@effect-mail/outbox/Outbox"
import type { OutboxError } from "@effect-mail/outbox/OutboxError"
import { TicketId } from "@effect-mail/outbox/OutboxMessage"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import { Exit, type Failure, type Given, wrongUse } from "../command/Command.js"
import { jsonLine } from "../terminal/json.js"
import { operationFailure, outboxOf } from "./database.js"

const decodeId = Schema.decodeUnknownEither(TicketId)

/** The ids that were given, each once. */
export const idsOf = (given: Given): Effect.Effect<ReadonlyArray<TicketId>, Failure> => {
  const written = Array.from(new Set(given.positionals.map((id) => id.toLowerCase())))
  if (written.length === 0) {
    return Effect.fail(wrongUse("Which messages? Name their ids, as effect-mail outbox list shows them."))
  }
  return Effect.forEach(written, (id) =>
    Either.mapLeft(
      decodeId(id),
      () => wrongUse(`${JSON.stringify(id)} is no id: 26 letters and digits, as effect-mail outbox list shows them`)
    ))
}

/**
 * - `isDone`: whether it was changed
 * - `text`: what is said of the message
 */
export interface Result {
  readonly isDone: boolean
  readonly text: string
}

/** Does something to each message, one line each. The exit code tells whether all of them were changed. */
export const toEach = (
  given: Given,
  act: (outbox: Outbox.Service, id: TicketId) => Effect.Effect<Result, OutboxError>
): Effect.Effect<number, Failure> =>
  Effect.gen(function*() {
    const ids = yield* idsOf(given)
    const layer = yield* outboxOf(given)
    return yield* Effect.gen(function*() {
      const outbox = yield* Outbox.Outbox
      let code: number = Exit.done
      for (const id of ids) {
        const { isDone, text } = yield* Effect.mapError(act(outbox, id), operationFailure)
        if (!isDone) code = Exit.refused
        if (given.isOn("json")) process.stdout.write(jsonLine({ id, done: isDone, text }))
        else (isDone ? process.stdout : process.stderr).write(`${id}  ${text}\n`)
      }
      return code
    }).pipe(Effect.provide(layer))
  })

/** What is said of a message that was not changed, by the state in which it is. */
export const unchanged = (outbox: Outbox.Service, id: TicketId, wanted: string): Effect.Effect<Result, OutboxError> =>
  Effect.map(outbox.get(id), (found) => ({
    isDone: false,
    text: found._tag === "None"
      ? "there is no such message: it was purged, or never queued"
      : `nothing was changed: it is ${found.value.state}, not ${wanted}`
  }))
