import * as Outbox from "@effect-mail/outbox/Outbox"
import type { OutboxError } from "@effect-mail/outbox/OutboxError"
import * as Effect from "effect/Effect"
import { Exit, type Failure, type Given, wrongUse } from "../command/Command.js"
import { visible } from "../terminal/visible.js"
import { operationFailure, outboxOf } from "./database.js"

/** Does something to the mailer that is named. */
export const toMailer = (
  given: Given,
  act: (outbox: Outbox.Service, mailer: string) => Effect.Effect<string, OutboxError>
): Effect.Effect<number, Failure> => {
  const [mailer, ...more] = given.positionals
  if (mailer === undefined || more.length > 0) {
    return Effect.fail(wrongUse("Name one mailer. Messages that were queued without one have the mailer default."))
  }
  return Effect.flatMap(outboxOf(given), (layer) =>
    Effect.gen(function*() {
      const outbox = yield* Outbox.Outbox
      const { counts } = yield* Effect.mapError(outbox.counts, operationFailure)
      if (!counts.some((one) => one.mailer === mailer)) {
        process.stderr.write(`No message was queued for the mailer ${visible(mailer)} yet: is it the right name?\n`)
      }
      process.stdout.write(`${visible(yield* Effect.mapError(act(outbox, mailer), operationFailure))}\n`)
      return Exit.done
    }).pipe(Effect.provide(layer)))
}
