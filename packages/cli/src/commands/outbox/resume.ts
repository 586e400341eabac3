import * as Effect from "effect/Effect"
import type { Command } from "../../command/Command.js"
import { databaseOptions } from "../../outbox/database.js"
import { toMailer } from "../../outbox/mailer.js"

export const command: Command = {
  name: "outbox resume",
  summary:
    "Lets a paused mailer send again: one that a person paused, or a runner because the server or the login failed.",
  usage: "MAILER [options]",
  options: [...databaseOptions],
  examples: [["effect-mail outbox resume default", "the password is right again"]],
  exits: [[0, "done"], [1, "failed"], [2, "wrong use"], [5, "no connection"], [6, "the database refused the login"]],
  run: (given) => toMailer(given, (outbox, mailer) => Effect.as(outbox.resume(mailer), `${mailer} sends again`))
}
