import * as Outbox from "@effect-mail/outbox/Outbox"
import { httpApp } from "@effect-mail/outbox/OutboxPage"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { type Command, Exit, type Failure, type Given } from "../../command/Command.js"
import { wholeNumber } from "../../command/parse.js"
import { databaseOptions, operationFailure, outboxOf } from "../../outbox/database.js"
import { isLoopback, loginOf, passwordName } from "../../serve/login.js"
import { serve } from "../../serve/server.js"

const run = (given: Given): Effect.Effect<number, Failure> =>
  Effect.gen(function*() {
    const host = given.text("host") ?? "127.0.0.1"
    const port = yield* wholeNumber(given, "http-port", 8026, 0, 65_535)
    const login = yield* loginOf(given, host, "see every address, and send messages again")
    const layer = yield* outboxOf(given)
    const context = yield* Layer.build(layer)
    return yield* Effect.gen(function*() {
      // Says at once where the database is none.
      yield* Effect.mapError(Effect.flatMap(Outbox.Outbox, ({ pauses }) => pauses), operationFailure)
      const app = yield* httpApp({ allowHosts: given.texts("allow-host") })
      const url = yield* serve(app, { host, port, login })
      process.stderr.write(`  outbox  ${url}\n`)
      if (!isLoopback(host)) {
        process.stderr.write(
          "  Without TLS in front of it everybody on the way can read the login and the addresses.\n"
        )
      }
      return yield* Effect.never
    }).pipe(Effect.provide(context))
  }).pipe(Effect.as(Exit.done), Effect.scoped)

export const command: Command = {
  name: "outbox serve",
  summary:
    "Shows the outbox in a page: what waits, by state and mailer, the oldest that is due, messages whose outcome is unknown " +
    "with their dialogue and what to decide, paused mailers with the reason.",
  usage: "[options]",
  options: [
    { name: "http-port", value: "PORT", meaning: "where the page is; 0 for any that is free", default: "8026" },
    { name: "host", value: "HOST", meaning: "the address to listen on", default: "127.0.0.1" },
    { name: "allow-host", value: "NAME", meaning: "a host name by which the page may be asked for", isMultiple: true },
    { name: "user", value: "NAME", meaning: `who may see the page; the password is in ${passwordName}` },
    ...databaseOptions
  ],
  examples: [
    ["effect-mail outbox serve --database shop.db", "on this machine, without a login"],
    [
      `${passwordName}=... effect-mail outbox serve --host 0.0.0.0 --user ada --allow-host mail.example.com`,
      "for others, behind a proxy with TLS"
    ]
  ],
  exits: [
    [1, "the port is taken, or the database has no outbox"],
    [2, "wrong use"],
    [5, "no connection to the database"],
    [6, "the database refused the login"],
    [130, "stopped by Ctrl-C"]
  ],
  run
}
